import { getScopeModel, type ScopeSet } from './scope-set.js';

/** `p1:read:self:user`: the form that PingOne used first. */
const OLD_FORM = /^p1:[^:]+:self:/;

/** `p1:read:user` and `p1:update:user`, also for some attributes only: `p1:read:user:{suffix}`. */
const USER_SCOPE = /^p1:(?:read|update):user(?::[^:]+)*$/;

/** PingOne's other self-management scopes of today, from its documentation. */
const NAMES: ReadonlySet<string> = new Set([
  'p1:update:userMfaEnabled',
  'p1:create:device',
  'p1:read:device',
  'p1:update:device',
  'p1:delete:device',
  'p1:read:userPassword',
  'p1:reset:userPassword',
  'p1:validate:userPassword',
  'p1:read:userLinkedAccounts',
  'p1:delete:userLinkedAccounts',
  'p1:create:pairingKey',
  'p1:read:pairingKey',
  'p1:delete:pairingKey',
  'p1:read:sessions',
  'p1:delete:sessions',
  'p1:read:userConsent',
  'p1:verify:user',
  'p1:read:oauthConsent',
  'p1:update:oauthConsent',
]);

/** Whether a scope of PingOne's is about the record of the token's own subject only. */
export function isSelfScope(token: string): boolean {
  return NAMES.has(token) || USER_SCOPE.test(token) || OLD_FORM.test(token);
}

/** The scopes without those that `isSelf` recognizes. */
export function withoutSelfScopes(held: ScopeSet, isSelf: (token: string) => boolean): ScopeSet {
  const others = () => [...held].filter((token) => !isSelf(token));
  const firstHeld = (candidates: readonly string[]) =>
    held.firstHeld(candidates.filter((candidate) => !isSelf(candidate)));
  const model = getScopeModel(held);
  const coveredBy = (required: string) => {
    const candidates = model.findCovering(required);
    return candidates && firstHeld(candidates);
  };
  return {
    model,
    get size() {
      return others().length;
    },
    firstHeld,
    coveredBy,
    covers: (required) => coveredBy(required) !== undefined,
    [Symbol.iterator]: () => others().values(),
    toJSON: others,
  };
}
