import { type ScopeSet, scopeSet } from '../scope/scope-set.js';
import type { JwtHeader, JwtPayload } from '../token/access-token.js';
import { parseJwt } from '../token/jwt/decode.js';
import { checkScopeClaim, getScopeClaim } from '../token/jwt/scope-claim.js';
import { isRejection, type Rejection } from '../token/verifier.js';

/** A token whose structure was read. Nothing of it is verified: neither its signature nor its dates. */
export interface UnverifiedToken {
  readonly header: JwtHeader;
  readonly payload: JwtPayload;
  readonly scopes: ScopeSet;
}

/** Reads a token without verifying it; a sentence where it is no JWT, or its scopes cannot be read. */
export function readUnverifiedToken(token: string): UnverifiedToken | string {
  const jwt = parseJwt(token);
  if (isRejection(jwt)) return describe(jwt);
  const { header, payload } = jwt;
  const rejection = checkScopeClaim(payload);
  return rejection === undefined ? { header, payload, scopes: scopeSet(getScopeClaim(payload)) } : describe(rejection);
}

function describe({ detail }: Rejection): string {
  return detail?.() ?? 'The token cannot be read.';
}
