import type { Grant } from '../grants/model.js';
import type { ApplicationStatus } from '../grants/store.js';
import type { UsageTotal } from '../grants/usage.js';
import { normalizeScopes } from '../scope/normalize.js';
import type { CheckedScopeModel } from '../scope/scope-model.js';
import { scopeSet } from '../scope/scope-set.js';
import { selectFor, selectGranted } from './impact.js';

/** A granted scope that can go, or give way to narrower ones. */
export interface Advice {
  /** `UNUSED`: no call needed it. `BROADER_THAN_USED`: narrower scopes would have covered every call. */
  readonly type: 'UNUSED' | 'BROADER_THAN_USED';
  readonly grant: Grant;
  readonly scope: { readonly id: string; readonly name: string };
  /** The calls that it covered, alone or beside others. */
  readonly calls: number;
  /** The required scopes that it covered, and the calls of each, the most frequent first. */
  readonly uses: readonly { readonly scope: string; readonly calls: number }[];
  /** The scopes that would have been enough in its place; empty for `UNUSED`. */
  readonly sufficient: readonly string[];
}

interface AdviceFacts {
  readonly status: ApplicationStatus;
  readonly grants: readonly Grant[];
  /** The primary audience of each resource, by its id. */
  readonly audiences: ReadonlyMap<string, string>;
  readonly totals: readonly UsageTotal[];
  readonly model: CheckedScopeModel;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Compares what is granted with what was used. A scope that does not count now, because of its dates, is left out. */
export function adviseLeastPrivilege({ grants, ...facts }: AdviceFacts): Advice[] {
  return grants.flatMap((grant) =>
    grant.scopes.flatMap((scope): Advice[] => {
      const uses = findUses(facts, facts.audiences.get(grant.resourceId), scope.name);
      if (uses === undefined) return [];
      const { calls, byScope } = uses;
      const sorted = [...byScope].sort(([, a], [, b]) => b - a).map(([name, count]) => ({ scope: name, calls: count }));
      const common = { grant, scope: { id: scope.id, name: scope.name }, calls, uses: sorted };
      if (calls === 0) return [{ type: 'UNUSED', ...common, sufficient: [] }];
      const needsAll = [...byScope.keys()].some((used) => facts.model.covers(used, scope.name));
      if (needsAll) return [];
      const sufficient = normalizeScopes([...byScope.keys()], facts.model);
      return [{ type: 'BROADER_THAN_USED', ...common, sufficient }];
    }),
  );
}

/** What one granted scope covered: the same rules as for all grants, applied to a status that has this grant alone. */
function findUses(
  { status, totals, model, now }: Omit<AdviceFacts, 'grants'>,
  audience: string | undefined,
  name: string,
): { readonly calls: number; readonly byScope: ReadonlyMap<string, number> } | undefined {
  const own = status.grants.filter((grant) => grant.scope === name && grant.audience === audience);
  const granted = selectGranted({ ...status, state: 'enabled', grants: own }, now);
  if (granted === undefined || granted.isEmpty) return undefined;
  const byScope = new Map<string, number>();
  let calls = 0;
  for (const total of totals) {
    const held = scopeSet(total.covered, model);
    const audiences = total.audience.length > 1 ? total.audience.map((each) => [each]) : [total.audience];
    const covered = total.covered.filter((required) => {
      const covering = model.coveringScopes(required);
      return audiences.some((each) => selectFor(each, held, granted).firstHeld(covering) !== undefined);
    });
    if (covered.length > 0) calls += total.calls;
    for (const required of covered) byScope.set(required, total.calls + (byScope.get(required) ?? 0));
  }
  return { calls, byScope };
}
