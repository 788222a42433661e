import type { JwtHeader } from './access-token.js';
import { type KeyPolicy, type Unusable, type VerificationKey, verificationKey } from './jwk.js';
import { shown } from './verifier.js';

/** How many keys one token may be tried with, where its header does not single one out. */
const MAX_CANDIDATES = 4;

/** The usable keys of one published key set, found by what a token's header says. */
export class KeyRing {
  readonly #keys: readonly VerificationKey[];
  readonly #skipped: readonly Unusable[];
  readonly #byKid = new Map<string | undefined, VerificationKey[]>();

  /**
   * @param keySet a JSON Web Key Set (RFC 7517 §5); its keys are imported one by one, and one that cannot be used does
   *   not spoil the others
   * @throws {TypeError} if it is not a key set, or none of its keys can be used
   */
  constructor(keySet: unknown, policy: KeyPolicy) {
    const published = keysOf(keySet);
    const keys: VerificationKey[] = [];
    const skipped: Unusable[] = [];
    for (const jwk of published) {
      const key = verificationKey(jwk, policy);
      if (typeof key !== 'function') keys.push(key);
      else skipped.push(() => `${shown((jwk as { kid?: unknown } | null)?.kid)} (${key()})`);
    }
    this.#keys = keys;
    this.#skipped = skipped;
    if (keys.length === 0) throw new TypeError(`The key set has no usable key. ${this.describe()}`);
    for (const key of keys) this.#byKid.set(key.kid, [...(this.#byKid.get(key.kid) ?? []), key]);
  }

  /**
   * The keys that may have signed a token with this header: same `kid`, same algorithm. Where several share one `kid`,
   * as they do at Oracle's during a rotation, those with the header's `x5t#S256` or `x5t` come first. A token without
   * `kid` is tried with every key of its algorithm. Never more than four.
   */
  candidates(header: JwtHeader): readonly VerificationKey[] {
    const named = header.kid === undefined ? this.#keys : (this.#byKid.get(header.kid) ?? []);
    if (named.length === 1) return named[0]?.alg === header.alg ? named : [];
    const fitting = named.filter((key) => key.alg === header.alg);
    return fitting.sort((a, b) => rank(b, header) - rank(a, header)).slice(0, MAX_CANDIDATES);
  }

  /** The keys, for operators. */
  describe(): string {
    const usable = some(this.#keys, (key) => `${shown(key.kid)} (${key.alg})`);
    const skipped = this.#skipped.length === 0 ? '' : ` Skipped: ${some(this.#skipped, (describe) => describe())}.`;
    return `Usable keys: ${usable}.${skipped}`;
  }
}

/** Whether the header names a certificate that is not this key's: the key set has another key under the same `kid`. */
export function namesOtherCertificate(header: JwtHeader, key: VerificationKey): boolean {
  return rank(key, header) < 0;
}

function rank(key: VerificationKey, header: JwtHeader): number {
  return compare(key.x5tS256, header['x5t#S256']) || compare(key.x5t, header.x5t);
}

function compare(ours: string | undefined, theirs: unknown): number {
  if (ours === undefined || theirs === undefined) return 0;
  return ours === theirs ? 1 : -1;
}

function keysOf(keySet: unknown): readonly unknown[] {
  const keys = typeof keySet === 'object' && keySet !== null && 'keys' in keySet ? keySet.keys : undefined;
  if (!Array.isArray(keys)) throw new TypeError('It is not a JSON Web Key Set: { "keys": [ … ] } (RFC 7517 §5).');
  return keys;
}

function some<T>(list: readonly T[], describe: (item: T) => string): string {
  if (list.length === 0) return 'none';
  const more = list.length > 5 ? ` and ${list.length - 5} more` : '';
  return list.slice(0, 5).map(describe).join(', ') + more;
}
