import { generateKeyPairSync, type JsonWebKey, type RSAKeyPairKeyObjectOptions } from 'node:crypto';
import fc from 'fast-check';
import { jwtVerifier } from 'scopegate';
import { json, keyServer, text } from '../../support/key-server.js';
import { AUDIENCE, ISSUER, reasonOf, signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outageOf, outcomeOf, tokenOf, verifierOf } from './setting.js';

const key = signingKey('RS256', 'good');
const ec = signingKey('ES256', 'bad');
const ed = signingKey('EdDSA', 'bad');
const good = key.jwk;
const bad = { ...good, kid: 'bad' };

function rsa(options: RSAKeyPairKeyObjectOptions): JsonWebKey {
  return { ...generateKeyPairSync('rsa', options).publicKey.export({ format: 'jwk' }), kid: 'bad', alg: 'RS256' };
}

function long(bytes: number): string {
  return Buffer.alloc(bytes, 255).toString('base64url');
}

/** A point that is not on the curve. */
function offCurve(): JsonWebKey {
  const y = Buffer.from(ec.jwk.y as string, 'base64url');
  y[31] = (y[31] as number) ^ 1;
  return { ...ec.jwk, y: y.toString('base64url') };
}

const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' });

const unusable: readonly (readonly [string, unknown, why: string])[] = [
  ['an RSA key of 1024 bits', rsa({ modulusLength: 1024 }), '1024 bits, under 2048'],
  ['an RSA key of 2047 bits', rsa({ modulusLength: 2047 }), '2047 bits, under 2048'],
  ['an RSA key with exponent 3', rsa({ modulusLength: 2048, publicExponent: 3 }), 'exponent is 3, under 65537'],
  ['an RSA key of 8200 bits', { ...bad, n: Buffer.alloc(1025, 255).toString('base64url') }, '8200 bits, over 8192'],
  ['an RSA key with an exponent of 40 bits', { ...bad, e: '_____w8' }, 'exponent is over'],
  ['an RSA key with an exponent of 90 KB', { ...bad, e: long(90_000) }, 'its exponent is too long'],
  ['an RSA key with a modulus of 90 KB', { ...bad, n: long(90_000) }, 'its modulus is too long'],
  ['an RSA key with exponent 1', { ...bad, e: 'AQ' }, ''],
  ['an RSA key with a broken modulus', { ...bad, n: '%%%' }, ''],
  ['an RSA key with a number for modulus', { ...bad, n: 17 }, 'it lacks n or e'],
  ['an RSA key without modulus', { ...bad, n: undefined }, 'it lacks n or e'],
  ['a key for encryption', { ...bad, use: 'enc' }, 'its "use" is "enc", not "sig"'],
  ['a key whose use is a list', { ...bad, use: ['sig'] }, 'its "use" is ["sig"], not "sig"'],
  ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0', kid: 'bad', alg: 'HS256' }, 'it is a symmetric key'],
  ['a private RSA key', { ...key.privateKey.export({ format: 'jwk' }), kid: 'bad' }, 'it is a private key'],
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map(
    (member) => [`a key with the private member ${member}`, { ...bad, [member]: 'AA' }, 'it is a private key'] as const,
  ),
  ['a private EC key', { ...ec.privateKey.export({ format: 'jwk' }), kid: 'bad' }, 'it is a private key'],
  ['a key of unknown type', { ...bad, kty: 'AKP' }, 'no allowed algorithm'],
  ['a key without type', { ...bad, kty: undefined }, 'no allowed algorithm'],
  ['a key for another algorithm', { ...bad, alg: 'RSA-OAEP' }, 'no allowed algorithm'],
  ['an RSA key for HMAC', { ...bad, alg: 'HS256' }, 'no allowed algorithm'],
  ['an EC key on an unknown curve', { ...ec.jwk, crv: 'secp256k1' }, 'no allowed algorithm'],
  ['an EC key off its curve', offCurve(), 'Node cannot import it'],
  ['a key for key agreement', { ...x25519, kid: 'bad' }, 'which does not sign'],
  ['a key whose kid is a number', { ...good, kid: 7 }, 'its "kid" is not a string'],
  ['a key whose kid is null', { ...good, kid: null }, 'its "kid" is not a string'],
  ['a key that must not verify', { ...bad, key_ops: ['sign'] }, 'its "key_ops" are ["sign"], without "verify"'],
  ['a key whose key_ops are a string', { ...bad, key_ops: 'verify' }, 'its "key_ops" are "verify"'],
  ['null', null, 'it is not an object'],
  ['a list', [good], 'it is not an object'],
  ['a text', 'key', 'it is not an object'],
];

