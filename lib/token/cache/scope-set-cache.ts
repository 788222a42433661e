import { GenerationalCache } from '../../lru.js';
import { isScopeToken } from '../../scope/grammar.js';
import { type ScopeSet, scopeSet } from '../../scope/scope-set.js';
import type { ScopeClaim } from '../jwt/scope-claim.js';

/** The longest claim that is cached, in characters. */
const MAX_CLAIM_LENGTH = 400;

/** The memory of the cache, and estimates of what an entry and each of its scopes need. */
const MAX_BYTES = 2 ** 18;
const BYTES_PER_SET = 600;
const BYTES_PER_SCOPE = 120;

/** Caches the compiled scope claims of verified tokens: an issuer gives many tokens the same claim, and they share one set. */
export class ScopeSetCache {
  readonly #sets = new GenerationalCache<string, ScopeSet>(MAX_BYTES / BYTES_PER_SET, {
    most: MAX_BYTES,
    weightOf: estimateBytes,
  });

  compile(claim: ScopeClaim | undefined): ScopeSet {
    if (claim === undefined) return EMPTY;
    return typeof claim === 'string' ? this.#compileText(claim) : this.#compileList(claim);
  }

  /** A list is cached as the string of its scopes. An item that is not a scope-token holds nothing. */
  #compileList(claim: readonly string[]): ScopeSet {
    return this.#compileText(claim.filter(isScopeToken).join(' '));
  }

  #compileText(claim: string): ScopeSet {
    const known = this.#sets.get(claim);
    if (known !== undefined) return known;
    const set = scopeSet(claim);
    if (claim.length <= MAX_CLAIM_LENGTH) this.#sets.set(claim, set);
    return set;
  }
}

const EMPTY = scopeSet(undefined);

function estimateBytes(set: ScopeSet): number {
  return BYTES_PER_SET + set.size * BYTES_PER_SCOPE;
}
