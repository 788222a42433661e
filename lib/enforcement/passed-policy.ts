import type { Clock } from '../clock.js';
import type { LiveVerdict } from '../live/live-grants.js';
import { satisfies } from '../scope/requirement.js';
import { withoutSelfScopes } from '../scope/self-scopes.js';
import type { AccessToken } from '../token/access-token.js';
import type { TokenVerifier } from '../token/verifier.js';
import type { RefusalReason } from './refusal.js';
import type { RoutePolicy } from './route-policy.js';

/** What a request has passed at its gate: the last middleware, and those before it. */
export interface PassedPolicy {
  readonly policy: RoutePolicy;
  /** Whether the record was the caller's own, so that self scopes count. */
  readonly isOwner: boolean;
  readonly earlier: PassedPolicy | undefined;
}

/**
 * The reason for which live grants would refuse a request now that has passed before; `undefined` for a permit.
 *
 * @param now milliseconds since the epoch
 */
export function refuseAgain(
  last: PassedPolicy,
  verdict: LiveVerdict,
  isSelfScope: (scope: string) => boolean,
  now: number,
): RefusalReason | undefined {
  for (const { policy, isOwner } of listPassed(last)) {
    if (!verdict.ok) {
      if (verdict.reason === 'grants_unavailable' && policy.grantsUnavailable === 'trust-token') continue;
      return verdict.reason;
    }
    const { required, acceptsSelfScope, reportUntil } = policy;
    if (reportUntil && now < reportUntil) continue;
    const scopes = acceptsSelfScope && !isOwner ? withoutSelfScopes(verdict.scopes, isSelfScope) : verdict.scopes;
    if (required && !satisfies(scopes, required)) return 'insufficient_scope';
  }
  return undefined;
}

/** From when on the time alone refuses a request that has passed. */
export interface Deadline {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason: RefusalReason;
}

/** A token is accepted for as long after its `exp` as its verifier says; the user's authentication until `maxAge`. */
export function findDeadline(last: PassedPolicy, { payload, verifier }: AccessToken, gates: TokenVerifier): Deadline {
  const { exp, auth_time: authTime } = payload;
  const { clockTolerance = 0 } = (verifier ?? gates) as Pick<TokenVerifier, 'clockTolerance'>;
  let deadline: Deadline = { at: toMilliseconds(exp, clockTolerance), reason: 'token_expired' };
  for (const { policy } of listPassed(last)) {
    const { maxAge } = policy.authentication ?? {};
    if (maxAge === undefined) continue;
    const at = toMilliseconds(authTime, maxAge) + 1; // that very moment is in time
    if (at < deadline.at) deadline = { at, reason: 'insufficient_user_authentication' };
  }
  return deadline;
}

/** The date of what does not come. */
export const NEVER = Number.POSITIVE_INFINITY;

/** Whether the time alone would refuse now what has passed before. */
export function isOver(
  last: PassedPolicy,
  accessToken: AccessToken,
  { clock, verifier }: { readonly clock: Clock; readonly verifier: TokenVerifier },
): boolean {
  return clock.now() >= findDeadline(last, accessToken, verifier).at;
}

function toMilliseconds(date: unknown, seconds: number): number {
  return Number.isFinite(date) ? ((date as number) + seconds) * 1000 : NEVER;
}

function* listPassed(last: PassedPolicy): Generator<PassedPolicy> {
  for (let each: PassedPolicy | undefined = last; each; each = each.earlier) yield each;
}
