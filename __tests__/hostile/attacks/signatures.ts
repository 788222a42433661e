import { constants, sign } from 'node:crypto';
import { forge, part, type Signer } from '../../support/tokens.js';
import { goodClaims, headed, partsOf, signatureOf, signedBy, type TokenCase, withTokens } from '../attack.js';
import { bytesOf, header, ps256, rs256 } from '../keys.js';
import { good } from '../valid-tokens.js';

type Change = readonly [name: string, change: (signature: Buffer) => Uint8Array];

const WITHOUT_FIRST = 'without its first byte';

const TO_ANY: readonly Change[] = [
  ['zeros', (signature) => Buffer.alloc(signature.length)],
  ['ones', (signature) => Buffer.alloc(signature.length, 0xff)],
  ['one', (signature) => Buffer.alloc(signature.length).fill(1, signature.length - 1)],
  ['one byte', () => Buffer.alloc(1)],
  ['its first half', (signature) => signature.subarray(0, signature.length / 2)],
  ['its second half', (signature) => signature.subarray(signature.length / 2)],
  [
    'its halves swapped',
    (signature) =>
      Buffer.concat([signature.subarray(signature.length / 2), signature.subarray(0, signature.length / 2)]),
  ],
  ['without its last byte', (signature) => signature.subarray(0, -1)],
  [WITHOUT_FIRST, (signature) => signature.subarray(1)],
  ['with a zero behind', (signature) => Buffer.concat([signature, Buffer.alloc(1)])],
  ['with a zero in front', (signature) => Buffer.concat([Buffer.alloc(1), signature])],
  ['twice', (signature) => Buffer.concat([signature, signature])],
  ['backwards', (signature) => Buffer.from(signature).reverse()],
  ['with its last bit turned', (signature) => turned(signature, signature.length - 1, 1)],
  ['with its first bit turned', (signature) => turned(signature, 0, 0x80)],
  ['with 8,000 bytes behind', (signature) => Buffer.concat([signature, Buffer.alloc(8000, 1)])],
];

function turned(signature: Buffer, at: number, bits: number): Buffer {
  const other = Buffer.from(signature);
  other[at] = (other[at] as number) ^ bits;
  return other;
}

/** A signature that consists of two numbers, each in 32 bytes. */
function pair(first: bigint, second: bigint, write = bigEndian): Buffer {
  return Buffer.concat([write(first), write(second)]);
}

function bigEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}

const littleEndian = (value: bigint) => bigEndian(value).reverse();
const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** The order and the prime of P-256, and the order of the group of Ed25519. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const L = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;

