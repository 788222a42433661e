import { GenerationalCache } from '../../lru.js';
import { type ScopeSet, scopeSet } from '../../scope/scope-set.js';

/** Of how many characters a claim is remembered at most, and how many bytes all of them may hold. */
const MOST_CHARACTERS = 400;
const BYTES_OF_CLAIMS = 2 ** 18;

/** A set with its claim and its place in a map. */
const BYTES_OF_SET = 600;

/** Each scope in a set. */
const BYTES_OF_SCOPE = 120;

/**
 * The scope claims of genuine tokens, compiled: an issuer gives the same claim to many tokens, and one set, which nobody
 * can change, does for all of them.
 */
export class ScopeSetCache {
  readonly #sets = new GenerationalCache<string, ScopeSet>(BYTES_OF_CLAIMS / BYTES_OF_SET, {
    most: BYTES_OF_CLAIMS,
    weightOf,
  });

  compile(claim: string | undefined): ScopeSet {
    if (claim === undefined) return NONE;
    const known = this.#sets.get(claim);
    if (known !== undefined) return known;
    const set = scopeSet(claim);
    if (claim.length <= MOST_CHARACTERS) this.#sets.set(claim, set);
    return set;
  }
}

const NONE = scopeSet(undefined);

function weightOf(set: ScopeSet): number {
  return BYTES_OF_SET + set.size * BYTES_OF_SCOPE;
}
