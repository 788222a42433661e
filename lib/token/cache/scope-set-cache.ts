import { GenerationalCache } from '../../lru.js';
import { isScopeToken } from '../../scope/grammar.js';
import { type ScopeSet, scopeSet } from '../../scope/scope-set.js';
import type { ScopeClaim } from '../jwt/scope-claim.js';

/** How many claims are cached, and the longest, in characters. Together they bound the memory: a few MiB at most. */
const MAX_CLAIMS = 256;
const MAX_CLAIM_LENGTH = 400;

/** Caches the compiled scope claims of verified tokens: an issuer gives many tokens the same claim, and they share one set. */
export class ScopeSetCache {
  readonly #sets = new GenerationalCache<string, ScopeSet>(MAX_CLAIMS);

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
    if (known) return known;
    const set = scopeSet(claim);
    if (claim.length <= MAX_CLAIM_LENGTH) this.#sets.set(claim, set);
    return set;
  }
}

const EMPTY = scopeSet(undefined);
