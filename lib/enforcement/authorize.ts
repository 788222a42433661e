import { decideCompiled } from '../decision/decide.js';
import type { Deny } from '../decision/decision.js';
import { CONSUMER, CONSUMER_ALL, isMalformedConsumerScope } from '../scope/grammar.js';
import { OCI_MODEL } from '../scope/models.js';
import { type CompiledRequirement, satisfies } from '../scope/requirement.js';
import { getScopeModel, type ScopeSet } from '../scope/scope-set.js';
import type { AccessToken } from '../token/access-token.js';
import { describeUnreadClaims } from '../token/jwt/scope-claim.js';
import { summarizeList } from '../token/printable.js';
import { Refusal } from './refusal.js';

/** Refuses an access token whose scopes do not cover `required`, and names scopes that would. */
export function authorize(accessToken: AccessToken, required: CompiledRequirement): Refusal | undefined {
  if (satisfies(accessToken.scopes, required)) return undefined;
  const { scopes } = accessToken;
  const { sufficient, missing } = decideCompiled(scopes, required) as Deny;
  const pair = missing.find((scope) => scopes.covers(scope));
  if (pair !== undefined) return new Refusal('insufficient_scope', { detail: () => describeForbiddenPair(pair) });
  return new Refusal('insufficient_scope', { scope: sufficient, detail: () => describeMissing(accessToken, missing) });
}

/** The scopes of a token that still count, and why the others do not. */
export interface RemainingScopes {
  readonly scopes: ScopeSet;
  readonly why: string;
  /** Whether another token could hold the scope. Default: every scope. */
  readonly isObtainable?: (scope: string) => boolean;
}

/** Refuses an access token that covers `required`, where its remaining scopes do not. */
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

function describeMissing(accessToken: AccessToken, missing: readonly string[]): string {
  const { payload, scopes: held, scopeClaims } = accessToken;
  const holds = held.size === 0 ? 'no scope' : summarizeList([...held], String);
  const malformed = getScopeModel(held) === OCI_MODEL ? missing.find(isMalformedConsumerScope) : undefined;
  const hint = malformed && ` ${malformed} is not of the form ${CONSUMER}:…::qualifier, so only itself covers it.`;
  const unread = describeUnreadClaims(payload, scopeClaims) ?? '';
  return `Nothing covers ${summarizeList(missing, String)}; the token holds ${holds}.${hint ?? ''}${unread && ` ${unread}`}`;
}

function describeForbiddenPair(scope: string): string {
  return `The token holds ${scope} and ${CONSUMER_ALL}; no domain issues that pair, and it opens no admin route.`;
}
