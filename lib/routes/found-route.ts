import type { RouteRule } from '../http/route-rule.js';
import { includesPattern, type PathPattern } from './path-pattern.js';

/** What can respond to requests, with the rules that stand before it. */
export interface FoundRoute {
  readonly kind: 'route' | 'mount' | 'middleware' | 'application';
  /** `'*'` for every method. */
  readonly method: string;
  readonly pattern: PathPattern;
  readonly rules: readonly RouteRule[];
  /** Handlers of the route that run before its gate. */
  readonly before: readonly string[];
  /** The function that responds, or may respond. */
  readonly name: string;
  /** What cannot be known. */
  readonly unknown: string | undefined;
}

/** A middleware with a rule, that requests pass on their way to later routes. */
export interface Guard {
  readonly rule: RouteRule;
  /** `'*'` for every method. */
  readonly method: string;
  readonly pattern: PathPattern;
}

/** The rules of the guards that every request to a route has passed. */
export function findRules(guards: readonly Guard[], method: string, pattern: PathPattern): RouteRule[] {
  return guards
    .filter((guard) => guard.method === '*' || guard.method === method)
    .filter((guard) => includesPattern(guard.pattern, pattern))
    .map(({ rule }) => rule);
}

export function nameOf({ name }: { readonly name: string }): string {
  return name === '' ? '(anonymous)' : name;
}
