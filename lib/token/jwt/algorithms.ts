import { constants, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';

/** A signature algorithm of RFC 7518 §3.1, RFC 8037 §3.1 or RFC 9864 §2.2, with the one type of key that it uses. */
export interface Algorithm {
  readonly name: string;
  readonly keyType: 'RSA' | 'EC' | 'OKP';
  /** The one curve, where the algorithm fixes it. */
  readonly curve?: string | undefined;
  /** The digest; `null` where the algorithm has its own. */
  readonly digest: string | null;
  readonly parameters: Omit<VerifyKeyObjectInput, 'key'>;
}

/** The digits of a name are those of its SHA-2 digest. */
const sha2 = (name: string) => `sha${name.slice(2)}`;
const pkcs1 = (name: string): Algorithm => ({ name, keyType: 'RSA', digest: sha2(name), parameters: {} });
const pss = (name: string): Algorithm => ({
  name,
  keyType: 'RSA',
  digest: sha2(name),
  parameters: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
});
const ecdsa = (name: string, curve: string): Algorithm => ({
  name,
  keyType: 'EC',
  curve,
  digest: sha2(name),
  parameters: { dsaEncoding: 'ieee-p1363' },
});
const eddsa = (name: string, curve?: string): Algorithm => ({
  name,
  keyType: 'OKP',
  curve,
  digest: null,
  parameters: {},
});

/** Asymmetric algorithms only: a resource server needs no secret that could sign. */
export const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map(
  [
    pkcs1('RS256'),
    pkcs1('RS384'),
    pkcs1('RS512'),
    pss('PS256'),
    pss('PS384'),
    pss('PS512'),
    ecdsa('ES256', 'P-256'),
    ecdsa('ES384', 'P-384'),
    ecdsa('ES512', 'P-521'),
    eddsa('EdDSA'),
    eddsa('Ed25519', 'Ed25519'),
    eddsa('Ed448', 'Ed448'),
  ].map((algorithm) => [algorithm.name, algorithm]),
);

/** The algorithms that are allowed where the caller names none. `Ed448` must be named. */
export const DEFAULT_ALGORITHMS: readonly string[] = [...ALGORITHMS.keys()].filter((name) => name !== 'Ed448');

/**
 * Whether an allow-list has the algorithm of a token. `Ed25519` (RFC 9864 §2.2) is another name for `EdDSA` with that curve,
 * so that one stands for the other; the key then decides the curve.
 */
export function isAllowed(alg: string, allowed: readonly string[]): boolean {
  if (allowed.includes(alg)) return true;
  if (alg === 'Ed25519') return allowed.includes('EdDSA');
  return alg === 'EdDSA' && (allowed.includes('Ed25519') || allowed.includes('Ed448'));
}

/**
 * Whether a key for the algorithm `keyAlg` verifies tokens that say `alg`: the names are equal, or both mean the one EdDSA
 * algorithm of the key's curve.
 */
export function isSameAlgorithm(keyAlg: string, curve: unknown, alg: string): boolean {
  if (keyAlg === alg) return true;
  return isEdwards(keyAlg, curve) && isEdwards(alg, curve);
}

function isEdwards(alg: string, curve: unknown): boolean {
  return alg === 'EdDSA' || (alg === curve && (curve === 'Ed25519' || curve === 'Ed448'));
}

/** Verifies a signature with one key and its one algorithm. Returns `false` for every signature that does not verify. */
export function verifySignature(
  data: Uint8Array,
  signature: Uint8Array,
  key: VerifyKeyObjectInput,
  algorithm: Algorithm,
): boolean {
  if (algorithm.keyType === 'RSA' && signature.length !== getModulusLength(key)) return false;
  try {
    return verify(algorithm.digest, data, key, signature);
  } catch {
    return false; // for some malformed signatures, OpenSSL throws instead of returning false
  }
}

/**
 * The length of an RSA signature in bytes, leading zeros included (RFC 8017 §8.1.2, §8.2.2). OpenSSL checks it for RS256,
 * RS384 and RS512, but accepts a PSS signature without its leading zeros.
 */
function getModulusLength({ key }: VerifyKeyObjectInput): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

/** Combines a key with the parameters of its algorithm, for {@link verifySignature}. */
export function toVerificationInput(key: KeyObject, algorithm: Algorithm): VerifyKeyObjectInput {
  return { ...algorithm.parameters, key };
}
