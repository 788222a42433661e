import { MAX_AUDIENCES } from '../../scope/grammar.js';
import type { JwtPayload } from '../access-token.js';
import { type AudienceRule, isBound } from '../audience.js';
import { withoutSlash } from '../issuer-name.js';
import { quoteForLog, summarizeList } from '../printable.js';
import type { Rejection } from '../verifier.js';
import { reject, rejectMalformed } from './rejection.js';
import { checkScopeClaim } from './scope-claim.js';
import { checkDates, checkTimes, type TimePolicy } from './times.js';

/** The claims that a token must have. */
export interface ClaimsPolicy {
  /** `undefined` where another verifier has checked `iss`. */
  readonly issuers: readonly string[] | undefined;
  /** `undefined` where another verifier has checked `aud`. */
  readonly audiences: readonly AudienceRule[] | undefined;
  readonly times: TimePolicy;
  /** Claims that must be present: `iss`, `exp`, nearly always `aud`, and more in the strict profile. */
  readonly required: readonly string[];
  /** Claims that must have one of several values. Default none. */
  readonly values?: readonly RequiredValue[];
  /** The claims that scopes are read from, the first that is there. Default `scope`, `scp`. */
  readonly scopeClaims?: readonly string[];
}

/** A claim that must be one of these strings. */
export interface RequiredValue {
  readonly claim: string;
  readonly values: readonly unknown[];
}

/**
 * Checks the claims before any key is fetched.
 *
 * Verified: types of the registered claims and of the scope claim; `iss` (exactly); `aud`, with the tenant or environment
 * that it is bound to; the values of required claims; `exp`, `nbf`, `iat`. Not verified: the kind of token, `sub`, `jti`,
 * and every other claim.
 *
 * @param now seconds since the epoch
 */
export function checkClaims(payload: JwtPayload, policy: ClaimsPolicy, now: number): Rejection | undefined {
  return (
    checkTypes(payload, policy) ??
    checkIssuer(payload, policy.issuers) ??
    checkAudience(payload, policy.audiences) ??
    checkValues(payload, policy.values) ??
    checkTimes(payload, policy.times, now)
  );
}

function checkTypes(payload: JwtPayload, { required, scopeClaims }: ClaimsPolicy): Rejection | undefined {
  for (const claim of required) {
    if (payload[claim] === undefined) return reject('claim_missing', () => `The token has no "${claim}" claim.`);
  }
  const { iss, sub, jti, client_id, aud } = payload; // by name: claims[name] takes longer
  return (
    checkText('iss', iss) ??
    checkText('sub', sub) ??
    checkText('jti', jti) ??
    checkText('client_id', client_id) ??
    checkScopeClaim(payload, scopeClaims) ??
    checkDates(payload) ??
    checkAudienceType(aud)
  );
}

function checkText(claim: string, value: unknown): Rejection | undefined {
  return value === undefined || typeof value === 'string' ? undefined : rejectMalformed(claim, 'a string', value);
}

function checkAudienceType(aud: unknown): Rejection | undefined {
  if (aud === undefined) return undefined; // it is among the required claims, unless a rule accepts a token without it
  const wellFormed = typeof aud === 'string' || (isShortList(aud) && aud.every(isString));
  return wellFormed ? undefined : rejectMalformed('aud', `a string or a list of at most ${MAX_AUDIENCES} strings`, aud);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isShortList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= MAX_AUDIENCES;
}

function checkIssuer({ iss }: JwtPayload, issuers: readonly string[] | undefined): Rejection | undefined {
  if (issuers === undefined || issuers.includes(iss as string)) return undefined;
  return reject('issuer_mismatch', () => {
    const twin = issuers.find((issuer) => normalizeIssuer(issuer) === normalizeIssuer(iss as string));
    const difference = twin === undefined ? '' : ` ${describeDifference(twin, iss as string)}`;
    return `The token's "iss" is ${quoteForLog(iss)}; expected ${issuers.map(quoteForLog).join(' or ')}.${difference}`;
  });
}

function describeDifference(expected: string, actual: string): string {
  return withoutSlash(expected) === withoutSlash(actual)
    ? 'They differ by a slash at the end only: set "issuer" exactly as the token has it.'
    : 'They differ by letter case only: issuers are compared exactly.';
}

function normalizeIssuer(issuer: string): string {
  return withoutSlash(issuer).toLowerCase();
}

function checkAudience(payload: JwtPayload, rules: readonly AudienceRule[] | undefined): Rejection | undefined {
  if (rules === undefined) return undefined;
  for (const rule of rules) if (isFor(payload, rule) && isBound(payload, rule.binding)) return undefined;
  const accepting = rules.filter((rule) => isFor(payload, rule));
  if (accepting.length === 0) {
    return reject('audience_mismatch', () => {
      const expected = rules.map((rule) => rule.expected).join(' or ');
      return `The token's "aud" is ${quoteForLog(payload.aud)}; expected ${expected}.`;
    });
  }
  return reject('tenant_mismatch', () => {
    const differences = accepting.flatMap(({ binding }) =>
      binding === undefined
        ? []
        : [
            `The token's "${binding.claim}" is ${quoteForLog(payload[binding.claim])}; expected ${quoteForLog(binding.value)}.`,
          ],
    );
    return [...new Set(differences)].join(' ');
  });
}

function isFor({ aud }: JwtPayload, rule: AudienceRule): boolean {
  if (aud === undefined) return rule.acceptsMissing === true;
  if (typeof aud === 'string') return rule.accepts(aud);
  for (const audience of aud as readonly string[]) if (rule.accepts(audience)) return true;
  return false;
}

function checkValues(payload: JwtPayload, required: readonly RequiredValue[] = []): Rejection | undefined {
  for (const { claim, values } of required) {
    const actual = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
    if (values.includes(actual)) continue;
    return reject('claim_mismatch', () => {
      const allowed = summarizeList(values, quoteForLog);
      return `The token's "${claim}" is ${quoteForLog(actual)}; "requiredClaims" allows ${allowed}.`;
    });
  }
  return undefined;
}
