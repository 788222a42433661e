import type { Activity } from '../grants/model.js';
import { between, insist, type OptionRules, readOptions } from '../options.js';

/** The options of a store for its history. */
export interface AuditOptions {
  /**
   * Called with the activity of each change after it was committed, changes of other processes included: in their order,
   * each at least once in each process that has the store open. The `id` says which were reported before. No change waits
   * for it. A promise that it returns is awaited before the next call. Where it throws or rejects, the process emits the
   * warning `SCOPEGATE_ON_CHANGE`, and it is called again with the same activity, after a pause of 100 ms that doubles up
   * to 30 s. `close()` waits for it for five seconds at most. Default none.
   */
  readonly onChange?: ((change: Activity) => unknown) | undefined;
  /**
   * How long the history is kept: activities older than `keepDays` are deleted, in batches, when the store opens and
   * every hour. The change feed is not cut by it. Default: the history is kept.
   */
  readonly activities?: { readonly keepDays: number } | undefined;
}

const MAX_DAYS = 36_500;

const ACTIVITIES = {
  keepDays: [between(1, MAX_DAYS), `a number of days, 1 to ${MAX_DAYS}`],
} as const satisfies OptionRules<NonNullable<AuditOptions['activities']>>;

/** @throws {TypeError} for wrong or unknown options */
export function parseAuditOptions(creator: string, { onChange, activities }: AuditOptions): AuditOptions {
  insist(onChange === undefined || typeof onChange === 'function', creator, 'onChange', 'a function', onChange);
  if (activities === undefined) return { onChange };
  return { onChange, activities: readOptions(creator, activities, ACTIVITIES, {}, 'activities') };
}
