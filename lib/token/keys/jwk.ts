import { createPublicKey, type JsonWebKeyInput, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto';
import { isObject } from '../../options.js';
import { ALGORITHMS, type Algorithm, isSameAlgorithm, toVerificationInput } from '../jwt/algorithms.js';
import { quoteForLog } from '../printable.js';

/** A public key that verifies signatures of one algorithm (RFC 8725 §3.1). */
export interface VerificationKey {
  /** Equal for two published keys that differ in nothing that is used. */
  readonly identity: string;
  readonly kid: string | undefined;
  readonly x5t: string | undefined;
  readonly x5tS256: string | undefined;
  readonly algorithm: Algorithm;
  readonly publicKey: KeyObject;
  readonly input: VerifyKeyObjectInput;
}

export interface KeyPolicy {
  /** Allowed algorithms. An RSA key without `alg` is used with the first RSA algorithm among them. */
  readonly algorithms: readonly string[];
  /** Whether `key_ops` (RFC 7517 §4.3) is checked. OCI IAM domains publish signing keys without `verify` in it. */
  readonly obeyKeyOps: boolean;
}

/** Shorter keys can be broken; longer keys cost milliseconds for each signature. */
const RSA_BITS = { min: 2048, max: 8192 };
const RSA_EXPONENT = { min: 65_537n, max: 2n ** 32n };

/** Longer members are not imported, since Node takes minutes to measure an exponent of 200 KB. In characters. */
const MAX_MEMBER_LENGTH = { n: 2048, e: 16 };

/** The members, all strings, of a public key of each type. All other members of a JWK, certificates too, are ignored. */
const PUBLIC_MEMBERS = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] } as const;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** A key that is not used. */
export interface UnusableKey {
  readonly ok: false;
  readonly key?: undefined;
  /** Describes why, for operators. A function, since a set may have thousands of such keys and few are ever described. */
  readonly describe: () => string;
}

/** A published key that can verify signatures, as far as its members say before it is imported. */
export interface PublishedKey {
  /** Equal for two keys that differ in nothing that is used. */
  readonly identity: string;
  readonly kid: string | undefined;
  readonly x5t: string | undefined;
  readonly x5tS256: string | undefined;
  readonly algorithm: Algorithm;
  readonly jwk: Readonly<Record<string, unknown>>;
}

/**
 * Reads one key of a key set (RFC 7517 §5).
 *
 * Not used: keys that are not public (RFC 7517 §9.2), not for signatures (`use`, `key_ops`), not for an allowed
 * algorithm, or without the members of their type.
 */
export function parseJwk(jwk: unknown, policy: KeyPolicy): { ok: true; published: PublishedKey } | UnusableKey {
  if (!isObject(jwk)) return unusable('it is not an object');
  const members = omitNull(jwk);
  const problem = checkUsage(members, policy);
  if (problem) return problem;
  const algorithm = chooseAlgorithm(members, policy.algorithms);
  if (!algorithm) {
    return unusable(
      () =>
        `no allowed algorithm (${policy.algorithms.join(', ')}) goes with its kty ${quoteForLog(members.kty)}, alg ${quoteForLog(members.alg)}, crv ${quoteForLog(members.crv)}`,
    );
  }
  const needed = PUBLIC_MEMBERS[algorithm.keyType];
  if (!needed.every((name) => typeof members[name] === 'string')) return unusable(`it lacks ${needed.join(' or ')}`);
  const [kid, x5t, x5tS256] = [members.kid, members.x5t, members['x5t#S256']].map(asText);
  const identity = JSON.stringify([kid, x5t, x5tS256, algorithm.name, ...needed.map((name) => members[name])]);
  return { ok: true, published: { identity, kid, x5t, x5tS256, algorithm, jwk: members } };
}

/** Leaves out members that are `null`, which count as absent: RFC 7517 has no such value, but some issuers write it. */
function omitNull(jwk: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(jwk).filter(([, value]) => value !== null));
}

