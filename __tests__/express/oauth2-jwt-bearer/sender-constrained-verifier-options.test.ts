import express from 'express';
import { createGate } from 'scopegate';
import { type SenderConstrainedVerifierOptions, senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import request from 'supertest';
import { domainOptions, issuer, showAuth } from '../../http/fixtures/domain.js';
import { listening } from '../../http/fixtures/raw-http.js';
import { dpopClient } from './fixtures/proofs.js';

describe('invalid options of senderConstrainedVerifier()', () => {
  const create = (options: object) => () =>
    Reflect.apply(senderConstrainedVerifier, undefined, [{ ...domainOptions, ...options }]);
  const getCertificate = () => undefined;

  test.each<[string, object, RegExp]>([
    ['a misspelt "required"', { dpop: { requierd: true } }, /"dpop".*no option "requierd"\. Did you mean "required"\?/],
    ['a misspelt offset', { dpop: { iatOfset: 1 } }, /Did you mean "iatOffset"\?/],
    ['DPoP switched off', { dpop: { enabled: false } }, /"dpop".*no option "enabled"/],
    ['dpop: true', { dpop: true }, /"dpop".*object of options/],
    ['dpop: null', { dpop: null }, /"dpop".*object of options/],
    ['a word for true', { dpop: { required: 'yes' } }, /"dpop\.required" must be true or false/],
    ['a negative offset', { dpop: { iatOffset: -1 } }, /"dpop\.iatOffset" must be a number of seconds/],
    ['an endless leeway', { dpop: { iatLeeway: Number.POSITIVE_INFINITY } }, /"dpop\.iatLeeway"/],
    ['a leeway that is no number', { dpop: { iatLeeway: '30' } }, /"dpop\.iatLeeway"/],
    ['a replay store without remember()', { dpop: { replayStore: {} } }, /"dpop\.replayStore" must be an object with/],
    ['replayStore: null', { dpop: { replayStore: null } }, /"dpop\.replayStore"/],
    ['replayStore: false', { dpop: { replayStore: false } }, /"dpop\.replayStore"/],
    ['a prefix for an address', { dpop: { publicUrl: '/orders' } }, /"dpop\.publicUrl" must be an address such as/],
    ['an address with a query', { dpop: { publicUrl: 'https://api.example/?a' } }, /"dpop\.publicUrl"/],
    ['an address with a fragment', { dpop: { publicUrl: 'https://api.example/#a' } }, /"dpop\.publicUrl"/],
    ['an address with a user', { dpop: { publicUrl: 'https://a@api.example/' } }, /"dpop\.publicUrl"/],
    ['an address of another scheme', { dpop: { publicUrl: 'ftp://api.example/' } }, /"dpop\.publicUrl"/],
    ['no address', { dpop: { publicUrl: 'https://[' } }, /"dpop\.publicUrl"/],
    ['a misspelt mtls option', { mtls: { require: true }, getCertificate }, /"mtls".*Did you mean "required"\?/],
    ['another word for true', { mtls: { required: 1 }, getCertificate }, /"mtls\.required" must be true or false/],
    [
      'mTLS without certificates',
      { mtls: { required: true } },
      /"getCertificate" must be given where mTLS is required/,
    ],
    ['a certificate', { getCertificate: Buffer.from('x') }, /"getCertificate" must be a function/],
    ['no audience', { audience: undefined }, /"audience"/],
    ['an option of jwtVerifier, misspelt', { algorithm: ['RS256'] }, /Did you mean "algorithms"\?/],
  ])('throws and names the valid option for %s', (_, options, sentence) => {
    expect(create(options)).toThrow(TypeError);
    expect(create(options)).toThrow(sentence);
  });
});

test.each(['SECRET', 'JWKS_URI', 'ISSUER_BASE_URL', 'ISSUER', 'AUDIENCE', 'TOKEN_SIGNING_ALG'])(
  'ignores the environment variable %s',
  async (name) => {
    const before = process.env[name];
    process.env[name] = 'https://other.example';
    try {
      expect(await statusOf({}, 0)).toBe(200);
    } finally {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    }
  },
);

describe('9449-8: iat of a proof', () => {
  test.each<[string, SenderConstrainedVerifierOptions['dpop'], number, number]>([
    ['is five minutes back', {}, -290, 200],
    ['is not more', {}, -310, 401],
    ['is half a minute ahead', {}, 25, 200],
    ['may be made shorter', { iatOffset: 60 }, -70, 401],
    ['may be made longer', { iatOffset: 600 }, -590, 200],
    ['may be made longer ahead', { iatLeeway: 120 }, 110, 200],
    ['may end now', { iatLeeway: 0 }, 20, 401],
  ])('the window of accepted times %s', async (_, dpop, seconds, status) => {
    expect(await statusOf(dpop === undefined ? {} : { dpop }, seconds)).toBe(status);
  });
});

/** The status for a bound token whose proof was made so many seconds from now. */
async function statusOf(options: Partial<SenderConstrainedVerifierOptions>, seconds: number): Promise<number> {
  const client = await dpopClient();
  const gate = createGate({ verifier: senderConstrainedVerifier({ ...domainOptions, ...options }) });
  const server = await listening(express().get('/', gate.authenticate, showAuth));
  try {
    const token = issuer.token({ cnf: { jkt: client.jkt } });
    const claims = { iat: Math.floor(Date.now() / 1000) + seconds };
    const proof = await client.proof({ token, url: `${server.origin}/`, claims });
    const answer = await request(server.origin).get('/').set('Authorization', `DPoP ${token}`).set('DPoP', proof);
    return answer.status;
  } finally {
    await server.close();
  }
}
