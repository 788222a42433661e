import type { AuthResult } from 'express-oauth2-jwt-bearer';
import type { ScopeSet } from '../scope/scope-set.js';

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
