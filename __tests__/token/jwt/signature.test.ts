import crypto, { constants, createHash, sign } from 'node:crypto';
import { jwtVerifier } from '../../../lib/token/jwt/jwt-verifier.js';
import {
  AUDIENCE,
  claims,
  clockAt,
  forge,
  hmac,
  ISSUER,
  keyEndpoint,
  NOW,
  reasonOf,
  type SigningKey,
  signingKey,
  verdictOf,
} from '../../support/tokens.js';

const ALGORITHMS = ['RS256', 'RS512', 'PS256', 'ES256', 'EdDSA'] as const;
const keys = ALGORITHMS.map((alg) => signingKey(alg, alg));
const [rs256, , ps256, es256] = keys as [SigningKey, SigningKey, SigningKey, SigningKey];
const policy = { issuer: ISSUER, audience: AUDIENCE, clock: clockAt(NOW) };
const verifier = jwtVerifier({ ...policy, jwks: { keys: keys.map(({ jwk }) => jwk) } });

function judge(token: string): string {
  return reasonOf(verdictOf(verifier, token));
}

function tokenOf(key: SigningKey, header: object = {}): string {
  return forge({ alg: key.alg, kid: key.kid, ...header }, claims(), key);
}

function withSignature(token: string, change: (signature: Buffer) => Uint8Array): string {
  const [header, payload, signature] = token.split('.') as [string, string, string];
  return [header, payload, Buffer.from(change(Buffer.from(signature, 'base64url'))).toString('base64url')].join('.');
}

describe.each(keys.map((key) => [key.alg, key] as const))('%s signatures', (alg, key) => {
  const stranger = signingKey(alg, key.kid);

  test('9068-4: accepts a signature by the issuer key with and without kid', () => {
    expect(judge(tokenOf(key))).toBe('accepted');
    expect(judge(tokenOf(key, { kid: undefined }))).toBe('accepted');
  });

  test('9068-4: rejects a signature by another key under the same kid', () => {
    expect(judge(tokenOf(stranger))).toBe('signature_invalid');
  });

  test.each<[string, (signature: Buffer) => Uint8Array]>([
    ['cut short', (signature) => signature.subarray(0, -1)],
    ['too long', (signature) => Buffer.concat([signature, Buffer.alloc(1)])],
    ['with a zero in front', (signature) => Buffer.concat([Buffer.alloc(1), signature])],
    ['all zeros', (signature) => Buffer.alloc(signature.length)],
    ['all ones', (signature) => Buffer.alloc(signature.length, 0xff)],
    ['one byte', () => Buffer.alloc(1)],
    ['much too long', () => Buffer.alloc(60_000, 1)],
  ])('rejects a signature that is %s', (_, change) => {
    expect(judge(withSignature(tokenOf(key), change))).toBe('signature_invalid');
  });

  test('rejects the signature of another token', () => {
    const [header, , signature] = tokenOf(key).split('.');
    const [, payload] = forge({ alg, kid: key.kid }, claims({ scope: 'admin' }), stranger).split('.');
    expect(judge(`${header}.${payload}.${signature}`)).toBe('signature_invalid');
  });

  test.each(ALGORITHMS.filter((other) => other !== alg))('8725-4: does not verify the signature as %s', (other) => {
    expect(judge(tokenOf(key, { alg: other }))).toBe('key_unknown');
    expect(judge(tokenOf(key, { alg: other, kid: other }))).toBe('signature_invalid');
    expect(judge(tokenOf(key, { alg: other, kid: undefined }))).toBe('signature_invalid');
  });

  test.each(['none', 'None', 'NONE', 'nOnE', ''])('8725-2: rejects an unsigned token with alg %j', (none) => {
    const unsigned = forge({ alg: none, kid: key.kid }, claims(), { sign: () => Buffer.alloc(0) });
    expect(judge(unsigned)).toBe('token_malformed');
    expect(judge(`${unsigned}AA`)).toBe('algorithm_not_allowed');
  });

  test('8725-3: never uses the public key as an HMAC secret', () => {
    const forms = [
      key.publicKey.export({ type: 'spki', format: 'pem' }),
      key.publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(key.publicKey.export({ format: 'jwk' })),
      String(key.jwk.n ?? key.jwk.x),
    ];
    for (const secret of forms) {
      expect(judge(forge({ alg: 'HS256', kid: key.kid }, claims(), hmac(secret)))).toBe('algorithm_not_allowed');
      expect(judge(forge({ alg, kid: key.kid }, claims(), hmac(secret)))).toBe('signature_invalid');
    }
  });

  test('7515-4: never uses a key from the token', () => {
    const { jwk } = stranger;
    const thumbprint = createHash('sha256').update(stranger.publicKey.export({ type: 'spki', format: 'der' }));
    for (const header of [{ jwk }, { x5c: ['MII'], jwk }, { 'x5t#S256': thumbprint.digest('base64url'), jwk }]) {
      expect(judge(tokenOf(stranger, header))).toBe('signature_invalid');
      expect(judge(tokenOf(stranger, { ...header, kid: 'stranger' }))).toBe('key_unknown');
    }
  });
});

