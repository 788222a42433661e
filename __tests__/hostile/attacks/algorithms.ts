import { hmac, part, resign, type Signer } from '../../support/tokens.js';
import { goodClaims, headed, partsOf, type TokenCase, withTokens } from '../attack.js';
import { eddsa, es256, header, ps256, publishedSecret, rs256, weak } from '../keys.js';
import { good } from '../valid-tokens.js';

const claims = goodClaims();
const bytes = (text: string): Signer => ({ sign: () => Buffer.from(text) });
const goodSignature: Signer = { sign: () => Buffer.from(partsOf(good.rs256)[2], 'base64url') };

const SPELLINGS = [
  'none',
  'None',
  'NONE',
  'nOnE',
  'nonE',
  ' none',
  'none ',
  'none\u0000',
  'none\n',
  'n\u043ene',
  'ｎｏｎｅ',
  'no\u200bne',
];
const NO_NAMES = [
  '',
  ' ',
  'null',
  'undefined',
  'false',
  '0',
  '*',
  'any',
  'RS256,none',
  'RS256 none',
  'rs256',
  'RS256 ',
  'RS256\u0000',
  '__proto__',
  'constructor',
  'toString',
];
const NO_STRINGS = [null, 0, 1, false, true, [], {}, ['RS256'], [['RS256']], { RS256: true }];

/** RFC 8725 §3.1, §2.1 */
export const unsigned = withTokens([
  ...SPELLINGS.flatMap((alg): TokenCase[] => [
    [`alg ${JSON.stringify(alg)} and no signature`, headed({ ...header, alg }, bytes('')), 'token_malformed'],
    [`alg ${JSON.stringify(alg)} and a byte`, headed({ ...header, alg }, bytes('x')), 'algorithm_not_allowed'],
    [
      `alg ${JSON.stringify(alg)} and the signature of a good token`,
      headed({ ...header, alg }, goodSignature),
      'algorithm_not_allowed',
    ],
    [`alg ${JSON.stringify(alg)} and the issuer's signature`, headed({ ...header, alg }), 'algorithm_not_allowed'],
  ]),
  ...[...NO_NAMES, ...NO_STRINGS].map(
    (alg): TokenCase => [`alg ${JSON.stringify(alg)}`, headed({ ...header, alg }), 'algorithm_not_allowed'],
  ),
  ['no alg', headed({ kid: 'rsa' }), 'algorithm_not_allowed'],
  ['no alg, in an empty header', headed({}), 'algorithm_not_allowed'],
  ['alg none before RS256', headed('{"alg":"none","alg":"RS256","kid":"rsa"}'), 'token_malformed'],
  ['alg none behind RS256', headed('{"alg":"RS256","alg":"none","kid":"rsa"}'), 'token_malformed'],
  ['alg none by an escaped name', headed('{"alg":"RS256","\\u0061lg":"none","kid":"rsa"}'), 'token_malformed'],
  [
    'alg in capitals beside alg',
    headed({ ...header, alg: 'none', ALG: 'RS256', Alg: 'RS256' }),
    'algorithm_not_allowed',
  ],
  [
    'alg in the payload',
    resign([part({ kid: 'rsa' }), part({ ...claims, alg: 'RS256' })], rs256),
    'algorithm_not_allowed',
  ],
  ['the two first parts of a good token', good.rs256.slice(0, good.rs256.lastIndexOf('.')), 'token_malformed'],
  [
    'the two first parts of a good token, and a dot',
    good.rs256.slice(0, good.rs256.lastIndexOf('.') + 1),
    'token_malformed',
  ],
]);

const pem = (type: 'spki' | 'pkcs1') => String(rs256.publicKey.export({ type, format: 'pem' }));
const der = (type: 'spki' | 'pkcs1') => rs256.publicKey.export({ type, format: 'der' });
const point = Buffer.concat([es256.jwk.x, es256.jwk.y].map((value) => Buffer.from(value as string, 'base64url')));

