import type { Request } from 'express';
import { insist, refuseUnknownOptions } from '../options.js';
import {
  acceptableScopes,
  allOf,
  type CompiledRequirement,
  compileRequirement,
  type Requirement,
} from '../scope/requirement.js';

/** What one route adds to its requirements. */
export interface RouteOptions {
  /**
   * Whose record the request is about: a self scope such as `p1:read:self:user` opens the route to that subject only.
   * Without it, a self scope opens nothing. Found at once: a promise, like a list, is nobody's.
   */
  readonly owner?: ((req: Request) => string | readonly string[] | undefined) | undefined;
  /** That of the gate, for this route. */
  readonly grantsUnavailable?: 'refuse' | 'trust-token' | undefined;
}

/** What one middleware of a gate asks for. */
export interface RoutePolicy {
  readonly required: CompiledRequirement | undefined;
  /** Whether a request without credentials passes. */
  readonly isOptional: boolean;
  readonly grantsUnavailable: 'refuse' | 'trust-token';
  readonly owner?: RouteOptions['owner'];
  /** Whether one of the scopes that would do is about the caller's own record. */
  readonly acceptsSelfScope: boolean;
}

export function compileRoutePolicy(
  given: readonly (Requirement | RouteOptions)[],
  grantsUnavailable: RoutePolicy['grantsUnavailable'],
  isSelf: (scope: string) => boolean,
  hasGrants: boolean,
): RoutePolicy {
  const last = given.at(-1);
  const options = given.length > 1 && isRouteOptions(last) ? last : {};
  const creator = 'gate.require()';
  refuseUnknownOptions(creator, options, ['owner', 'grantsUnavailable']);
  const { owner } = options;
  insist(owner === undefined || typeof owner === 'function', creator, 'owner', 'a function', owner);
  assertUnavailableMode(creator, options.grantsUnavailable);
  if (options.grantsUnavailable !== undefined && !hasGrants) {
    throw new TypeError(`${creator}: "grantsUnavailable" is about the "grants" of a gate, and this one has none.`);
  }
  const required = compile((options === last ? given.slice(0, -1) : given) as readonly Requirement[]);
  const acceptsSelfScope = acceptableScopes(required).some(isSelf);
  if (owner !== undefined && !acceptsSelfScope) {
    throw new TypeError(
      `${creator}: "owner" is about self scopes, and none of these scopes is one: it would not be asked.`,
    );
  }
  return {
    required,
    isOptional: false,
    grantsUnavailable: options.grantsUnavailable ?? grantsUnavailable,
    owner,
    acceptsSelfScope,
  };
}

function isRouteOptions(value: unknown): value is RouteOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !('allOf' in value) && !('anyOf' in value);
}

export function assertUnavailableMode(creator: string, value: unknown): void {
  const isKnown = value === undefined || value === 'refuse' || value === 'trust-token';
  insist(isKnown, creator, 'grantsUnavailable', "'refuse' or 'trust-token'", value);
}

function compile(requirements: readonly Requirement[]): CompiledRequirement {
  if (requirements.length === 0) throw new TypeError('gate.require() needs at least one scope.');
  return compileRequirement(requirements.length === 1 ? (requirements[0] as Requirement) : allOf(...requirements));
}
