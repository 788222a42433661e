import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from './engine.js';
import type { Queryable } from './schema.js';
import { warn } from './warnings.js';

/** How long after the end of one cut the next begins, in milliseconds. */
const PAUSE_MS = 3_600_000;

/** Activities that one transaction deletes. */
const BATCH_SIZE = 500;

const DAY_MS = 86_400_000;

interface RetentionOptions {
  readonly engine: Engine;
  readonly now: () => number;
  readonly keepDays: number;
}

/**
 * Deletes the activities that are older than `keepDays`, now and every hour, in batches: no transaction takes long, and
 * none waits for the turn of changes. The change feed is not touched.
 *
 * @returns ends it, after the batch in progress
 */
export function keepActivities(options: RetentionOptions): () => Promise<void> {
  const ending = new AbortController();
  const running = repeat(options, ending.signal);
  return () => {
    ending.abort();
    return running;
  };
}

async function repeat({ engine, now, keepDays }: RetentionOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await cut(engine, new Date(now() - keepDays * DAY_MS).toISOString(), signal);
    } catch (error) {
      warn('SCOPEGATE_RETENTION', 'Old activities could not be deleted, and are tried again in an hour', error);
    }
    await delay(PAUSE_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** An environment at a time, those that were deleted included: within one, an index has the activities by their time. */
async function cut(engine: Engine, before: string, signal: AbortSignal): Promise<void> {
  let environmentId: string | undefined = '';
  while (!signal.aborted) {
    const last: string = environmentId;
    environmentId = await engine.read((db) => findNextEnvironment(db, last));
    if (environmentId === undefined) return;
    await cutEnvironment(engine, environmentId, before, signal);
  }
}

async function findNextEnvironment(db: Queryable, last: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('activities')
    .select('environment_id')
    .where('environment_id', '>', last)
    .orderBy('environment_id')
    .limit(1)
    .executeTakeFirst();
  return row?.environment_id;
}

async function cutEnvironment(
  engine: Engine,
  environmentId: string,
  before: string,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const count = await engine.transaction((tx) => deleteBatch(tx, environmentId, before));
    if (count < BATCH_SIZE) return;
    await new Promise(setImmediate);
  }
}

async function deleteBatch(tx: Queryable, environmentId: string, before: string): Promise<number> {
  const rows = await tx
    .selectFrom('activities')
    .select('number')
    .where('environment_id', '=', environmentId)
    .where('recorded_at', '<', before)
    .orderBy('recorded_at')
    .orderBy('number')
    .limit(BATCH_SIZE)
    .execute();
  if (rows.length === 0) return 0;
  const numbers = rows.map(({ number }) => number);
  await tx.deleteFrom('activity_applications').where('number', 'in', numbers).execute();
  await tx.deleteFrom('activities').where('number', 'in', numbers).execute();
  return rows.length;
}
