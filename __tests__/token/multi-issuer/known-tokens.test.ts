import { type AccessToken, jwtVerifier, multiIssuerVerifier, type TokenVerifier } from 'scopegate';
import { senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import { claims, forge, NOW, reasonOf, signingKey } from '../../support/tokens.js';

// A token that one verifier of a group has cached is not decoded again to find that verifier.

const OURS = 'https://ours.example';
const THEIRS = 'https://theirs.example';
const key = signingKey('ES256', 'main');

function setting() {
  const time = { now: NOW };
  const clock = { now: () => time.now * 1000, monotonic: () => time.now * 1000 };
  const options = { audience: 'orders', jwks: { keys: [key.jwk] }, clock };
  const ours = jwtVerifier({ issuer: OURS, ...options });
  const theirs = senderConstrainedVerifier({ issuer: THEIRS, ...options });
  return { time, ours, theirs, both: multiIssuerVerifier([ours, theirs]) };
}

const tokenOf = (iss: string) => forge({ alg: 'ES256', kid: 'main' }, claims({ iss, aud: 'orders' }), key);

const ask = (verifier: TokenVerifier, token: string, scheme: 'bearer' | 'dpop' = 'bearer') =>
  verifier.verify({ scheme, token }, { headers: {}, originalUrl: '/', method: 'GET' }) as AccessToken;

/** A token that is cached: at its second occurrence. */
function known(verifier: TokenVerifier, iss: string): string {
  const token = tokenOf(iss);
  for (let i = 0; i < 2; i++) ask(verifier, token);
  return token;
}

test.each([OURS, THEIRS])('the claims of a known token of %s are not read to choose its verifier', (iss) => {
  const { both, ours, theirs } = setting();
  const token = known(both, iss);
  const parse = jest.spyOn(JSON, 'parse');

  const { verifier, payload } = ask(both, token);

  expect(parse).not.toHaveBeenCalled();
  parse.mockRestore();
  expect(verifier).toBe(iss === OURS ? ours : theirs);
  expect(payload.iss).toBe(iss);
});

test('a group within a group knows a token, and says which verifier of all it was', () => {
  const { both, ours } = setting();
  const third = jwtVerifier({ issuer: 'https://third.example', audience: 'orders', jwks: { keys: [key.jwk] } });
  const nested = multiIssuerVerifier([third, both]);
  const token = known(nested, OURS);
  const parse = jest.spyOn(JSON, 'parse');

  const { verifier } = ask(nested, token);

  expect(parse).not.toHaveBeenCalled();
  parse.mockRestore();
  expect(verifier).toBe(ours);
});

test('a token that only looks like a known one is the matter of its own issuer', () => {
  const { both } = setting();
  const [header, , signature] = known(both, OURS).split('.');
  const [, others] = tokenOf(THEIRS).split('.');

  expect(reasonOf(ask(both, `${header}.${others}.${signature}`))).toBe('signature_invalid');
  expect(ask(both, known(both, OURS)).payload.iss).toBe(OURS);
});

test('a known token is refused with a scheme that its verifier does not take', () => {
  const { both } = setting();

  expect(reasonOf(ask(both, known(both, OURS), 'dpop'))).toBe('token_rejected');
});

test('a known token is refused once it expired', () => {
  const { both, time } = setting();
  const token = known(both, OURS);
  time.now += 86_400;

  expect(ask(both, token)).toMatchObject({ reason: 'token_expired', unverified: { iss: OURS } });
});

test('a verifier with a check of its own makes that check for known tokens too', () => {
  const { ours, theirs } = setting();
  const revoked = new Set<string>();
  const verify: TokenVerifier['verify'] = (credentials, request) =>
    revoked.has(credentials.token) ? { ok: false, reason: 'token_rejected' } : ours.verify(credentials, request);
  const checked = multiIssuerVerifier([{ ...ours, verify }, theirs]);
  const token = known(checked, OURS);
  expect(reasonOf(ask(checked, token))).toBe('accepted');
  revoked.add(token);

  expect(reasonOf(ask(checked, token))).toBe('token_rejected');
});

test('a copy of a verifier with fewer origins takes no known token of the others', () => {
  const { clock, jwks } = { clock: { now: () => NOW * 1000, monotonic: () => NOW * 1000 }, jwks: { keys: [key.jwk] } };
  const all = jwtVerifier({ issuer: [OURS, THEIRS], audience: 'orders', jwks, clock });
  const [ours, theirs] = (all.origins ?? []).map((origin): TokenVerifier => ({ ...all, origins: [origin] }));
  const token = known(all, THEIRS);

  expect(reasonOf(ask(multiIssuerVerifier([ours as TokenVerifier]), token))).toBe('issuer_mismatch');
  expect(ask(multiIssuerVerifier([ours, theirs] as TokenVerifier[]), token).verifier).toBe(theirs);
});

test('a check that a verifier is given after its group was made is made for known tokens too', () => {
  const { both, ours } = setting();
  const token = known(both, OURS);
  ours.verify = () => ({ ok: false, reason: 'token_rejected' });

  expect(reasonOf(ask(both, token))).toBe('token_rejected');
});
