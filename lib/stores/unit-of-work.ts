import type { IdGenerator } from '../grants/ids.js';
import type { Change, ChangeContext, ChangeEvent } from '../grants/store.js';
import { MAX_FEED_LENGTH } from './change-feed.js';
import type { Engine } from './engine.js';
import { type ActivityEntry, Recorder } from './recorder.js';
import { findReplay, saveReplay } from './replays.js';
import type { Queryable } from './schema.js';

/** One change while it is applied. No other change runs at the same time, in any process. */
export interface UnitOfWork {
  readonly tx: Queryable;
  /** When the change is made, RFC 3339. Never before an earlier change, whatever the clocks say. */
  readonly now: string;
  /** The time of the clock in milliseconds, from which expiry is computed. */
  readonly time: number;
  readonly context: ChangeContext;
  newId(): string;
  /** Records an activity with its event, and the histories that it belongs to. */
  record(entry: ActivityEntry): Promise<void>;
  /** Writes what is recorded so far, so that it can be read. */
  writeRecords(): Promise<void>;
  /** Dates later changes by the clock again, where a clock that was ahead has dated earlier ones in the future. */
  resetDates(): void;
}

interface ChangeOptions<Value> {
  readonly engine: Engine;
  readonly now: () => number;
  readonly newId: IdGenerator;
  readonly context: ChangeContext;
  readonly apply: (unit: UnitOfWork) => Promise<Value>;
}

/** A change that ran, and the events to publish. */
interface AppliedChange<Value> {
  readonly change: Change<Value>;
  readonly events: readonly ChangeEvent[];
}

/**
 * Locks the ledger, applies the change, and commits it with its activities, its events and its idempotency key. A dry run,
 * and a change without effect, are rolled back.
 */
export async function runChange<Value>(options: ChangeOptions<Value>): Promise<AppliedChange<Value>> {
  try {
    return await options.engine.transaction((tx) => applyChange(tx, options));
  } catch (thrown) {
    if (thrown instanceof RolledBack) return { change: thrown.change, events: [] };
    throw thrown;
  }
}

/** Thrown to make the engine roll back a transaction that did not fail. */
class RolledBack<Value> {
  constructor(readonly change: Change<Value>) {}
}

async function applyChange<Value>(
  tx: Queryable,
  { engine, now, newId, context, apply }: ChangeOptions<Value>,
): Promise<AppliedChange<Value>> {
  const ledger = await lockLedger(tx, engine);
  const time = now();
  const replay = await findReplay<Value>(tx, context, time);
  if (replay !== undefined) return { change: replay, events: [] };

  const unit = { tx, now: toLater(new Date(time).toISOString(), ledger.changed_at), time, context };
  const recorder = new Recorder({ ...unit, number: ledger.number, newId: () => newId(time) });
  let changedAt = unit.now;
  const value = await apply({
    ...unit,
    newId: () => newId(time),
    record: (entry) => recorder.record(entry),
    writeRecords: () => recorder.flush(),
    resetDates: () => {
      changedAt = new Date(time).toISOString();
    },
  });
  const { activities, events, number } = recorder;
  const change: Change<Value> = { value, activities, replayed: false };
  const hasEffect = activities.length > 0 || context.idempotency !== undefined;
  if (context.dryRun || !hasEffect) throw new RolledBack(change);

  await recorder.flush();
  await tx.updateTable('ledger').set({ number, changed_at: changedAt }).where('id', '=', 1).execute();
  await saveReplay(tx, context, time, value);
  await trimFeed(tx, number);
  return { change, events };
}

function lockLedger(tx: Queryable, { supportsRowLocks }: Engine) {
  return tx
    .selectFrom('ledger')
    .select(['number', 'changed_at'])
    .where('id', '=', 1)
    .$if(supportsRowLocks, (query) => query.forUpdate())
    .executeTakeFirstOrThrow();
}

function trimFeed(tx: Queryable, latest: number) {
  return tx
    .deleteFrom('changes')
    .where('number', '<=', latest - MAX_FEED_LENGTH)
    .execute();
}

function toLater(one: string, other: string): string {
  return one > other ? one : other;
}
