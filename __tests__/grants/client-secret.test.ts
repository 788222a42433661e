import fc from 'fast-check';
import { DEFAULT_OVERLAP, isSecret, MAX_OVERLAP, newSecret, secretHash } from '../../lib/grants/client-secret.js';

test('creates a secret of 256 random bits in 43 characters of base64url', () => {
  const secrets = Array.from({ length: 1000 }, newSecret);
  for (const secret of secrets) {
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  }
  expect(new Set(secrets).size).toBe(1000);
  const bytes = secrets.map((secret) => Buffer.from(secret, 'base64url'));
  for (let bit = 0; bit < 256; bit++) {
    const ones = bytes.filter((each) => ((each[bit >> 3] as number) >> (bit & 7)) & 1).length;
    if (ones < 350 || ones > 650) throw new Error(`bit ${bit} is one in ${ones} of 1000`);
  }
});

test('stores the SHA-256 of a secret (FIPS 180-4 examples)', () => {
  expect(secretHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(secretHash('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(secretHash('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
});

describe('isSecret()', () => {
  const secret = newSecret();
  const hash = secretHash(secret);

  test('accepts the secret and rejects similar texts', () => {
    expect(isSecret(secret, hash)).toBe(true);
    for (let at = 0; at < secret.length; at++) {
      const other = secret[at] === 'A' ? 'B' : 'A';
      expect(isSecret(secret.slice(0, at) + other + secret.slice(at + 1), hash)).toBe(false);
      expect(isSecret(secret.slice(0, at), hash)).toBe(false);
    }
    const near = ['', `${secret} `, ` ${secret}`, `${secret}\n`, `${secret}\0`, `${secret}=`, secret + secret];
    for (const candidate of near) expect(isSecret(candidate, hash)).toBe(false);
    expect(isSecret(secret.toLowerCase(), hash)).toBe(secret === secret.toLowerCase());
  });

  test('rejects the stored hash as a secret', () => {
    expect(isSecret(hash, hash)).toBe(false);
    expect(isSecret(Buffer.from(hash, 'hex').toString('base64url'), hash)).toBe(false);
  });

  test('accepts exactly the same text for any two texts', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(isSecret(one, secretHash(one))).toBe(true);
        expect(isSecret(other, secretHash(one))).toBe(one === other);
      }),
    );
  });
});

test('keeps the previous secret valid for a day by default and thirty days at most', () => {
  expect(DEFAULT_OVERLAP).toBe(86_400_000);
  expect(MAX_OVERLAP).toBe(30 * 86_400_000);
});
