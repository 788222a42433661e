import type { ExpressionBuilder, ExpressionWrapper, Insertable } from 'kysely';
import type { Activity, ActivityType } from '../grants/model.js';
import type { ChangeContext, ChangeEvent } from '../grants/store.js';
import { forEachHolder, type HeldItem } from './batches.js';
import { MAX_FEED_LENGTH, type MarkedChange, toEvent } from './change-feed.js';
import type { ChangeTransaction, Engine } from './engine.js';
import type { ActivityTable, Tables } from './schema.js';
import type { Turn } from './turn.js';

/** One thing that a change did. */
export interface ActivityEntry {
  readonly type: ActivityType;
  readonly environmentId: string;
  readonly targetId: string;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
  /** The application that changed: the activity belongs to its history, and the event affects it. */
  readonly applicationId?: string;
  /** What was changed or deleted: the activity belongs to the history of each holder, and the event affects them all. */
  readonly held?: HeldItem;
  /** Whether the event may affect any application of the environment. */
  readonly affectsEnvironment?: boolean;
}

interface RecorderOptions {
  readonly transaction: ChangeTransaction;
  readonly turn: Turn;
  readonly engine: Engine;
  readonly context: ChangeContext;
  readonly newId: () => string;
}

/** So many rows are written by one statement. */
const BATCH_SIZE = 100;

/** So many rows are kept until the end of the change: one that writes some holds the end of the feed until it commits. */
const MAX_PENDING = 5000;

/** The numbers of so many rows are computed by the database, so that nothing waits for the response of the ledger. */
const MAX_COMPUTED = 20;

/**
 * Writes the activities of one change, the histories that they belong to, and the events of the change feed: at the end,
 * and in batches. A change of ten thousand objects would spend a third of its time on these rows.
 */
