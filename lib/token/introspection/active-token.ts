import { type ScopeSet, scopeSet } from '../../scope/scope-set.js';
import type { JwtPayload } from '../access-token.js';
import { deepFreeze } from '../cache/deep-freeze.js';
import { checkClaims } from '../jwt/claims.js';
import { reject } from '../jwt/rejection.js';
import { checkTimes, type TimePolicy } from '../jwt/times.js';
import { quoteForLog } from '../printable.js';
import { type Rejection, VerifierUnavailableError } from '../verifier.js';
import type { IntrospectionResponse } from './introspection-endpoint.js';
import type { IntrospectionPolicy } from './introspection-verifier-options.js';

/** What an introspection response says about a token that is accepted. It is frozen. */
export interface ActiveToken {
  readonly payload: JwtPayload;
  readonly scopes: ScopeSet;
  /** The size of the payload, in characters of JSON. */
  readonly size: number;
}

/**
 * Decides about a token by the response of its server (RFC 7662 §2.2).
 *
 * @param now seconds since the epoch
 * @throws {VerifierUnavailableError} where a member of the response is malformed, which is no fault of the token
 * @throws {CallbackError} where the function "scopesFrom" of the application fails
 */
export function judgeResponse(
  response: IntrospectionResponse,
  policy: IntrospectionPolicy,
  now: number,
): ActiveToken | Rejection {
  if (!response.active) return reject('token_inactive', () => INACTIVE);
  const payload = omitNull(response);
  const rejection = checkPayload(payload, policy, now);
  if (rejection?.reason === 'claim_malformed') {
    const problem = rejection.detail?.() ?? '';
    throw new VerifierUnavailableError(`Token introspection is unavailable: the response is malformed. ${problem}`);
  }
  if (rejection !== undefined) return { ...rejection, unverified: payload };
  deepFreeze(payload);
  return { payload, scopes: scopeSet(policy.scopes.read(payload)), size: JSON.stringify(payload).length };
}

const INACTIVE =
  'The introspection endpoint says that the token is not active: it expired, was revoked, is unknown, or this client may not ' +
  'introspect it.';

/** Checks the times again, of a token that was accepted before. */
export function checkTimesAgain({ payload }: ActiveToken, times: TimePolicy, now: number): Rejection | undefined {
  const rejection = checkTimes(withExpiry(payload), times, now);
  return rejection === undefined ? undefined : { ...rejection, unverified: payload };
}

/** Servers write absent members as `null`. */
function omitNull(response: IntrospectionResponse): JwtPayload {
  return Object.fromEntries(Object.entries(response).filter(([, value]) => value !== null));
}

function checkPayload(payload: JwtPayload, policy: IntrospectionPolicy, now: number): Rejection | undefined {
  const { issuer, audiences, times, scopes } = policy;
  const issuers = issuer === undefined ? undefined : [issuer];
  const required = issuer === undefined ? [] : ['iss'];
  const claims = { aud: [], ...withExpiry(payload) }; // a missing "aud" is refused below, with advice
  return (
    checkAudiencePresence(payload, policy) ??
    checkClaims(claims, { issuers, audiences, times, required, scopeClaims: scopes.claims ?? [] }, now) ??
    checkKind(payload, policy) ??
    checkConfirmation(payload)
  );
}

/** `exp` is optional in a response: the server says that the token is active now (RFC 7662 §2.2). */
function withExpiry(payload: JwtPayload): JwtPayload {
  return payload.exp === undefined ? { ...payload, exp: NEVER } : payload;
}

/** The end of the year 9999, the last NumericDate. */
const NEVER = 253_402_300_799;

function checkAudiencePresence({ aud }: JwtPayload, { audiences }: IntrospectionPolicy): Rejection | undefined {
  if (aud !== undefined || audiences === undefined) return undefined;
  return reject(
    'claim_missing',
    () =>
      'The introspection response has no "aud", so nothing says that the token is for this resource server. Where the server ' +
      "never sends it, say audience: 'any-for-this-client'.",
  );
}

/**
 * Tells access tokens from the refresh tokens that an endpoint also introspects (RFC 7662 §2.1). A response that says what
 * the token is is believed. One that does not counts as an access token where its audience was checked.
 */
function checkKind(payload: JwtPayload, { audiences, assumeAccessToken }: IntrospectionPolicy): Rejection | undefined {
  if (isOneOf(OTHER_TYPES, payload.typ)) return rejectKind('typ', payload.typ);
  let isAccessToken = assumeAccessToken || audiences !== undefined || isOneOf(ACCESS_TOKEN_TYPES, payload.typ);
  for (const [member, values] of Object.entries(ACCESS_TOKEN_MARKS)) {
    const value = payload[member];
    if (typeof value !== 'string') continue;
    if (!isOneOf(values, value)) return rejectKind(member, value);
    isAccessToken = true;
  }
  return isAccessToken ? undefined : reject('not_an_access_token', () => UNTYPED);
}

/** Members that say what a token is, with their values for access tokens in lower case. */
const ACCESS_TOKEN_MARKS: Readonly<Record<string, readonly string[]>> = {
  token_type: ['bearer', 'dpop', 'access_token', 'urn:ietf:params:oauth:token-type:access_token'], // RFC 7662 §2.2, RFC 8693 §3
  token_use: ['access', 'access_token'], // Cognito, Hydra
  tok_type: ['at'], // OCI IAM
};

/** Keycloak's values of `typ`. Others say nothing: an issuer can use the name for a claim of its own. */
const ACCESS_TOKEN_TYPES = ['bearer', 'dpop'];
const OTHER_TYPES = ['id', 'refresh', 'offline', 'logout', 'serialized-id'];

function isOneOf(values: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && values.includes(value.toLowerCase());
}

function rejectKind(member: string, value: unknown): Rejection {
  return reject(
    'not_an_access_token',
    () => `The introspection response has a "${member}" of ${quoteForLog(value)}: it is not about an access token.`,
  );
}

const UNTYPED =
  'The introspection response has neither an "aud" that is checked nor a "token_type", so the token may be a refresh token. ' +
  'Where the server introspects access tokens only, set assumeAccessToken: true.';

function checkConfirmation({ cnf, token_type }: JwtPayload): Rejection | undefined {
  if (cnf === undefined && String(token_type).toLowerCase() !== 'dpop') return undefined;
  return reject(
    'sender_constrained',
    () => 'The token is bound to a key or certificate ("cnf"); introspectionVerifier() does not check proofs.',
  );
}
