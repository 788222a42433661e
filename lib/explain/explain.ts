import { decideCompiled } from '../decision/decide.js';
import { GateRequest } from '../enforcement/gate-request.js';
import { type DecisionRecord, decisionRecord } from '../enforcement/record.js';
import type { Refusal } from '../enforcement/refusal.js';
import { runSteps, type Step, type StepResult, whenSettled } from '../enforcement/run-steps.js';
import { STEPS, verifyToken } from '../enforcement/steps.js';
import { type LiveGrants, liveGrants } from '../live/live-grants.js';
import { applyScopeModel } from '../scope/scope-set.js';
import { withoutSelfScopes } from '../scope/self-scopes.js';
import type { AccessToken } from '../token/access-token.js';
import { describeOmitted, describeStep } from './describe-step.js';
import { type ExplainOptions, type ParsedExplainOptions, parseExplainOptions } from './explain-options.js';
import type { ExplainedStep, Explanation } from './explanation.js';
import { explainGrants, type GrantFindings } from './grant-findings.js';
import { chooseRemedy } from './remedies.js';

/**
 * Explains what a gate would decide, and why: every step with what came of it, which held scope covers which required one,
 * what would have been enough, and what to do. The steps are those of the gate itself.
 *
 * With `live`, it also says what the application would have to be granted, and with a store as its source, which change
 * withdrew it. Its status is read once, and no change feed is followed.
 *
 * Verified: what the gate with these options verifies. With `held` and `payload` nothing is: they are assumed. The result
 * never holds the token.
 *
 * @example
 * const { outcome, missing, remedy } = await explain({ token, verifier, required: 'orders:write', live: { source: store } });
 *
 * @throws {TypeError} for wrong, unknown or missing options; and what a function of the application throws
 */
export async function explain(options: ExplainOptions): Promise<Explanation> {
  const parsed = parseExplainOptions(options);
  const grants = parsed.live && liveGrants(parsed.live);
  try {
    const request = createRequest(parsed, grants);
    const { result, steps } = await runTraced(request);
    const refusal = typeof result === 'object' ? result : undefined;
    const findings = await explainGrants(request, refusal, parsed);
    return compose(request, refusal, steps, findings, parsed.scopeModel.name);
  } finally {
    grants?.close();
  }
}

function createRequest(parsed: ParsedExplainOptions, grants: LiveGrants | undefined): GateRequest {
  const { verifier, isSelfScope, clock, scopeModel, policy, req, assumed } = parsed;
  const applyModel = (token: AccessToken) => ({ ...token, scopes: applyScopeModel(token.scopes, scopeModel) });
  const rules = { verifier, grants, isSelfScope, clock, applyModel };
  const request = new GateRequest(rules, policy, req ?? { headers: {} }, undefined, () => undefined, 0);
  if (assumed !== undefined) request.accessToken = applyModel({ ...assumed, header: {}, token: '' });
  return request;
}

interface Trace {
  readonly result: StepResult;
  readonly steps: readonly ExplainedStep[];
}

/** Runs the steps of the gate by its own runner, and notes what came of each. */
async function runTraced(request: GateRequest): Promise<Trace> {
  const verified = STEPS.indexOf(verifyToken) + 1;
  const omitted = request.accessToken === undefined ? [] : STEPS.slice(0, verified);
  const left = STEPS.slice(omitted.length);
  const steps = omitted.map((step) => describeOmitted(step, 'skipped'));
  const traced = left.map(
    (step): Step =>
      (current) =>
        whenSettled<StepResult, StepResult>(
          () => step(current),
          (result) => {
            steps.push(describeStep(step, current, result));
            return result;
          },
        ),
  );
  const result = await new Promise<StepResult>((resolve, reject) => {
    runSteps(Object.assign(request, { next: reject }), traced, (_, last) => {
      resolve(last);
      return false;
    });
  });
  steps.push(...STEPS.slice(steps.length).map((step) => describeOmitted(step, 'not_reached')));
  return { result, steps };
}

function compose(
  request: GateRequest,
  refusal: Refusal | undefined,
  steps: readonly ExplainedStep[],
  { status, ...found }: GrantFindings,
  scopeModel: string,
): Explanation {
  const { accessToken, granted, permission, policy, rules } = request;
  const warning = request.warning ?? rules.verifier.warning?.();
  const facts = { accessToken, scopes: granted, refusal, required: policy.required, durationMs: 0, warning };
  const { durationMs: _, ...record }: DecisionRecord = decisionRecord(facts);
  const allowed = permission?.granted ?? found.granted;
  const missing = refusal && findMissing(request, refusal);
  const explained = {
    ...record,
    steps: steps.map((each) =>
      each.step === 'checkLiveGrants' && status !== undefined ? { ...each, detail: status } : each,
    ),
    scopeModel,
    ...(allowed !== undefined && { granted: [...allowed] }),
    ...(missing !== undefined && { missing }),
    ...(found.missingGrant !== undefined && { missingGrant: found.missingGrant }),
    ...(found.withdrawn !== undefined && { withdrawn: found.withdrawn }),
  };
  return refusal === undefined ? explained : { ...explained, remedy: chooseRemedy(refusal.reason, explained) };
}

/** What nothing covers of that which counts: of the token; of its grants, where the token covers all; without self scopes. */
function findMissing({ accessToken, granted, policy, rules, isOwner }: GateRequest, { reason }: Refusal) {
  const { required, acceptsSelfScope } = policy;
  if (accessToken === undefined || required === undefined) return undefined;
  if (reason !== 'insufficient_scope' && reason !== 'insufficient_user_authentication') return undefined;
  const counting = granted ?? accessToken.scopes;
  const decisions = [accessToken.scopes, counting, withoutSelfScopes(counting, rules.isSelfScope)]
    .slice(0, acceptsSelfScope && !isOwner ? 3 : 2)
    .map((scopes) => decideCompiled(scopes, required));
  return decisions.find((each) => each.effect === 'deny')?.missing;
}
