import type { IdGenerator } from '../grants/ids.js';
import type { Change, ChangeContext, ChangeEvent } from '../grants/store.js';
import type { ChangeTransaction, Engine, Trace, Traced } from './engine.js';
import { type ActivityEntry, Recorder } from './recorder.js';
import { findReplay, saveReplay } from './replays.js';
import type { Queryable } from './schema.js';
import { Turn } from './turn.js';

/** One change while it is applied. No other change of its environment runs at the same time, in any process. */
export interface UnitOfWork {
  readonly tx: Queryable;
  /** When the change is made, RFC 3339. Never before an earlier change of the environment, whatever the clocks say. */
  readonly now: string;
  /** The time of the clock in milliseconds, from which expiry is computed. */
  readonly time: number;
  readonly context: ChangeContext;
  newId(): string;
  /** Runs a statement whose result nobody needs; see {@link ChangeTransaction.send}. */
  send(statement: { execute(): Promise<unknown> }): Promise<unknown>;
  /** Records an activity with its event, and the histories that it belongs to. */
  record(entry: ActivityEntry): Promise<void>;
  /** Writes what is recorded so far, so that it can be read. */
  writeRecords(): Promise<void>;
  /** Waits for the changes of all environments, before a statement that writes the ledger. */
  waitForAll(): Promise<unknown>;
  /** Dates later changes by the clock again, where a clock that was ahead has dated earlier ones in the future. */
  resetDates(): void;
  /** The same change, which waits for the others of an environment as well. */
  enter(environmentId: string | undefined): Promise<void>;
  withContext(context: ChangeContext): UnitOfWork;
}

interface ChangeOptions<Value> {
  readonly engine: Engine;
  readonly now: () => number;
  readonly newId: IdGenerator;
  /** Whose changes it waits for; a transaction enters its environments as it comes to them. */
  readonly environmentId: string | undefined;
  readonly context: ChangeContext;
  readonly apply: (unit: UnitOfWork) => Promise<Value>;
}

/** A change that ran, and the events to publish. */
interface AppliedChange<Value> {
  readonly change: Change<Value>;
  readonly events: readonly ChangeEvent[];
  /** Fulfilled once it may be acknowledged. */
  readonly durable: Promise<unknown>;
}

/**
 * Takes its turn, applies the change, and commits it with its activities, its events and its idempotency key. A dry run is
 * rolled back.
 */
export async function runChange<Value>(options: ChangeOptions<Value>): Promise<AppliedChange<Value>> {
  try {
    const { value, durable } = await options.engine.change((transaction) => applyChange(transaction, options));
    return { change: value.change, events: (await value.recorder?.toEvents()) ?? [], durable };
  } catch (thrown) {
    if (thrown instanceof RolledBack) return { change: thrown.change, events: [], durable: Promise.resolve() };
    throw thrown;
  }
}

/** Thrown to make the engine roll back a transaction that did not fail. */
class RolledBack<Value> {
  constructor(readonly change: Change<Value>) {}
}

async function applyChange<Value>(
  transaction: ChangeTransaction,
  { engine, now, newId, environmentId, context, apply }: ChangeOptions<Value>,
): Promise<TracedChange<Value>> {
  const turn = new Turn(transaction, engine, now);
  const [replay] = await Promise.all([
    turn.takeKey(context).then(() => findReplay<Value>(transaction.tx, context, now())),
    turn.enter(environmentId),
  ]);
  if (replay !== undefined) return { change: replay, trace: toTrace(replay, context) };

  const recorder = new Recorder({ transaction, turn, engine, context, newId: () => newId(turn.time) });
  const value = await apply(createUnit({ transaction, turn, recorder, newId }, context));
  const change: Change<Value> = { value, activities: recorder.activities, replayed: false };
  if (context.dryRun) throw new RolledBack(change);

  await saveReplay(transaction, context, turn.time, value);
  await recorder.finish();
  return { change, recorder, trace: toTrace(change, context) };
}

interface TracedChange<Value> extends Traced {
  readonly change: Change<Value>;
  readonly recorder?: Recorder;
}

function toTrace({ activities }: Change<unknown>, { idempotency }: ChangeContext): Trace | undefined {
  const activity = activities.at(-1);
  if (activity !== undefined) return { activityId: activity.id };
  return idempotency && { key: idempotency.key };
}

interface UnitParts {
  readonly transaction: ChangeTransaction;
  readonly turn: Turn;
  readonly recorder: Recorder;
  readonly newId: IdGenerator;
}

function createUnit(parts: UnitParts, context: ChangeContext): UnitOfWork {
  const { transaction, turn, recorder, newId } = parts;
  return {
    tx: transaction.tx,
    context,
    get now() {
      return turn.now;
    },
    get time() {
      return turn.time;
    },
    newId: () => newId(turn.time),
    send: (statement) => transaction.send(statement),
    record: (entry) => recorder.record(entry),
    writeRecords: () => recorder.flush(),
    waitForAll: async () => recorder.waitForFeed(),
    resetDates: () => {
      turn.isReset = true;
    },
    enter: (environmentId) => turn.enter(environmentId),
    withContext: (other) => createUnit(parts, other),
  };
}
