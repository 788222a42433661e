import { insistThat, isObject } from '../options.js';
import { isScopeToken, notAScopeToken } from './grammar.js';
import { OCI_MODEL } from './models.js';
import type { CheckedScopeModel } from './scope-model.js';
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
export type CompiledRequirement = CompiledScope | CompiledOperation;
export interface CompiledScope {
  readonly kind: 'scope';
  readonly source: string;
  readonly coveringTokens: readonly string[];
  /** The held scopes beside which it counts as not covered. */
  readonly denying: readonly string[] | undefined;
}
export interface CompiledOperation {
  readonly kind: keyof typeof OPERATORS;
  readonly source: AllOf | AnyOf;
  readonly parts: readonly CompiledRequirement[];
}

const OPERATORS = { allOf, anyOf };

/**
 * Compiles a requirement, once, when it is declared.
 *
 * @throws {TypeError} as {@link allOf} does, and where the model throws
 */
export function compileRequirement(requirement: Requirement, model = OCI_MODEL): CompiledRequirement {
  if (typeof requirement === 'string') return compileScope(requirement, model);
  const operation = readOperation(requirement);
  if (!operation) throw new TypeError(notARequirement(requirement));
  const [kind, given] = operation;
  const parts = given.map((part) => compileRequirement(part, model));
  return { kind, source: OPERATORS[kind](...parts.map((part) => part.source)), parts };
}

function compileScope(source: string, model: CheckedScopeModel): CompiledScope {
  return {
    kind: 'scope',
    source,
    coveringTokens: model.coveringScopes(source),
    denying: model.findDenying(source),
  };
}

/**
 * The held scope that covers a required one.
 *
 * `urn:opc:resource:consumer::all` opens no IAM admin API, not even beside an admin scope: a domain refuses to issue the
 * two together (Oracle, "Accessing All Resources"), so a token that has both is not to be trusted with either's power.
 */
export function coveringScope(held: ScopeSet, required: CompiledScope): string | undefined {
  if (required.denying && held.firstHeld(required.denying) !== undefined) return undefined;
  return held.firstHeld(required.coveringTokens);
}

/** Whether `held` satisfies the requirement. Allocates nothing. */
export function satisfies(held: ScopeSet, required: CompiledRequirement): boolean {
  if (required.kind === 'scope') return coveringScope(held, required) !== undefined;
  const enough = required.kind === 'anyOf';
  for (const part of required.parts) if (satisfies(held, part) === enough) return enough;
  return !enough;
}

/** The scopes that a requirement names. */
export function listScopes(required: CompiledRequirement): readonly CompiledScope[] {
  return required.kind === 'scope' ? [required] : required.parts.flatMap(listScopes);
}

/** Every scope-token that could help to satisfy a requirement. */
export function acceptableScopes(required: CompiledRequirement): readonly string[] {
  return listScopes(required).flatMap(({ coveringTokens }) => coveringTokens);
}

/** Whether some set of usable scopes satisfies the requirement. More scopes never satisfy less, but for those that deny. */
export function isSatisfiable(required: CompiledRequirement, isUsable: (token: string) => boolean): boolean {
  const usable = acceptableScopes(required).filter(isUsable);
  const denying = new Set(listScopes(required).flatMap((scope) => scope.denying ?? []));
  const harmless = usable.filter((token) => !denying.has(token));
  return satisfies(scopeSet(usable), required) || satisfies(scopeSet(harmless), required);
}

function checked(operator: string, requirements: readonly Requirement[]): readonly Requirement[] {
  insistThat(requirements.length > 0, `${operator}() needs at least one scope: it would require nothing.`);
  for (const requirement of requirements) {
    const isRequirement = isScopeToken(requirement) || readOperation(requirement) !== undefined;
    if (!isRequirement) throw new TypeError(notARequirement(requirement));
  }
  return Object.freeze([...requirements]);
}

/** The one member of `allOf` or `anyOf`: beside another, one of the two would be ignored. */
function readOperation(value: unknown): [keyof typeof OPERATORS, readonly Requirement[]] | undefined {
  const [[name = '', parts] = [], ...others] = isObject(value) ? Object.entries(value) : [];
  const isOperation = Object.hasOwn(OPERATORS, name) && Array.isArray(parts) && others.length === 0;
  return isOperation ? [name as keyof typeof OPERATORS, parts] : undefined;
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
