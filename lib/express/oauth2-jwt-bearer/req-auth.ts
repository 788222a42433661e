import type { ScopeSet } from '../../scope/scope-set.js';

// Types only: `express-oauth2-jwt-bearer` declares `req.auth` for Express, and this adds what a gate puts there.
declare module 'express-oauth2-jwt-bearer' {
  interface AuthResult {
    /** The scope claim, compiled. Present after a gate of scopegate; absent after that package's own `auth()`. */
    scopes?: ScopeSet;
  }
}
