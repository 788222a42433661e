import { GenerationalCache } from '../lru.js';
import { coveringTokens } from './covers.js';
import { isScopeToken } from './grammar.js';

/**
 * Held scopes, compiled once. A look-up takes the same time for any number of scopes.
 * Iterates over its scope-tokens in the order of the claim; `JSON.stringify` gives them as an array.
 */
export interface ScopeSet extends Iterable<string> {
  /** How many different scopes are held. */
  readonly size: number;
  /** Whether some held scope {@link covers} `required`. `false` for what is no scope-token. */
  covers(required: string): boolean;
  /** The held scope that covers `required`, the nearest one where several do; `undefined` where none does. */
  coveredBy(required: string): string | undefined;
  /** The first of `candidates` that is held exactly as spelt, for requirements compiled in advance. */
  firstHeld(candidates: readonly string[]): string | undefined;
  toJSON(): string[];
}

class HeldScopes implements ScopeSet {
  readonly #tokens: ReadonlySet<string>;

  constructor(tokens: Iterable<string>) {
    this.#tokens = new Set(tokens);
    Object.freeze(this); // requests share it
  }

  get size(): number {
    return this.#tokens.size;
  }

  covers(required: string): boolean {
    return this.coveredBy(required) !== undefined;
  }

  coveredBy(required: string): string | undefined {
    const candidates = coveringScopes(required);
    return candidates && this.firstHeld(candidates);
  }

  firstHeld(candidates: readonly string[]): string | undefined {
    for (const candidate of candidates) if (this.#tokens.has(candidate)) return candidate;
    return undefined;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#tokens.values();
  }

  toJSON(): string[] {
    return [...this.#tokens];
  }
}

/** The covering scopes of scopes that handlers look up: the same ones on each request. About 1 MiB at most. */
const coveringScopesCache = new GenerationalCache<string, readonly string[]>(1000, {
  most: 2 ** 19,
  weightOf: (tokens) => tokens.length * (tokens[0] as string).length,
});

/** `undefined` for what is no scope-token. */
function coveringScopes(required: string): readonly string[] | undefined {
  const known = coveringScopesCache.get(required);
  if (known !== undefined) return known;
  if (!isScopeToken(required)) return undefined;
  const tokens = coveringTokens(required);
  coveringScopesCache.set(required, tokens);
  return tokens;
}

/**
 * Compiles a scope claim.
 *
 * @param claim the claim of a token, scope-tokens separated by spaces (RFC 6749 §3.3, RFC 9068 §2.2.3), or a list of
 *   scope-tokens; `undefined` holds nothing. Repetitions add nothing, and a part that is no scope-token is left out:
 *   it could cover nothing.
 * @throws {TypeError} if the claim is anything else
 */
export function scopeSet(claim: string | readonly string[] | undefined): ScopeSet {
  if (typeof claim === 'string' && WELL_FORMED_CLAIM.test(claim)) return new HeldScopes(claim.split(' '));
  return new HeldScopes(claimTokens(claim).filter(isScopeToken));
}

/** scope = scope-token *( SP scope-token )     RFC 6749 §3.3; one check for the form that nearly every issuer writes */
const WELL_FORMED_CLAIM = /^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/;

/** The parts of a claim as they stand, legal or not. */
export function claimTokens(claim: string | readonly string[] | undefined): readonly string[] {
  if (claim === undefined) return [];
  if (typeof claim === 'string') return claim.split(' ').filter((part) => part !== '');
  if (!Array.isArray(claim))
    throw new TypeError(`A scope claim is a string or a list of strings, not ${typeof claim}.`);
  return claim;
}
