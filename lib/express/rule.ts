import type { Request } from 'express';
import { insist, refuseUnknownOptions } from '../options.js';
import {
  allOf,
  type CompiledRequirement,
  compileRequirement,
  helpfulTokens,
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
  readonly grantsOutage?: 'closed' | 'token-only' | undefined;
}

/** What one middleware of a gate asks for. */
export interface Rule {
  readonly required: CompiledRequirement | undefined;
  /** Whether a request without credentials passes. */
  readonly isOptional: boolean;
  readonly grantsOutage: 'closed' | 'token-only';
  readonly owner?: RouteOptions['owner'];
  /** Whether one of the scopes that would do is about the caller's own record. */
  readonly asksSelf: boolean;
}

export function ruleOf(
  given: readonly (Requirement | RouteOptions)[],
  grantsOutage: Rule['grantsOutage'],
  isSelf: (scope: string) => boolean,
  hasGrants: boolean,
): Rule {
  const last = given.at(-1);
  const options = given.length > 1 && isRouteOptions(last) ? last : {};
  const creator = 'gate.require()';
  refuseUnknownOptions(creator, options, ['owner', 'grantsOutage']);
  const { owner } = options;
  insist(owner === undefined || typeof owner === 'function', creator, 'owner', 'a function', owner);
  insistOnOutage(creator, options.grantsOutage);
  if (options.grantsOutage !== undefined && !hasGrants) {
    throw new TypeError(`${creator}: "grantsOutage" is about the "grants" of a gate, and this one has none.`);
  }
  const required = compile((options === last ? given.slice(0, -1) : given) as readonly Requirement[]);
  const asksSelf = helpfulTokens(required).some(isSelf);
  if (owner !== undefined && !asksSelf) {
    throw new TypeError(
      `${creator}: "owner" is about self scopes, and none of these scopes is one: it would not be asked.`,
    );
  }
  return { required, isOptional: false, grantsOutage: options.grantsOutage ?? grantsOutage, owner, asksSelf };
}

function isRouteOptions(value: unknown): value is RouteOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !('allOf' in value) && !('anyOf' in value);
}

export function insistOnOutage(creator: string, value: unknown): void {
  const isKnown = value === undefined || value === 'closed' || value === 'token-only';
  insist(isKnown, creator, 'grantsOutage', "'closed' or 'token-only'", value);
}

function compile(requirements: readonly Requirement[]): CompiledRequirement {
  if (requirements.length === 0) throw new TypeError('gate.require() needs at least one scope.');
  return compileRequirement(requirements.length === 1 ? (requirements[0] as Requirement) : allOf(...requirements));
}
