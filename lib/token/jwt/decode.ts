import { isUtf8 } from 'node:buffer';
import { findMemberProblem } from '../../json-members.js';
import type { JwtHeader, JwtPayload } from '../access-token.js';
import type { Rejection } from '../verifier.js';

/** A token taken apart. Nothing of it is verified yet but its form. */
export interface UnverifiedJwt {
  readonly token: string;
  readonly header: JwtHeader;
  readonly payload: JwtPayload;
  /** A view of memory that is used again: good until the next token is read. */
  readonly signature: Uint8Array;
}

/** The longest token that is read: Oracle's own limit for access tokens is 128,000 characters. */
const MAX_LENGTH = 131_072;

/** Where bytes stand while they are read: making room for every part anew would cost more than decoding it. */
const scratch = Buffer.allocUnsafeSlow(2 * MAX_LENGTH);

/** Where the signature stands, behind whatever else is read of a token. */
const SIGNATURE = MAX_LENGTH;

/** A header that was read before: nearly every token of an issuer has the same. */
export interface KnownHeader {
  readonly part: string;
  readonly header: JwtHeader;
}

/**
 * Takes a signed JWT in compact form (RFC 7515 §7.1) apart.
 *
 * Verified: length; three canonical base64url parts; header and payload are JSON objects in UTF-8 without a repeated
 * member at the top (RFC 7515 §4, RFC 7519 §4). Not verified: everything that they say.
 *
 * @param known is not read again where the token has the same header, letter by letter
 */
export function parseJwt(token: string, known?: KnownHeader): UnverifiedJwt | Rejection {
  if (token.length > MAX_LENGTH) return malformed(`it has ${token.length} characters; ${MAX_LENGTH} are read`);
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (second < 0 || token.includes('.', second + 1)) {
    return malformed(partsProblem(token.split('.').length));
  }
  const headerPart = token.slice(0, first);
  const payloadPart = token.slice(first + 1, second);
  const signaturePart = token.slice(second + 1);
  const knownHeader = headerPart === known?.part ? known.header : undefined;
  const headerEnd = knownHeader === undefined ? scratch.write(headerPart, 0, 'base64url') : 0;
  const payloadEnd = headerEnd + scratch.write(payloadPart, headerEnd, 'base64url');
  const signatureSize = scratch.write(signaturePart, SIGNATURE, 'base64url');
  const isCanonical =
    !hasNonBase64url(token) &&
    (knownHeader !== undefined || isCanonicalBase64url(headerPart, headerEnd)) &&
    isCanonicalBase64url(payloadPart, payloadEnd - headerEnd) &&
    isCanonicalBase64url(signaturePart, signatureSize);
  if (!isCanonical) return malformed('a part is empty or is not canonical base64url');
  const header = knownHeader ?? parseObject(0, headerEnd);
  if (header === undefined) return malformed('its header is not a JSON object with each member once');
  const payload = parseObject(headerEnd, payloadEnd);
  if (payload === undefined) return malformed('its payload is not a JSON object with each member once');
  return { token, header, payload, signature: new Uint8Array(scratch.buffer, SIGNATURE, signatureSize) };
}

/** What {@link parseJwt} need not read again. A copy: a piece of a token would keep all of it in memory. */
export function knownHeader({ token, header }: UnverifiedJwt): KnownHeader {
  return { part: Buffer.from(token.slice(0, token.indexOf('.')), 'latin1').toString('latin1'), header };
}

/**
 * The bytes that the signature is over (RFC 7515 §5.2).
 *
 * @returns a view of memory that is used again: good until the next token is read
 */
export function signingInput(token: string): Uint8Array {
  scratch.write(token, 0, 'latin1');
  return new Uint8Array(scratch.buffer, 0, token.lastIndexOf('.'));
}

/** What the decoder takes although it is not base64url: the other alphabet, and two bytes for one. */
function hasNonBase64url(token: string): boolean {
  return token.includes('+') || token.includes('/') || Buffer.byteLength(token) !== token.length;
}

/**
 * part = 1*( ALPHA / DIGIT / "-" / "_" ), without "=", in its one canonical spelling: the last character may carry bits
 * that belong to no byte, and they are zero (RFC 4648 §3.5). The decoder skips every other character and ends at a "=",
 * so that `size`, what it made of the part, tells whether there was one. A token's text is no identity all the same:
 * anybody can turn an ECDSA signature into its twin, which verifies as well.
 */
function isCanonicalBase64url(part: string, size: number): boolean {
  const over = part.length % 4;
  if (part === '' || size !== Math.floor((part.length * 3) / 4)) return false;
  return over === 0 || CANONICAL_FINAL_CHARS[over]?.includes(part.charAt(part.length - 1)) === true;
}

/** The characters whose last four bits are zero, which may end a part with two over; and whose last two are, for three. */
const CANONICAL_FINAL_CHARS: Readonly<Record<number, string>> = { 2: 'AQgw', 3: 'AEIMQUYcgkosw048' };

function malformed(what: string): Rejection {
  return { rejected: 'token_malformed', detail: () => `The token is not a signed JWT in compact form: ${what}.` };
}

function partsProblem(count: number): string {
  if (count === 1) return 'it has one part, so it is probably an opaque token; ask the issuer for JWT access tokens';
  return count === 5 ? 'it has five parts, so it is encrypted (JWE)' : `it has ${count} parts`;
}

/** Reads what stands in the scratch. */
function parseObject(start: number, end: number): Record<string, unknown> | undefined {
  const text = scratch.toString('utf8', start, end);
  if (text.includes(REPLACEMENT) && !isUtf8(scratch.subarray(start, end))) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return findMemberProblem(text, { checkedDepth: 1 }) === undefined ? (value as Record<string, unknown>) : undefined;
}

/** What stands in a text for bytes that are no UTF-8; rarely it stands for itself. */
const REPLACEMENT = '\ufffd';