function der(signature: Buffer): Buffer {
  const integer = (bytes: Uint8Array) => Buffer.from([2, bytes.length + 1, 0, ...bytes]);
  const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

const NUMBERS = [
  ['0', 0n],
  ['1', 1n],
  ['the order', N],
  ['the order and 1', N + 1n],
  ['the prime', P],
  ['2^256-1', 2n ** 256n - 1n],
] as const;

const TO_ES256: readonly Change[] = [
  ...NUMBERS.flatMap(([r, rValue]) =>
    NUMBERS.map(([s, sValue]): Change => [`r = ${r}, s = ${s}`, () => pair(rValue, sValue)]),
  ),
  ...NUMBERS.map(
    ([s, value]): Change => [`its r, s = ${s}`, (signature) => pair(number(signature.subarray(0, 32)), value)],
  ),
  ...NUMBERS.map(
    ([r, value]): Change => [`r = ${r}, its s`, (signature) => pair(value, number(signature.subarray(32)))],
  ),
  ['in DER', der],
  [
    'each number in 33 bytes',
    (signature) => Buffer.concat([Buffer.alloc(1), signature.subarray(0, 32), Buffer.alloc(1), signature.subarray(32)]),
  ],
];

const modulus = number(Buffer.from(rs256.jwk.n as string, 'base64url'));

const TO_RS256: readonly Change[] = [
  ['the modulus', () => bytesOf(modulus)],
  ['the modulus less 1', () => bytesOf(modulus - 1n)],
  [
    'itself and the modulus',
    (signature) => Buffer.from((number(signature) + modulus).toString(16).padStart(514, '0'), 'hex'),
  ],
  ['the modulus less itself', (signature) => bytesOf(modulus - number(signature))],
];

const TO_EDDSA: readonly Change[] = [
  ['the neutral point and zero', () => pair(1n, 0n, littleEndian)],
  [
    'a point of small order and zero',
    () =>
      Buffer.concat([
        Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex'),
        Buffer.alloc(32),
      ]),
  ],
  ['a point that is none', () => Buffer.concat([Buffer.alloc(32, 0xfe), Buffer.alloc(32)])],
  [
    'its s and the order',
    (signature) =>
      Buffer.concat([
        signature.subarray(0, 32),
        littleEndian(number(Buffer.from(signature.subarray(32)).reverse()) + L),
      ]),
  ],
  ['its s replaced by the order', (signature) => Buffer.concat([signature.subarray(0, 32), littleEndian(L)])],
];

const TO_EACH: readonly (readonly [name: string, token: string, changes: readonly Change[]])[] = [
  ['RS256', good.rs256, [...TO_ANY, ...TO_RS256]],
  ['PS256', good.ps256, TO_ANY.filter(([name]) => name !== WITHOUT_FIRST)],
  ['ES256', good.es256, [...TO_ANY, ...TO_ES256]],
  ['EdDSA', good.eddsa, [...TO_ANY, ...TO_EDDSA]],
];

const rsa = (digest: string, more: object = {}): Signer => ({
  sign: (data) => sign(digest, data, { key: rs256.privateKey, ...more }),
});
const pss = (saltLength: number): Signer => ({
  sign: (data) => sign('sha256', data, { key: ps256.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
});
const over = (change: (input: string) => string): Signer => ({
  sign: (data) => rs256.sign(Buffer.from(change(data.toString()))),
});
const [goodHeader, goodPayload, goodSignature] = partsOf(good.rs256);
const [, esPayload, esSignature] = partsOf(good.es256);
const richer = goodClaims({ scope: 'urn:opc:resource:consumer::all', sub: 'mallory' });

/** A token by PS256 whose signature begins with zero, as one in 256 does, without that zero. OpenSSL takes it. */
function withoutZero(): string {
  for (;;) {
    const token = headed({ alg: 'PS256', kid: 'pss' }, ps256); // with another salt each time
    const signature = signatureOf(token);
    if (signature[0] === 0) return signedBy(token, signature.subarray(1));
  }
}

export const signatures = withTokens([
  ...TO_EACH.flatMap(([alg, token, changes]) =>
    changes.map(
      ([name, change]): TokenCase => [
        `${alg}: ${name}`,
        signedBy(token, change(signatureOf(token))),
        'signature_invalid',
      ],
    ),
  ),
  ['RS256: a digest by SHA-1', headed(header, rsa('sha1')), 'signature_invalid'],
  ['RS256: a digest by MD5', headed(header, rsa('md5')), 'signature_invalid'],
  ['RS256: a digest by SHA-512', headed(header, rsa('sha512')), 'signature_invalid'],
  [
    'RS256: signed as PSS',
    headed(header, rsa('sha256', { padding: constants.RSA_PKCS1_PSS_PADDING })),
    'signature_invalid',
  ],
  [
    'RS256: over the payload alone',
    headed(
      header,
      over((input) => input.split('.')[1] as string),
    ),
    'signature_invalid',
  ],
  [
    'RS256: over the parts in the other order',
    headed(
      header,
      over((input) => input.split('.').reverse().join('.')),
    ),
    'signature_invalid',
  ],
  [
    'RS256: over both parts and a dot',
    headed(
      header,
      over((input) => `${input}.`),
    ),
    'signature_invalid',
  ],
  [
    'RS256: over the JSON',
    headed(
      header,
      over((input) => Buffer.from(input.split('.')[1] as string, 'base64url').toString()),
    ),
    'signature_invalid',
  ],
  ...[0, 20, 222].map(
    (length): TokenCase => [
      `PS256: a salt of ${length} bytes`,
      headed({ alg: 'PS256', kid: 'pss' }, pss(length)),
      'signature_invalid',
    ],
  ),
  // auth() verifies signatures by itself, and takes this one.
  ['PS256: without the zero in front', withoutZero(), 'signature_invalid', { at: { bearerAuthVerifier: null } }],
  [
    'the signature of a token that is remembered, under more',
    `${goodHeader}.${part(richer)}.${goodSignature}`,
    'signature_invalid',
  ],
  [
    'the signature of a token that is remembered, under another header',
    `${part({ ...header, typ: 'JWT' })}.${goodPayload}.${goodSignature}`,
    'signature_invalid',
  ],
  [
    'the signature of a token that is remembered, under a header of its own',
    `${part({ kid: 'rsa', alg: 'RS256' })}.${goodPayload}.${goodSignature}`,
    'signature_invalid',
  ],
  [
    'the signature of another token that is remembered',
    `${goodHeader}.${goodPayload}.${esSignature}`,
    'signature_invalid',
  ],
  [
    'the header of one token that is remembered, the rest of another',
    `${goodHeader}.${esPayload}.${esSignature}`,
    'signature_invalid',
  ],
  [
    'the last characters of a token that is remembered',
    `${goodHeader}.${part(richer)}.${'A'.repeat(goodSignature.length - 12)}${goodSignature.slice(-12)}`,
    'signature_invalid',
  ],
  [
    'another last character than that of a token that is remembered',
    `${good.rs256.slice(0, -1)}${good.rs256.endsWith('A') ? 'Q' : 'A'}`,
    'signature_invalid',
  ],
  ['a token that is remembered, in capitals', good.rs256.toUpperCase(), 'token_malformed'],
  ['a token that is remembered, backwards', [...good.rs256].reverse().join(''), 'token_malformed'],
  ['a token that is remembered, twice', `${good.rs256}.${good.rs256}`, 'token_malformed'],
  [
    'a good token with more in it, by nobody',
    forge(header, richer, { sign: () => Buffer.alloc(256, 7) }),
    'signature_invalid',
  ],
]);
