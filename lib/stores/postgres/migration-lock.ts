import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Clock } from '../../clock.js';
import type { Queryable } from '../schema.js';
import { isLockTimeout } from './errors.js';
import type { TimeLimits } from './time-limits.js';

/** How long a migration may take, its wait for another's and for its locks included. */
const MIGRATION_MS = 600_000;

export const MIGRATION_LIMITS: TimeLimits = { statement: MIGRATION_MS, lock: MIGRATION_MS, idle: MIGRATION_MS };

/**
 * How long a migration waits for the lock of a table. All who want the table after it wait meanwhile, so this is far less
 * than the time that live grants have for a response.
 */
const TABLE_LOCK_MS = 200;

/** The pause before the next attempt; each doubles it, up to the maximum. */
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 5000;

/**
 * Runs a migration, alone among processes that migrate this schema, in the transaction that has begun.
 *
 * A transaction that only reads, such as that of a backup, stops a change of tables for as long as it goes on. The migration
 * lets go of its locks then, and tries again after a pause: processes that are running go on.
 */
export async function runAlone<T>(
  tx: Queryable,
  schema: string,
  run: (tx: Queryable) => Promise<T>,
  clock: Pick<Clock, 'monotonic'>,
): Promise<T> {
  const deadline = clock.monotonic() + MIGRATION_MS;
  await sql`select pg_advisory_xact_lock(hashtextextended(${`scopegate ${schema}`}, 0))`.execute(tx);
  await prepareSchema(tx, schema);
  await sql.raw(`set local lock_timeout = ${TABLE_LOCK_MS}`).execute(tx);
  return retryWhileLocked(tx, run, () => clock.monotonic() > deadline);
}

interface Surroundings {
  readonly schema: unknown;
  readonly encoding: string;
}

/** @throws {Error} where the database cannot hold all characters */
async function prepareSchema(tx: Queryable, name: string): Promise<void> {
  const { rows } = await sql<Surroundings>`
    select to_regnamespace(${name}) as schema, current_setting('server_encoding') as encoding
  `.execute(tx);
  const { schema, encoding } = rows[0] as Surroundings;
  if (encoding !== 'UTF8') {
    throw new Error(
      `its encoding is ${encoding}, and must be UTF8. Create another database: create database name encoding 'UTF8' template template0.`,
    );
  }
  if (schema === null) await sql`create schema ${sql.id(name)}`.execute(tx);
}

async function retryWhileLocked<T>(
  tx: Queryable,
  run: (tx: Queryable) => Promise<T>,
  isExpired: () => boolean,
): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    await sql`savepoint migration`.execute(tx);
    try {
      return await run(tx);
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      if (isExpired()) throw new Error(LOCKED, { cause: error });
      await sql`rollback to savepoint migration`.execute(tx); // gives the locks of tables back
    }
    await delay(pause);
  }
}

const LOCKED =
  'its tables could not be migrated: a transaction, such as that of a backup, has held them for ten minutes. Open the store again once it has ended.';
