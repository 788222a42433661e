import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { sharedRsaKeyPair } from '../support/shared-rsa-key.js';
import { type SigningKey, signingKey } from '../support/tokens.js';

/** Seconds: the real time, since not every verifier here takes a clock. */
export const now = Math.floor(Date.now() / 1000);

export const TENANT = 'idcs-ours';

/** An application that is granted nothing. */
export const CLIENT_WITHOUT_GRANTS = '3f2c8a10-7d51-4c0e-9b1a-0c6a5e2d4f77';

/** The keys of the issuer. */
export const rs256 = signingKey('RS256', 'rsa', sharedRsaKeyPair());
export const ps256 = signingKey('PS256', 'pss', rs256);
export const es256 = signingKey('ES256', 'ec');
export const eddsa = signingKey('EdDSA', 'ed');
export const issuerKeys: readonly SigningKey[] = [rs256, ps256, es256, eddsa];

/** What the header of a good token says. */
export const header = { alg: 'RS256', kid: 'rsa' };

/** Keys of another issuer, under the same names. */
export const stranger = signingKey('RS256', 'rsa');
export const strangers: readonly SigningKey[] = [
  stranger,
  signingKey('PS256', 'pss', stranger),
  signingKey('ES256', 'ec'),
  signingKey('EdDSA', 'ed'),
];

function weakRsa(kid: string, options: { modulusLength: number; publicExponent?: number }): SigningKey {
  return signingKey('RS256', kid, generateKeyPairSync('rsa', options));
}

/** Keys that the issuer publishes, and that nobody should use. */
export const weak = {
  bits1024: weakRsa('bits1024', { modulusLength: 1024 }),
  bits2047: weakRsa('bits2047', { modulusLength: 2047 }),
  exponent3: weakRsa('exponent3', { modulusLength: 2048, publicExponent: 3 }),
  forEncryption: signingKey('RS256', 'forEncryption', rs256),
  forSigningOnly: signingKey('RS256', 'forSigningOnly', rs256),
  ofAnotherAlgorithm: signingKey('RS256', 'ofAnotherAlgorithm', rs256),
  onSecp256k1: signingKey('ES256', 'onSecp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' })),
  onP384: signingKey('ES256', 'onP384', generateKeyPairSync('ec', { namedCurve: 'P-384' })),
  leaked: signingKey('RS256', 'leaked'),
} as const;

/** The secret that the issuer publishes by mistake, as if it were a key. */
export const publishedSecret = Buffer.alloc(32, 7);

/** A modulus that is a power of two, of which everybody can take roots. */
export const POWER_OF_TWO = 1n << 2047n;

function offCurve(): JsonWebKey {
  const y = Buffer.from(es256.jwk.y as string, 'base64url');
  y[31] = (y[31] as number) ^ 1;
  return { ...es256.jwk, kid: 'offCurve', y: y.toString('base64url') };
}

/** What the issuer's key endpoint answers. */
export const keySet = {
  keys: [
    ...issuerKeys.map(({ jwk }) => jwk),
    weak.bits1024.jwk,
    weak.bits2047.jwk,
    weak.exponent3.jwk,
    { ...rs256.jwk, kid: 'exponent1', e: 'AQ' },
    { ...rs256.jwk, kid: 'even', n: bytesOf(POWER_OF_TWO).toString('base64url') },
    { ...weak.forEncryption.jwk, use: 'enc' },
    { ...weak.forSigningOnly.jwk, key_ops: ['sign'] },
    { ...weak.ofAnotherAlgorithm.jwk, alg: 'RS512' },
    { ...weak.onSecp256k1.jwk, alg: undefined },
    { ...weak.onP384.jwk, alg: undefined },
    { ...weak.leaked.privateKey.export({ format: 'jwk' }), kid: 'leaked', alg: 'RS256' },
    offCurve(),
    { kty: 'oct', k: publishedSecret.toString('base64url'), kid: 'secret', alg: 'HS256' },
    { kty: 'oct', k: publishedSecret.toString('base64url'), kid: 'renamed', alg: 'RS256' },
  ],
};

/** A number as RSA writes it, 256 bytes long. */
export function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(512, '0'), 'hex');
}
