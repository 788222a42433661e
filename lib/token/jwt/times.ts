import { quantity } from '../../options.js';
import type { JwtPayload } from '../access-token.js';
import type { Rejection } from '../verifier.js';
import { reject, rejectMalformed } from './rejection.js';

/** How far the clocks of issuer and resource server may differ, in seconds. */
export interface TimePolicy {
  /** For `exp`: an expired token is accepted for so long. */
  readonly clockTolerance: number;
  /**
   * For `nbf` and `iat`: a token is accepted so early. Most issuers write `nbf` = `iat`. A clock of the issuer that is
   * ahead gives nobody access for longer, so this tolerance can be larger.
   */
  readonly futureTolerance: number;
}

/** The rules of the options `clockTolerance` and `futureTolerance`. */
export const TIME_OPTIONS = {
  clockTolerance: quantity('seconds', 5),
  futureTolerance: quantity('seconds', 60),
} as const;

/** A NumericDate beyond the year 9999 is in milliseconds or meaningless. */
const LAST_NUMERIC_DATE = 253_402_300_799;

/** Checks that `exp`, `nbf` and `iat` are dates where they are present (RFC 7519 §2, NumericDate). */
export function checkDates({ exp, nbf, iat }: JwtPayload): Rejection | undefined {
  return checkDate('exp', exp) ?? checkDate('nbf', nbf) ?? checkDate('iat', iat);
}

function checkDate(claim: string, value: unknown): Rejection | undefined {
  return value === undefined || isNumericDate(value) ? undefined : rejectMalformed(claim, 'a date in seconds', value);
}

function isNumericDate(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= LAST_NUMERIC_DATE;
}

/**
 * Checks `exp`, `nbf` and `iat` of a payload whose types are correct (RFC 7519 §4.1.4 to §4.1.6). Dates and the clock are
 * compared with their fractions of a second.
 *
 * @param now seconds since the epoch
 */
export function checkTimes({ exp, nbf, iat }: JwtPayload, policy: TimePolicy, now: number): Rejection | undefined {
  // Each condition states what must hold, so that a clock that returns NaN accepts nothing.
  if (exp === undefined || !(now < exp + policy.clockTolerance)) {
    return reject('token_expired', () => `The token expired ${Math.round(now - (exp as number))} s ago.`);
  }
  const latest = now + policy.futureTolerance;
  if (isAfter(nbf, latest)) return rejectEarly('nbf', nbf as number, policy, now);
  return isAfter(iat, latest) ? rejectEarly('iat', iat as number, policy, now) : undefined;
}

function isAfter(date: number | undefined, latest: number): boolean {
  return date !== undefined && !(date <= latest);
}

function rejectEarly(claim: string, date: number, { futureTolerance }: TimePolicy, now: number): Rejection {
  return reject('token_not_yet_valid', () => {
    const ahead = Math.round(date - now);
    return `The token's "${claim}" lies ${ahead} s in the future; "futureTolerance" is ${futureTolerance} s. Compare the clocks.`;
  });
}
