import { parseScopeModel } from './models.js';
import type { ScopeModelOption } from './scope-model.js';
import { claimTokens } from './scope-set.js';

/**
 * The shortest list of scopes that covers exactly what `scopes` covers: what another one of them already covers is
 * dropped, as are repetitions. Of two that cover each other, the first is kept. The order of the others is kept.
 *
 * @param scopes a scope claim, or a list of scope-tokens
 * @param scopeModel the model of your gate, which says what covers what. Default `ociScopeModel()`
 * @throws {TypeError} if an item is not a scope-token (RFC 6749 §3.3), since dropping it silently would lose it; if
 *   `scopeModel` is not a model, or is a function that throws
 */
export function normalizeScopes(scopes: string | readonly string[], scopeModel?: ScopeModelOption): string[] {
  const model = parseScopeModel('normalizeScopes()', scopeModel);
  const kept = new Set(claimTokens(scopes));
  for (const token of [...kept].reverse()) {
    if (model.coveringScopes(token).some((other) => other !== token && kept.has(other))) kept.delete(token);
  }
  return [...kept];
}
