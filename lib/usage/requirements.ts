import type { DecisionRecord } from '../enforcement/record.js';
import { type CompiledScope, compileRequirement, listScopes, type Requirement } from '../scope/requirement.js';
import type { CheckedScopeModel } from '../scope/scope-model.js';

interface KnownRequirement {
  readonly text: string;
  /** Each scope that it names, once. */
  readonly scopes: readonly CompiledScope[];
}

/** What a recorder knows of `allOf(…)` and `anyOf(…)`. Each is one object of its route, so it is looked at once. */
export class Requirements {
  readonly #model: CheckedScopeModel;
  readonly #known = new WeakMap<object, KnownRequirement>();

  constructor(model: CheckedScopeModel) {
    this.#model = model;
  }

  toText(required: Exclude<Requirement, string>): string {
    return this.#find(required).text;
  }

  /**
   * The required scopes that the token covers, whether or not they were granted at that moment: a record has only those
   * that were, and after a change of grants another alternative of an `anyOf` may count.
   */
  findCovered(
    required: Exclude<Requirement, string>,
    { coverage = [], held = [] }: Pick<DecisionRecord, 'coverage' | 'held'>,
  ): readonly string[] {
    const { scopes } = this.#find(required);
    const all = coverage.length === scopes.length ? scopes : scopes.filter((scope) => isCovered(scope, held));
    return all.map(({ source }) => source);
  }

  #find(required: Exclude<Requirement, string>): KnownRequirement {
    const known = this.#known.get(required);
    if (known !== undefined) return known;
    const scopes = new Map(listScopes(compileRequirement(required, this.#model)).map((scope) => [scope.source, scope]));
    const found = { text: JSON.stringify(required), scopes: [...scopes.values()] };
    this.#known.set(required, found);
    return found;
  }
}

function isCovered({ coveringTokens, denying }: CompiledScope, held: readonly string[]): boolean {
  if (denying?.some((scope) => held.includes(scope))) return false;
  return held.some((scope) => coveringTokens.includes(scope));
}
