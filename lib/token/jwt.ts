import { isUtf8 } from 'node:buffer';
import type { JwtHeader, JwtPayload } from './access-token.js';
import type { Rejection } from './verifier.js';

/** A token taken apart. Nothing of it is verified yet but its form. */
export interface UnverifiedJwt {
  readonly token: string;
  readonly header: JwtHeader;
  readonly payload: JwtPayload;
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

/** The longest token that is read: Oracle's own limit for access tokens is 128,000 characters. */
const MAX_LENGTH = 131_072;

/**
 * Takes a signed JWT in compact form (RFC 7515 §7.1) apart.
 *
 * Verified: length; three canonical base64url parts; header and payload are JSON objects in UTF-8 without a repeated
 * member at the top (RFC 7515 §4, RFC 7519 §4). Not verified: everything that they say.
 */
export function parseJwt(token: string): UnverifiedJwt | Rejection {
  if (token.length > MAX_LENGTH) return malformed(`it has ${token.length} characters; ${MAX_LENGTH} are read`);
  const parts = token.split('.');
  if (parts.length !== 3) return malformed(partsProblem(parts.length));
  const [headerBytes, payloadBytes, signature] = parts.map(decode);
  if (headerBytes === undefined || payloadBytes === undefined || signature === undefined) {
    return malformed('a part is empty or is not canonical base64url');
  }
  const header = parseObject(headerBytes);
  if (header === undefined) return malformed('its header is not a JSON object with each member once');
  const payload = parseObject(payloadBytes);
  if (payload === undefined) return malformed('its payload is not a JSON object with each member once');
  const signingInput = Buffer.from(token.slice(0, token.lastIndexOf('.')), 'latin1');
  return { token, header, payload, signingInput, signature };
}

/**
 * part = 1*( ALPHA / DIGIT / "-" / "_" ), without "=", in its one canonical spelling: the last character may carry bits
 * that belong to no byte, and they are zero (RFC 4648 §3.5). Only that spelling survives decoding and encoding. A token's
 * text is no identity all the same: anybody can turn an ECDSA signature into its twin, which verifies as well.
 */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return part !== '' && bytes.toString('base64url') === part ? bytes : undefined;
}

function malformed(what: string): Rejection {
  return { rejected: 'token_malformed', detail: () => `The token is not a signed JWT in compact form: ${what}.` };
}

function partsProblem(count: number): string {
  if (count === 1) return 'it has one part, so it is probably an opaque token; ask the issuer for JWT access tokens';
  return count === 5 ? 'it has five parts, so it is encrypted (JWE)' : `it has ${count} parts`;
}

function parseObject(bytes: Buffer): Record<string, unknown> | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return countMembers(text) === Object.keys(value).length ? (value as Record<string, unknown>) : undefined;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** How many members the top level of a JSON object has, repeated ones included; `JSON.parse` keeps the last silently. */
function countMembers(json: string): number {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(json, i);
    } else if (code === COLON) {
      if (depth === 1) members++;
    } else if ((code | 0x20) === 0x7b) {
      depth++; // { or [
    } else if ((code | 0x20) === 0x7d) {
      depth--; // } or ]
    }
  }
  return members;
}

// The next quote is found by the engine's own search; an escaped one has an odd number of backslashes before it.
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (json.charCodeAt(end - 1) === BACKSLASH && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end;
}

function isEscaped(json: string, position: number): boolean {
  let first = position;
  while (json.charCodeAt(first - 1) === BACKSLASH) first--;
  return (position - first) % 2 === 1;
}
