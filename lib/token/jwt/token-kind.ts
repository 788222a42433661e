import { isObject } from '../../options.js';
import type { JwtHeader, JwtPayload } from '../access-token.js';
import { quoteForLog } from '../printable.js';
import type { Rejection } from '../verifier.js';
import { ANY_JWT, normalizeType } from './media-type.js';
import { reject } from './rejection.js';
import { getScopeClaim, isPresent, isScopeClaim } from './scope-claim.js';

/** What to do with tokens that do not say whether they are access tokens. */
export interface TokenKindPolicy {
  /** Whether such a token is accepted although it has claims of an ID token. */
  readonly ignoreIdTokenClaims: boolean;
}

/**
 * Tells access tokens from other tokens that the issuer signs with the same keys (RFC 8725 §3.12).
 *
 * - A token that says it is of another kind is rejected: `tok_type`, `token_use`, `typ`, a logout event. (The `typ` of the
 *   header is checked with the header.)
 * - A token that says it is an access token is accepted, whatever other claims it has: the `typ` of its header, `tok_type`
 *   `AT`, `token_use` `access`, `typ` `Bearer` or `DPoP`, or a scope that OpenID Connect does not define.
 * - A token that says neither is rejected where it has claims of an ID token, unless the policy ignores them.
 *
 * Every claim is judged by its value: the name alone says nothing, since an issuer can use it for a claim of its own.
 */
export function checkTokenKind(header: JwtHeader, payload: JwtPayload, policy: TokenKindPolicy): Rejection | undefined {
  const otherKind = findOtherKind(payload);
  if (otherKind !== undefined) return rejectOtherKind(otherKind, payload[otherKind]);
  const idTokenClaim = ID_TOKEN_CLAIMS.find((claim) => isPresent(payload, claim));
  if (idTokenClaim === undefined || policy.ignoreIdTokenClaims || isDeclaredAccessToken(header, payload)) {
    return undefined;
  }
  return rejectIdToken(idTokenClaim);
}

/** The claim that says that the token is of another kind. */
function findOtherKind({ tok_type, token_use, typ, events }: JwtPayload): string | undefined {
  if (typeof tok_type === 'string' && tok_type !== 'AT') return 'tok_type';
  if (typeof token_use === 'string' && token_use !== 'access') return 'token_use';
  if (OTHER_TYPES.includes(typ)) return 'typ';
  return isLogoutEvent(events) ? 'events' : undefined;
}

/** Keycloak's values of the `typ` claim for tokens that are not access tokens. */
const OTHER_TYPES: readonly unknown[] = ['ID', 'Refresh', 'Offline', 'Logout', 'Serialized-ID'];

/** OpenID Connect Back-Channel Logout §2.4. */
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

function isLogoutEvent(events: unknown): boolean {
  return isObject(events) && Object.hasOwn(events, LOGOUT_EVENT);
}

/** Claims of ID tokens (OpenID Connect Core §2, §3.3.2.11; FAPI 1.0 §5.1): `null` is no claim. */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash'];

function isDeclaredAccessToken({ typ: type }: JwtHeader, payload: JwtPayload): boolean {
  const { tok_type, token_use, typ } = payload;
  if (type !== undefined && normalizeType(type) !== ANY_JWT) return true; // checkHeader() has accepted it
  return tok_type === 'AT' || token_use === 'access' || typ === 'Bearer' || typ === 'DPoP' || hasScopeOfItsOwn(payload);
}

/** The scopes that OpenID Connect defines (Core §5.4, §11). ID tokens of UAA have `openid` as their scope. */
const OPENID_SCOPES: readonly string[] = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

function hasScopeOfItsOwn(payload: JwtPayload): boolean {
  const claim = getScopeClaim(payload);
  if (!isScopeClaim(claim)) return false; // not checked where the scopes are read from another claim
  const scopes = typeof claim === 'string' ? claim.split(' ') : claim;
  return scopes.some((scope) => scope !== '' && !OPENID_SCOPES.includes(scope));
}

function rejectOtherKind(claim: string, value: unknown): Rejection {
  return reject('not_an_access_token', () => {
    const shown = claim === 'events' ? '"events" of a logout token' : `"${claim}" of ${quoteForLog(value)}`;
    return `The token has a ${shown}: it says that it is not an access token.`;
  });
}

function rejectIdToken(claim: string): Rejection {
  return reject(
    'not_an_access_token',
    () =>
      `The token has a "${claim}", as ID tokens have, and nothing says that it is an access token: no "typ" of "at+jwt", no ` +
      'scope of an API. If its issuer writes access tokens so, set ignoreIdTokenClaims: true and require a scope.',
  );
}
