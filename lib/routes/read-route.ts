import { METHODS } from 'node:http';
import { type RouteRule, readRule } from '../http/route-rule.js';
import type { RouteStack } from './express-layers.js';
import { type FoundRoute, findRules, type Guard, nameOf } from './found-route.js';
import type { PathPattern } from './path-pattern.js';

type Handle = RouteStack['stack'][number]['handle'];

/**
 * Adds what a route responds to, method by method.
 *
 * @returns the guards with which it begins: requests pass them on their way to a later route for the same path, which is
 *   how `app.all('/api/*', gate.authenticate)` protects others
 */
export function readRoute(
  route: RouteStack,
  pattern: PathPattern,
  guards: readonly Guard[],
  found: FoundRoute[],
): readonly Guard[] {
  return listMethods(route).flatMap((method) => {
    const handles = listHandles(route, method);
    // A function without a rule may do anything, so it counts before one that is known to respond.
    const unruled = handles.filter((handle) => readRule(handle) === undefined);
    const responder = unruled.at(-1) ?? handles.filter((handle) => !isGuard(handle)).at(-1);
    if (responder !== undefined) found.push(describe(handles, responder, method, pattern, guards));
    const firstOther = handles.findIndex((handle) => !isGuard(handle));
    const leading = firstOther === -1 ? handles : handles.slice(0, firstOther);
    return leading.map((handle) => ({ rule: readRule(handle) as RouteRule, method, pattern }));
  });
}

/**
 * `route.all` is one method of its own, for all that the route does not name. `app.all` declares every method, and is
 * the same where nothing differs.
 */
function listMethods(route: RouteStack): string[] {
  const named = METHODS.filter((method) => route.methods[method.toLowerCase()] === true);
  const others = route.methods._all === true ? ['*'] : [];
  if (named.length < METHODS.length) return [...named, ...others];
  const [first = [], ...rest] = named.map((method) => listHandles(route, method));
  const isSame = rest.every((each) => each.length === first.length && each.every((handle, at) => handle === first[at]));
  return isSame ? ['*'] : [...named, ...others];
}

/** The functions that a request with the method meets. One with four parameters gets errors only. */
function listHandles({ methods, stack }: RouteStack, method: string): Handle[] {
  const known = method !== '*' || methods._all === true ? method : METHODS[0];
  return stack
    .filter((layer) => layer.method === undefined || layer.method.toUpperCase() === known)
    .map(({ handle }) => handle)
    .filter(({ length }) => length <= 3);
}

function isGuard(handle: Handle): boolean {
  const rule = readRule(handle);
  return rule !== undefined && rule.responds !== true;
}

/** What comes after the last function that may respond protects nothing. */
function describe(
  handles: readonly Handle[],
  responder: Handle,
  method: string,
  pattern: PathPattern,
  guards: readonly Guard[],
): FoundRoute {
  const reached = handles.slice(0, handles.lastIndexOf(responder) + 1);
  const own = reached
    .filter((handle) => isGuard(handle) || handle === responder)
    .flatMap((handle) => readRule(handle) ?? []);
  const firstGuard = reached.findIndex(isGuard);
  const before = reached.slice(0, Math.max(0, firstGuard)).map(nameOf);
  const rules = [...findRules(guards, method, pattern), ...own];
  return { kind: 'route', method, pattern, rules, before, name: nameOf(responder), unknown: undefined };
}
