import { insist, isListOf } from '../options.js';
import { acceptableScopes, type CompiledRequirement, compileRequirement, satisfies } from '../scope/requirement.js';
import { scopeSet } from '../scope/scope-set.js';
import { type RouteReportOptions, readRoutes } from './route-report.js';

/**
 * Which of some scopes no route needs: none requires the scope, and none is opened by it. They can be withdrawn, or a route
 * asks for another one by mistake.
 *
 * Compares by the scope model of each route's gate. What {@link routeReport} does not know needs nothing here: run
 * `assertCovered` first.
 *
 * @param scopes the names of the scopes of your API, such as those of a resource in the store
 * @example
 * findUnusedScopes(app, ['orders:read', 'orders:wirte']); // ['orders:wirte']
 * @throws {TypeError} where `app` is no application or router of Express, or `scopes` is no list
 */
export function findUnusedScopes(app: object, scopes: readonly string[], options: RouteReportOptions = {}): string[] {
  const creator = 'findUnusedScopes()';
  insist(Array.isArray(scopes), creator, 'scopes', 'a list of scopes', scopes);
  const opening = new Set(compileRoutes(creator, app, options).flatMap(acceptableScopes));
  return scopes.filter((scope) => !opening.has(scope));
}

/**
 * Which of some grants open no route: an application with these scopes alone could call nothing. Give each application's
 * scopes together, since a route may require several.
 *
 * Compares by the scope model of each route's gate. Routes that need any token count as opened by none.
 *
 * @param grants with the names of their scopes, and whatever else tells you whose they are
 * @returns those of them, as they were given
 * @example
 * findUselessGrants(app, [{ application: 'billing', scopes: ['orders:wirte'] }]);
 * @throws {TypeError} where `app` is no application or router of Express, or a grant has no list `scopes`
 */
export function findUselessGrants<Grant extends { readonly scopes: readonly string[] }>(
  app: object,
  grants: readonly Grant[],
  options: RouteReportOptions = {},
): Grant[] {
  const creator = 'findUselessGrants()';
  const hasScopes = (grant: unknown) => Array.isArray((grant as { scopes?: unknown } | null)?.scopes);
  const areGrants = Array.isArray(grants) && (grants.length === 0 || isListOf(grants, hasScopes));
  insist(areGrants, creator, 'grants', 'a list of objects with a list "scopes"', grants);
  const requirements = compileRoutes(creator, app, options);
  return grants.filter(({ scopes }) => {
    const held = scopeSet(scopes);
    return !requirements.some((required) => satisfies(held, required));
  });
}

function compileRoutes(creator: string, app: object, options: RouteReportOptions): CompiledRequirement[] {
  return readRoutes(creator, app, options).flatMap(({ row: { required }, scopeModel }) =>
    required === undefined ? [] : [compileRequirement(required, scopeModel)],
  );
}
