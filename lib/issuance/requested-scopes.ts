import { insist } from '../options.js';
import { CONSUMER_ALL, isScopeToken, MAX_TOKEN_LIFETIME_SECONDS, MY_SCOPES } from '../scope/grammar.js';
import { MAX_SCOPE_PARAMETER_LENGTH, type TokenRequestErrorReason } from './errors.js';
import { REFRESH_TOKEN } from './grant-types.js';
import type { TokenRequest } from './token-request.js';

export const OFFLINE_ACCESS = 'offline_access';
export const OPENID = 'openid';
/** Oracle's, for one token per resource in one answer ("Using the Explicit Trust Scopes from Multiple Resources"). */
const MULTIRESOURCE = 'urn:opc:resource:multiresourcescope';
const EXPIRY = 'urn:opc:resource:expiry=';
const SECONDS = /^[1-9][0-9]{0,7}$/;
/** Oracle's minimum, a minute. */
const MIN_LIFETIME_SECONDS = 60;

/** What a `scope` parameter asks for. */
export interface RequestedScopes {
  /** Each once, in the order of the request; `offline_access` too. */
  readonly names: readonly string[];
  /** Seconds. */
  readonly expiry?: number | undefined;
}

/** Whether the authorization server itself gives `name` a meaning, so that no resource can. */
export function isReserved(name: string): boolean {
  return [OFFLINE_ACCESS, OPENID, MULTIRESOURCE, MY_SCOPES].includes(name) || name.startsWith(EXPIRY);
}

/** Whether a scope is named; `offline_access` asks for nothing to access. */
export function isScopeOmitted({ names }: RequestedScopes): boolean {
  return names.every((name) => name === OFFLINE_ACCESS);
}

/**
 * The scopes that a request asks for; a refresh that names none asks for those of the refresh token. Whatever it names,
 * the lifetime that the original request wished for stays its bound.
 */
export function requestedScopes({
  grantType,
  scope,
  refreshed,
}: TokenRequest): RequestedScopes | TokenRequestErrorReason {
  const requested = readScopes(scope);
  if (typeof requested === 'string' || grantType !== REFRESH_TOKEN.parameter) return requested;
  const original = refreshedScopes(refreshed?.scope);
  const names = isScopeOmitted(requested) ? [...new Set([...original.names, ...requested.names])] : requested.names;
  return { names, expiry: shorter(requested.expiry, original.expiry) };
}

function shorter(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/** @throws {TypeError} where these are no scopes that a refresh token can stand for */
export function refreshedScopes(scope: string | undefined): RequestedScopes {
  const original = readScopes(scope);
  const isGood = typeof original !== 'string' && !isScopeOmitted(original);
  const expectation = 'a scope parameter that names a scope; for a request without one, the scope of its TokenGrant';
  insist(isGood, 'resolveTokenRequest()', 'refreshed.scope', expectation, scope);
  return original as RequestedScopes;
}

/** scope = scope-token *( SP scope-token )          RFC 6749 §3.3 */
function readScopes(scope: unknown): RequestedScopes | TokenRequestErrorReason {
  if (scope === undefined) return { names: [] };
  if (typeof scope !== 'string') return 'parameter_repeated';
  if (scope.length > MAX_SCOPE_PARAMETER_LENGTH) return 'scope_too_long';
  const tokens = scope.split(' ');
  if (!tokens.every(isScopeToken)) return 'scope_malformed';
  const expiries = tokens.filter((token) => token.startsWith(EXPIRY));
  const names = [...new Set(tokens.filter((token) => !token.startsWith(EXPIRY)))];
  if (names.includes(CONSUMER_ALL) && [...names, ...expiries].some((name) => !mayAccompanyConsumerAll(name))) {
    return 'consumer_all_not_alone';
  }
  if (names.includes(MULTIRESOURCE)) return 'several_tokens';
  if (expiries.length === 0) return { names };
  const expiry = secondsOf(expiries);
  return expiry === undefined ? 'expiry_malformed' : { names, expiry };
}

export function mayAccompanyConsumerAll(name: string): boolean {
  return name === CONSUMER_ALL || name === OFFLINE_ACCESS;
}

function secondsOf([first = '', ...others]: readonly string[]): number | undefined {
  const text = first.slice(EXPIRY.length);
  const seconds = SECONDS.test(text) ? Number(text) : Number.NaN;
  return others.length === 0 && seconds >= MIN_LIFETIME_SECONDS && seconds <= MAX_TOKEN_LIFETIME_SECONDS
    ? seconds
    : undefined;
}
