import { jwtVerifier } from '../../lib/token/jwt/jwt-verifier.js';
import { isRejection } from '../../lib/token/verifier.js';
import { clockAt, detailOf, forge, NOW, signingKey, verdictOf } from '../support/tokens.js';
import { API, ISSUER_CASES, type IssuerCase } from './fixtures/issuer-cases.js';

const keys = { RS256: signingKey('RS256', 'rsa'), ES384: signingKey('ES384', 'ec') };

function judge({ alg = 'RS256', header, payload, options }: IssuerCase) {
  const key = keys[alg];
  const verifier = jwtVerifier({
    issuer: payload.iss as string,
    audience: API,
    ...options,
    jwksUri: undefined,
    jwks: { keys: Object.values(keys).map(({ jwk }) => jwk) },
    clock: clockAt(NOW + 1),
  });
  return verdictOf(verifier, forge({ alg, kid: key.kid, ...header }, payload, key));
}

describe.each([...new Set(ISSUER_CASES.map(({ issuer }) => issuer))])('tokens of %s', (name) => {
  test.each(ISSUER_CASES.filter(({ issuer }) => issuer === name))('the token "$token" results in $expected', (each) => {
    const verdict = judge(each);
    const outcome = isRejection(verdict) ? verdict.reason : [...verdict.scopes];
    expect([outcome, detailOf(verdict)]).toEqual([
      each.expected,
      typeof outcome === 'string' ? expect.any(String) : '',
    ]);
  });
});

test('every rejection and every token without scopes has its reason', () => {
  const silent = ISSUER_CASES.filter(
    ({ expected, why }) => why === undefined && (typeof expected === 'string' || expected.length === 0),
  );
  expect(silent).toEqual([]);
});

test('rejects each accepted token of the table once it expired, and for another audience', () => {
  for (const each of ISSUER_CASES.filter(({ expected }) => typeof expected !== 'string')) {
    expect(judge({ ...each, payload: { ...each.payload, exp: NOW - 60 } })).toMatchObject({
      ok: false,
      reason: 'token_expired',
    });
    const elsewhere = judge({ ...each, payload: { ...each.payload, aud: 'other' } });
    expect(isRejection(elsewhere) ? elsewhere.reason : 'accepted').toBe(
      each.anyAudience ? 'accepted' : 'audience_mismatch',
    );
  }
});
