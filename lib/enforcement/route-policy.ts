import type { Clock } from '../clock.js';
import { callback, insistThat, isObject, type OptionRules, oneOf, optional, readOptions } from '../options.js';
import { CONSUMER, CONSUMER_ALL, isMalformedConsumerScope, isSharedAudience } from '../scope/grammar.js';
import { OCI_MODEL } from '../scope/models.js';
import {
  acceptableScopes,
  allOf,
  type CompiledRequirement,
  compileRequirement,
  isSatisfiable,
  listScopes,
  type Requirement,
} from '../scope/requirement.js';
import type { CheckedScopeModel } from '../scope/scope-model.js';
import type { HttpRequest } from './http-message.js';
import { parseReportOnly, type ReportOnly } from './report-only.js';
import { AUTHENTICATION_OPTIONS, type AuthenticationRule, toAuthenticationRule } from './user-authentication.js';

/**
 * Returns the subject whose record the request is about, synchronously. A list, such as a parameter of Express 5 may be,
 * equals no subject. (Declared as a method, so that a function of an `express.Request` is one.)
 */
export type OwnerRule = { owner(req: HttpRequest): string | readonly string[] | undefined }['owner'];

/** What one route adds to its requirements. */
export interface RouteOptions {
  /**
   * The subject whose record the request is about: a self scope such as `p1:read:self:user` opens the route to that
   * subject only. Without it, a self scope opens nothing. Must return synchronously.
   */
  readonly owner?: OwnerRule | undefined;
  /**
   * Authentication context classes (RFC 9470 §3), of which the token's `acr` must equal one, in the order in which the
   * API prefers them. A token without `acr` is refused with 401 `insufficient_user_authentication`, like one with another.
   */
  readonly acr?: readonly string[] | undefined;
  /**
   * How long ago the user may have authenticated (RFC 9470 §3): whole seconds from the token's `auth_time` to now, 1 or
   * more. A token without `auth_time`, or with one more than 60 seconds in the future, is refused like an older one.
   */
  readonly maxAge?: number | undefined;
  /** Overrides the option of the gate for this route. */
  readonly grantsUnavailable?: 'refuse' | 'trust-token' | undefined;
  /** Overrides the option of the gate for this route: `{ until: '2027-01-31' }`, or `false` for a route that is enforced. */
  readonly reportOnly?: ReportOnly | false | undefined;
}

/** What one middleware of a gate requires. */
export interface RoutePolicy {
  readonly required: CompiledRequirement | undefined;
  /** Whether a request without credentials passes. */
  readonly isOptional: boolean;
  /** Whether a CORS preflight request passes, which has no credentials. */
  readonly passesPreflights: boolean;
  readonly grantsUnavailable: 'refuse' | 'trust-token';
  readonly owner?: OwnerRule | undefined;
  /** Whether a self scope is among the scopes that suffice. */
  readonly acceptsSelfScope: boolean;
  readonly authentication?: AuthenticationRule | undefined;
  /** Until when missing scopes are only reported: milliseconds since the epoch. */
  readonly reportUntil?: number | false | undefined;
}

/** What a route takes from its gate. */
export interface GateDefaults {
  /** The function that is called, for errors. */
  readonly creator: string;
  readonly grantsUnavailable: RoutePolicy['grantsUnavailable'];
  readonly passesPreflights: boolean;
  readonly isSelfScope: (scope: string) => boolean;
  readonly hasGrants: boolean;
  readonly scopeModel: CheckedScopeModel;
  readonly reportUntil: RoutePolicy['reportUntil'];
  readonly clock: Clock;
}

