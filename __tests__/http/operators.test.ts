import { inspect } from 'node:util';
import { VerifierUnavailableError } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import request from 'supertest';
import { bearer, issuer, PAAS, recorder, warmVerifier } from './fixtures/domain.js';
import { appOf, recordOf } from './fixtures/records.js';

const ISS = 'https://identity.oraclecloud.com/';
const claims = { client_id: 'reports-job', sub: 'reports-job', jti: 'j1' };

describe('details for operators', () => {
  const stranger = testIssuer();

  test.each<[string, string, string | RegExp]>([
    [
      'a wrong tenant',
      issuer.token({ tenant: 'idcs-evil' }),
      'The token\'s "tenant" is "idcs-evil"; expected "idcs-test".',
    ],
    ['no tenant', issuer.token({ tenant: undefined }), 'The token\'s "tenant" is missing; expected "idcs-test".'],
    ['an issuer without its slash', issuer.token({ iss: ISS.slice(0, -1) }), /differ by a slash at the end only/],
    ['an issuer in capitals', issuer.token({ iss: ISS.toUpperCase() }), /differ by letter case only/],
    [
      'another audience',
      issuer.token({ aud: 'reports' }),
      /"aud" is "reports"; expected urn:opc:resource:scope:account/,
    ],
    ['an expired token', issuer.expiredToken(), /^The token expired \d+ s ago\.$/],
    ['a clock that is wrong', issuer.token({ nbf: 4e9 }), /"nbf" lies \d+ s in the future.*Compare the clocks/],
    ['keys of another domain', stranger.token(), /kid "SIGNING_KEY"/],
    ['an opaque token', 'opaque', /probably an opaque token/],
    ['a bound token', issuer.token({ cnf: { jkt: 'x' } }), /senderConstrainedVerifier\(\)/],
  ])('explains a refused token to operators: %s', async (_, token, sentence) => {
    const { detail } = await recordOf('/authenticate', bearer(token));
    if (typeof sentence === 'string') expect(detail).toBe(sentence);
    else expect(detail).toMatch(sentence);
  });

  test('records claims of a refused token only as "unverified", truncated to 160 characters', async () => {
    const record = await recordOf('/authenticate', bearer(issuer.token({ ...claims, sub: 'x'.repeat(500), exp: 1 })));
    expect(record.unverified).toEqual({
      iss: ISS,
      client_id: 'reports-job',
      sub: `${'x'.repeat(160)}… (500 characters)`,
      jti: 'j1',
    });
    const { unverified: _, ...rest } = record;
    expect(JSON.stringify(rest)).not.toMatch(/reports-job|xxx|j1|oraclecloud/);
  });

  test('records a deeply nested token like any other', async () => {
    const deep = `${'['.repeat(4000)}${']'.repeat(4000)}`;
    const [header, , signature] = issuer.token().split('.');
    const payload = Buffer.from(`{"iss":"x","exp":9,"aud":${deep}}`).toString('base64url');
    expect(await recordOf('/authenticate', `Bearer ${header}.${payload}.${signature}`)).toMatchObject({
      reason: 'claim_malformed',
      detail: expect.stringContaining('"aud"'),
    });
  });
});

test('6750-14: puts no usable part of a token into any record, header or body', async () => {
  const good = issuer.token({ scope: PAAS });
  const tokens = [
    good,
    issuer.token(),
    issuer.expiredToken(),
    issuer.token({ iss: 'x' }),
    issuer.token({ tenant: 'x' }),
  ];
  tokens.push(issuer.token({ cnf: { jkt: 'x' } }), testIssuer().token(), `${good}.x`, `${good.slice(0, -6)}AAAAAA`);
  const verifiers = [warmVerifier(), { verify: () => Promise.reject(new VerifierUnavailableError('down')) }];
  for (const verifier of verifiers) {
    for (const token of tokens) {
      const told = recorder();
      const app = appOf({ verifier, onDecision: told.observe });
      const answers = [];
      for (const path of ['/require', '/authenticate', '/optional']) {
        answers.push(await request(app).get(path).set('Authorization', bearer(token)));
      }
      answers.push(await request(app).get('/require').set('Authorization', `DPoP ${token}`));
      const seen = JSON.stringify(told.records) + inspect(told.records, { depth: null, maxStringLength: null });
      const sent = JSON.stringify(answers.map(({ headers, text }) => [headers, text]));
      expect(told.records).toHaveLength(4);
      for (const part of token.split('.').filter((each) => each.length > 20)) {
        expect(seen + sent).not.toContain(part.slice(0, 40));
      }
    }
  }
});
