import { insist } from '../options.js';
import { CONSUMER_ALL, isScopeToken, MAX_TOKEN_LIFETIME_SECONDS, MY_SCOPES } from '../scope/grammar.js';
import { fail, MAX_SCOPE_PARAMETER_LENGTH, type Outcome, succeed } from './errors.js';
import { REFRESH_TOKEN } from './grant-types.js';
import type { TokenRequest } from './token-request.js';

export const OFFLINE_ACCESS = 'offline_access';
export const OPENID = 'openid';
/** Oracle's request for one token per resource ("Using the Explicit Trust Scopes from Multiple Resources"). */
const MULTIRESOURCE = 'urn:opc:resource:multiresourcescope';
const EXPIRY = 'urn:opc:resource:expiry=';
const SECONDS = /^[1-9][0-9]{0,7}$/;
/** Oracle's minimum. */
const MIN_LIFETIME_SECONDS = 60;

/** What a `scope` parameter requests. */
export interface RequestedScopes {
  /** The distinct names in the order of the request, including `offline_access`. */
  readonly names: readonly string[];
  /** The requested lifetime in seconds. */
  readonly expiry?: number | undefined;
}

/** Whether the authorization server itself defines `name`, so that no resource can. */
export function isReserved(name: string): boolean {
  return [OFFLINE_ACCESS, OPENID, MULTIRESOURCE, MY_SCOPES].includes(name) || name.startsWith(EXPIRY);
}

/** Whether a request names no scope; `offline_access` alone gives access to nothing. */
export function isScopeOmitted({ names }: RequestedScopes): boolean {
  return names.every((name) => name === OFFLINE_ACCESS);
}

/**
 * Reads the scopes of a request. A refresh that names none requests those of the refresh token. The lifetime that the
 * original request asked for limits every refresh.
 */
export function readRequestedScopes({ grantType, scope, refreshed }: TokenRequest): Outcome<RequestedScopes> {
  const requested = parseScopes(scope);
  if (!requested.ok || grantType !== REFRESH_TOKEN.parameter) return requested;
  const { names, expiry } = requested.value;
  const original = readOriginalScopes(refreshed?.scope);
  return succeed({
    names: isScopeOmitted(requested.value) ? [...new Set([...original.names, ...names])] : names,
    expiry: takeShorter(expiry, original.expiry),
  });
}

function takeShorter(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/**
 * Reads the scopes of the request that a refresh token came from.
 *
 * @throws {TypeError} where no refresh token can have these scopes
 */
export function readOriginalScopes(scope: string | undefined): RequestedScopes {
  const parsed = parseScopes(scope);
  const original = parsed.ok ? parsed.value : { names: [] };
  const expectation = 'a scope parameter that names a scope; for a request without one, the scope of its TokenGrant';
  insist(!isScopeOmitted(original), 'resolveTokenRequest()', 'refreshed.scope', expectation, scope);
  return original;
}

/** scope = scope-token *( SP scope-token )          RFC 6749 §3.3 */
function parseScopes(scope: unknown): Outcome<RequestedScopes> {
  if (scope === undefined) return succeed({ names: [] });
  if (typeof scope !== 'string') return fail('parameter_repeated');
  if (scope.length > MAX_SCOPE_PARAMETER_LENGTH) return fail('scope_too_long');
  const tokens = scope.split(' ');
  if (!tokens.every(isScopeToken)) return fail('scope_malformed');
  const expiries = tokens.filter((token) => token.startsWith(EXPIRY));
  const names = [...new Set(tokens.filter((token) => !token.startsWith(EXPIRY)))];
  if (names.includes(CONSUMER_ALL) && !names.every(canAccompanyConsumerAll)) {
    return fail('consumer_all_not_alone');
  }
  if (names.includes(MULTIRESOURCE)) return fail('several_tokens');
  if (expiries.length === 0) return succeed({ names });
  const expiry = parseExpiry(expiries);
  return expiry === undefined ? fail('expiry_malformed') : succeed({ names, expiry });
}

/** Whether a scope may be requested beside `urn:opc:resource:consumer::all`. A lifetime gives access to nothing. */
export function canAccompanyConsumerAll(name: string): boolean {
  return name === CONSUMER_ALL || name === OFFLINE_ACCESS;
}

/** The requested lifetime in seconds; `undefined` unless it is there once and within bounds. */
function parseExpiry([first = '', ...others]: readonly string[]): number | undefined {
  const text = first.slice(EXPIRY.length);
  const seconds = SECONDS.test(text) ? Number(text) : Number.NaN;
  return others.length === 0 && seconds >= MIN_LIFETIME_SECONDS && seconds <= MAX_TOKEN_LIFETIME_SECONDS
    ? seconds
    : undefined;
}