export function compileRoutePolicy(
  given: readonly (Requirement | RouteOptions)[],
  defaults: GateDefaults,
): RoutePolicy {
  const { creator, grantsUnavailable, passesPreflights, isSelfScope: isSelf, hasGrants, scopeModel } = defaults;
  refuseRequest(given[0]);
  const last = given.at(-1);
  const options: RouteOptions = given.length > 1 && isRouteOptions(last) ? last : {};
  const { owner, reportOnly } = readOptions(creator, options, OPTIONS, NAMED_ELSEWHERE);
  insistThat(
    options.grantsUnavailable === undefined || hasGrants,
    `${creator}: "grantsUnavailable" has no effect: the gate has no "grants".`,
  );
  const requirements = (options === last ? given.slice(0, -1) : given) as readonly Requirement[];
  const required = compile(requirements, creator, scopeModel);
  const acceptsSelfScope = acceptableScopes(required).some(isSelf);
  insistThat(
    owner === undefined || acceptsSelfScope,
    `${creator}: "owner" has no effect: none of the required scopes is a self scope.`,
  );
  if (scopeModel === OCI_MODEL) refuseMalformed(required, creator);
  refuseUnsatisfiable(required, creator, (scope) => owner !== undefined || !isSelf(scope));
  return {
    required,
    isOptional: false,
    passesPreflights,
    grantsUnavailable: options.grantsUnavailable ?? grantsUnavailable,
    owner,
    acceptsSelfScope,
    authentication: toAuthenticationRule(options),
    reportUntil:
      reportOnly === undefined
        ? defaults.reportUntil
        : reportOnly && parseReportOnly(creator, reportOnly, defaults.clock),
  };
}

const OPTIONS = {
  owner: callback(),
  ...AUTHENTICATION_OPTIONS,
  grantsUnavailable: optional(oneOf('refuse', 'trust-token')),
  reportOnly: true,
} as const satisfies OptionRules<RouteOptions>;

/** The names that RFC 9470 gives to the parameters of a challenge. */
const NAMED_ELSEWHERE = { acr_values: 'acr', acrValues: 'acr', max_age: 'maxAge' };

/** `app.use(gate.require)` calls it with each request, and every response would be an error. */
function refuseRequest(first: unknown): void {
  insistThat(
    !isObject(first) || !('headers' in first),
    "gate.require() takes scopes and returns middleware: write app.use(gate.require('scope')), not app.use(gate.require).",
  );
}

function refuseMalformed(required: CompiledRequirement, creator: string): void {
  for (const { source } of listScopes(required)) {
    insistThat(
      !isMalformedConsumerScope(source),
      `${creator}: no token has the scope ${source}. Its form is ${CONSUMER}:…::qualifier, with "::" before the qualifier.`,
    );
  }
}

/** A route that no token could pass is a mistake of its declaration. */
function refuseUnsatisfiable(
  required: CompiledRequirement,
  creator: string,
  opensRoute: (scope: string) => boolean,
): void {
  for (const { source } of listScopes(required)) {
    insistThat(
      !isSharedAudience(source),
      `${creator}: ${source} is an audience, not a scope. It is an option of the verifier.`,
    );
  }
  insistThat(
    isSatisfiable(required, () => true),
    `${creator}: no token passes, since ${CONSUMER_ALL} opens no IAM admin API.`,
  );
  insistThat(
    isSatisfiable(required, opensRoute),
    `${creator}: a self scope opens a route with the option "owner" only, and no other scope is required.`,
  );
}

function isRouteOptions(value: unknown): value is RouteOptions {
  return isObject(value) && !('allOf' in value) && !('anyOf' in value);
}

function compile(requirements: readonly Requirement[], creator: string, model: CheckedScopeModel): CompiledRequirement {
  insistThat(requirements.length > 0, `${creator} needs at least one scope.`);
  const all = requirements.length === 1 ? (requirements[0] as Requirement) : allOf(...requirements);
  const required = compileRequirement(all, model);
  for (const { source, coveringTokens } of listScopes(required)) {
    insistThat(
      coveringTokens.length > 0,
      `${creator}: no token passes, since no scope covers ${source} in the model ${model.name}.`,
    );
  }
  return required;
}
