import { isScopeToken } from './grammar.js';
import { OCI_MODEL, parseScopeModel } from './models.js';
import { CheckedScopeModel, type ScopeModel, type ScopeModelOption } from './scope-model.js';

/**
 * Held scopes, compiled once. A look-up takes the same time for any number of scopes.
 * Iterates over its scope-tokens in the order of the claim; `JSON.stringify` gives them as an array.
 */
export interface ScopeSet extends Iterable<string> {
  /** How many different scopes are held. */
  readonly size: number;
  /** By which `covers` and `coveredBy` compare: that of the gate. Default `ociScopeModel()`. */
  readonly model?: ScopeModel;
  /** Whether some held scope covers `required`. `false` for what is no scope-token. */
  covers(required: string): boolean;
  /** The held scope that covers `required`, the nearest one where several do; `undefined` where none does. */
  coveredBy(required: string): string | undefined;
  /** The first of `candidates` that is held exactly as spelt, for requirements compiled in advance. */
  firstHeld(candidates: readonly string[]): string | undefined;
  toJSON(): string[];
}

/** Held scope-tokens, and how a candidate is found among them. */
type HeldTokens = Pick<ScopeSet, 'firstHeld' | typeof Symbol.iterator>;

class TokenSet extends Set<string> implements HeldTokens {
  firstHeld(candidates: readonly string[]): string | undefined {
    for (const candidate of candidates) if (this.has(candidate)) return candidate;
    return undefined;
  }
}

/** Tokens that are compared by a model. */
export class ModelledScopes implements ScopeSet {
  readonly #held: HeldTokens;
  readonly #model: CheckedScopeModel;

  constructor(held: HeldTokens, model: CheckedScopeModel) {
    this.#held = held;
    this.#model = model;
    Object.freeze(this); // requests share it
  }

  get size(): number {
    return this.toJSON().length;
  }

  get model(): ScopeModel {
    return this.#model;
  }

  covers(required: string): boolean {
    return this.coveredBy(required) !== undefined;
  }

  coveredBy(required: string): string | undefined {
    const candidates = this.#model.findCovering(required);
    return candidates && this.#held.firstHeld(candidates);
  }

  firstHeld(candidates: readonly string[]): string | undefined {
    return this.#held.firstHeld(candidates);
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#held[Symbol.iterator]();
  }

  toJSON(): string[] {
    return [...this.#held];
  }
}

/** The model of a set; that of OCI IAM for a set that another copy of this package made. */
export function getScopeModel({ model }: ScopeSet): CheckedScopeModel {
  return model instanceof CheckedScopeModel ? model : OCI_MODEL;
}

export function applyScopeModel(held: ScopeSet, model: CheckedScopeModel): ScopeSet {
  return getScopeModel(held) === model ? held : new ModelledScopes(held, model);
}

/**
 * Compiles a scope claim.
 *
 * @param claim the claim of a token, scope-tokens separated by spaces (RFC 6749 §3.3, RFC 9068 §2.2.3), or a list of
 *   scope-tokens; `undefined` holds nothing. Repetitions add nothing, and a part that is no scope-token is left out:
 *   it could cover nothing.
 * @param scopeModel by which `covers` and `coveredBy` compare. Default `ociScopeModel()`. A gate applies its own to the
 *   sets of its verifier
 * @throws {TypeError} if the claim is anything else, or the model is none
 */
export function scopeSet(claim: string | readonly string[] | undefined, scopeModel?: ScopeModelOption): ScopeSet {
  return new ModelledScopes(readClaim(claim), parseScopeModel('scopeSet()', scopeModel));
}

function readClaim(claim: string | readonly string[] | undefined): TokenSet {
  if (typeof claim === 'string' && WELL_FORMED_CLAIM.test(claim)) return new TokenSet(claim.split(' '));
  return new TokenSet(claimTokens(claim).filter(isScopeToken));
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
