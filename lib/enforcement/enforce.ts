import { decideCompiled } from '../decision/decide.js';
import type { Deny } from '../decision/decision.js';
import { type CompiledRequirement, satisfies } from '../scope/requirement.js';
import { CONSUMER_ALL } from '../scope/scope.js';
import type { ScopeSet } from '../scope/scope-set.js';
import type { AccessToken } from '../token/access-token.js';
import { type CredentialsRequest, readCredentials } from '../token/credentials.js';
import { isRejection, type TokenVerifier, type Verdict, VerifierOutage } from '../token/verifier.js';
import { REFUSALS, Refusal } from './refusal.js';

/**
 * Establishes whose request it is: credentials, then the verifier. Never throws and never rejects: whatever goes wrong
 * is a refusal, and what is not the client's fault is one with status 503.
 */
export function authenticate(
  verifier: TokenVerifier,
  request: CredentialsRequest,
): AccessToken | Refusal | Promise<AccessToken | Refusal> {
  try {
    const credentials = readCredentials(request, verifier.schemes);
    if (typeof credentials === 'string') return new Refusal(credentials);
    const verdict = verifier.verify(credentials, request);
    return isPromise(verdict) ? Promise.resolve(verdict).then(accepted).catch(outage) : accepted(verdict);
  } catch (error) {
    return outage(error);
  }
}

/** Lets the access token through to what needs `required`, or says which scope would do. */
export function authorize(accessToken: AccessToken, required: CompiledRequirement): Refusal | undefined {
  if (satisfies(accessToken.scopes, required)) return undefined;
  const decision = decideCompiled(accessToken.scopes, required);
  const { sufficient, missing } = decision as Deny;
  return new Refusal('insufficient_scope', { scope: sufficient, detail: () => lack(accessToken.scopes, missing) });
}

function lack(held: ScopeSet, missing: readonly string[]): string {
  const pair = missing.find((scope) => held.covers(scope));
  if (pair !== undefined)
    return `The token holds ${pair} beside ${CONSUMER_ALL}; no domain issues that pair, and it opens no admin route.`;
  return `Nothing covers ${missing.join(' ')}; the token holds ${held.size === 0 ? 'no scope' : [...held].join(' ')}.`;
}

function accepted(verdict: Verdict): AccessToken | Refusal {
  if (!isRejection(verdict)) return verdict;
  const { rejected, detail, unverified } = verdict;
  // A verifier of somebody else's may give reasons of its own.
  return new Refusal(Object.hasOwn(REFUSALS, rejected) ? rejected : 'token_rejected', { detail, unverified });
}

function outage(cause: unknown): Refusal {
  const retryAfter = cause instanceof VerifierOutage ? cause.retryAfter : 1;
  return new Refusal('verifier_unavailable', {
    retryAfter,
    cause,
    detail: () => (cause instanceof Error ? cause.message : 'The verifier threw something that is no error.'),
  });
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Partial<Promise<T>> | undefined)?.then === 'function';
}
