import type { JwtHeader } from '../access-token.js';
import { quoteForLog, summarizeList } from '../printable.js';
import {
  importKey,
  type KeyPolicy,
  keyIdentity,
  type PublishedKey,
  parseJwk,
  type Unusable,
  type VerificationKey,
} from './jwk.js';

/** How many keys one token may be tried with: those of the `kid` that it names, or whichever where it names none. */
const MAX_CANDIDATES = { ofItsKid: 16, ofAny: 4 };

/** How many keys are imported when a set is read. Importing takes time; a set with more is imported as it is used. */
const MAX_IMPORTED_AT_ONCE = 16;

/** The usable keys of one published key set, found by what a token's header says. */
export class JwkSet {
  readonly #slots: LazyKey[] = [];
  readonly #byIdentity = new Map<string, LazyKey>();
  readonly #byKid = new Map<string | undefined, LazyKey[]>();
  readonly #skipped: Unusable[] = [];

  /**
   * @param keySet a JSON Web Key Set (RFC 7517 §5); its keys are read one by one, and one that cannot be used does not
   *   spoil the others. One that is published several times counts once
   * @param former the jwks that this one follows: keys that are published unchanged stay the very same objects
   * @throws {TypeError} if it is not a key set, or none of its keys can be used
   */
  constructor(keySet: unknown, policy: KeyPolicy, former?: JwkSet) {
    const known = former === undefined ? new Map<string, LazyKey>() : former.#byIdentity;
    for (const jwk of readKeys(keySet)) {
      const published = parseJwk(jwk, policy);
      if (typeof published === 'function') this.#skip(jwk, published);
      else this.#add(published, known);
    }
    for (const slot of this.#slots.slice(0, MAX_IMPORTED_AT_ONCE)) slot.import();
    if (!this.#slots.some((slot) => slot.key !== undefined))
      throw new TypeError(`The key set has no usable key. ${this.describe()}`);
  }

  #add(published: PublishedKey, known: ReadonlyMap<string, LazyKey>): void {
    const identity = keyIdentity(published);
    if (this.#byIdentity.has(identity)) return;
    const slot = known.get(identity) ?? new LazyKey(published);
    this.#byIdentity.set(identity, slot);
    this.#slots.push(slot);
    const sameKid = this.#byKid.get(slot.published.kid);
    if (sameKid === undefined) this.#byKid.set(slot.published.kid, [slot]);
    else sameKid.push(slot);
  }

  #skip(jwk: unknown, why: Unusable): void {
    const { kid } = Object(jwk) as { kid?: unknown };
    this.#skipped.push(() => `${kid === undefined ? 'a key without kid' : quoteForLog(kid)} (${why()})`);
  }

  /**
   * The keys that may have signed a token with this header: same `kid`, same algorithm. Where several share one `kid`,
   * as they do at Oracle's during a rotation, those with the header's `x5t#S256` or `x5t` come first. A token without
   * `kid` is tried with every key of its algorithm. Never more than sixteen of one `kid`, or four without.
   */
  candidates(header: JwtHeader): readonly VerificationKey[] {
    const named = header.kid === undefined ? this.#slots : (this.#byKid.get(header.kid) ?? []);
    const most = header.kid === undefined ? MAX_CANDIDATES.ofAny : MAX_CANDIDATES.ofItsKid;
    const fitting = named.filter(({ published }) => published.alg === header.alg);
    if (fitting.length > 1)
      fitting.sort((a, b) => thumbprintMatch(b.published, header) - thumbprintMatch(a.published, header));
    const keys: VerificationKey[] = [];
    for (const { key } of fitting) {
      if (key !== undefined) keys.push(key);
      if (keys.length === most) break;
    }
    return keys;
  }

  /** Whether the issuer publishes this very key, as far as this jwks knows. */
  holds(key: VerificationKey): boolean {
    for (const slot of this.#byKid.get(key.kid) ?? []) if (slot.isFor(key)) return true;
    return false;
  }

  /** The keys, for operators. */
  describe(): string {
    const looked = this.#slots.slice(0, MAX_IMPORTED_AT_ONCE);
    const usable = summarizeList(
      this.#slots.filter((slot, i) => i >= looked.length || slot.key !== undefined),
      ({ published }) => `${quoteForLog(published.kid)} (${published.alg})`,
    );
    const unusable = looked.flatMap(({ published, problem }) =>
      problem === undefined ? [] : [() => `${quoteForLog(published.kid)} (${problem()})`],
    );
    const skipped = [...unusable, ...this.#skipped];
    return `Usable keys: ${usable}.${skipped.length === 0 ? '' : ` Skipped: ${summarizeList(skipped, (why) => why())}.`}`;
  }
}

/** A published key, imported beforehand or when it is first asked for. */
class LazyKey {
  readonly published: PublishedKey;
  #imported: VerificationKey | Unusable | undefined;

  constructor(published: PublishedKey) {
    this.published = published;
  }

  import(): VerificationKey | Unusable {
    this.#imported ??= importKey(this.published);
    return this.#imported;
  }

  get key(): VerificationKey | undefined {
    const imported = this.import();
    return typeof imported === 'function' ? undefined : imported;
  }

  isFor(key: VerificationKey): boolean {
    return this.#imported === key;
  }

  /** Why it cannot be used. */
  get problem(): Unusable | undefined {
    const imported = this.import();
    return typeof imported === 'function' ? imported : undefined;
  }
}

/** Whether the certificate that the header names is this key's (`x5t#S256`, `x5t`); `unknown` where one says nothing. */
export function certificateMatch(header: JwtHeader, key: VerificationKey): 'same' | 'other' | 'unknown' {
  const match = thumbprintMatch(key, header);
  return match > 0 ? 'same' : match < 0 ? 'other' : 'unknown';
}

function thumbprintMatch(key: PublishedKey | VerificationKey, header: JwtHeader): number {
  return compare(key.x5tS256, header['x5t#S256']) || compare(key.x5t, header.x5t);
}

function compare(ours: string | undefined, theirs: unknown): number {
  if (ours === undefined || theirs === undefined) return 0;
  return ours === theirs ? 1 : -1;
}

function readKeys(keySet: unknown): readonly unknown[] {
  const keys = typeof keySet === 'object' && keySet !== null && 'keys' in keySet ? keySet.keys : undefined;
  if (!Array.isArray(keys)) throw new TypeError('It is not a JSON Web Key Set: { "keys": [ … ] } (RFC 7517 §5).');
  return keys;
}
