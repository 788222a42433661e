import { isListOf, isQuantity, optional } from '../options.js';
import { isScopeToken } from '../scope/grammar.js';
import type { AccessToken } from '../token/access-token.js';
import { quoteForLog } from '../token/printable.js';

/** What a route requires of the authentication of the user (RFC 9470 §3). At least one of the two is given. */
export interface AuthenticationRule {
  /** Authentication context classes, of which the token must have one. In the order in which the API prefers them. */
  readonly acrValues: readonly string[] | undefined;
  /** How many seconds ago the user may have authenticated at most. */
  readonly maxAge: number | undefined;
}

/**
 * The rules of the two options of a route.
 *
 * acr-value = scope-token               printable ASCII but space, `"` and `\`: the value goes into a challenge
 * max-age   = 1*DIGIT                   RFC 9470 §3. 0 is refused: no token arrives in the second of its authentication
 */
export const AUTHENTICATION_OPTIONS = {
  acr: optional([(value) => isListOf(value, isScopeToken), 'a list of values of "acr", each without spaces']),
  maxAge: optional([isPositiveInteger, 'a whole number of seconds, 1 or more']),
} as const;

function isPositiveInteger(value: unknown): boolean {
  return isQuantity(value, 1) && Number.isSafeInteger(value);
}

/** What the two options require; `undefined` where neither is given. */
export function toAuthenticationRule({
  acr,
  maxAge,
}: {
  readonly acr?: readonly string[] | undefined;
  readonly maxAge?: number | undefined;
}): AuthenticationRule | undefined {
  if (!acr && maxAge === undefined) return undefined;
  return { acrValues: acr && Object.freeze([...acr]), maxAge };
}

/** Seconds by which `auth_time` may lie in the future, as for `iat`: clocks differ. */
const FUTURE_TOLERANCE = 60;

/**
 * Why the authentication that a token states does not do; `undefined` where it does. A claim that is missing, or has
 * another type, is not met.
 *
 * @param now seconds since the epoch
 * @returns makes the sentence, for operators
 */
export function findShortfall(
  { payload }: Pick<AccessToken, 'payload'>,
  { acrValues, maxAge }: AuthenticationRule,
  now: number,
): (() => string) | undefined {
  const { acr, auth_time: authTime } = payload;
  if (acrValues && !acrValues.includes(acr as string)) {
    const expected = acrValues.map(quoteForLog).join(' or ');
    return () => `${describeClaim('acr', acr)}; the route requires ${expected}.`;
  }
  return maxAge === undefined ? undefined : findAgeShortfall(authTime, maxAge, now);
}

function findAgeShortfall(authTime: unknown, maxAge: number, now: number): (() => string) | undefined {
  const allowed = `the route requires at most ${maxAge} s`;
  if (typeof authTime !== 'number' || !Number.isFinite(authTime)) {
    return () => `${describeClaim('auth_time', authTime)}; ${allowed} since the user authenticated.`;
  }
  const age = now - authTime;
  if (age < -FUTURE_TOLERANCE) {
    return () =>
      `The token's "auth_time" is ${Math.ceil(-age)} s in the future; ${allowed} since the user authenticated.`;
  }
  return age <= maxAge ? undefined : () => `The user authenticated ${Math.ceil(age)} s ago; ${allowed}.`;
}

function describeClaim(name: string, value: unknown): string {
  return value === undefined ? `The token has no "${name}"` : `The token's "${name}" is ${quoteForLog(value)}`;
}
