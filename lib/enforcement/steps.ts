import type { LiveVerdict } from '../live/live-grants.js';
import { insistThat, isText } from '../options.js';
import type { CompiledRequirement } from '../scope/requirement.js';
import type { ScopeSet } from '../scope/scope-set.js';
import { withoutSelfScopes } from '../scope/self-scopes.js';
import type { AccessToken } from '../token/access-token.js';
import { type Credentials, readCredentials as parseCredentials } from '../token/credentials.js';
import { isPromise, type Verdict } from '../token/verifier.js';
import { authorize, authorizeRemaining } from './authorize.js';
import type { GateRequest } from './gate-request.js';
import type { HttpRequest } from './http-message.js';
import { ignoreRejection } from './notify.js';
import { Refusal } from './refusal.js';
import type { OwnerRule } from './route-policy.js';
import { DONE, type Step, type StepResult, whenSettled } from './run-steps.js';
import { findShortfall } from './user-authentication.js';
import { toRefusal, toUnavailable } from './verdict.js';

/** The steps of a request that its gate has not verified yet. */
export const STEPS: readonly Step[] = [
  readCredentials,
  verifyToken,
  checkLiveGrants,
  requireScopes,
  requireOwner,
  requireUserAuthentication,
];

/**
 * Reads the access token from the request. Without credentials, the request may pass where they are optional, and where it
 * is a CORS preflight.
 */
export function readCredentials(request: GateRequest): StepResult {
  const { headers, policy, req, rules } = request;
  const result = parseCredentials(req, rules.verifier.schemes, headers);
  if (result.ok) {
    request.credentials = result.credentials;
    return undefined;
  }
  if (result.reason !== 'no_credentials') return new Refusal(result.reason);
  request.isPreflight = policy.passesPreflights && isPreflight(request);
  return policy.isOptional || request.isPreflight ? DONE : new Refusal(result.reason);
}

/** Whether a browser asks if a page of another origin may send a request (Fetch standard, CORS-preflight request). */
function isPreflight({ req, headers }: GateRequest): boolean {
  const { origin, 'access-control-request-method': method } = headers;
  return req.method === 'OPTIONS' && isText(origin) && isText(method);
}

/** Verifies the access token. An error of the verifier is a refusal with status 503. */
export function verifyToken(request: GateRequest): StepResult | Promise<StepResult> {
  const { credentials, req, rules } = request;
  return whenSettled(
    () => rules.verifier.verify(credentials as Credentials, req),
    (verdict) => acceptVerdict(request, verdict),
    toUnavailable,
  );
}

function acceptVerdict(request: GateRequest, verdict: Verdict): StepResult {
  const refusal = toRefusal(verdict);
  if (!refusal) request.accessToken = request.rules.applyModel(verdict as AccessToken);
  return refusal;
}

/** Checks what the application of the token is granted now. */
export function checkLiveGrants(request: GateRequest): StepResult | Promise<StepResult> {
  const { rules, permission } = request;
  const { grants } = rules;
  if (!grants) return undefined;
  return whenSettled(
    () => grants.check(verifiedToken(request), permission),
    (verdict) => acceptLiveVerdict(request, verdict),
  );
}

function acceptLiveVerdict(request: GateRequest, verdict: LiveVerdict): StepResult {
  if (verdict.ok) {
    request.permission = verdict;
    request.granted = verdict.scopes;
    return undefined;
  }
  const { reason, cause } = verdict;
  if (reason !== 'grants_unavailable') return new Refusal(reason, { cause });
  if (request.policy.grantsUnavailable === 'refuse') return new Refusal(reason, { cause, retryAfter: 1 });
  request.warning = 'The grants cannot be checked; the token alone decided.';
  return undefined;
}

/** Requires scopes that the token holds and that its application is still granted. */
export function requireScopes(request: GateRequest): StepResult {
  const { policy, granted } = request;
  const { required } = policy;
  if (!required) return undefined;
  const accessToken = verifiedToken(request);
  const refusal = authorize(accessToken, required) ?? authorizeGranted(accessToken, granted, required);
  return refusal && refuseOrReport(request, refusal);
}

function authorizeGranted(
  accessToken: AccessToken,
  granted: ScopeSet | undefined,
  required: CompiledRequirement,
): Refusal | undefined {
  if (granted === undefined || granted === accessToken.scopes) return undefined;
  return authorizeRemaining(accessToken, { scopes: granted, why: 'its application is no longer granted it' }, required);
}

/** Requires that a self scope is used for the caller's own record only. */
export function requireOwner(request: GateRequest): StepResult {
  const { policy, req, rules, granted } = request;
  const { owner, required } = policy;
  if (!required || !policy.acceptsSelfScope) return undefined;
  const accessToken = verifiedToken(request);
  const { sub } = accessToken.payload;
  request.isOwner = owner !== undefined && isText(sub) && findOwner(owner, req) === sub;
  if (request.isOwner) return undefined;
  const why = owner ? 'the record is not the caller’s own' : 'the route has no owner rule';
  const scopes = withoutSelfScopes(granted ?? accessToken.scopes, rules.isSelfScope);
  const isObtainable = (scope: string) => !rules.isSelfScope(scope);
  const refusal = authorizeRemaining(accessToken, { scopes, why, isObtainable }, required);
  return refusal && refuseOrReport(request, refusal);
}

/** Where scopes are only reported, the refusal is for the record, and the next step decides. */
function refuseOrReport(request: GateRequest, refusal: Refusal): StepResult {
  const { policy, rules } = request;
  const { reportUntil } = policy;
  if (!reportUntil || rules.clock.now() >= reportUntil) return addUserAuthentication(request, refusal);
  request.wouldDeny ??= refusal;
  return undefined;
}

/** Requires that the user authenticated as strongly and as recently as the route says (RFC 9470 §3). */
export function requireUserAuthentication(request: GateRequest): Refusal | undefined {
  const { authentication } = request.policy;
  if (!authentication) return undefined;
  const detail = findShortfall(verifiedToken(request), authentication, request.rules.clock.now() / 1000);
  return detail && new Refusal('insufficient_user_authentication', { authentication, detail });
}

/**
 * Adds what is missing of the user's authentication to a refusal for missing scopes, so that one new token does. Where
 * no token could hold the scopes, the refusal stays: an authentication would be in vain.
 */
function addUserAuthentication(request: GateRequest, refusal: Refusal): Refusal {
  const { scope, detail } = refusal;
  const stepUp = scope && requireUserAuthentication(request);
  if (!stepUp) return refusal;
  const { reason, authentication, detail: shortfall } = stepUp;
  return new Refusal(reason, { authentication, scope, detail: () => `${shortfall?.()} ${detail?.()}` });
}

function verifiedToken({ accessToken }: GateRequest): AccessToken {
  insistThat(accessToken !== undefined, 'This step runs after verifyToken.');
  return accessToken;
}

/** The owner of the record must be known synchronously: a promise never equals a subject. */
function findOwner(owner: OwnerRule, req: HttpRequest): unknown {
  const found: unknown = owner(req);
  if (!isPromise(found)) return found;
  ignoreRejection(found);
  throw new TypeError('gate.require(): "owner" must return a string synchronously; load it in earlier middleware.');
}
