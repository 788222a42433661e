import type { ApplicationStatus } from '../grants/store.js';
import type { UsageKind, UsageTotal } from '../grants/usage.js';
import { selectActiveGrants } from '../live/active-grants.js';
import { GrantedScopes } from '../live/granted-scopes.js';
import { intersection } from '../scope/intersection.js';
import { compileRequirement, satisfies } from '../scope/requirement.js';
import type { CheckedScopeModel } from '../scope/scope-model.js';
import { type ScopeSet, scopeSet } from '../scope/scope-set.js';

/** Calls that a change would refuse. */
export interface RefusedCalls extends UsageTotal {
  /** Whether they are refused before the change already. */
  readonly refusedNow: boolean;
}

/**
 * Finds the calls that would be refused if they were sent again after a change, by the rules of live grants: the scopes that
 * the token covered then and that are still granted for its audience.
 *
 * Exact for a token of one audience. Of a token for several, only the scopes that the route required are known. A grant
 * counts where it has begun and not ended at `now`.
 *
 * @param now milliseconds since the epoch
 */
export function findRefusedCalls(
  totals: readonly UsageTotal[],
  [before, after]: readonly [ApplicationStatus, ApplicationStatus],
  model: CheckedScopeModel,
  now: number,
): RefusedCalls[] {
  const [earlier, later] = [selectGranted(before, now), selectGranted(after, now)];
  return totals
    .filter((total) => !isPermitted(total, later, model))
    .map((total) => ({ ...total, refusedNow: !isPermitted(total, earlier, model) }));
}

/** `undefined` for an application that may do nothing. */
export function selectGranted(status: ApplicationStatus, now: number): GrantedScopes | undefined {
  if (status.state !== 'enabled') return undefined;
  return new GrantedScopes({ ...status, grants: selectActiveGrants(status.grants, now).grants });
}

function isPermitted(kind: UsageKind, granted: GrantedScopes | undefined, model: CheckedScopeModel): boolean {
  if (granted === undefined) return false;
  const covered = scopeSet(kind.covered, model);
  const selected = selectFor(kind.audience, covered, granted);
  if (selected.size === 0) return false;
  if (kind.required === undefined) return true;
  return satisfies(intersection(covered, selected), compileRequirement(kind.required, model));
}

export function selectFor(audience: readonly string[], scopes: ScopeSet, granted: GrantedScopes): ScopeSet {
  const [first, ...others] = audience;
  const aud = others.length > 0 ? [...audience] : first;
  return granted.select({ payload: aud === undefined ? {} : { aud }, scopes });
}
