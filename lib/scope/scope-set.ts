import { coveringTokens } from './covers.js';
import { isScopeToken } from './scope.js';

/**
 * Held scopes, compiled once and asked in a time that does not grow with their number.
 * Iterates over its scope-tokens in the order of the claim; `JSON.stringify` gives them as an array.
 */
export interface ScopeSet extends Iterable<string> {
  /** How many different scopes are held. */
  readonly size: number;
  /** Whether some held scope {@link covers} `required`. `false` for what is no scope-token. */
  covers(required: string): boolean;
  /** The held scope that covers `required`, the nearest one where several do; `undefined` where none does. */
  coveredBy(required: string): string | undefined;
  /** The first of `candidates` that is held, letter by letter; for requirements compiled beforehand. */
  firstOf(candidates: readonly string[]): string | undefined;
  toJSON(): string[];
}

class HeldScopes implements ScopeSet {
  readonly #tokens: ReadonlySet<string>;

  constructor(tokens: Iterable<string>) {
    this.#tokens = new Set(tokens);
  }

  get size(): number {
    return this.#tokens.size;
  }

  covers(required: string): boolean {
    return this.coveredBy(required) !== undefined;
  }

  coveredBy(required: string): string | undefined {
    return isScopeToken(required) ? this.firstOf(coveringTokens(required)) : undefined;
  }

  firstOf(candidates: readonly string[]): string | undefined {
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

/**
 * Compiles a scope claim.
 *
 * @param claim the claim of a token, scope-tokens separated by spaces (RFC 6749 §3.3, RFC 9068 §2.2.3), or a list of
 *   scope-tokens; `undefined` holds nothing. Repetitions add nothing, and a part that is no scope-token is left out:
 *   it could cover nothing.
 * @throws {TypeError} if the claim is anything else
 */
export function scopeSet(claim: string | readonly string[] | undefined): ScopeSet {
  return new HeldScopes(claimTokens(claim).filter(isScopeToken));
}

/** The parts of a claim as they stand, legal or not. */
export function claimTokens(claim: string | readonly string[] | undefined): readonly string[] {
  if (claim === undefined || claim === '') return [];
  if (typeof claim === 'string') return claim.split(' ').filter((part) => part !== '');
  if (!Array.isArray(claim))
    throw new TypeError(`A scope claim is a string or a list of strings, not ${typeof claim}.`);
  return claim;
}
