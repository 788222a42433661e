import { getScopeModel, ModelledScopes, type ScopeSet } from './scope-set.js';

/** `p1:read:self:user`: the form that PingOne used first. */
const OLD_FORM = /^p1:[^:]+:self:/;

/** `p1:read:user` and `p1:update:user`, also for some attributes only: `p1:read:user:{suffix}`. */
const USER_SCOPE = /^p1:(?:read|update):user(?::[^:]+)*$/;

/** PingOne's other self-management scopes of today, from its documentation: what a user may do with each resource. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  userMfaEnabled: ['update'],
  device: ['create', 'read', 'update', 'delete'],
  userPassword: ['read', 'reset', 'validate'],
  userLinkedAccounts: ['read', 'delete'],
  pairingKey: ['create', 'read', 'delete'],
  sessions: ['read', 'delete'],
  userConsent: ['read'],
  user: ['verify'],
  oauthConsent: ['read', 'update'],
};

const NAMES: ReadonlySet<string> = new Set(
  Object.entries(ACTIONS).flatMap(([resource, actions]) => actions.map((action) => `p1:${action}:${resource}`)),
);

/** Whether a scope of PingOne's is about the record of the token's own subject only. */
export function isSelfScope(token: string): boolean {
  return NAMES.has(token) || USER_SCOPE.test(token) || OLD_FORM.test(token);
}

/** The scopes without those that `isSelf` recognizes. */
export function withoutSelfScopes(held: ScopeSet, isSelf: (token: string) => boolean): ScopeSet {
  const isOther = (token: string) => !isSelf(token);
  const others = {
    firstHeld: (candidates: readonly string[]) => held.firstHeld(candidates.filter(isOther)),
    [Symbol.iterator]: () => [...held].filter(isOther).values(),
  };
  return new ModelledScopes(others, getScopeModel(held));
}