test.each(unusable)('7517-1: %s is skipped, and the key beside it is used', async (_, jwk) => {
  const server = await keyServer(json({ keys: [jwk, good, jwk] }));
  const verifier = verifierOf(server);

  expect(await outcomeOf(verifier, tokenOf(key))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(key, { kid: 'bad' }))).toBe('key_unknown');
});

test('an RSA key of 8192 bits is used', async () => {
  const jwk = { ...bad, n: long(1024) };
  const server = await keyServer(json({ keys: [jwk] }));

  await expect(verifierOf(server).ready()).resolves.toBeUndefined();
});

test('twenty weak keys before the one good key do not hide it', async () => {
  const weak = rsa({ modulusLength: 1024 });
  const server = await keyServer(
    json({ keys: [...Array.from({ length: 20 }, (_, i) => ({ ...weak, kid: `${i}` })), good] }),
  );

  expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('accepted');
});

test.each(unusable)('%s alone is an outage, and the sentence says why', async (_, jwk, why) => {
  const server = await keyServer(json({ keys: [jwk] }));

  const outage = await outageOf(verifierOf(server).ready());
  expect(outage.message).toContain('The key set has no usable key.');
  expect(outage.message).toContain(why);
});

test.each(['kty', 'kid', 'use', 'alg', 'crv', 'key_ops', 'n', 'x5t'])(
  'a key whose "%s" is nested deeper than can be written again does not spoil the one beside it',
  async (member) => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const server = await keyServer(text(`{"keys":[{"kty":"RSA","${member}":${deep}},${JSON.stringify(good)}]}`));

    expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('accepted');
  },
);

test.each([
  ['RSA', 'crv', good],
  ['RSA', 'x', good],
  ['RSA', 'x5t', good],
  ['EC', 'n', ec.jwk],
  ['EC', 'crv', ec.jwk],
  ['OKP', 'y', ed.jwk],
  ['OKP', 'crv', ed.jwk],
])('nor does a whole %s key whose "%s" is nested so', async (_, member, { [member]: _former, ...jwk }) => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const other = JSON.stringify({ ...jwk, kid: 'other' }).slice(0, -1);
  const server = await keyServer(text(`{"keys":[${other},"${member}":${deep}},${JSON.stringify(good)}]}`));

  expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('accepted');
});

test('the sentence names the key, and holds no part of a private or symmetric one', async () => {
  const secret = key.privateKey.export({ format: 'jwk' });
  const server = await keyServer(json({ keys: [{ ...secret, kid: 'leaked' }] }));

  const { message } = await outageOf(verifierOf(server).ready());
  expect(message).toContain('"leaked" (it is a private key: whoever can read it can sign)');
  expect(message).not.toContain(secret.d);
});

test('the sentence stays short, however many keys are skipped and whatever they call themselves', async () => {
  const keys = Array.from({ length: 500 }, (_, i) => ({ kty: 'oct', k: 'AA', kid: `${i}\r\n${'x'.repeat(300)}` }));
  const server = await keyServer(json({ keys }));

  const { message } = await outageOf(verifierOf(server).ready());
  expect(message).toContain('and 495 more');
  expect(message.length).toBeLessThan(2000);
  expect(message).not.toMatch(/[\r\n]/);
});

test('no junk beside a usable key keeps it from being used', () => {
  const members = fc.constantFrom('kty', 'kid', 'n', 'e', 'crv', 'x', 'y', 'alg', 'use', 'x5t', 'x5c');
  const altered = fc.tuple(members, fc.jsonValue()).map(([name, value]) => ({ ...good, kid: 'bad', [name]: value }));
  const junk = fc.array(fc.oneof(fc.jsonValue(), altered), { maxLength: 6 });
  const token = tokenOf(key);

  fc.assert(
    fc.property(junk, junk, (before, after) => {
      const jwks = { keys: [...before, good, ...after] };
      const verifier = jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks, clock: new MovableClock() });
      const verdict = ask(verifier, token) as Exclude<ReturnType<typeof ask>, Promise<unknown>>;
      expect(reasonOf(verdict)).toBe('accepted');
    }),
  );
});

test('7517-1: unknown members of a key and of the set are ignored, certificates too', async () => {
  const jwk = { ...good, x5c: ['bm8gY2VydGlmaWNhdGU='], x5u: 'https://elsewhere.example', ext: true, iat: 1 };
  const server = await keyServer(json({ keys: [jwk], issuer: 'https://elsewhere.example' }));

  expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('accepted');
});
