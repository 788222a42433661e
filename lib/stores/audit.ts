import type { GrantStore } from '../grants/store.js';
import type { AuditOptions } from './audit-options.js';
import { type ChangeListener, ChangeReporter } from './change-reporter.js';
import type { Engine } from './engine.js';
import { keepActivities } from './retention.js';

/** Starts what the options ask for; it ends before the store is closed. */
export async function withAudit(
  store: GrantStore,
  engine: Engine,
  now: () => number,
  { onChange, activities }: AuditOptions,
): Promise<GrantStore> {
  const reporter = onChange && (await startReporter(store, engine, onChange));
  const endRetention = activities && keepActivities({ engine, now, keepDays: activities.keepDays });
  if (reporter === undefined && endRetention === undefined) return store;
  let closing: Promise<void> | undefined;
  const close = async () => {
    await Promise.all([reporter?.close(), endRetention?.()]);
    await store.close();
  };
  return {
    ...store,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function startReporter(store: GrantStore, engine: Engine, onChange: ChangeListener): Promise<ChangeReporter> {
  const { position } = await store.changes.since(''); // no place in the feed: it says where the feed ends
  return new ChangeReporter({ engine, onChange, subscribe: store.changes.subscribe }, position);
}
