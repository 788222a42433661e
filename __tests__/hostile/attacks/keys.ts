import { constants, publicDecrypt, sign } from 'node:crypto';
import { forge, hmac, type Signer } from '../../support/tokens.js';
import { goodClaims, headed, type TokenCase, withTokens } from '../attack.js';
import {
  bytesOf,
  header,
  issuerKeys,
  POWER_OF_TWO,
  publishedSecret,
  rs256,
  stranger,
  strangers,
  weak,
} from '../keys.js';

const EVIL = 'http://127.0.0.1:65000';
const certificates = [stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')];

const BROUGHT: readonly (readonly [string, object])[] = [
  ['jwk', { jwk: stranger.jwk }],
  ['jwk without kid', { jwk: { ...stranger.jwk, kid: undefined } }],
  ['jwk with its private part', { jwk: stranger.privateKey.export({ format: 'jwk' }) }],
  ['jwk as a list', { jwk: [stranger.jwk] }],
  ['jwk as a key set', { jwk: { keys: [stranger.jwk] } }],
  ['jwk as text', { jwk: JSON.stringify(stranger.jwk) }],
  ['jwks', { jwks: { keys: [stranger.jwk] }, keys: [stranger.jwk] }],
  ['jku', { jku: `${EVIL}/jwks` }],
  ['jku of the issuer’s, with a user name', { jku: `https://issuer.example@${EVIL.slice(7)}/jwks` }],
  ['jku as data', { jku: `data:application/json,${JSON.stringify({ keys: [stranger.jwk] })}` }],
  ['jku as a file', { jku: 'file:///dev/zero' }],
  ['jwks_uri', { jwks_uri: `${EVIL}/jwks` }],
  ['x5u', { x5u: `${EVIL}/certificate` }],
  ['x5c', { x5c: certificates }],
  ['x5c as text', { x5c: certificates[0] }],
  ['x5c and jwk', { x5c: certificates, jwk: stranger.jwk }],
  ['x5t of its own', { x5t: 'c3RyYW5nZXI', 'x5t#S256': 'c3RyYW5nZXI' }],
  ['x5t that is no text', { x5t: ['x'], 'x5t#S256': { a: 1 } }],
  ['pem, key and publicKey', { pem: certificates[0], key: stranger.jwk, publicKey: stranger.jwk }],
];

/** RFC 8725 §3.10, RFC 7515 §4.1: what a token says of keys is not believed. */
export const brought = withTokens(
  BROUGHT.flatMap(([name, members]): TokenCase[] => [
    [`${name}, under a known kid`, headed({ ...header, ...members }, stranger), 'signature_invalid'],
    [`${name}, under an unknown kid`, headed({ ...header, kid: 'mine', ...members }, stranger), 'key_unknown'],
    [`${name}, without kid`, headed({ alg: 'RS256', ...members }, stranger), 'signature_invalid'],
  ]),
);

const KIDS = [
  '',
  ' ',
  'RSA',
  'rsa ',
  ' rsa',
  'rsa\u0000',
  'rsa\u0000.pem',
  'rsa\n',
  'rs\u0430',
  'rsa\u200b',
  'rsa,ec',
  'rsa|id',
  '../rsa',
  './rsa',
  '/dev/null',
  '../../../../../../dev/null',
  '..\\..\\rsa',
  'file:///dev/null',
  `${EVIL}/kid`,
  '%2e%2e%2frsa',
  "rsa' OR '1'='1",
  'rsa"; DROP TABLE keys; --',
  "x' UNION SELECT 'secret",
  '$(id)',
  '`id`',
  '#{rsa}',
  '{{rsa}}',
  '<script>alert(1)</script>',
  '*',
  '.*',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'undefined',
  'null',
  '0',
  '\r\nX-Injected: 1',
  '", error="none',
  '\u001b[2J',
  '\ud83d\udd12'.repeat(200),
  'k'.repeat(8000),
];
const NO_TEXTS: readonly unknown[] = [null, 0, 1, true, [], ['rsa'], {}, { toString: 'rsa' }];
const HUGE = [30_000, 90_000] as const;

/** RFC 8725 §3.10: a `kid` is compared, and nothing else. */
export const kids = withTokens([
  ...KIDS.map(
    (kid): TokenCase => [`kid ${JSON.stringify(kid.slice(0, 40))}`, headed({ ...header, kid }), 'key_unknown'],
  ),
  ...NO_TEXTS.map((kid): TokenCase => [`kid ${JSON.stringify(kid)}`, headed({ ...header, kid }), 'token_malformed']),
  ...HUGE.map(
    (size): TokenCase => [
      `a kid of ${size} characters`,
      headed({ ...header, kid: 'k'.repeat(size) }),
      'key_unknown',
      { parser: 431 },
    ],
  ),
  [
    'a kid of a million characters',
    headed({ ...header, kid: 'k'.repeat(1_000_000) }),
    'token_malformed',
    { parser: 431 },
  ],
]);

/** RFC 8725 §3.8: the key must be the issuer's. */
export const foreignKeys = withTokens(
  strangers.flatMap((key, i): TokenCase[] => {
    const { alg, kid } = key;
    const other = (issuerKeys[(i + 1) % issuerKeys.length] as typeof key).kid;
    return [
      [`${alg} of another issuer under the same kid`, headed({ alg, kid }, key), 'signature_invalid'],
      [`${alg} of another issuer without kid`, headed({ alg }, key), 'signature_invalid'],
      [`${alg} of another issuer under a kid of its own`, headed({ alg, kid: `${kid}-2` }, key), 'key_unknown'],
      [`${alg} of another issuer under the kid of another key`, headed({ alg, kid: other }, key), 'key_unknown'],
      [
        `${alg} of another issuer, whose name it says`,
        forge({ alg, kid }, goodClaims({ iss: 'https://other.example/' }), key),
        'issuer_mismatch',
      ],
    ];
  }),
);

/** A token signed for a modulus of which everybody can take roots, of odd numbers at least. */
function signedWithRoot(): string {
  const exponent = inverse(65_537n, POWER_OF_TWO / 2n);
  for (let jti = 0; ; jti++) {
    const signer: Signer = { sign: (data) => bytesOf(power(encoded(data), exponent, POWER_OF_TWO)) };
    const token = forge({ alg: 'RS256', kid: 'even' }, goodClaims({ jti: `${jti}` }), signer);
    if (encoded(Buffer.from(token.slice(0, token.lastIndexOf('.')))) % 2n === 1n) return token;
  }
}

/** What an RSA signature verifies to: with exponent 1 it is the signature itself. */
function encoded(data: Buffer): bigint {
  const raw = { key: rs256.publicKey, padding: constants.RSA_NO_PADDING };
  const signature = sign('sha256', data, rs256.privateKey);
  return BigInt(`0x${publicDecrypt(raw, signature).toString('hex')}`);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % modulus) {
    if (rest & 1n) result = (result * square) % modulus;
  }
  return result;
}

