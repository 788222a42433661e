import { coveringTokens } from './covers.js';
import { ADMIN_SCOPES, CONSUMER_ALL, isScopeToken, notAScopeToken } from './grammar.js';
import { type ScopeSet, scopeSet } from './scope-set.js';

/** What a route needs: one scope-token, or several under {@link allOf} and {@link anyOf}, which nest. */
export type Requirement = string | AllOf | AnyOf;

/** Made by {@link allOf}. */
export interface AllOf {
  readonly allOf: readonly Requirement[];
}

/** Made by {@link anyOf}. */
export interface AnyOf {
  readonly anyOf: readonly Requirement[];
}

/**
 * Satisfied when each of `requirements` is.
 *
 * @throws {TypeError} if there is none, or one is neither a scope-token (RFC 6749 §3.3) nor a value of `allOf`, `anyOf`
 */
export function allOf(...requirements: readonly Requirement[]): AllOf {
  return Object.freeze({ allOf: checked('allOf', requirements) });
}

/**
 * Satisfied when at least one of `requirements` is.
 *
 * @throws {TypeError} if there is none, or one is neither a scope-token (RFC 6749 §3.3) nor a value of `allOf`, `anyOf`
 */
export function anyOf(...requirements: readonly Requirement[]): AnyOf {
  return Object.freeze({ anyOf: checked('anyOf', requirements) });
}

/** A requirement, compiled once for all requests: each scope with the scopes that cover it. */
export type CompiledRequirement = CompiledScope | CompiledAllOf | CompiledAnyOf;
export interface CompiledScope {
  readonly kind: 'scope';
  readonly source: string;
  readonly coveringTokens: readonly string[];
  /** Whether it is an IAM admin scope; see {@link holdsConsumerAll}. */
  readonly isAdmin: boolean;
}
export interface CompiledAllOf {
  readonly kind: 'allOf';
  readonly source: AllOf;
  readonly parts: readonly CompiledRequirement[];
}
export interface CompiledAnyOf {
  readonly kind: 'anyOf';
  readonly source: AnyOf;
  readonly parts: readonly CompiledRequirement[];
}

/**
 * Compiles a requirement, once, when it is declared.
 *
 * @throws {TypeError} as {@link allOf} does
 */
export function compileRequirement(requirement: Requirement): CompiledRequirement {
  if (typeof requirement === 'string') {
    return {
      kind: 'scope',
      source: requirement,
      coveringTokens: coveringTokens(requirement),
      isAdmin: requirement.startsWith(ADMIN_SCOPES),
    };
  }
  if (isAllOf(requirement)) {
    const parts = requirement.allOf.map(compileRequirement);
    return { kind: 'allOf', source: allOf(...parts.map((part) => part.source)), parts };
  }
  if (isAnyOf(requirement)) {
    const parts = requirement.anyOf.map(compileRequirement);
    return { kind: 'anyOf', source: anyOf(...parts.map((part) => part.source)), parts };
  }
  throw new TypeError(notARequirement(requirement));
}

const ROOT = [CONSUMER_ALL];

/**
 * `urn:opc:resource:consumer::all` opens no IAM admin API, not even beside an admin scope: a domain refuses to issue the
 * two together (Oracle, "Accessing All Resources"), so a token that has both is not to be trusted with either's power.
 */
export function holdsConsumerAll(held: ScopeSet): boolean {
  return held.firstHeld(ROOT) !== undefined;
}

/** The held scope that covers a required one. */
export function coveringScope(held: ScopeSet, required: CompiledScope): string | undefined {
  if (required.isAdmin && holdsConsumerAll(held)) return undefined;
  return held.firstHeld(required.coveringTokens);
}

/** Whether `held` satisfies the requirement. Allocates nothing. */
export function satisfies(held: ScopeSet, required: CompiledRequirement): boolean {
  if (required.kind === 'scope') return coveringScope(held, required) !== undefined;
  const enough = required.kind === 'anyOf';
  for (const part of required.parts) if (satisfies(held, part) === enough) return enough;
  return !enough;
}

/** Every scope-token that could help to satisfy a requirement. */
export function acceptableScopes(required: CompiledRequirement): readonly string[] {
  return required.kind === 'scope' ? required.coveringTokens : required.parts.flatMap(acceptableScopes);
}

/** The scope-tokens that a requirement names. */
export function namedScopes(required: CompiledRequirement): readonly string[] {
  return required.kind === 'scope' ? [required.source] : required.parts.flatMap(namedScopes);
}

/**
 * Whether some set of usable scopes satisfies the requirement. More scopes never satisfy less, with one exception:
 * {@link holdsConsumerAll}.
 */
export function isSatisfiable(required: CompiledRequirement, isUsable: (token: string) => boolean): boolean {
  const usable = acceptableScopes(required).filter(isUsable);
  const withoutRoot = usable.filter((token) => token !== CONSUMER_ALL);
  return satisfies(scopeSet(usable), required) || satisfies(scopeSet(withoutRoot), required);
}

function checked(operator: string, requirements: readonly Requirement[]): readonly Requirement[] {
  if (requirements.length === 0)
    throw new TypeError(`${operator}() needs at least one scope: it would require nothing.`);
  for (const requirement of requirements) {
    if (typeof requirement === 'string' ? !isScopeToken(requirement) : !isAllOf(requirement) && !isAnyOf(requirement)) {
      throw new TypeError(notARequirement(requirement));
    }
  }
  return Object.freeze([...requirements]);
}

function isAllOf(value: unknown): value is AllOf {
  return isOperator(value, 'allOf');
}

function isAnyOf(value: unknown): value is AnyOf {
  return isOperator(value, 'anyOf');
}

// Its one member: beside another, one of the two would be ignored.
function isOperator(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== name) return false;
  return Array.isArray((value as Readonly<Record<string, unknown>>)[name]);
}

function notARequirement(value: unknown): string {
  if (typeof value === 'string') return notAScopeToken(value);
  return Array.isArray(value)
    ? 'A list does not say whether all or any of its scopes are needed: use allOf(...) or anyOf(...).'
    : `A requirement is a scope, allOf(...) or anyOf(...), not ${describeValue(value)}.`;
}

function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return `a value of type ${typeof value}`;
  return `an object with ${Object.keys(value).slice(0, 4).join(', ') || 'no members'}`;
}
