import { constants, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';

/** A signature algorithm of RFC 7518 §3.1 or RFC 8037 §3.1, and the one kind of key that it goes with. */
export interface Algorithm {
  readonly keyType: 'RSA' | 'EC' | 'OKP';
  /** For EC: the one curve. */
  readonly curve?: string;
  /** The digest; `null` where the algorithm brings its own. */
  readonly digest: string | null;
  readonly parameters: Omit<VerifyKeyObjectInput, 'key'>;
}

const pkcs1 = (digest: string): Algorithm => ({ keyType: 'RSA', digest, parameters: {} });
const pss = (digest: string): Algorithm => ({
  keyType: 'RSA',
  digest,
  parameters: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
});
const ecdsa = (curve: string, digest: string): Algorithm => ({
  keyType: 'EC',
  curve,
  digest,
  parameters: { dsaEncoding: 'ieee-p1363' },
});

/** Asymmetric algorithms only: a resource server holds no secret that could sign. */
export const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  ['RS256', pkcs1('sha256')],
  ['RS384', pkcs1('sha384')],
  ['RS512', pkcs1('sha512')],
  ['PS256', pss('sha256')],
  ['PS384', pss('sha384')],
  ['PS512', pss('sha512')],
  ['ES256', ecdsa('P-256', 'sha256')],
  ['ES384', ecdsa('P-384', 'sha384')],
  ['ES512', ecdsa('P-521', 'sha512')],
  ['EdDSA', { keyType: 'OKP', digest: null, parameters: {} }],
]);

/** One signature check, with one key and the parameters of its one algorithm. `false` for whatever does not verify. */
export function hasSignature(
  data: Uint8Array,
  signature: Uint8Array,
  key: VerifyKeyObjectInput,
  algorithm: Algorithm,
): boolean {
  if (algorithm.keyType === 'RSA' && signature.length !== bytesOfModulus(key)) return false;
  try {
    return verify(algorithm.digest, data, key, signature);
  } catch {
    return false; // OpenSSL throws for some malformed signatures instead of saying no
  }
}

/**
 * How long an RSA signature is (RFC 8017 §8.1.2, §8.2.2): zeros in front count. OpenSSL looks at that for RS256 and its
 * like, but takes a PSS signature without them.
 */
function bytesOfModulus({ key }: VerifyKeyObjectInput): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

/** The key with the parameters of its algorithm, as {@link hasSignature} takes it. */
export function verificationInput(key: KeyObject, algorithm: Algorithm): VerifyKeyObjectInput {
  return { ...algorithm.parameters, key };
}
