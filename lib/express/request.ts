import type { Request } from 'express';
import type { AuthResult } from 'express-oauth2-jwt-bearer';
import type { ScopeSet } from '../scope/scope-set.js';
import type { AccessToken } from '../token/access-token.js';

/**
 * `req.auth` behind a gate: what `express-oauth2-jwt-bearer` sets, `{ payload, header, token }`, and the compiled
 * scopes. That package declares the property; its type grows here, so that both compile side by side.
 */
export type Auth = AuthResult & { scopes: ScopeSet };

declare module 'express-oauth2-jwt-bearer' {
  interface AuthResult {
    /** The scope claim, compiled. Always there behind a gate of scopegate's; never behind that package's own `auth()`. */
    scopes?: ScopeSet;
  }
}

/**
 * Sets `req.auth`, whatever stood or was inherited there: an anonymous request has none. It is a copy, so that what the
 * gate goes by in this request cannot be changed through it.
 */
export function setAuth(req: Request, accessToken: AccessToken | undefined, scopes = accessToken?.scopes): void {
  if (accessToken !== undefined) {
    define(req, { ...accessToken, scopes } as Auth);
  } else if (req.auth !== undefined) {
    delete req.auth;
    if (req.auth !== undefined) define(req, undefined); // an inherited one
  }
}

function define(req: Request, value: Auth | undefined): void {
  Object.defineProperty(req, 'auth', { value, configurable: true, enumerable: true, writable: true });
}
