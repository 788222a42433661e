import type { JwtPayload } from './access-token.js';
import type { AudienceRule } from './audience.js';
import { shown } from './shown.js';
import type { Rejection, RejectionReason } from './verifier.js';

/** What the claims of a token must say. Times in seconds. */
export interface ClaimsPolicy {
  /** `undefined` where somebody else has verified `iss`. */
  readonly issuers: readonly string[] | undefined;
  /** `undefined` where somebody else has verified `aud`. */
  readonly audiences: readonly AudienceRule[] | undefined;
  readonly clockTolerance: number;
  /** Claims that must be there: `iss`, `aud`, `exp`, and more in the strict profile. */
  readonly required: readonly string[];
}

/** A NumericDate beyond the year 9999 is milliseconds, or nonsense. */
const LAST_NUMERIC_DATE = 253_402_300_799;

const STRINGS = ['iss', 'sub', 'jti', 'client_id', 'scope'];
const TIMES = ['exp', 'nbf', 'iat'];

/**
 * Marks of tokens that are no access tokens, though the same issuer signed them with the same key: ID tokens (OpenID
 * Connect Core §2, Oracle's `tok_type`), refresh tokens, logout tokens (Back-Channel Logout §2.4) and DPoP proofs
 * (RFC 9449 §4.2). RFC 8725 §3.12.
 */
const MARKS: readonly (readonly [claim: string, isForeign: (value: unknown) => boolean])[] = [
  ['tok_type', (value) => value !== 'AT'],
  ['token_use', (value) => value !== 'access'],
  ['typ', (value) => ['ID', 'Refresh', 'Offline', 'Logout'].includes(value as string)],
  ['nonce', () => true],
  ['at_hash', () => true],
  ['c_hash', () => true],
  ['events', () => true],
  ['htm', () => true],
];

/**
 * Verified, before any key is fetched: types of the registered claims; `iss` (exactly); `aud`, with the tenant or
 * environment that it is bound to; `exp`, `nbf`, `iat`; the marks of other kinds of tokens. Not verified: `sub`, `jti`
 * and every claim not named here.
 *
 * @param now seconds since the epoch
 */
export function checkClaims(payload: JwtPayload, policy: ClaimsPolicy, now: number): Rejection | undefined {
  return (
    checkTypes(payload, policy.required) ??
    checkIssuer(payload, policy.issuers) ??
    checkAudience(payload, policy.audiences) ??
    checkTimes(payload, policy.clockTolerance, now) ??
    checkMarks(payload)
  );
}

/** `exp`, `nbf` and `iat` once more, of a payload whose types were checked before. */
export function checkTimes({ exp, nbf, iat }: JwtPayload, tolerance: number, now: number): Rejection | undefined {
  // Each asks for what must hold, so that a clock that gives no number lets nothing through.
  if (exp === undefined || !(now < exp + tolerance)) {
    return rejection('token_expired', () => `The token expired ${Math.round(now - (exp as number))} s ago.`);
  }
  const latest = Math.floor(now) + tolerance; // whole seconds, as others count: never more lenient than they
  const future = isAfter(nbf, latest) ? 'nbf' : isAfter(iat, latest) ? 'iat' : '';
  if (future === '') return undefined;
  return rejection('token_not_yet_valid', () => {
    const ahead = Math.round(((future === 'nbf' ? nbf : iat) as number) - now);
    return `The token's "${future}" lies ${ahead} s in the future; "clockTolerance" is ${tolerance} s. Compare the clocks.`;
  });
}

function isAfter(date: number | undefined, latest: number): boolean {
  return date !== undefined && !(date <= latest);
}

