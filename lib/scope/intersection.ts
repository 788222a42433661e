import type { CheckedScopeModel, ScopeModel } from './scope-model.js';
import { applyScopeModel, getScopeModel, type ScopeSet } from './scope-set.js';

/**
 * The scopes that both sets cover, by the model of `one`: of `…:paas::read` in the one and `…:paas:analytics::read` in the
 * other, the narrower.
 *
 * What `one` is denied stays denied: where it holds `urn:opc:resource:consumer::all`, no IAM admin scope is left.
 */
export function intersection(one: ScopeSet, other: ScopeSet): ScopeSet {
  return new Intersection(one, other, getScopeModel(one));
}

class Intersection implements ScopeSet {
  #tokens: readonly string[] | undefined;
  readonly #model: CheckedScopeModel;

  constructor(
    private readonly one: ScopeSet,
    private readonly other: ScopeSet,
    model: CheckedScopeModel,
  ) {
    this.#model = model;
  }

  get model(): ScopeModel {
    return this.#model;
  }

  firstHeld(candidates: readonly string[]): string | undefined {
    if (candidates[0] !== undefined && this.#isDenied(candidates[0])) return undefined;
    const held = this.one.firstHeld(candidates);
    const alsoHeld = this.other.firstHeld(candidates);
    if (held === undefined || alsoHeld === undefined) return undefined;
    return candidates.indexOf(held) < candidates.indexOf(alsoHeld) ? held : alsoHeld; // the nearer: both cover it
  }

  covers(required: string): boolean {
    return this.coveredBy(required) !== undefined;
  }

  /** The broadest scope that both cover, of the nearest that either holds; the required one where the model knows none. */
  coveredBy(required: string): string | undefined {
    const candidates = this.#model.findCovering(required);
    if (candidates === undefined || this.#isDenied(required)) return undefined;
    const [held, alsoHeld] = [this.one.firstHeld(candidates), this.other.firstHeld(candidates)];
    if (held === undefined || alsoHeld === undefined) return undefined;
    return this.#model.intersect(held, alsoHeld).find((scope) => candidates.includes(scope)) ?? required;
  }

  get size(): number {
    return this.toJSON().length;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.toJSON()[Symbol.iterator]();
  }

  /** Of each side what the other covers; and what two that do not cover each other cover both. */
  toJSON(): string[] {
    this.#tokens ??= this.#list();
    return [...this.#tokens];
  }

  #list(): string[] {
    const model = this.#model;
    const [one, other] = [applyScopeModel(this.one, model), applyScopeModel(this.other, model)];
    const covered = new Set([
      ...[...one].filter((token) => other.covers(token)),
      ...[...other].filter((token) => one.covers(token)),
    ]);
    for (const bound of model.findCommon(one, other)) {
      if (!model.findCovering(bound)?.some((token) => covered.has(token))) covered.add(bound);
    }
    return [...covered].filter((token) => !this.#isDenied(token));
  }

  #isDenied(token: string): boolean {
    const denying = this.#model.findDenying(token);
    return denying !== undefined && this.one.firstHeld(denying) !== undefined;
  }
}
