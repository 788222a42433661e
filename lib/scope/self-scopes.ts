import { coveringTokens } from './covers.js';
import { isScopeToken } from './grammar.js';
import type { ScopeSet } from './scope-set.js';

/** `p1:read:self:user`: a scope of PingOne's that is about the record of the token's subject, and nobody else's. */
const SELF_SCOPE = /^p1:[^:]+:self:/;

export function isSelfScope(token: string): boolean {
  return SELF_SCOPE.test(token);
}

/** The same scopes but those that `isSelf` says are about the caller's own record. */
export function withoutSelfScopes(held: ScopeSet, isSelf: (token: string) => boolean): ScopeSet {
  const others = () => [...held].filter((token) => !isSelf(token));
  const firstHeld = (candidates: readonly string[]) =>
    held.firstHeld(candidates.filter((candidate) => !isSelf(candidate)));
  const coveredBy = (required: string) => (isScopeToken(required) ? firstHeld(coveringTokens(required)) : undefined);
  return {
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
