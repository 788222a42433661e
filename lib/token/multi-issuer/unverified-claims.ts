import type { JwtPayload } from '../access-token.js';
import { MAX_TOKEN_LENGTH, parseJwt } from '../jwt/decode.js';
import type { Rejection } from '../verifier.js';

/** The claims of a token as it states them. */
export type UnverifiedClaims =
  | { readonly ok: true; readonly claims: JwtPayload }
  | { readonly ok: false; readonly rejection: Rejection };

/**
 * Reads the claims of a JWT, to find its verifier. Nothing is verified, not even the structure, which the verifier checks:
 * it takes three times as long.
 */
export function readUnverifiedClaims(token: string): UnverifiedClaims {
  const claims = token.length <= MAX_TOKEN_LENGTH ? decodePayload(token) : undefined;
  if (claims !== undefined) return { ok: true, claims };
  const jwt = parseJwt(token);
  return 'rejected' in jwt ? { ok: false, rejection: jwt } : { ok: true, claims: jwt.payload };
}

function decodePayload(token: string): JwtPayload | undefined {
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first < 0 || second < 0) return undefined;
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.slice(first + 1, second), 'base64url').toString('utf8'));
    return typeof payload === 'object' && payload !== null && !Array.isArray(payload)
      ? (payload as JwtPayload)
      : undefined;
  } catch {
    return undefined;
  }
}
