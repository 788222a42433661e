import { isUtf8 } from 'node:buffer';
import { hasRepeatedMember } from '../../json-members.js';
import { isObject } from '../../options.js';
import type { JwtHeader, JwtPayload } from '../access-token.js';
import type { Rejection } from '../verifier.js';
import { reject } from './rejection.js';

/** A decoded token. Only its structure is verified. */
export interface UnverifiedJwt {
  readonly token: string;
  readonly header: JwtHeader;
  readonly payload: JwtPayload;
  /** The bytes that are signed (RFC 7515 §5.2). */
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

/** The longest token that is decoded: Oracle's own limit for access tokens is 128,000 characters. */
export const MAX_TOKEN_LENGTH = 131_072;

/**
 * Decodes a signed JWT in compact form (RFC 7515 §7.1). The result shares no memory with anything else.
 *
 * Verified: length; three canonical base64url parts; header and payload are JSON objects in UTF-8 without a repeated
 * member at the top level (RFC 7515 §4, RFC 7519 §4), and with a bounded number of members. Not verified: the values of
 * header and payload.
 */
export function parseJwt(token: string): UnverifiedJwt | Rejection {
  if (token.length > MAX_TOKEN_LENGTH)
    return malformed(() => `it has ${token.length} characters; the limit is ${MAX_TOKEN_LENGTH}`);
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (second < 0 || token.includes('.', second + 1)) {
    return malformed(() => describeParts(token.split('.').length));
  }
  const headerBytes = decodePart(token.slice(0, first));
  const payloadBytes = decodePart(token.slice(first + 1, second));
  const signature = decodePart(token.slice(second + 1));
  if (hasNonBase64url(token) || !headerBytes || !payloadBytes || !signature) {
    return malformed(() => 'a part is empty or is not canonical base64url');
  }
  const header = parseObject(headerBytes);
  if (!header) return malformed(() => `its header ${NO_OBJECT}`);
  const payload = parseObject(payloadBytes);
  if (!payload) return malformed(() => `its payload ${NO_OBJECT}`);
  const signingInput = Buffer.from(token.slice(0, second), 'latin1');
  return { token, header, payload, signingInput, signature };
}

/** Decodes a part; `undefined` where it is not canonical base64url. */
function decodePart(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return isCanonicalBase64url(part, bytes.length) ? bytes : undefined;
}

/** Whether the token has characters that Node's decoder accepts or misreads: base64's own, and those beyond one byte. */
function hasNonBase64url(token: string): boolean {
  return token.includes('+') || token.includes('/') || Buffer.byteLength(token) !== token.length;
}

/**
 * part = 1*( ALPHA / DIGIT / "-" / "_" ), without "=", in its one canonical form: unused bits of the last character are
 * zero (RFC 4648 §3.5). Node's decoder skips other characters and ends at a "=", so the decoded `size` shows whether
 * there were any. The text of a token is still no identity: an ECDSA signature has a second value that verifies too.
 */
function isCanonicalBase64url(part: string, size: number): boolean {
  const over = part.length % 4;
  if (part === '' || size !== Math.floor((part.length * 3) / 4)) return false;
  return over === 0 || CANONICAL_FINAL_CHARS[over]?.includes(part.charAt(part.length - 1)) === true;
}

/** The last characters of a canonical part by its length modulo 4: their last four bits are zero, or their last two. */
const CANONICAL_FINAL_CHARS: Readonly<Record<number, string>> = { 2: 'AQgw', 3: 'AEIMQUYcgkosw048' };

function malformed(describe: () => string): Rejection {
  return reject('token_malformed', () => `The token is not a signed JWT in compact form: ${describe()}.`);
}

function describeParts(count: number): string {
  if (count === 1) return 'it has one part, so it is probably an opaque token; ask the issuer for JWT access tokens';
  return count === 5 ? 'it has five parts, so it is encrypted (JWE)' : `it has ${count} parts`;
}

function parseObject(bytes: Buffer): Record<string, unknown> | undefined {
  const text = bytes.toString('utf8');
  if ((text.includes(REPLACEMENT) && !isUtf8(bytes)) || isTooComplex(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || hasRepeatedMember(text, value)) return undefined;
  return value as Record<string, unknown>;
}

const NO_OBJECT = 'is not a JSON object with each member once, of at most 5000 strings and 1000 objects and lists';

/**
 * Whether a long text has more strings, or more objects and lists, than a token needs: `JSON.parse` takes a microsecond and
 * more for each name that it has not seen before, and for each new shape of an object.
 */
export function isTooComplex(text: string): boolean {
  return text.length > 8192 && (text.split('"', 10_002).length > 10_001 || text.split(/[[{]/, 1002).length > 1001);
}

/** The decoder writes it for bytes that are not UTF-8. A text may also contain the character itself. */
const REPLACEMENT = '\ufffd';
