import type { Activity, ActivityType } from '../grants/model.js';
import type { ChangeContext, ChangeEvent } from '../grants/store.js';
import { forEachHolder, type HeldItem } from './batches.js';
import { type MarkedChange, toEvent } from './change-feed.js';
import type { Queryable } from './schema.js';

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

/** Writes the activities of one change, the histories that they belong to, and the events of the change feed. */
export class Recorder {
  readonly activities: Activity[] = [];
  readonly events: ChangeEvent[] = [];
  readonly #options: RecorderOptions;
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
    await this.#insertActivity(activity, number);
    const affects = await this.#insertHistory(entry, number);
    await this.#insertEvent({ number, mark: activity.id, environmentId: entry.environmentId, affects });
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

  async #insertActivity(activity: Activity, number: number): Promise<void> {
    const { actor, before, after } = activity;
    await this.#options.tx
      .insertInto('activities')
      .values({
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
      })
      .execute();
  }

  /** @returns which applications the event affects: one id, `all` or `none` */
  async #insertHistory(
    { applicationId, held, affectsEnvironment }: ActivityEntry,
    number: number,
  ): Promise<ChangeEvent['affects']> {
    const { tx } = this.#options;
    let count = 0;
    let first = 'none';
    const insert = (ids: readonly string[]) => {
      if (count === 0) first = ids[0] ?? first;
      count += ids.length;
      const rows = ids.map((id) => ({ application_id: id, number }));
      return tx.insertInto('activity_applications').values(rows).execute();
    };
    if (applicationId !== undefined) await insert([applicationId]);
    if (held !== undefined) await forEachHolder(tx, held, insert);
    return affectsEnvironment || count > 1 ? 'all' : first;
  }

  async #insertEvent(change: MarkedChange): Promise<void> {
    const { number, mark, environmentId, affects } = change;
    await this.#options.tx
      .insertInto('changes')
      .values({ number, mark, environment_id: environmentId, concerns: affects })
      .execute();
    this.events.push(toEvent(change));
  }
}
