import type { AccessToken } from '../../../lib/token/access-token.js';
import { HeaderCache } from '../../../lib/token/cache/header-cache.js';
import { jwtVerifier } from '../../../lib/token/jwt/jwt-verifier.js';
import {
  AUDIENCE,
  claims,
  clockAt,
  forge,
  ISSUER,
  NOW,
  reasonOf,
  signingKey,
  verdictOf,
} from '../../support/tokens.js';

test('keeps headers by their exact text, and evicts the oldest beyond 64', () => {
  const headers = new HeaderCache();
  const header = { alg: 'ES256' };
  headers.record('first', header);
  expect(headers.get('first')).toBe(header);
  expect(headers.get('First')).toBeUndefined();
  for (let i = 0; i < 64; i++) headers.record(`other${i}`, {});
  expect(headers.get('first')).toBeUndefined();
});

test('keeps no header of more than 1,024 characters', () => {
  const headers = new HeaderCache();
  headers.record('x'.repeat(1024), {});
  headers.record('y'.repeat(1025), {});
  expect(headers.get('x'.repeat(1024))).toEqual({});
  expect(headers.get('y'.repeat(1025))).toBeUndefined();
});

describe('a verifier that knows the header of a token', () => {
  const key = signingKey('ES256', 'k1');
  const stranger = signingKey('ES256', 'k1');
  const header = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' };
  const verifier = jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [key.jwk] }, clock: clockAt(NOW) });
  const verify = (content: object, signer = key, jti = 'one') =>
    verdictOf(verifier, forge(content, claims({ jti }), signer));

  test('accepts other tokens with it, which share one frozen header', () => {
    const [first, second] = ['one', 'two', 'three'].map((jti) => verify(header, key, jti) as AccessToken).slice(1);
    expect(second?.header).toEqual(header);
    expect(second?.header).toBe(first?.header);
    expect(Object.isFrozen(second?.header)).toBe(true);
    expect(second?.payload.jti).toBe('three');
  });

  test('rejects a token with it that somebody else signed', () => {
    verify(header);
    expect(reasonOf(verify(header, stranger))).toBe('signature_invalid');
  });

  test('rejects a token with it whose other characters are not those of base64url', () => {
    verify(header);
    const [encoded, payload, signature] = forge(header, claims(), key).split('.') as [string, string, string];
    for (const other of [
      `${encoded}.${payload}+.${signature}`,
      `${encoded}.${payload}.${signature}\u0100`,
      `${encoded}..`,
    ]) {
      expect(reasonOf(verdictOf(verifier, other))).toBe('token_malformed');
    }
  });

  test('never takes a header that it rejected for a known one', () => {
    for (let i = 0; i < 3; i++) expect(reasonOf(verify({ ...header, crit: ['exp'] }))).toBe('header_unsupported');
    for (let i = 0; i < 3; i++) expect(reasonOf(verify({ ...header, typ: 'JWT' }, stranger))).toBe('signature_invalid');
    expect(reasonOf(verify({ ...header, typ: 'JWT' }))).toBe('accepted');
  });
});