export class Recorder {
  readonly activities: Activity[] = [];
  readonly #events: Omit<MarkedChange, 'number'>[] = [];
  readonly #options: RecorderOptions;
  readonly #pending = { activities: [] as Pending<ActivityRow>[], histories: [] as Pending<HistoryRow>[] };
  readonly #pendingEvents: Pending<EventRow>[] = [];
  /** How many activities have their number. */
  #numbered = 0;
  #isFeedLocked = false;
  /** The number of the latest activity that has one. */
  #latest: Promise<number> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  async record(entry: ActivityEntry): Promise<void> {
    const activity = this.#toActivity(entry);
    const place = this.activities.push(activity);
    this.#pending.activities.push({ place, row: toRow(activity) });
    const affects = await this.#addHistory(entry, place);
    const { environmentId } = entry;
    this.#events.push({ mark: activity.id, environmentId, affects });
    this.#pendingEvents.push({
      place,
      row: { mark: activity.id, environment_id: environmentId, concerns: affects },
    });
    if (this.#pending.activities.length >= MAX_PENDING) await this.flush();
  }

  /** Holds the end of the feed from now on. */
  waitForFeed(): void {
    if (!this.#isFeedLocked) this.#options.turn.waitForFeed();
    this.#isFeedLocked = true;
  }

  /** Writes what is recorded so far: before it is read, and before the change is committed. */
  async flush(): Promise<void> {
    const { tx } = this.#options.transaction;
    const activities = this.#pending.activities.splice(0);
    const histories = this.#pending.histories.splice(0);
    const events = this.#pendingEvents.splice(0);
    const rows = activities.length + histories.length + events.length;
    if (rows === 0) return;
    const numberOf = await this.#takeNumbers(rows <= MAX_COMPUTED);
    for (const batch of toBatches(activities)) {
      const values = (eb: Builder) => batch.map(({ place, row }) => ({ ...row, number: numberOf(eb, place) }));
      await this.#send(tx.insertInto('activities').values(values as never));
    }
    for (const batch of toBatches(histories)) {
      const values = (eb: Builder) => batch.map(({ place, row }) => ({ ...row, number: numberOf(eb, place) }));
      await this.#send(tx.insertInto('activity_applications').values(values as never));
    }
    for (const batch of toBatches(events)) {
      const values = (eb: Builder) => batch.map(({ place, row }) => ({ ...row, number: numberOf(eb, place) }));
      await this.#send(tx.insertInto('changes').values(values as never));
    }
  }

  /** Writes the rest, when there is anything, and shortens the feed. */
  async finish(): Promise<void> {
    await this.flush();
    if (this.activities.length === 0) return;
    const { tx } = this.#options.transaction;
    const expired = (eb: ExpressionBuilder<Tables, 'changes'>) =>
      eb('number', '<=', eb(selectNumber(eb as never), '-', MAX_FEED_LENGTH));
    await this.#send(tx.deleteFrom('changes').where(expired));
  }

  /** Once the change is committed. */
  async toEvents(): Promise<ChangeEvent[]> {
    const latest = (await this.#latest) ?? 0;
    const before = latest - this.#events.length;
    return this.#events.map((event, i) => toEvent({ ...event, number: before + i + 1 }));
  }

  /** @param isComputed whether the database computes the number of each row */
  async #takeNumbers(isComputed: boolean): Promise<NumberOf> {
    const { engine, transaction } = this.#options;
    this.waitForFeed();
    const taken = this.activities.length - this.#numbered;
    this.#numbered = this.activities.length;
    const all = this.#numbered;
    const latest = this.#advance(taken);
    this.#latest = latest;
    if (isComputed && engine.hasParallelChanges) {
      await transaction.send({ execute: () => latest });
      return (eb, place) => eb(selectNumber(eb), '-', all - place);
    }
    const last = await latest;
    return (_, place) => last - all + place;
  }

  async #advance(taken: number): Promise<number> {
    const { transaction, turn } = this.#options;
    const { now, isReset, time } = turn;
    const { number } = await transaction.tx
      .updateTable('ledger')
      .set((eb) => ({
        number: eb('number', '+', taken),
        changed_at: isReset
          ? new Date(time).toISOString()
          : eb.case().when('changed_at', '<', now).then(now).else(eb.ref('changed_at')).end(),
      }))
      .where('id', '=', 1)
      .returning('number')
      .executeTakeFirstOrThrow();
    return number;
  }

  #send(statement: { execute(): Promise<unknown> }): Promise<unknown> {
    return this.#options.transaction.send(statement);
  }

  #toActivity({ type, environmentId, targetId, before, after }: ActivityEntry): Activity {
    const { newId, turn, context } = this.#options;
    const { actor, correlationId, transactionId } = context;
    return {
      id: newId(),
      environmentId,
      recordedAt: turn.now,
      type,
      targetId,
      actor,
      correlationId,
      transactionId,
      before,
      after,
    };
  }

  /** @returns which applications the event affects: one id, `all` or `none` */
  async #addHistory(
    { applicationId, held, affectsEnvironment }: ActivityEntry,
    place: number,
  ): Promise<ChangeEvent['affects']> {
    const { tx } = this.#options.transaction;
    let count = 0;
    let first = 'none';
    const insert = (ids: readonly string[]) => {
      if (count === 0) first = ids[0] ?? first;
      count += ids.length;
      for (const id of ids) this.#pending.histories.push({ place, row: { application_id: id } });
      return this.#pending.histories.length >= MAX_PENDING ? this.flush() : Promise.resolve();
    };
    if (applicationId !== undefined) await insert([applicationId]);
    if (held !== undefined) await forEachHolder(tx, held, insert);
    return affectsEnvironment || count > 1 ? 'all' : first;
  }
}

type ActivityRow = Omit<Insertable<ActivityTable>, 'number'>;
type HistoryRow = Omit<Insertable<Tables['activity_applications']>, 'number'>;
type EventRow = Omit<Insertable<Tables['changes']>, 'number'>;

/** A row of the activity with this place among those of the change, from 1 on. */
interface Pending<Row> {
  readonly place: number;
  readonly row: Row;
}

type Builder = ExpressionBuilder<Tables, 'ledger'>;
type NumberOf = (eb: Builder, place: number) => number | ExpressionWrapper<Tables, 'ledger', number>;

function selectNumber(eb: Builder) {
  return eb.selectFrom('ledger').select('ledger.number').where('ledger.id', '=', 1).$asScalar();
}

function toBatches<Row>(rows: readonly Row[]): Row[][] {
  const batches: Row[][] = [];
  for (let i = 0; i < rows.length; i += BATCH_SIZE) batches.push(rows.slice(i, i + BATCH_SIZE));
  return batches;
}

function toRow(activity: Activity): ActivityRow {
  const { actor, before, after } = activity;
  return {
    id: activity.id,
    environment_id: activity.environmentId,
    recorded_at: activity.recordedAt,
    type: activity.type,
    target_id: activity.targetId,
    actor_client: actor.client ?? null,
    actor_subject: actor.subject ?? null,
    correlation_id: activity.correlationId,
    transaction_id: activity.transactionId ?? null,
    before: before === undefined ? null : JSON.stringify(before),
    after: after === undefined ? null : JSON.stringify(after),
  };
}
