import { AdminError } from '../grants/errors.js';
import type { IdGenerator } from '../grants/ids.js';
import type { Activity, ActivityType } from '../grants/model.js';
import type { Change, ChangeContext, ChangeEvent } from '../grants/store.js';
import { forEachHolder, type HeldItem } from './batches.js';
import { MAX_FEED_LENGTH } from './change-feed.js';
import type { Engine } from './engine.js';
import type { Queryable } from './schema.js';

/** One change while it is being made: the only one, on whatever process. */
export interface UnitOfWork {
  readonly tx: Queryable;
  /** When it is made, RFC 3339: never before an earlier change, whatever the clocks say. */
  readonly now: string;
  /** What the clock says, in milliseconds: what expires is counted from here. */
  readonly time: number;
  readonly context: ChangeContext;
  newId(): string;
  /** Notes what was changed: the activity, whose history it belongs to, and the change event. */
  record(entry: ActivityEntry): Promise<void>;
}

export interface ActivityEntry {
  readonly type: ActivityType;
  readonly environmentId: string;
  readonly targetId: string;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
  /** The application that it is about: whose history it stands in, and whose standing it may change. */
  readonly applicationId?: string;
  /** What changes, or goes; the applications that hold it are concerned, all of them, and it stands in the history of each. */
  readonly held?: HeldItem;
  /** Whether any application of the environment may be concerned. */
  readonly isWide?: boolean;
}

/** Carries what a rolled-back transaction came to. */
class RolledBack {
  constructor(readonly change: Change<never>) {}
}

/**
 * Locks the ledger, makes the change, and commits it with its activities, its change events and its idempotency key.
 * A dry run, and a change that came to nothing, are rolled back.
 */
export async function runChange<Value>(
  engine: Engine,
  now: () => number,
  newId: IdGenerator,
  context: ChangeContext,
  make: (unit: UnitOfWork) => Promise<Value>,
): Promise<{ change: Change<Value>; events: readonly ChangeEvent[] }> {
  try {
    return await engine.transaction(async (tx) => {
      const ledger = await tx
        .selectFrom('ledger')
        .select(['number', 'changed_at'])
        .where('id', '=', 1)
        .$if(engine.supportsRowLocks, (query) => query.forUpdate())
        .executeTakeFirstOrThrow();
      const time = now();
      const at = laterIso(new Date(time).toISOString(), ledger.changed_at);

      const earlier = await findReplay<Value>(tx, context, time);
      if (earlier !== undefined) return { change: earlier, events: [] };

      const recorder = new Recorder(tx, at, context, ledger.number, () => newId(time));
      const value = await make({
        tx,
        now: at,
        time,
        context,
        newId: () => newId(time),
        record: (entry) => recorder.record(entry),
      });
      const { activities, events, number } = recorder;
      const change: Change<Value> = { value, activities, replayed: false };
      const isToKeep = activities.length > 0 || context.idempotency !== undefined;
      if (context.dryRun || !isToKeep) throw new RolledBack(change as Change<never>);
      await tx.updateTable('ledger').set({ number, changed_at: at }).where('id', '=', 1).execute();
      await saveReplay(tx, context, time, value);
      await tx
        .deleteFrom('changes')
        .where('number', '<=', number - MAX_FEED_LENGTH)
        .execute();
      return { change, events };
    });
  } catch (thrown) {
    if (thrown instanceof RolledBack) return { change: thrown.change, events: [] };
    throw thrown;
  }
}

class Recorder {
  readonly activities: Activity[] = [];
  readonly events: ChangeEvent[] = [];

  constructor(
    private readonly tx: Queryable,
    private readonly at: string,
    private readonly context: ChangeContext,
    public number: number,
    private readonly nextId: () => string,
  ) {}

  async record({
    type,
    environmentId,
    targetId,
    before,
    after,
    applicationId,
    held,
    isWide = false,
  }: ActivityEntry): Promise<void> {
    const { actor, correlationId, transactionId } = this.context;
    const number = ++this.number;
    const id = this.nextId();
    const activity: Activity = {
      id,
      environmentId,
      recordedAt: this.at,
      type,
      targetId,
      actor,
      correlationId,
      transactionId,
      before,
      after,
    };
    this.activities.push(activity);
    await this.tx
      .insertInto('activities')
      .values({
        number,
        id,
        environment_id: environmentId,
        recorded_at: this.at,
        type,
        target_id: targetId,
        actor_client: actor.client ?? null,
        actor_subject: actor.subject ?? null,
        correlation_id: correlationId,
        transaction_id: transactionId ?? null,
        before: before === undefined ? null : JSON.stringify(before),
        after: after === undefined ? null : JSON.stringify(after),
      })
      .execute();
    let concerned = 0;
    let anyOfThem = 'none';
    const addToHistories = (ids: readonly string[]) => {
      concerned += ids.length;
      anyOfThem = ids[0] ?? anyOfThem;
      const rows = ids.map((id) => ({ application_id: id, number }));
      return this.tx.insertInto('activity_applications').values(rows).execute();
    };
    if (applicationId !== undefined) await addToHistories([applicationId]);
    if (held !== undefined) await forEachHolder(this.tx, held, addToHistories);
    const affects = isWide || concerned > 1 ? 'all' : anyOfThem;
    await this.tx
      .insertInto('changes')
      .values({ number, mark: id, environment_id: environmentId, concerns: affects })
      .execute();
    this.events.push({ number, environmentId, affects });
  }
}

/** How long a key is remembered, in milliseconds. */
const KEY_LIFETIME = 24 * 60 * 60 * 1000;

/** What is kept for a change without a value, a deletion: it is no JSON. */
const NOTHING = '';

function replayCutoff(time: number): string {
  return new Date(time - KEY_LIFETIME).toISOString();
}

/** So many at once, so that no request pays for all that a busy day left behind. */
const MAX_PURGED_REPLAYS = 100;

async function findReplay<Value>(
  tx: Queryable,
  { idempotency, dryRun }: ChangeContext,
  time: number,
): Promise<Change<Value> | undefined> {
  if (idempotency === undefined || dryRun) return undefined;
  const kept = await tx
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'value'])
    .where('key', '=', idempotency.key)
    .where('created_at', '>=', replayCutoff(time))
    .executeTakeFirst();
  if (kept === undefined) return undefined;
  if (kept.fingerprint !== idempotency.fingerprint) throw new AdminError('key_reused');
  return { value: kept.value === NOTHING ? undefined : JSON.parse(kept.value), activities: [], replayed: true };
}

async function saveReplay(tx: Queryable, { idempotency }: ChangeContext, time: number, value: unknown): Promise<void> {
  if (idempotency === undefined) return;
  const old = tx
    .selectFrom('idempotency_keys')
    .select('key')
    .where('created_at', '<', replayCutoff(time))
    .orderBy('created_at')
    .limit(MAX_PURGED_REPLAYS);
  await tx.deleteFrom('idempotency_keys').where('key', 'in', old).execute();
  const { key, fingerprint } = idempotency;
  const kept = { fingerprint, value: JSON.stringify(value) ?? NOTHING, created_at: new Date(time).toISOString() };
  await tx
    .insertInto('idempotency_keys')
    .values({ key, ...kept })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(kept))
    .execute();
}

function laterIso(one: string, other: string): string {
  return one > other ? one : other;
}