/** By Newton's steps, each of which doubles the bits that are right; for odd numbers and powers of two. */
function inverse(value: bigint, powerOfTwo: bigint): bigint {
  let result = 1n;
  for (let bits = 1; bits < 4096; bits *= 2)
    result = (((result * (2n - value * result)) % powerOfTwo) + powerOfTwo) % powerOfTwo;
  return result;
}

/** `auth()` believes weak keys; they are its own affair. */
const OURS = { at: { bearerAuthVerifier: null } } as const;

function named(kid: string, signer: Signer): string {
  return headed({ alg: 'RS256', kid }, signer);
}

/** Keys of the issuer's own set. */
export const weakKeys = withTokens([
  ['an RSA key of 1024 bits', named('bits1024', weak.bits1024), 'key_unknown'],
  ['an RSA key of 1024 bits, without kid', headed({ alg: 'RS256' }, weak.bits1024), 'signature_invalid'],
  ['an RSA key of 2047 bits', named('bits2047', weak.bits2047), 'key_unknown'],
  ['exponent 3', named('exponent3', weak.exponent3), 'key_unknown', OURS],
  [
    'exponent 1, which needs no key to sign',
    named('exponent1', { sign: (data) => bytesOf(encoded(data)) }),
    'key_unknown',
    OURS,
  ],
  ['a modulus that is a power of two', signedWithRoot(), 'signature_invalid'],
  ['a key for encryption', named('forEncryption', weak.forEncryption), 'key_unknown'],
  ['a key that is not for verifying', named('forSigningOnly', weak.forSigningOnly), 'key_unknown'],
  ['a key for another algorithm', named('ofAnotherAlgorithm', weak.ofAnotherAlgorithm), 'key_unknown'],
  ['a private key that leaked', named('leaked', weak.leaked), 'key_unknown'],
  ['a point off the curve', headed({ alg: 'ES256', kid: 'offCurve' }, strangers[2] as Signer), 'key_unknown'],
  ['a key on secp256k1', headed({ alg: 'ES256', kid: 'onSecp256k1' }, weak.onSecp256k1), 'key_unknown'],
  [
    'a key on secp256k1, by its own name',
    headed({ alg: 'ES256K', kid: 'onSecp256k1' }, weak.onSecp256k1),
    'algorithm_not_allowed',
    OURS,
  ],
  ['a key on P-384, called ES384', headed({ alg: 'ES384', kid: 'onP384' }, weak.onP384), 'signature_invalid'],
  ['a symmetric key', headed({ alg: 'HS256', kid: 'secret' }, hmac(publishedSecret)), 'algorithm_not_allowed'],
  ['a symmetric key, called RS256', headed({ alg: 'RS256', kid: 'renamed' }, hmac(publishedSecret)), 'key_unknown'],
]);
