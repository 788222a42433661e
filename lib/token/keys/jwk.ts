import { createPublicKey, type JsonWebKeyInput, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto';
import { ALGORITHMS, type Algorithm, verificationInput } from '../jwt/algorithms.js';
import { quoteForLog } from '../printable.js';

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

/** Weaker ones can be broken; longer ones cost milliseconds a signature. */
const RSA_BITS = { min: 2048, max: 8192 };
const RSA_EXPONENT = { min: 65_537n, max: 2n ** 32n };

/** Longer ones are not imported, since Node takes minutes to say how large an exponent of 200 KB is. In characters. */
const MAX_MEMBER_LENGTH = { n: 2048, e: 16 };

/** The members, all text, that make a public key of each type; the rest of a JWK, certificates first of all, plays no part. */
const PUBLIC_MEMBERS = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] } as const;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Says why a key is not used. A function, since a set may hold thousands of such, and nobody reads of them all. */
export type Unusable = () => string;

/** A published key that may verify signatures, as far as can be seen without importing it. */
export interface PublishedKey {
  readonly kid: string | undefined;
  readonly x5t: string | undefined;
  readonly x5tS256: string | undefined;
  readonly alg: string;
  readonly algorithm: Algorithm;
  readonly jwk: Readonly<Record<string, unknown>>;
}

/**
 * Reads one member of a key set (RFC 7517 §5), or says why it is not used.
 *
 * Refused: keys that are not public (RFC 7517 §9.2), not for signatures (`use`, `key_ops`), not for an allowed
 * algorithm, or without the members of their type.
 */
export function parseJwk(jwk: unknown, policy: KeyPolicy): PublishedKey | Unusable {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return () => 'it is not an object';
  const members = jwk as Record<string, unknown>;
  const problem = usageProblem(members, policy);
  if (problem !== undefined) return problem;
  const alg = chooseAlgorithm(members, policy.algorithms);
  const algorithm = alg === undefined ? undefined : ALGORITHMS.get(alg);
  if (alg === undefined || algorithm === undefined) {
    return () =>
      `no allowed algorithm (${policy.algorithms.join(', ')}) goes with its kty ${quoteForLog(members.kty)}, alg ${quoteForLog(members.alg)}, crv ${quoteForLog(members.crv)}`;
  }
  const needed = PUBLIC_MEMBERS[algorithm.keyType];
  if (!needed.every((name) => typeof members[name] === 'string')) return () => `it lacks ${needed.join(' or ')}`;
  const { kid, x5t, 'x5t#S256': x5tS256 } = members;
  return { kid: text(kid), x5t: text(x5t), x5tS256: text(x5tS256), alg, algorithm, jwk: members };
}

/** Equal for two keys that are the same in all that plays a part, wherever and however they were published. */
export function keyIdentity({ kid, x5t, x5tS256, alg, algorithm, jwk }: PublishedKey): string {
  return JSON.stringify([kid, x5t, x5tS256, alg, ...PUBLIC_MEMBERS[algorithm.keyType].map((name) => jwk[name])]);
}

/**
 * Imports a published key, or says why it is not used.
 *
 * Refused: RSA outside 2048 to 8192 bits or with an exponent outside 65537 to 2^32, and what Node cannot import.
 */
export function importKey(published: PublishedKey): VerificationKey | Unusable {
  const { kid, x5t, x5tS256, alg, algorithm } = published;
  const publicKey = importPublicKey(published);
  if (typeof publicKey === 'function') return publicKey;
  return { kid, x5t, x5tS256, alg, algorithm, publicKey, input: verificationInput(publicKey, algorithm) };
}

/** Says so where a key is too long to be imported by anybody, before somebody does. */
export function lengthProblem({ n, e }: Readonly<Record<string, unknown>>): Unusable | undefined {
  if (typeof n === 'string' && n.length > MAX_MEMBER_LENGTH.n) return () => 'its modulus is too long';
  if (typeof e === 'string' && e.length > MAX_MEMBER_LENGTH.e) return () => 'its exponent is too long';
  return undefined;
}

function usageProblem(jwk: Record<string, unknown>, { obeyKeyOps }: KeyPolicy): Unusable | undefined {
  if (jwk.kty === 'oct') return () => 'it is a symmetric key';
  if (PRIVATE_MEMBERS.some((member) => jwk[member] !== undefined))
    return () => 'it is a private key, and any reader of it can sign';
  if (jwk.kid !== undefined && typeof jwk.kid !== 'string') return () => 'its "kid" is not a string';
  if (jwk.use !== undefined && jwk.use !== 'sig') return () => `its "use" is ${quoteForLog(jwk.use)}, not "sig"`;
  const operations = jwk.key_ops;
  if (!obeyKeyOps || operations === undefined) return undefined;
  if (Array.isArray(operations) && operations.includes('verify')) return undefined;
  return () =>
    `its "key_ops" are ${quoteForLog(operations)}, without "verify" (ociDomain() ignores them; for jwtVerifier() say ignoreKeyOps: true)`;
}

/** The one algorithm of a key: what it says itself, else what its type and curve leave, in the order of the allow-list. */
function chooseAlgorithm(jwk: Record<string, unknown>, allowed: readonly string[]): string | undefined {
  return allowed.find((name) => {
    const algorithm = ALGORITHMS.get(name);
    return (
      algorithm?.keyType === jwk.kty &&
      (algorithm?.curve === undefined || algorithm.curve === jwk.crv) &&
      (jwk.alg === undefined || jwk.alg === name)
    );
  });
}

function importPublicKey({ algorithm, jwk }: PublishedKey): KeyObject | Unusable {
  const tooLong = lengthProblem(jwk);
  if (tooLong !== undefined) return tooLong;
  const members = Object.fromEntries(['kty', ...PUBLIC_MEMBERS[algorithm.keyType]].map((name) => [name, jwk[name]]));
  let key: KeyObject;
  try {
    key = createPublicKey({ key: members as JsonWebKeyInput['key'], format: 'jwk' });
  } catch {
    return () => 'Node cannot import it';
  }
  return weakness(key) ?? key;
}

function weakness(key: KeyObject): Unusable | undefined {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType;
  if (type === 'ec' || type === 'ed25519' || type === 'ed448') return undefined;
  if (type !== 'rsa') return () => `it is a key for ${type}, which does not sign`;
  if (modulusLength < RSA_BITS.min) return () => `its modulus has ${modulusLength} bits, under ${RSA_BITS.min}`;
  if (modulusLength > RSA_BITS.max) return () => `its modulus has ${modulusLength} bits, over ${RSA_BITS.max}`;
  if (publicExponent < RSA_EXPONENT.min) return () => `its exponent is ${publicExponent}, under ${RSA_EXPONENT.min}`;
  if (publicExponent > RSA_EXPONENT.max) return () => `its exponent is over ${RSA_EXPONENT.max}`;
  return undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