function checkTypes(payload: JwtPayload, required: readonly string[]): Rejection | undefined {
  for (const claim of required) {
    if (payload[claim] === undefined) return rejection('claim_missing', () => `The token has no "${claim}" claim.`);
  }
  for (const claim of STRINGS) {
    const value = payload[claim];
    if (value !== undefined && typeof value !== 'string') return malformed(claim, 'a string', value);
  }
  for (const claim of TIMES) {
    const value = payload[claim];
    if (value !== undefined && !isNumericDate(value)) return malformed(claim, 'a date in seconds', value);
  }
  const { aud } = payload;
  const wellFormed = typeof aud === 'string' || (isShortList(aud) && aud.every((value) => typeof value === 'string'));
  return wellFormed ? undefined : malformed('aud', `a string or a list of at most ${MAX_AUDIENCES} strings`, aud);
}

/** Nobody has vouched for the list yet, and each of its members may have to be decoded. */
const MAX_AUDIENCES = 64;

function isShortList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= MAX_AUDIENCES;
}

function isNumericDate(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= LAST_NUMERIC_DATE;
}

function checkIssuer({ iss }: JwtPayload, issuers: readonly string[] | undefined): Rejection | undefined {
  if (issuers === undefined || issuers.includes(iss as string)) return undefined;
  return rejection('issuer_mismatch', () => {
    const twin = issuers.find((issuer) => bare(issuer) === bare(iss as string));
    const difference = twin === undefined ? '' : ` ${differenceTo(twin, iss as string)}`;
    return `The token's "iss" is ${shown(iss)}; expected ${issuers.map(shown).join(' or ')}.${difference}`;
  });
}

function differenceTo(expected: string, actual: string): string {
  return withoutSlash(expected) === withoutSlash(actual)
    ? 'They differ by a slash at the end only: set "issuer" exactly as the token has it.'
    : 'They differ by letter case only: issuers are compared letter by letter.';
}

function bare(issuer: string): string {
  return withoutSlash(issuer).toLowerCase();
}

function withoutSlash(issuer: string): string {
  return issuer.endsWith('/') ? issuer.slice(0, -1) : issuer;
}

function checkAudience(payload: JwtPayload, rules: readonly AudienceRule[] | undefined): Rejection | undefined {
  if (rules === undefined) return undefined;
  const audiences = typeof payload.aud === 'string' ? [payload.aud] : (payload.aud as readonly string[]);
  const accepting = rules.filter((rule) => audiences.some((audience) => rule.accepts(audience)));
  if (accepting.length === 0) {
    return rejection('audience_mismatch', () => {
      const expected = rules.map((rule) => rule.expected).join(' or ');
      return `The token's "aud" is ${shown(payload.aud)}; expected ${expected}.`;
    });
  }
  if (accepting.some((rule) => isBound(payload, rule))) return undefined;
  return rejection('tenant_mismatch', () => {
    const differences = accepting.flatMap(({ binding }) =>
      binding === undefined
        ? []
        : [`The token's "${binding.claim}" is ${shown(payload[binding.claim])}; expected ${shown(binding.value)}.`],
    );
    return [...new Set(differences)].join(' ');
  });
}

function isBound(payload: JwtPayload, { binding }: AudienceRule): boolean {
  if (binding === undefined) return true;
  const actual = payload[binding.claim];
  return actual === binding.value || (actual === undefined && binding.optional);
}

function checkMarks(payload: JwtPayload): Rejection | undefined {
  for (const [claim, isForeign] of MARKS) {
    const value = payload[claim];
    if (value === undefined || !isForeign(value)) continue;
    return rejection('not_an_access_token', () => {
      const said = ['tok_type', 'token_use', 'typ'].includes(claim) ? `"${claim}" of ${shown(value)}` : `"${claim}"`;
      return `The token has a ${said}: it is an ID, refresh or logout token or a proof, not an access token.`;
    });
  }
  return undefined;
}

function malformed(claim: string, expectation: string, value: unknown): Rejection {
  return rejection('claim_malformed', () => `The token's "${claim}" is ${shown(value)}, not ${expectation}.`);
}

function rejection(rejected: RejectionReason, detail: () => string): Rejection {
  return { rejected, detail };
}
