import type { RouteRule } from '../http/route-rule.js';
import { insist, type OptionRules, readOptions } from '../options.js';
import { parseScopeModel } from '../scope/models.js';
import { allOf, type Requirement } from '../scope/requirement.js';
import type { CheckedScopeModel } from '../scope/scope-model.js';
import { readRouter } from './express-layers.js';
import { findRoutes } from './find-routes.js';
import type { FoundRoute } from './found-route.js';
import { UNKNOWN_PATH } from './path-pattern.js';

/** Which applications belong to a report. */
export interface RouteReportOptions {
  /** The applications that others mount with `app.use(path, sub)`: Express hides them. Default none. */
  readonly apps?: readonly object[] | undefined;
}

/** One route of an application, and what a request needs there. */
export interface ReportedRoute {
  /**
   * `route`: declared with `get`, `post`, `all` and the like. `mount`: a function that `use` was given with a path, and that
   * nothing follows there, such as `express.static()` or a GraphQL handler. `application`: one that Express hides.
   * `middleware`: another function that `use` was given, such as a body parser. It may respond, and usually does not.
   */
  readonly kind: 'route' | 'mount' | 'application' | 'middleware';
  /** In capitals; `'*'` for every method, or for all that the route does not name. */
  readonly method: string;
  /** As it was declared, with the prefixes of its routers; ends in `/*` where everything below belongs to it. */
  readonly path: string;
  /**
   * `scoped`: a token with `required`. `authenticated`: any token of the gate. `optional`: none, or a valid one.
   * `public`: none, and `gate.allowPublic` says why. `UNPROTECTED`: no gate stands before it.
   */
  readonly access: 'scoped' | 'authenticated' | 'optional' | 'public' | 'UNPROTECTED';
  /** What all gates before it require together. */
  readonly required: Requirement | undefined;
  /** Why it is public. */
  readonly reason?: string;
  /** The `realm` of its gate; of several, all of them. */
  readonly gate: string | undefined;
  /** The last day on which a missing scope is only reported. */
  readonly reportOnly?: string;
  /** The functions of the route that run before its gate. They could respond without it. */
  readonly before?: readonly string[];
  /** What cannot be known about it. */
  readonly unknown?: string;
}

/** A route, with what only this package reads. */
export interface RouteDetails {
  readonly row: ReportedRoute;
  readonly rules: readonly RouteRule[];
  /** The model by which its gate compares scopes. */
  readonly scopeModel: CheckedScopeModel;
}

/**
 * Lists what a live Express application responds to, and what a request needs there: from the middleware itself, so that
 * the report cannot say anything else than the gates do. Routers, lists of paths, regular expressions, `router.use` and
 * `route.all` in front of a route are followed in the order of Express.
 *
 * A gate counts for a route if every request to it certainly passes the gate first. Where that is uncertain, the route is
 * reported without: a guard at another spelling of the path, behind a handler, or in a function that calls the gate itself.
 *
 * Not seen: what a function does inside, such as `gate.check`, or a router that it calls; a middleware that rewrites
 * `req.url` or `req.method` after a gate; and an error handler that drops the error, so that the request goes on.
 *
 * @example
 * console.table(routeReport(app));
 *
 * @param app an application of Express 4 or 5, or a router. Prefixes of routers in Express 5 need `router` 2.3.0; they are
 *   `(unknown)` in earlier ones
 * @throws {TypeError} where it is neither, and for wrong or unknown options
 */
export function routeReport(app: object, options: RouteReportOptions = {}): ReportedRoute[] {
  return readRoutes('routeReport()', app, options).map(({ row }) => row);
}

/** The rules of these options. */
export const ROUTE_REPORT_OPTIONS = {
  apps: [areApps, 'a list of applications of Express', []],
} as const satisfies OptionRules<RouteReportOptions>;

function areApps(value: unknown): boolean {
  return Array.isArray(value) && value.every(isApp);
}

function isApp(value: unknown): boolean {
  return readRouter(value) !== undefined;
}

/** {@link routeReport} with details. @param creator for errors */
export function readRoutes(creator: string, app: object, options: RouteReportOptions): RouteDetails[] {
  insist(isApp(app), creator, 'app', 'an application or a router of Express', app);
  const { apps } = readOptions(creator, options, ROUTE_REPORT_OPTIONS);
  return findRoutes(app, apps).map(describe);
}

function describe({ before, kind, method, pattern, rules, unknown }: FoundRoute): RouteDetails {
  const path = `${pattern.text}${pattern.isOpen && kind !== 'route' ? '/*' : ''}` || '/';
  const access = findAccess(rules);
  const reason = access === 'public' ? rules.flatMap((rule) => rule.reason ?? []).at(-1) : undefined;
  const reportOnly = findLastDay(rules);
  const realms = new Set(rules.flatMap(({ realm }) => realm ?? []));
  const hidden = unknown ?? findUnknownPath(path);
  const row: ReportedRoute = {
    kind,
    method,
    path,
    access,
    required: combine(rules),
    gate: realms.size === 0 ? undefined : [...realms].join(', '),
    ...(reason !== undefined && { reason }),
    ...(reportOnly !== undefined && { reportOnly }),
    ...(before.length > 0 && { before }),
    ...(hidden !== undefined && { unknown: hidden }),
  };
  const scoped = rules.find(({ policy }) => policy?.required !== undefined);
  return { row, rules, scopeModel: parseScopeModel('routeReport()', scoped?.scopeModel) };
}

/** A request passes every rule, so the strictest one says what it needs. */
function findAccess(rules: readonly RouteRule[]): ReportedRoute['access'] {
  const policies = rules.flatMap(({ policy }) => policy ?? []);
  if (policies.some(({ required }) => required !== undefined)) return 'scoped';
  if (policies.some(({ isOptional }) => !isOptional)) return 'authenticated';
  if (policies.length > 0) return 'optional';
  return rules.some(({ reason }) => reason !== undefined) ? 'public' : 'UNPROTECTED';
}

function combine(rules: readonly RouteRule[]): Requirement | undefined {
  const required = new Map(
    rules.flatMap(({ policy }) => {
      const source = policy?.required?.source;
      return source === undefined ? [] : [[JSON.stringify(source), source] as const];
    }),
  );
  const [first, ...others] = required.values();
  return first === undefined || others.length === 0 ? first : allOf(first, ...others);
}

function findLastDay(rules: readonly RouteRule[]): string | undefined {
  const ends = rules.flatMap(({ policy }) => policy?.reportUntil || []);
  return ends.length === 0 ? undefined : new Date(Math.max(...ends) - 1).toISOString().slice(0, 10);
}

function findUnknownPath(path: string): string | undefined {
  if (!path.includes(UNKNOWN_PATH)) return undefined;
  return 'Express does not keep the prefix of its router: install `router` 2.3.0 or later.';
}
