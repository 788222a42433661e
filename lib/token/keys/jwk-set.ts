import { insistThat } from '../../options.js';
import type { JwtHeader } from '../access-token.js';
import { isSameAlgorithm } from '../jwt/algorithms.js';
import { quoteForLog, summarizeList } from '../printable.js';
import {
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
  readonly #byIdentity = new Map<string, LazyKey>();
  readonly #slots: readonly LazyKey[];
  readonly #skipped: (() => string)[] = [];

  /**
   * @param keySet a JSON Web Key Set (RFC 7517 §5). Its keys are read one by one; a key that cannot be used is skipped, and a
   *   repeated key counts once
   * @param former the set that this one replaces: unchanged keys stay the same objects
   * @throws {TypeError} if it is not a key set, or has no usable key
   */
  constructor(keySet: unknown, policy: KeyPolicy, former?: JwkSet) {
    for (const jwk of readKeys(keySet)) {
      const parsed = parseJwk(jwk, policy);
      if (parsed.ok) this.#add(parsed.published, former);
      else this.#skip(jwk, parsed);
    }
    this.#slots = [...this.#byIdentity.values()];
    for (const slot of this.#slots.slice(0, MAX_IMPORTED_AT_ONCE)) slot.import();
    if (!this.#slots.some((slot) => slot.import().ok))
      throw new TypeError(`The key set has no usable key. ${this.describe()}`);
  }

  #add(published: PublishedKey, former: JwkSet | undefined): void {
    const { identity } = published;
    if (this.#byIdentity.has(identity)) return;
    const known = former ? former.#byIdentity.get(identity) : undefined;
    this.#byIdentity.set(identity, known ?? new LazyKey(published));
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
    const { kid, alg = '' } = header;
    const fitting = this.#slots.filter(
      ({ published: { kid: name, algorithm, jwk } }) =>
        (kid === undefined || kid === name) && isSameAlgorithm(algorithm.name, jwk.crv, alg),
    );
    if (fitting.length > 1)
      fitting.sort((a, b) => compareThumbprints(b.published, header) - compareThumbprints(a.published, header));
    const keys: VerificationKey[] = [];
    for (const [i, slot] of fitting.entries()) {
      const imported = slot.import();
      if (imported.ok) keys.push(imported.key);
      if (keys.length === MAX_CANDIDATES) return { keys, left: fitting.length - i - 1 };
    }
    return { keys, left: 0 };
  }

  /** Whether this set still has the key that verified a signature. */
  holds(key: VerificationKey): boolean {
    return this.#byIdentity.get(key.identity)?.import().key === key;
  }

  /** Describes the keys, for operators. */
  describe(): string {
    const looked = this.#slots.slice(0, MAX_IMPORTED_AT_ONCE);
    const usable = summarizeList(
      this.#slots.filter((slot, i) => i >= looked.length || slot.import().ok),
      ({ published }) => `${quoteForLog(published.kid)} (${published.algorithm.name})`,
    );
    const unusable = looked.flatMap((slot) => {
      const imported = slot.import();
      return imported.ok ? [] : [() => `${quoteForLog(slot.published.kid)} (${imported.describe()})`];
    });
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
  insistThat(Array.isArray(keys), 'It is not a JSON Web Key Set: { "keys": [ … ] } (RFC 7517 §5).');
  return keys;
}
