import { decideCompiled } from '../decision/decide.js';
import type { Deny } from '../decision/decision.js';
import { CONSUMER, CONSUMER_ALL, parseScope } from '../scope/grammar.js';
import { type CompiledRequirement, satisfies } from '../scope/requirement.js';
import type { ScopeSet } from '../scope/scope-set.js';
import type { AccessToken } from '../token/access-token.js';
import { type Credentials, type CredentialsRequest, isToken68, readCredentials } from '../token/credentials.js';
import { summarizeList } from '../token/printable.js';
import {
  isPromise,
  isRejection,
  readingToken68,
  type TokenVerifier,
  type Verdict,
  VerifierUnavailableError,
} from '../token/verifier.js';
import { REFUSALS, Refusal, type RefusalReason } from './refusal.js';

/**
 * Establishes whose request it is: credentials, then the verifier. Never throws and never rejects: whatever goes wrong
 * is a refusal, and what is not the client's fault is one with status 503.
 */
export function authenticate(
  verifier: TokenVerifier,
  request: CredentialsRequest,
): AccessToken | Refusal | Promise<AccessToken | Refusal> {
  try {
    const credentials = readCredentials(request, verifier.schemes, readingToken68.has(verifier.verify));
    if (typeof credentials === 'string') return new Refusal(credentials);
    const verdict = verifier.verify(credentials, request);
    if (isPromise(verdict)) {
      return Promise.resolve(verdict)
        .then((settled) => toResult(settled, credentials))
        .catch(unavailable);
    }
    return toResult(verdict, credentials);
  } catch (error) {
    return unavailable(error);
  }
}

/** Lets the access token through to what needs `required`, or says which scope would do. */
export function authorize(accessToken: AccessToken, required: CompiledRequirement): Refusal | undefined {
  if (satisfies(accessToken.scopes, required)) return undefined;
  const { scopes } = accessToken;
  const { sufficient, missing } = decideCompiled(scopes, required) as Deny;
  const pair = missing.find((scope) => scopes.covers(scope));
  if (pair !== undefined) return new Refusal('insufficient_scope', { detail: () => describeForbiddenPair(pair) });
  return new Refusal('insufficient_scope', { scope: sufficient, detail: () => describeMissing(scopes, missing) });
}

/** What is left of a token's scopes, and why there is no more of them. */
export interface RemainingScopes {
  readonly scopes: ScopeSet;
  readonly why: string;
  /** Whether another token could hold what is missing. Default every scope. */
  readonly isObtainable?: (scope: string) => boolean;
}

/** The same for what is left of a token's scopes, where `accessToken` itself would have done. */
export function authorizeRemaining(
  accessToken: AccessToken,
  { scopes, why, isObtainable = () => true }: RemainingScopes,
  required: CompiledRequirement,
): Refusal | undefined {
  if (satisfies(scopes, required)) return undefined;
  const { sufficient, missing } = decideCompiled(scopes, required) as Deny;
  const detail = () => {
    const lost = missing.filter((scope) => accessToken.scopes.covers(scope));
    return `The token covers ${summarizeList(lost, String)}, but ${why}.`;
  };
  return new Refusal('insufficient_scope', { ...(sufficient.every(isObtainable) && { scope: sufficient }), detail });
}

function describeMissing(held: ScopeSet, missing: readonly string[]): string {
  const holds = held.size === 0 ? 'no scope' : summarizeList([...held], String);
  const misspelt = missing.find((scope) => scope.startsWith(CONSUMER) && !parseScope(scope).hierarchical);
  const hint = misspelt && ` ${misspelt} is not of the form ${CONSUMER}:…::qualifier, so only itself covers it.`;
  return `Nothing covers ${summarizeList(missing, String)}; the token holds ${holds}.${hint ?? ''}`;
}

function describeForbiddenPair(scope: string): string {
  return `The token holds ${scope} beside ${CONSUMER_ALL}; no domain issues that pair, and it opens no admin route.`;
}

function toResult(verdict: Verdict, { token }: Credentials): AccessToken | Refusal {
  if (!isVerdict(verdict)) throw new TypeError('The verifier returned neither an access token nor a rejection.');
  if (!isRejection(verdict)) return verdict;
  const { rejected, detail, unverified } = verdict;
  if (rejected === 'token_malformed' && !isToken68(token)) return new Refusal('credentials_malformed');
  return new Refusal(isAboutToken(rejected) ? rejected : 'token_rejected', { detail, unverified });
}

// A verifier of somebody else's may return anything; what is not clearly a token is not believed.
function isVerdict(value: unknown): value is Verdict {
  if (typeof value !== 'object' || value === null) return false;
  if ('rejected' in value) return true;
  const { payload, scopes } = value as Partial<AccessToken>;
  return typeof payload === 'object' && payload !== null && typeof scopes?.firstHeld === 'function';
}

// It may also give reasons of its own, or one that is not for it to give: `no_credentials` would let the request pass as
// an anonymous one.
function isAboutToken(reason: string): boolean {
  if (!Object.hasOwn(REFUSALS, reason)) return false;
  const { status, error } = REFUSALS[reason as RefusalReason];
  return status === 401 && error !== undefined;
}

function unavailable(cause: unknown): Refusal {
  const stated = cause instanceof VerifierUnavailableError ? cause.retryAfter : 1;
  const retryAfter = Number.isSafeInteger(stated) ? stated : 1; // not from a date that somebody took for a number
  return new Refusal('verifier_unavailable', {
    retryAfter,
    cause,
    detail: () => (cause instanceof Error ? cause.message : 'The verifier threw something that is no error.'),
  });
}