test('7515-4: never fetches a URL from the token', async () => {
  const endpoint = keyEndpoint(es256);
  const remote = jwtVerifier({ ...policy, jwksUri: 'https://issuer.example/jwks', fetch: endpoint.fetch });
  const header = {
    jku: 'https://evil.example/jwks',
    x5u: 'https://evil.example/cert',
    kid: 'https://evil.example/kid',
  };
  expect(reasonOf(await remote.verify({ scheme: 'bearer', token: tokenOf(es256, header) }))).toBe('key_unknown');
  expect(endpoint.asked).toEqual(['https://issuer.example/jwks']);
});

test.each(['', 'rs256', 'RS256 ', '__proto__', 'constructor', '../RS256', 'R\u0000'])(
  '8725-10: finds no key for the kid %j',
  (kid) => {
    expect(judge(tokenOf(rs256, { kid }))).toBe('key_unknown');
  },
);

describe('ES256 encoding', () => {
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const bytes = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');

  test('rejects a DER-encoded ES256 signature (RFC 7518 §3.4)', () => {
    const integer = (value: Uint8Array) => Buffer.from([2, value.length + 1, 0, ...value]);
    const der = (signature: Buffer) => {
      const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
      return Buffer.concat([Buffer.from([0x30, body.length]), body]);
    };
    expect(judge(withSignature(tokenOf(es256), der))).toBe('signature_invalid');
  });

  test('rejects ES256 signature values at or beyond the order of the curve', () => {
    const beyond = (signature: Buffer) => Buffer.concat([signature.subarray(0, 32), bytes(ORDER)]);
    expect(judge(withSignature(tokenOf(es256), beyond))).toBe('signature_invalid');
    expect(judge(withSignature(tokenOf(es256), () => Buffer.concat([bytes(ORDER), bytes(ORDER)])))).toBe(
      'signature_invalid',
    );
  });

  test('accepts the twin of an ES256 signature, so a token text is no identity', () => {
    const twin = (signature: Buffer) =>
      Buffer.concat([signature.subarray(0, 32), bytes(ORDER - number(signature.subarray(32)))]);
    const token = tokenOf(es256);
    expect(withSignature(token, twin)).not.toBe(token);
    expect(judge(withSignature(token, twin))).toBe('accepted');
  });
});

test.each([0, 20, 222])(
  'rejects PS256 with a salt of %i bytes instead of the digest length (RFC 7518 §3.5)',
  (saltLength) => {
    const salted = {
      sign: (data: Buffer) =>
        sign('sha256', data, { key: ps256.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
    };
    expect(judge(tokenOf({ ...ps256, ...salted }))).toBe('signature_invalid');
  },
);

test('RFC 8017 §8.1.2: rejects a PS256 signature without its leading zero', () => {
  let token = tokenOf(ps256);
  while (signatureOf(token)[0] !== 0) token = tokenOf(ps256); // its salt is another each time

  expect(judge(token)).toBe('accepted');
  expect(judge(withSignature(token, (signature) => signature.subarray(1)))).toBe('signature_invalid');
});

test('rejects a signature if OpenSSL throws', () => {
  const verify = jest.spyOn(crypto, 'verify').mockImplementation(() => {
    throw new Error('malformed signature');
  });
  try {
    for (const key of keys) expect(judge(tokenOf(key))).toBe('signature_invalid');
  } finally {
    verify.mockRestore();
  }
});

function signatureOf(token: string): Buffer {
  return Buffer.from(token.split('.')[2] as string, 'base64url');
}
