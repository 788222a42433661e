import { sufficientScopes } from '../decision/decide.js';
import type { ChallengeContext } from '../enforcement/challenge.js';
import type { GateRequest } from '../enforcement/gate-request.js';
import { notifySafely } from '../enforcement/notify.js';
import { decisionRecord } from '../enforcement/record.js';
import type { Refusal } from '../enforcement/refusal.js';
import type { StepResult } from '../enforcement/run-steps.js';
import type { AccessToken } from '../token/access-token.js';
import { type DecisionListener, type GateSettings, toSafeScope } from './gate-options.js';
import { type RefusalError, toRefusalError } from './refusal-error.js';
import { type Auth, returnAuth, toAuthContext } from './req-auth.js';

/** What `gate.check` found: who calls, or the refusal as a value. */
export type CheckResult<Claims extends object = object> =
  | { readonly ok: true; readonly auth: Auth<Claims> }
  | { readonly ok: false; readonly refusal: RefusalError };

/** Records the decision; returns the refusal, if it is one. */
export function conclude({ onDecision }: GateSettings, request: GateRequest, result: StepResult): Refusal | undefined {
  const refusal = typeof result === 'object' ? result : undefined; // a step of another copy has another class
  if (onDecision !== undefined) record(onDecision, request, refusal);
  return refusal;
}

function record(onDecision: DecisionListener, request: GateRequest, refusal: Refusal | undefined): void {
  const { accessToken, granted, isPreflight, policy, req, rules, startedAt, wouldDeny } = request;
  const durationMs = rules.clock.monotonic() - startedAt;
  notifySafely(() => {
    const warning = request.warning ?? rules.verifier.warning?.();
    const { required } = policy;
    const facts = { accessToken, scopes: granted, refusal, wouldDeny, isPreflight, required, durationMs, warning };
    return onDecision(decisionRecord(facts), req);
  });
}

/** A verifier of several issuers writes scopes as clients of the token's issuer request them. */
export function challengeContextFor(settings: GateSettings, { accessToken, policy }: GateRequest): ChallengeContext {
  const { challengeContext, challengeScope, verifier } = settings;
  return {
    ...challengeContext,
    toRequestedScope: (scope) => toSafeScope(verifier, scope, accessToken),
    ...(challengeScope === 'always' && policy.required && { routeScope: sufficientScopes(policy.required) }),
  };
}

/** A request that passes has a token: `gate.check` lets nobody pass without one. */
export function toCheckResult(settings: GateSettings, request: GateRequest, refusal: Refusal | undefined): CheckResult {
  if (refusal === undefined) {
    const context = toAuthContext(request, request.accessToken as AccessToken);
    return { ok: true, auth: returnAuth(settings.returnedAuths, context) };
  }
  const { authorization } = request.headers;
  return { ok: false, refusal: toRefusalError(refusal, challengeContextFor(settings, request), authorization) };
}
