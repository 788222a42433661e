import { generateKeyPairSync } from 'node:crypto';
import { jwtVerifier } from 'scopegate';
import { AUDIENCE, detailOf, ISSUER, reasonOf, signingKey, verdictOf } from '../../support/tokens.js';
import { MovableClock, published, tokenOf } from './fixtures/setting.js';

const key = signingKey('ES256', 'first');
const other = signingKey('ES256', 'second');

function verifierWith(jwks: unknown) {
  const fetch = () => Promise.reject(new Error('Keys that were given are never fetched.'));
  const clock = new MovableClock();
  return jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: jwks as object, clock, fetch });
}

test('uses given keys at once without a fetch', async () => {
  const verifier = verifierWith(published(key));

  expect(reasonOf(verdictOf(verifier, tokenOf(key)))).toBe('accepted');
  await expect(verifier.ready()).resolves.toBeUndefined();
});

test('rejects a token that the given keys do not verify without a fetch', () => {
  const verifier = verifierWith(published(key));
  const stranger = signingKey('ES256', 'first');

  expect(reasonOf(verdictOf(verifier, tokenOf(stranger)))).toBe('signature_invalid');
  expect(reasonOf(verdictOf(verifier, tokenOf(other)))).toBe('key_unknown');
});

test('later changes of the given key set have no effect', () => {
  const jwks = published(key);
  const verifier = verifierWith(jwks);
  jwks.keys[0] = other.jwk;
  jwks.keys.push(other.jwk);

  expect(reasonOf(verdictOf(verifier, tokenOf(key)))).toBe('accepted');
  expect(reasonOf(verdictOf(verifier, tokenOf(other)))).toBe('key_unknown');
});

test('throws for a set without usable keys and gives the reason for each key', () => {
  const keys = [
    { ...key.jwk, use: 'enc' },
    { kty: 'oct', k: 'c2VjcmV0', kid: 'shared' },
    { kty: 'oct', k: 'c2VjcmV0' },
  ];

  expect(() => verifierWith({ keys })).toThrow(TypeError);
  expect(() => verifierWith({ keys })).toThrow(
    'The key set has no usable key. Usable keys: none. ' +
      'Skipped: "first" (its "use" is "enc", not "sig"), "shared" (it is a symmetric key), a key without kid (it is a symmetric key).',
  );
});

test('the detail for an unknown key lists the first usable and skipped keys', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const many = Array.from({ length: 16 }, (_, i) => ({ ...key.jwk, kid: `${i}` }));
  const sentence = (keys: readonly object[]) => detailOf(verdictOf(verifierWith({ keys }), tokenOf(other)));
  const start = `No key of the issuer's fits the token's header (kid "second", alg "ES256"). Usable keys: `;

  expect(sentence([key.jwk])).toBe(`${start}"first" (ES256).`);
  expect(sentence(many.slice(0, 5))).toBe(`${start}"0" (ES256), "1" (ES256), "2" (ES256), "3" (ES256), "4" (ES256).`);
  expect(sentence([{ ...weak, kid: 'weak' }, key.jwk])).toBe(
    `${start}"first" (ES256). Skipped: "weak" (its modulus has 1024 bits, under 2048).`,
  );
  // The seventeenth is weak, too, but nobody looked at it yet.
  expect(sentence([...many, { ...weak, kid: 'weak' }])).toBe(
    `${start}"0" (ES256), "1" (ES256), "2" (ES256), "3" (ES256), "4" (ES256) and 12 more.`,
  );
});

test.each([null, 'keys', [key.jwk], key.jwk, {}, { keys: null }, { keys: {} }])(
  'throws for an invalid key set (%#)',
  (jwks) => {
    expect(() => verifierWith(jwks)).toThrow(TypeError);
    expect(() => verifierWith(jwks)).toThrow('It is not a JSON Web Key Set: { "keys": [ … ] } (RFC 7517 §5).');
  },
);

test('throws for an empty key set', () => {
  expect(() => verifierWith({ keys: [] })).toThrow('The key set has no usable key.');
});