/**
 * Imports a published key.
 *
 * Not used: RSA outside 2048 to 8192 bits or with an exponent outside 65537 to 2^32, and keys that Node cannot import.
 */
export function importKey(published: PublishedKey): { ok: true; key: VerificationKey } | UnusableKey {
  const { jwk, ...named } = published;
  const tooLong = checkLength(jwk);
  if (tooLong) return tooLong;
  const publicKey = createKey(published);
  if (!publicKey) return unusable('Node cannot import it');
  const tooWeak = checkStrength(publicKey);
  if (tooWeak) return tooWeak;
  return { ok: true, key: { ...named, publicKey, input: toVerificationInput(publicKey, named.algorithm) } };
}

/** Checks that a key is short enough to be imported: the check comes before any import. */
export function checkLength({ n, e }: Readonly<Record<string, unknown>>): UnusableKey | undefined {
  if (typeof n === 'string' && n.length > MAX_MEMBER_LENGTH.n) return unusable('its modulus is too long');
  if (typeof e === 'string' && e.length > MAX_MEMBER_LENGTH.e) return unusable('its exponent is too long');
  return undefined;
}

function unusable(why: string | (() => string)): UnusableKey {
  return { ok: false, describe: typeof why === 'string' ? () => why : why };
}

function checkUsage(jwk: Record<string, unknown>, { obeyKeyOps }: KeyPolicy): UnusableKey | undefined {
  if (jwk.kty === 'oct') return unusable('it is a symmetric key');
  if (PRIVATE_MEMBERS.some((member) => jwk[member] !== undefined))
    return unusable('it is a private key, and any reader of it can sign');
  if (jwk.kid !== undefined && typeof jwk.kid !== 'string') return unusable('its "kid" is not a string');
  if (jwk.use !== undefined && jwk.use !== 'sig')
    return unusable(() => `its "use" is ${quoteForLog(jwk.use)}, not "sig"`);
  const operations = jwk.key_ops;
  if (!obeyKeyOps || operations === undefined) return undefined;
  if (Array.isArray(operations) && operations.includes('verify')) return undefined;
  return unusable(
    () =>
      `its "key_ops" are ${quoteForLog(operations)}, without "verify" (ociDomain() ignores them; for jwtVerifier() say ignoreKeyOps: true)`,
  );
}

/** The one algorithm of a key: its `alg`, or the first of the allow-list that fits its type and curve. */
function chooseAlgorithm(
  { alg, crv, kty }: Record<string, unknown>,
  allowed: readonly string[],
): Algorithm | undefined {
  return allowed
    .flatMap((name) => ALGORITHMS.get(name) ?? [])
    .find(
      ({ name, keyType, curve }) =>
        keyType === kty &&
        (curve === undefined || curve === crv) &&
        (alg === undefined || (typeof alg === 'string' && isSameAlgorithm(alg, crv, name))),
    );
}

function createKey({ algorithm, jwk }: PublishedKey): KeyObject | undefined {
  const members = Object.fromEntries(['kty', ...PUBLIC_MEMBERS[algorithm.keyType]].map((name) => [name, jwk[name]]));
  try {
    return createPublicKey({ key: members as JsonWebKeyInput['key'], format: 'jwk' });
  } catch {
    return undefined;
  }
}

function checkStrength(key: KeyObject): UnusableKey | undefined {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType;
  if (type === 'ec' || type === 'ed25519' || type === 'ed448') return undefined;
  if (type !== 'rsa') return unusable(`it is a key for ${type}, which does not sign`);
  const size = findExcess(modulusLength, RSA_BITS);
  if (size !== undefined) return unusable(`its modulus has ${modulusLength} bits, ${size}`);
  const exponent = findExcess(publicExponent, RSA_EXPONENT);
  return exponent === undefined ? undefined : unusable(`its exponent is ${publicExponent}, ${exponent}`);
}

function findExcess<Size extends number | bigint>(size: Size, { min, max }: { min: Size; max: Size }) {
  if (size < min) return `under ${min}`;
  return size > max ? `over ${max}` : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
