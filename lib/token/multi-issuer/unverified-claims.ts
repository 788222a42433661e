import { isObject } from '../../options.js';
import type { JwtPayload } from '../access-token.js';
import { isTooComplex, MAX_TOKEN_LENGTH, parseJwt } from '../jwt/decode.js';
import type { Rejection } from '../verifier.js';

/**
 * Reads the claims of a JWT, to find its verifier. Nothing is verified, not even the structure, which the verifier checks:
 * it takes three times as long.
 */
export function readUnverifiedClaims(token: string): { readonly payload: JwtPayload } | Rejection {
  const payload = token.length <= MAX_TOKEN_LENGTH ? decodePayload(token) : undefined;
  return payload ? { payload } : parseJwt(token);
}

function decodePayload(token: string): JwtPayload | undefined {
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first < 0 || second < 0) return undefined;
  try {
    const text = Buffer.from(token.slice(first + 1, second), 'base64url').toString('utf8');
    const payload: unknown = isTooComplex(text) ? undefined : JSON.parse(text);
    return isObject(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}
