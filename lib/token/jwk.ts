import { createPublicKey, type JsonWebKeyInput, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto';
import { ALGORITHMS, type Algorithm, verificationInput } from './algorithms.js';
import { shown } from './verifier.js';

/** A public key that verifies signatures of one algorithm (RFC 8725 §3.1). */
export interface VerificationKey {
  readonly kid: string | undefined;
  readonly x5t: string | undefined;
  readonly x5tS256: string | undefined;
  readonly alg: string;
  readonly algorithm: Algorithm;
  readonly publicKey: KeyObject;
  readonly input: VerifyKeyObjectInput;
}

export interface KeyPolicy {
  /** Allowed algorithms. An RSA key without `alg` is used with the first RSA algorithm among them. */
  readonly algorithms: readonly string[];
  /** Whether `key_ops` (RFC 7517 §4.3) is believed. Oracle's domains publish signing keys without `verify` in it. */
  readonly obeyKeyOps: boolean;
}

const MIN_RSA_BITS = 2048;
const MIN_RSA_EXPONENT = 65_537n;

/** The members that make a public key; the rest of a JWK, certificates first of all, plays no part in it. */
const PUBLIC_MEMBERS = ['kty', 'n', 'e', 'crv', 'x', 'y'];
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Says why a key is not used. A function, since a set may hold thousands of such, and nobody reads of them all. */
export type Unusable = () => string;

/**
 * Makes a verification key of one member of a key set (RFC 7517 §5), or says why it is not used.
 *
 * Refused: keys that are not public (RFC 7517 §9.2), not for signatures (`use`, `key_ops`), not for an allowed
 * algorithm, RSA under 2048 bits or with an exponent under 65537, and what Node cannot import.
 */
export function verificationKey(jwk: unknown, policy: KeyPolicy): VerificationKey | Unusable {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return () => 'it is not an object';
  const members = jwk as Record<string, unknown>;
  const problem = usageProblem(members, policy);
  if (problem !== undefined) return problem;
  const alg = algorithmOf(members, policy.algorithms);
  const algorithm = alg === undefined ? undefined : ALGORITHMS.get(alg);
  if (alg === undefined || algorithm === undefined) {
    return () =>
      `no allowed algorithm (${policy.algorithms.join(', ')}) goes with its kty ${shown(members.kty)}, alg ${shown(members.alg)}, crv ${shown(members.crv)}`;
  }
  const publicKey = importKey(members);
  if (typeof publicKey === 'function') return publicKey;
  return {
    kid: text(members.kid),
    x5t: text(members.x5t),
    x5tS256: text(members['x5t#S256']),
    alg,
    algorithm,
    publicKey,
    input: verificationInput(publicKey, algorithm),
  };
}

function usageProblem(jwk: Record<string, unknown>, { obeyKeyOps }: KeyPolicy): Unusable | undefined {
  if (jwk.kty === 'oct') return () => 'it is a symmetric key';
  if (PRIVATE_MEMBERS.some((member) => jwk[member] !== undefined))
    return () => 'it is a private key: whoever can read it can sign';
  if (jwk.kid !== undefined && typeof jwk.kid !== 'string') return () => 'its "kid" is not a string';
  if (jwk.use !== undefined && jwk.use !== 'sig') return () => `its "use" is ${shown(jwk.use)}, not "sig"`;
  const operations = jwk.key_ops;
  if (!obeyKeyOps || operations === undefined) return undefined;
  if (Array.isArray(operations) && operations.includes('verify')) return undefined;
  return () =>
    `its "key_ops" are ${shown(operations)}, without "verify" (ociDomain() ignores them; for jwtVerifier() say keyOps: 'ignore')`;
}

/** The one algorithm of a key: what it says itself, else what its type and curve leave, in the order of the allow-list. */
function algorithmOf(jwk: Record<string, unknown>, allowed: readonly string[]): string | undefined {
  return allowed.find((name) => {
    const algorithm = ALGORITHMS.get(name);
    return (
      algorithm?.keyType === jwk.kty &&
      (algorithm?.curve === undefined || algorithm.curve === jwk.crv) &&
      (jwk.alg === undefined || jwk.alg === name)
    );
  });
}

function importKey(jwk: Record<string, unknown>): KeyObject | Unusable {
  const members = Object.fromEntries(
    PUBLIC_MEMBERS.map((name) => [name, jwk[name]]).filter(([, value]) => value !== undefined),
  );
  let key: KeyObject;
  try {
    key = createPublicKey({ key: members as JsonWebKeyInput['key'], format: 'jwk' });
  } catch {
    return () => 'Node cannot import it';
  }
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') {
    if (modulusLength === undefined || modulusLength < MIN_RSA_BITS)
      return () => `its modulus has ${modulusLength} bits, under ${MIN_RSA_BITS}`;
    if (publicExponent === undefined || publicExponent < MIN_RSA_EXPONENT)
      return () => `its exponent is ${publicExponent}, under ${MIN_RSA_EXPONENT}`;
  } else if (
    key.asymmetricKeyType !== 'ec' &&
    key.asymmetricKeyType !== 'ed25519' &&
    key.asymmetricKeyType !== 'ed448'
  ) {
    return () => `it is a key for ${key.asymmetricKeyType}, which does not sign`;
  }
  return key;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
