import type { JwtPayload } from '../access-token.js';
import type { Rejection } from '../verifier.js';
import { rejectMalformed } from './rejection.js';

/** A scope claim: a string of scope-tokens (RFC 9068 §2.2.3), or a list of them, as Spring, Duende, UAA and Okta write it. */
export type ScopeClaim = string | readonly string[];

/** The claims that scopes are read from where an application names none: the first that is there. */
export const SCOPE_CLAIMS: readonly string[] = ['scope', 'scp'];

/** Gets the scopes of a token from the first of `claims` that it has. `null` counts as an absent claim. */
export function getScopeClaim(payload: JwtPayload, claims = SCOPE_CLAIMS): ScopeClaim | undefined {
  const claim = findClaim(payload, claims);
  return claim === undefined ? undefined : (payload[claim] as ScopeClaim);
}

/** Checks that the scopes can be read from the first of `claims` that the token has. */
export function checkScopeClaim(payload: JwtPayload, claims = SCOPE_CLAIMS): Rejection | undefined {
  const claim = findClaim(payload, claims);
  if (claim === undefined || isScopeClaim(payload[claim])) return undefined;
  return rejectMalformed(claim, 'a string or a list of strings', payload[claim]);
}

export function isScopeClaim(value: unknown): value is ScopeClaim {
  return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

// An application may name any claim: `toString` must not be found where the token does not have it.
function findClaim(payload: JwtPayload, claims: readonly string[]): string | undefined {
  return claims.find((claim) => isPresent(payload, claim));
}

/** Whether a token has a claim: `null` counts as an absent one. */
export function isPresent(payload: JwtPayload, claim: string): boolean {
  return Object.hasOwn(payload, claim) && payload[claim] !== null && payload[claim] !== undefined;
}

/** Claims in which issuers write what a client may do. */
const TELLING_CLAIMS: readonly string[] = [...SCOPE_CLAIMS, 'permissions', 'roles'];

/**
 * Names the claims of a token that look like scopes and were not read, in a sentence for operators: Auth0 writes
 * `permissions`, and app-only tokens of Entra ID have `roles` alone.
 *
 * @param claims those that the scopes were read from; `undefined` where that is not known
 */
export function describeUnreadClaims(payload: JwtPayload, claims: readonly string[] | undefined): string | undefined {
  if (!claims) return undefined;
  const read = findClaim(payload, claims);
  const unread = TELLING_CLAIMS.filter((claim) => claim !== read && isTelling(payload, claim));
  if (unread.length === 0) return undefined;
  const names = unread.map((claim) => `"${claim}"`).join(' and ');
  const verdict = unread.length === 1 ? ', which is not read' : ', which are not read';
  return `The token has ${names}${verdict}; see "scopesFrom".`;
}

function isTelling(payload: JwtPayload, claim: string): boolean {
  const value = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
  return isScopeClaim(value) && value.length > 0;
}
