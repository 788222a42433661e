import type { RoutePolicy } from '../enforcement/route-policy.js';
import type { ScopeModel } from '../scope/scope-model.js';

/** What a middleware does with requests, for reports about routes. */
export interface RouteRule {
  /** The realm of its gate. */
  readonly realm?: string | undefined;
  /** By which its gate compares scopes. */
  readonly scopeModel?: ScopeModel | undefined;
  /** What it requires. Reports read `required.source`, `isOptional`, `authentication`, `owner` and `reportUntil`. */
  readonly policy?: RoutePolicy | undefined;
  /** Why requests need no token. */
  readonly reason?: string | undefined;
  /** Whether it ends the request itself. Otherwise it calls `next`, or refuses. */
  readonly responds?: boolean | undefined;
}

/** Where the middleware of any copy of this package has its rule. */
const ROUTE_RULE = Symbol.for('scopegate.route-rule/1');

/** Says what a middleware does. Returns the middleware. */
export function declareRule<Handler extends object>(handler: Handler, rule: RouteRule): Handler {
  return Object.defineProperty(handler, ROUTE_RULE, { value: rule });
}

/** The rule of a middleware; `undefined` for a function that has none. */
export function readRule(handler: object): RouteRule | undefined {
  return (handler as { [ROUTE_RULE]?: RouteRule })[ROUTE_RULE];
}
