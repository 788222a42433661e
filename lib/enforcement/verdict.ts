import { insistThat, isObject } from '../options.js';
import type { AccessToken } from '../token/access-token.js';
import { CallbackError } from '../token/callback-error.js';
import { isRejection, type Verdict, VerifierUnavailableError } from '../token/verifier.js';
import { REFUSALS, Refusal, type RefusalReason } from './refusal.js';

/**
 * The refusal that a rejection means; `undefined` for an access token.
 *
 * @throws {TypeError} where `verdict` is neither
 */
export function toRefusal(verdict: Verdict): Refusal | undefined {
  insistThat(isVerdict(verdict), 'The verifier returned neither an access token nor a rejection.');
  if (!isRejection(verdict)) return undefined;
  const { reason, detail, unverified } = verdict;
  return new Refusal(isAboutToken(reason) ? reason : 'token_rejected', { detail, unverified });
}

// A verifier of the application may return anything; only what is clearly a token counts as one.
function isVerdict(value: unknown): value is Verdict {
  if (!isObject(value)) return false;
  const { payload, scopes } = value as Partial<AccessToken>;
  return isRejection(value) || (isObject(payload) && typeof scopes?.firstHeld === 'function');
}

// A verifier may give a reason of its own, or one that it must not give: `no_credentials` is about the request.
function isAboutToken(reason: string): boolean {
  if (!Object.hasOwn(REFUSALS, reason)) return false;
  const { status, error } = REFUSALS[reason as RefusalReason];
  return status === 401 && error !== undefined;
}

/**
 * The refusal where the verifier is unavailable: status 503.
 *
 * @throws {CallbackError} where a function of the application failed: that is an error of the application, status 500
 */
export function toUnavailable(cause: unknown): Refusal {
  if (cause instanceof CallbackError) throw cause;
  const stated = cause instanceof VerifierUnavailableError ? cause.retryAfter : 1;
  const retryAfter = Number.isSafeInteger(stated) ? stated : 1; // NaN where the verifier calculated with a bad date
  return new Refusal('verifier_unavailable', {
    retryAfter,
    cause,
    detail: () => (cause instanceof Error ? cause.message : 'The verifier threw a value that is not an error.'),
  });
}
