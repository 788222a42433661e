import type { JwtHeader } from '../access-token.js';
import { isSameAlgorithm } from '../jwt/algorithms.js';
import { quoteForLog, summarizeList } from '../printable.js';
import {
  identifyKey,
  importKey,
  type KeyPolicy,
  type PublishedKey,
  parseJwk,
  type UnusableKey,
  type VerificationKey,
} from './jwk.js';

/** The most keys that one token is tried with: those of its `kid`, or those of its algorithm where it has no `kid`. */
export const MAX_CANDIDATES = 16;

/** The number of keys that are imported when a set is read. Importing takes time; further keys are imported when used. */
const MAX_IMPORTED_AT_ONCE = 16;

/** The keys that a token is tried with. */
export interface Candidates {
  readonly keys: readonly VerificationKey[];
  /** How many more keys fit the token, beyond the bound. */
  readonly left: number;
}

/** The usable keys of one published key set, found by the header of a token. */
export class JwkSet {
  readonly #slots: LazyKey[] = [];
  readonly #byIdentity = new Map<string, LazyKey>();
  readonly #byKid = new Map<string | undefined, LazyKey[]>();
  readonly #skipped: (() => string)[] = [];

  /**
   * @param keySet a JSON Web Key Set (RFC 7517 §5). Its keys are read one by one; a key that cannot be used is skipped, and a
   *   repeated key counts once
   * @param former the set that this one replaces: unchanged keys stay the same objects
   * @throws {TypeError} if it is not a key set, or has no usable key
   */
  constructor(keySet: unknown, policy: KeyPolicy, former?: JwkSet) {
    const known = former === undefined ? new Map<string, LazyKey>() : former.#byIdentity;
    for (const jwk of readKeys(keySet)) {
      const parsed = parseJwk(jwk, policy);
      if (parsed.ok) this.#add(parsed.published, known);
      else this.#skip(jwk, parsed);
    }
    for (const slot of this.#slots.slice(0, MAX_IMPORTED_AT_ONCE)) slot.import();
    if (!this.#slots.some((slot) => slot.key !== undefined))
      throw new TypeError(`The key set has no usable key. ${this.describe()}`);
  }

  #add(published: PublishedKey, known: ReadonlyMap<string, LazyKey>): void {
    const identity = identifyKey(published);
    if (this.#byIdentity.has(identity)) return;
    const slot = known.get(identity) ?? new LazyKey(published);
    this.#byIdentity.set(identity, slot);
    this.#slots.push(slot);
    const sameKid = this.#byKid.get(slot.published.kid);
    if (sameKid === undefined) this.#byKid.set(slot.published.kid, [slot]);
    else sameKid.push(slot);
  }

  #skip(jwk: unknown, { describe }: UnusableKey): void {
    const { kid = null } = Object(jwk) as { kid?: unknown };
    this.#skipped.push(() => `${kid === null ? 'a key without kid' : quoteForLog(kid)} (${describe()})`);
  }

  /**
   * Finds the keys that can have signed a token with this header: same `kid`, same algorithm. Where several share one `kid`,
   * as Oracle's do during a rotation, those with the header's `x5t#S256` or `x5t` come first. A token without
   * `kid` is tried with the keys of its algorithm. At most {@link MAX_CANDIDATES} keys are returned.
   */
  findCandidates(header: JwtHeader): Candidates {
    const named = header.kid === undefined ? this.#slots : (this.#byKid.get(header.kid) ?? []);
    const { alg = '' } = header;
    const fitting = named.filter(({ published }) => isSameAlgorithm(published.alg, published.jwk.crv, alg));
    if (fitting.length > 1)
      fitting.sort((a, b) => compareThumbprints(b.published, header) - compareThumbprints(a.published, header));
    const keys: VerificationKey[] = [];
    for (const [i, { key }] of fitting.entries()) {
      if (key !== undefined) keys.push(key);
      if (keys.length === MAX_CANDIDATES) return { keys, left: fitting.length - i - 1 };
    }
    return { keys, left: 0 };
  }

  /** Whether this set still has the key that verified a signature. */
  holds(key: VerificationKey): boolean {
    for (const slot of this.#byKid.get(key.kid) ?? []) if (slot.isFor(key)) return true;
    return false;
  }

  /** Describes the keys, for operators. */
  describe(): string {
    const looked = this.#slots.slice(0, MAX_IMPORTED_AT_ONCE);
    const usable = summarizeList(
      this.#slots.filter((slot, i) => i >= looked.length || slot.key !== undefined),
      ({ published }) => `${quoteForLog(published.kid)} (${published.alg})`,
    );
    const unusable = looked.flatMap(({ published, problem }) =>
      problem === undefined ? [] : [() => `${quoteForLog(published.kid)} (${problem.describe()})`],
    );
    const skipped = [...unusable, ...this.#skipped];
    return `Usable keys: ${usable}.${skipped.length === 0 ? '' : ` Skipped: ${summarizeList(skipped, (describe) => describe())}.`}`;
  }
}

/** A published key that is imported with its set or at its first use. */
class LazyKey {
  readonly published: PublishedKey;
  #imported: ReturnType<typeof importKey> | undefined;

  constructor(published: PublishedKey) {
    this.published = published;
  }

  import(): ReturnType<typeof importKey> {
    this.#imported ??= importKey(this.published);
    return this.#imported;
  }

  get key(): VerificationKey | undefined {
    const imported = this.import();
    return imported.ok ? imported.key : undefined;
  }

  isFor(key: VerificationKey): boolean {
    return this.#imported?.ok === true && this.#imported.key === key;
  }

  /** Why it cannot be used. */
  get problem(): UnusableKey | undefined {
    const imported = this.import();
    return imported.ok ? undefined : imported;
  }
}

/** Compares the certificate that the header names with that of a key (`x5t#S256`, `x5t`); `unknown` where either has none. */
export function matchCertificate(header: JwtHeader, key: VerificationKey): 'same' | 'other' | 'unknown' {
  const match = compareThumbprints(key, header);
  return match > 0 ? 'same' : match < 0 ? 'other' : 'unknown';
}

function compareThumbprints(key: PublishedKey | VerificationKey, header: JwtHeader): number {
  return compareText(key.x5tS256, header['x5t#S256']) || compareText(key.x5t, header.x5t);
}

function compareText(ours: string | undefined, theirs: unknown): number {
  if (ours === undefined || theirs === undefined) return 0;
  return ours === theirs ? 1 : -1;
}

function readKeys(keySet: unknown): readonly unknown[] {
  const { keys } = Object(keySet) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new TypeError('It is not a JSON Web Key Set: { "keys": [ … ] } (RFC 7517 §5).');
  return keys;
}
