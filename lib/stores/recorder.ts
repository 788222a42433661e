import type { Insertable } from 'kysely';
import type { Activity, ActivityType } from '../grants/model.js';
import type { ChangeContext, ChangeEvent } from '../grants/store.js';
import { forEachHolder, type HeldItem } from './batches.js';
import { type MarkedChange, toEvent } from './change-feed.js';
import type { ActivityTable, Queryable, Tables } from './schema.js';

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
  readonly tx: Queryable;
  /** When the change is made, RFC 3339. */
  readonly now: string;
  readonly context: ChangeContext;
  /** The number of the latest activity so far. */
  readonly number: number;
  readonly newId: () => string;
}

/** So many activities are written by one statement each for them, their histories and their events. */
const BATCH_SIZE = 100;

/**
 * Writes the activities of one change, the histories that they belong to, and the events of the change feed. In batches:
 * a change of ten thousand objects would spend a third of its time on these rows.
 */
export class Recorder {
  readonly activities: Activity[] = [];
  readonly events: ChangeEvent[] = [];
  readonly #options: RecorderOptions;
  readonly #pending = { activities: [] as ActivityRow[], histories: [] as HistoryRow[], events: [] as EventRow[] };
  #number: number;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#number = options.number;
  }

  /** The number of the latest activity. */
  get number(): number {
    return this.#number;
  }

  async record(entry: ActivityEntry): Promise<void> {
    const number = ++this.#number;
    const activity = this.#toActivity(entry);
    this.activities.push(activity);
    this.#pending.activities.push(toRow(activity, number));
    const affects = await this.#addHistory(entry, number);
    this.#addEvent({ number, mark: activity.id, environmentId: entry.environmentId, affects });
    if (this.#pending.activities.length >= BATCH_SIZE) await this.flush();
  }

  /** Writes what is recorded so far: before it is read, and before the change is committed. */
  async flush(): Promise<void> {
    const { tx } = this.#options;
    const { activities, histories, events } = this.#pending;
    const batch = [activities.splice(0), histories.splice(0), events.splice(0)] as const;
    if (batch[0].length > 0) await tx.insertInto('activities').values(batch[0]).execute();
    if (batch[1].length > 0) await tx.insertInto('activity_applications').values(batch[1]).execute();
    if (batch[2].length > 0) await tx.insertInto('changes').values(batch[2]).execute();
  }

  #toActivity({ type, environmentId, targetId, before, after }: ActivityEntry): Activity {
    const { newId, now, context } = this.#options;
    const { actor, correlationId, transactionId } = context;
    const id = newId();
    return {
      id,
      environmentId,
      recordedAt: now,
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
    number: number,
  ): Promise<ChangeEvent['affects']> {
    const { tx } = this.#options;
    let count = 0;
    let first = 'none';
    const insert = (ids: readonly string[]) => {
      if (count === 0) first = ids[0] ?? first;
      count += ids.length;
      this.#pending.histories.push(...ids.map((id) => ({ application_id: id, number })));
      return this.#pending.histories.length >= BATCH_SIZE ? this.flush() : Promise.resolve();
    };
    if (applicationId !== undefined) await insert([applicationId]);
    if (held !== undefined) await forEachHolder(tx, held, insert);
    return affectsEnvironment || count > 1 ? 'all' : first;
  }

  #addEvent(change: MarkedChange): void {
    const { number, mark, environmentId, affects } = change;
    this.#pending.events.push({ number, mark, environment_id: environmentId, concerns: affects });
    this.events.push(toEvent(change));
  }
}

type ActivityRow = Insertable<ActivityTable>;
type HistoryRow = Insertable<Tables['activity_applications']>;
type EventRow = Insertable<Tables['changes']>;

function toRow(activity: Activity, number: number): ActivityRow {
  const { actor, before, after } = activity;
  return {
    number,
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