const SECRETS: readonly (readonly [string, string | Uint8Array])[] = [
  ['the public key as PEM', pem('spki')],
  ['the public key as PEM without its last line break', pem('spki').trimEnd()],
  ['the public key as PEM with the line breaks of Windows', pem('spki').replaceAll('\n', '\r\n')],
  ['the public key as PEM without its frame', pem('spki').replace(/-----.*-----|\n/g, '')],
  ['the public key as PEM of PKCS #1', pem('pkcs1')],
  ['the public key as PEM of PKCS #1 without its last line break', pem('pkcs1').trimEnd()],
  ['the public key as DER', der('spki')],
  ['the public key as DER of PKCS #1', der('pkcs1')],
  ['the public key as the JWK that is published', JSON.stringify(rs256.jwk)],
  ['the public key as the JWK of its thumbprint', JSON.stringify({ e: rs256.jwk.e, kty: 'RSA', n: rs256.jwk.n })],
  ['its modulus', Buffer.from(rs256.jwk.n as string, 'base64url')],
  ['its modulus in base64url', rs256.jwk.n as string],
  ['the point of an elliptic curve', point],
  ['the point of an elliptic curve, uncompressed', Buffer.concat([Buffer.from([4]), point])],
  ['an Ed25519 key', Buffer.from(eddsa.jwk.x as string, 'base64url')],
  ['the symmetric key that the issuer publishes', publishedSecret],
  ['the kid', 'rsa'],
  ['nothing', ''],
  ['a NUL', '\0'],
  ['32 NULs', Buffer.alloc(32)],
  ['"secret"', 'secret'],
  ['"undefined"', 'undefined'],
  ['"null"', 'null'],
  ['"[object Object]"', '[object Object]'],
];

/** RFC 8725 §2.1, §3.1: a public key is no secret. */
export const confusion = withTokens(
  SECRETS.flatMap(([name, secret]): TokenCase[] => [
    [`HS256 with ${name}`, headed({ ...header, alg: 'HS256' }, hmac(secret)), 'algorithm_not_allowed'],
    [`HS256 with ${name}, and no kid`, headed({ alg: 'HS256' }, hmac(secret)), 'algorithm_not_allowed'],
    [`HMAC with ${name}, called RS256`, headed(header, hmac(secret)), 'signature_invalid'],
    [`HMAC with ${name}, called ES256`, headed({ alg: 'ES256', kid: 'ec' }, hmac(secret)), 'signature_invalid'],
    [
      `HMAC with ${name}, by the kid of a symmetric key`,
      headed({ alg: 'RS256', kid: 'renamed' }, hmac(secret)),
      'key_unknown',
    ],
  ]),
);

const FOREIGN = [
  'HS256',
  'HS384',
  'HS512',
  'hs256',
  'ES256K',
  'RSA1_5',
  'RSA-OAEP',
  'A128KW',
  'dir',
  'PBES2-HS256+A128KW',
  'RS1',
  'Ed448',
  'ML-DSA-44',
];

/** RFC 8725 §3.1: each key is used with one algorithm. */
export const otherAlgorithms = withTokens([
  ...FOREIGN.map(
    (alg): TokenCase => [
      `${alg} in the header of a token that the issuer signed`,
      headed({ ...header, alg }),
      'algorithm_not_allowed',
    ],
  ),
  ...['RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'].map(
    (alg): TokenCase => [`${alg} by the kid of an RS256 key`, headed({ ...header, alg }), 'key_unknown'],
  ),
  ['RS256 by the kid of a PS256 key, signed with it', headed({ alg: 'RS256', kid: 'pss' }, ps256), 'key_unknown'],
  ['RS256 by the kid of a PS256 key, signed as RS256', headed({ alg: 'RS256', kid: 'pss' }), 'key_unknown'],
  ['PS256 without kid, signed with an RS256 key', headed({ alg: 'PS256' }), 'signature_invalid'],
  ['RS256 without kid, signed as PS256', headed({ alg: 'RS256' }, ps256), 'signature_invalid'],
  ['ES256 by the kid of an RSA key', headed({ alg: 'ES256', kid: 'rsa' }, es256), 'key_unknown'],
  ['EdDSA without kid, signed with ES256', headed({ alg: 'EdDSA' }, es256), 'signature_invalid'],
  ['ES256 with a key of another curve', headed({ alg: 'ES256', kid: 'onP384' }, weak.onP384), 'key_unknown'],
]);
