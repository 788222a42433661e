import { listAlternatives } from './alternatives.js';
import type { RouteDetails } from './route-report.js';

/**
 * The scopes of a route that never decide: it requires another one as well, which covers them. No request shows whether
 * such a scope is right.
 */
export function findHiddenScopes({ row: { required }, scopeModel }: RouteDetails): { scope: string; by: string }[] {
  const alternatives = required === undefined ? [] : listAlternatives(required);
  const hidden = new Map<string, string>();
  for (const scopes of alternatives) {
    for (const scope of scopes) {
      const by = scopes.find((other) => other !== scope && scopeModel.covers(other, scope));
      if (by !== undefined) hidden.set(scope, by);
    }
  }
  return [...hidden].map(([scope, by]) => ({ scope, by }));
}
