import type { RefusalReason } from '../../lib/enforcement/refusal.js';
import { type Content, claims, forge, part, type Signer } from '../support/tokens.js';
import { header, now, rs256 } from './keys.js';

/** The applications under attack: one gate each, all over the same keys. */
export type Place =
  | 'remembering'
  | 'forgetful'
  | 'senderConstrainedVerifier'
  | 'bearerAuthVerifier'
  | 'live'
  | 'keyless'
  | 'storeless'
  | 'several issuers'
  | 'both forms'
  | 'discovery'
  | 'check of Node'
  | 'check of Fastify'
  | 'check of Fetch';

/** One request that no gate may let through. */
export interface Attack {
  readonly name: string;
  /** The header lines below the request line, one character a byte. */
  readonly lines: readonly string[];
  /** Default `GET / HTTP/1.1`. */
  readonly start?: string;
  readonly body?: string;
  /** What a gate with `jwtVerifier` says to it. */
  readonly reason: RefusalReason;
  /** Where another gate gives another reason; it is not sent to one that has `null`. */
  readonly at?: Readonly<Partial<Record<Place, RefusalReason | null>>>;
  /** The status by which Node's own parser refuses it, before any application. */
  readonly parser?: 400 | 431;
  /** Where it goes. Default: every gate that verifies tokens with keys at hand. */
  readonly places?: readonly Place[];
}

export type Extras = Omit<Attack, 'name' | 'lines' | 'reason'>;

/** Attacks with one token each, in an otherwise plain request. */
export type TokenCase = readonly [name: string, token: string, reason: RefusalReason, extras?: Extras];

export function withTokens(cases: readonly TokenCase[]): Attack[] {
  return cases.map(([name, token, reason, extras]) => ({
    name,
    lines: [`Authorization: Bearer ${token}`],
    reason,
    ...extras,
  }));
}

/** Attacks with other header lines. */
export type HeaderCase = readonly [name: string, lines: readonly string[], extras?: Extras];

export function withLines(reason: RefusalReason, cases: readonly HeaderCase[]): Attack[] {
  return cases.map(([name, lines, extras]) => ({ name, lines, reason, ...extras }));
}

/** Attacks with one value of the `Authorization` header each. */
export type ValueCase = readonly [name: string, value: string, extras?: Extras];

export function withValues(reason: RefusalReason, cases: readonly ValueCase[]): Attack[] {
  return cases.map(([name, value, extras]) => ({ name, lines: [`Authorization: ${value}`], reason, ...extras }));
}

/** The claims of a token that opens everything here. */
export function goodClaims(over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return claims({ iat: now - 60, exp: now + 3600, scope: GOOD_SCOPE, ...over });
}

export const ANALYTICS = 'urn:opc:resource:consumer:paas:analytics::read';
export const GOOD_SCOPE = 'urn:opc:resource:consumer:paas::read reports:read';

/** A token that differs from a good one in `over`, well signed. */
export function saying(over: Readonly<Record<string, unknown>>, more: object = {}, signer: Signer = rs256): string {
  return forge({ ...header, ...more }, goodClaims(over), signer);
}

/** A token with this header, well signed. */
export function headed(content: Content, signer: Signer = rs256): string {
  return forge(content, goodClaims(), signer);
}

/** The JSON text of a good payload, with `text` in place of a claim's value or of all its members. */
export function rawClaim(claim: string, text: string): string {
  const { [claim]: _, ...others } = goodClaims();
  return forge(header, `${JSON.stringify(others).slice(0, -1)},"${claim}":${text}}`, rs256);
}

export function partsOf(token: string): [string, string, string] {
  return token.split('.') as [string, string, string];
}

/** The token with another signature under it. */
export function signedBy(token: string, signature: Uint8Array): string {
  const [head, body] = partsOf(token);
  return `${head}.${body}.${part(signature)}`;
}

export function signatureOf(token: string): Buffer {
  return Buffer.from(partsOf(token)[2], 'base64url');
}
