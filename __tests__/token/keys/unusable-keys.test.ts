import { generateKeyPairSync, type JsonWebKey, type RSAKeyPairKeyObjectOptions } from 'node:crypto';
import fc from 'fast-check';
import { jwtVerifier } from 'scopegate';
import { json, keyServer, text } from '../../support/key-server.js';
import { AUDIENCE, ISSUER, reasonOf, signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outageOf, outcomeOf, tokenOf, verifierOf } from './fixtures/setting.js';

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
  ['an RSA key with an exponent of 40 bits', { ...bad, e: '_____w8' }, 'exponent is 1099511627535, over 4294967296'],
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
  ...['', 0, false, []].map(
    (d) => [`a key with d of ${JSON.stringify(d)}`, { ...bad, d }, 'it is a private key'] as const,
  ),
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
  ['a key that must not verify', { ...bad, key_ops: ['sign'] }, 'its "key_ops" are ["sign"], without "verify"'],
  ['a key whose key_ops are a string', { ...bad, key_ops: 'verify' }, 'its "key_ops" are "verify"'],
  ['null', null, 'it is not an object'],
  ['a list', [good], 'it is not an object'],
  ['a text', 'key', 'it is not an object'],
];

test.each(unusable)('7517-1: skips %s and uses the key beside it', async (_, jwk) => {
  const server = await keyServer(json({ keys: [jwk, good, jwk] }));
  const verifier = verifierOf(server);

  expect(await outcomeOf(verifier, tokenOf(key))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(key, { kid: 'bad' }))).toBe('key_unknown');
});

const MEMBERS = ['use', 'alg', 'key_ops', 'x5t', 'x5t#S256', 'x5c', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'crv'];

test.each(MEMBERS)('reads a key whose "%s" is null like a key without it', async (member) => {
  for (const jwk of [good, ec.jwk, ed.jwk].map((each) => ({ ...each, kid: 'good' }))) {
    if (member === 'crv' && jwk.kty !== 'RSA') continue;
    const signer = jwk.kty === 'RSA' ? key : jwk.kty === 'EC' ? ec : ed;
    const verifier = verifierOf(await keyServer(json({ keys: [{ ...jwk, [member]: null }] })));
    expect(await outcomeOf(verifier, tokenOf(signer, { kid: 'good' }))).toBe('accepted');
  }
});

test('reads a key whose every optional member is null, and whose kid is', async () => {
  const nothing = Object.fromEntries(MEMBERS.map((member) => [member, null]));
  const verifier = verifierOf(await keyServer(json({ keys: [{ ...good, ...nothing, kid: null }] })));

  expect(await outcomeOf(verifier, tokenOf(key, { kid: undefined }))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(key, { kid: 'null' }))).toBe('key_unknown');
});

test.each(['kty', 'n', 'e'])('does not use a key whose "%s" is null', async (member) => {
  const outage = await outageOf(verifierOf(await keyServer(json({ keys: [{ ...good, [member]: null }] }))).ready());
  expect(outage.message).toContain('The key set has no usable key.');
});

test('uses an RSA key of 8192 bits', async () => {
  const jwk = { ...bad, n: long(1024) };
  const server = await keyServer(json({ keys: [jwk] }));

  await expect(verifierOf(server).ready()).resolves.toBeUndefined();
});

test('finds the good key after twenty weak ones', async () => {
  const weak = rsa({ modulusLength: 1024 });
  const server = await keyServer(
    json({ keys: [...Array.from({ length: 20 }, (_, i) => ({ ...weak, kid: `${i}` })), good] }),
  );

  expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('accepted');
});

test.each(unusable)('%s as the only key is an outage that explains why', async (_, jwk, why) => {
  const server = await keyServer(json({ keys: [jwk] }));

  const outage = await outageOf(verifierOf(server).ready());
  expect(outage.message).toContain('The key set has no usable key.');
  expect(outage.message).toContain(why);
});

test.each(['kty', 'kid', 'use', 'alg', 'crv', 'key_ops', 'n', 'x5t'])(
  'ignores a key with a deeply nested "%s" and uses the key beside it',
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
])('a valid %s key with a deeply nested "%s" spoils no other key', async (_, member, { [member]: _former, ...jwk }) => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const other = JSON.stringify({ ...jwk, kid: 'other' }).slice(0, -1);
  const server = await keyServer(text(`{"keys":[${other},"${member}":${deep}},${JSON.stringify(good)}]}`));

  expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('accepted');
});

test('the outage names a private key without revealing it', async () => {
  const secret = key.privateKey.export({ format: 'jwk' });
  const server = await keyServer(json({ keys: [{ ...secret, kid: 'leaked' }] }));

  const { message } = await outageOf(verifierOf(server).ready());
  expect(message).toContain('"leaked" (it is a private key, and any reader of it can sign)');
  expect(message).not.toContain(secret.d);
});

test('the outage message stays short for many skipped keys with long names', async () => {
  const keys = Array.from({ length: 500 }, (_, i) => ({ kty: 'oct', k: 'AA', kid: `${i}\r\n${'x'.repeat(300)}` }));
  const server = await keyServer(json({ keys }));

  const { message } = await outageOf(verifierOf(server).ready());
  expect(message).toContain('and 495 more');
  expect(message.length).toBeLessThan(2000);
  expect(message).not.toMatch(/[\r\n]/);
});

test('no invalid key in the set prevents the use of a good one', () => {
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

test('7517-1: ignores unknown members of a key and of the key set', async () => {
  const jwk = { ...good, x5c: ['bm8gY2VydGlmaWNhdGU='], x5u: 'https://elsewhere.example', ext: true, iat: 1 };
  const server = await keyServer(json({ keys: [jwk], issuer: 'https://elsewhere.example' }));

  expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('accepted');
});
