import type { GateRequest } from '../enforcement/gate-request.js';
import type { Refusal } from '../enforcement/refusal.js';
import { StoreUnavailableError } from '../grants/errors.js';
import { hyphenate, parseUuid } from '../grants/ids.js';
import type { ApplicationStatus } from '../grants/store.js';
import { isRevoked } from '../live/cached-application.js';
import { parseLiveGrantsOptions } from '../live/live-grants-options.js';
import type { AccessToken } from '../token/access-token.js';
import type { ParsedExplainOptions } from './explain-options.js';
import type { Explanation, MissingGrant, Withdrawal } from './explanation.js';
import { GrantTrial } from './grant-trial.js';
import { findWithdrawals } from './withdrawals.js';

/** What the status of the application and its history say about a refusal. */
export interface GrantFindings {
  /** A sentence about the application, where live grants refuse it. */
  readonly status?: string;
  readonly granted?: Iterable<string>;
  readonly missingGrant?: MissingGrant;
  readonly withdrawn?: readonly Withdrawal[];
}

const ABOUT_GRANTS: readonly Explanation['reason'][] = [
  'insufficient_scope',
  'application_revoked',
  'application_unknown',
];

/** Looks up why live grants do not let the token do more. Without a history where the store cannot read it. */
export async function explainGrants(
  request: GateRequest,
  refusal: Refusal | undefined,
  { live, history, clock }: ParsedExplainOptions,
): Promise<GrantFindings> {
  const { accessToken } = request;
  if (live === undefined || refusal === undefined || accessToken === undefined) return {};
  if (!ABOUT_GRANTS.includes(refusal.reason)) return {};
  const { source, applicationOf, skew } = parseLiveGrantsOptions(live);
  const client = applicationOf(accessToken.payload);
  const applicationId = typeof client === 'string' ? parseUuid(hyphenate(client)) : undefined;
  if (applicationId === undefined) return { status: 'The token names no application: its client id is no UUID.' };
  const status = await source.applicationStatus(applicationId).catch(() => undefined); // as the step has read it
  if (status === undefined) return {};
  const now = (live.clock?.now ?? clock.now).call(live.clock ?? clock);
  const trial = new GrantTrial(status, accessToken, now);
  const question = { request, accessToken, status, trial, now, applicationId };
  const findings = describeFindings(question, skew);
  const { environmentId } = status;
  if (history === undefined || environmentId === undefined) return findings;
  const missing = findings.missingGrant?.scopes ?? [];
  const { sub: subject } = accessToken.payload;
  try {
    const withdrawn = await findWithdrawals({ ...question, history, environmentId, missing, subject });
    return { ...findings, withdrawn };
  } catch (error) {
    if (error instanceof StoreUnavailableError) return findings;
    throw error;
  }
}

interface Question {
  readonly request: GateRequest;
  readonly accessToken: AccessToken;
  readonly status: ApplicationStatus;
  readonly trial: GrantTrial;
  readonly applicationId: string;
}

function describeFindings(
  { request, accessToken, status, trial, applicationId }: Question,
  skew: number,
): GrantFindings {
  const { state, notBefore = 0, subjectsNotBefore } = status;
  const { policy, rules, isOwner, permission } = request;
  const granted = trial.select();
  const revoked = isRevoked({ notBefore, subjectsNotBefore }, accessToken.payload, skew);
  const why = permission === undefined ? { status: describeState(state, revoked) } : {};
  if (state !== 'enabled') return { ...why };
  const isUsable = (scope: string) => isOwner || !rules.isSelfScope(scope);
  const usable = policy.acceptsSelfScope ? isUsable : () => true;
  const found = policy.required && trial.findMissing(policy.required, usable);
  if (found === undefined || found.scopes.length === 0) return { ...why, granted };
  const { aud: audience } = accessToken.payload;
  const missingGrant = { application: applicationId, ...(audience !== undefined && { audience }), ...found };
  return { ...why, granted, missingGrant };
}

function describeState(state: ApplicationStatus['state'], revoked: boolean): string {
  if (state === 'unknown') return 'The source does not know the application.';
  if (state === 'gone') return 'The application was deleted.';
  if (state === 'disabled') return 'The application is disabled.';
  if (revoked) return 'The token was issued before its application, or its subject, was revoked.';
  return 'The application is granted no scope for the audience of the token.';
}
