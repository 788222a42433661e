import { STATUS_CODES } from 'node:http';
import { type ChallengeContext, errorParameters, omitUndefined } from './challenge.js';
import type { Refusal, RefusalReason } from './refusal.js';

/** The body of a refusal: RFC 9457 problem details, with extension members after `detail`. */
export interface ProblemDetails {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  /** A constant sentence for the reason. */
  readonly detail: string;
  /** The error code of the challenge, where it has one. */
  readonly error?: string;
  readonly reason: RefusalReason;
  /** The scopes that would be enough, where the challenge names them: the value of its `scope` parameter. */
  readonly required_scope?: string;
  /** As the challenge has it: the authentication context classes of which one is enough (RFC 9470 §3). */
  readonly acr_values?: string;
  /** As the challenge has it: the seconds since the user authenticated (RFC 9470 §3). */
  readonly max_age?: number;
}

export function problemDetails(
  refusal: Refusal,
  context: Pick<ChallengeContext, 'routeScope' | 'toRequestedScope'> = {},
): ProblemDetails {
  const { kind, reason } = refusal;
  const { error, scope, acr_values, max_age } = errorParameters(refusal, context);
  return omitUndefined({
    type: 'about:blank',
    title: STATUS_CODES[kind.status] ?? '',
    status: kind.status,
    detail: kind.description,
    error,
    reason,
    required_scope: scope,
    acr_values,
    max_age,
  });
}
