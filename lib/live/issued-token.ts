import type { ScopeSet } from '../scope/scope-set.js';

/** The parts of an access token that live grants read. */
export interface IssuedToken {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly scopes: ScopeSet;
}
