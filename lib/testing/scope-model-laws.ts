import { parseScopeModel } from '../scope/models.js';
import type { ScopeModel, ScopeModelOption } from '../scope/scope-model.js';

/** Scopes for which a scope model breaks a law. */
export interface ScopeModelCounterexample {
  readonly law: 'reflexivity' | 'transitivity' | 'greatest lower bound';
  readonly scopes: readonly string[];
  /** What is so, and what should be. */
  readonly sentence: string;
}

/**
 * Looks for scopes for which a scope model is not what the rest of scopegate takes it for. The models of scopegate have no
 * counterexample.
 *
 * - Reflexivity: each scope covers itself.
 * - Transitivity: what covers a scope that covers another, covers that one too.
 * - Greatest lower bound: `intersect` of two scopes returns scopes that both cover, and these cover whatever both cover.
 *   A model without it decides right; the scopes of a request with live grants are then listed incompletely.
 *
 * The work grows with the cube of the number of scopes: give some dozens that are related, also such as should not be.
 *
 * @param scopes scope-tokens (RFC 6749 §3.3)
 * @example
 * ```ts
 * expect(scopeModelLaws(model, ['ledger:read', 'ledger:write', 'ledger:admin'])).toEqual([]);
 * ```
 * @throws {TypeError} where the model is none or throws, or a scope is no scope-token
 */
export function scopeModelLaws(model: ScopeModelOption, scopes: readonly string[]): ScopeModelCounterexample[] {
  const checked = parseScopeModel('scopeModelLaws()', model);
  const distinct = [...new Set(scopes)];
  return [
    ...distinct.flatMap((scope) => checkReflexivity(checked, scope)),
    ...distinct.flatMap((scope) => checkTransitivity(checked, scope)),
    ...distinct.flatMap((one) => distinct.flatMap((other) => checkLowerBound(checked, one, other, distinct))),
  ];
}

function checkReflexivity(model: ScopeModel, scope: string): ScopeModelCounterexample[] {
  if (covers(model, scope, scope)) return [];
  return [{ law: 'reflexivity', scopes: [scope], sentence: `${scope} does not cover itself.` }];
}

function checkTransitivity(model: ScopeModel, low: string): ScopeModelCounterexample[] {
  return model.coveringScopes(low).flatMap((middle) =>
    model
      .coveringScopes(middle)
      .filter((high) => !covers(model, high, low))
      .map((high) => ({
        law: 'transitivity' as const,
        scopes: [high, middle, low],
        sentence: `${high} covers ${middle}, which covers ${low}; but ${high} does not cover ${low}.`,
      })),
  );
}

function checkLowerBound(
  model: ScopeModel,
  one: string,
  other: string,
  scopes: readonly string[],
): ScopeModelCounterexample[] {
  const law = 'greatest lower bound';
  const bounds = model.intersect(one, other);
  const isCommon = (scope: string) => covers(model, one, scope) && covers(model, other, scope);
  const excessive = bounds.filter((bound) => !isCommon(bound));
  const missing = scopes.filter((scope) => isCommon(scope) && !bounds.some((bound) => covers(model, bound, scope)));
  const pair = `The intersection of ${one} and ${other}`;
  return [
    ...excessive.map((bound) => ({
      law: law as typeof law,
      scopes: [one, other, bound],
      sentence: `${pair} has ${bound}, which they do not both cover.`,
    })),
    ...missing.map((scope) => ({
      law: law as typeof law,
      scopes: [one, other, scope],
      sentence: `${pair} does not cover ${scope}, which both cover.`,
    })),
  ];
}

function covers(model: ScopeModel, held: string, required: string): boolean {
  return model.coveringScopes(required).includes(held);
}
