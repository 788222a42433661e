import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, type KyselyConfig, SqliteDialect, sql } from 'kysely';
import type { GrantStore } from '../grants/store.js';
import { insist, isText, refuseUnknownOptions } from '../options.js';
import type { Engine } from './engine.js';
import { openSqlStore } from './sql-store.js';
import { type Database, loadDatabase } from './sqlite-database.js';
import type { Tables, Tx } from './tables.js';

export type { GrantStore } from '../grants/store.js';

export interface SqliteStoreOptions {
  /** The database file; made if there is none, its folder must exist. `':memory:'` for one that ends with the process. */
  readonly file: string;
  /** Milliseconds for which a change waits its turn while another process writes. Default 5000. */
  readonly busyTimeout?: number | undefined;
  /** The clock that changes are dated by: `now()` in milliseconds since the epoch. Default the system's. */
  readonly clock?: { now(): number } | undefined;
}

/**
 * Opens the embedded store: one file, with SQLite's write-ahead log beside it. Several processes of one machine may have
 * it open; a network file system is no place for it.
 *
 * What is acknowledged has been synced to the disk (`synchronous=FULL`). Uses `node:sqlite` where Node has it, else
 * `@photostructure/sqlite`, which is the same interface.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 * @throws {Error} where the file cannot be opened, is no database, or was made by a later version of scopegate
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<GrantStore> {
  const creator = 'openSqliteStore()';
  refuseUnknownOptions(creator, options, ['file', 'busyTimeout', 'clock'], { path: 'file', filename: 'file' });
  const { file, busyTimeout = 5000, clock } = options;
  insist(isText(file), creator, 'file', 'the path of the database file', file);
  insist(Number.isFinite(busyTimeout) && busyTimeout >= 0, creator, 'busyTimeout', 'milliseconds', busyTimeout);
  insist(clock === undefined || typeof clock.now === 'function', creator, 'clock', 'an object with now()', clock);
  try {
    return await openSqlStore(await sqliteEngine(file, busyTimeout), { clock });
  } catch (cause) {
    throw new Error(`The database ${file} cannot be opened: ${(cause as Error).message}`, { cause });
  }
}

/** What is logged of each statement; for the tests that read its plan. */
export type StatementLog = KyselyConfig['log'];

export async function sqliteEngine(file: string, busyTimeout: number, log?: StatementLog): Promise<Engine> {
  const open = await loadDatabase();
  const isInMemory = file === ':memory:';
  const deadlineFrom = () => performance.now() + busyTimeout;

  const writing = open(file);
  const databases = [writing];
  const writer = kyselyOn(writing, log);
  let reader = writer;
  try {
    await whileBusy(deadlineFrom(), async () => configure(writing, isInMemory));
    if (!isInMemory) {
      const reading = open(file);
      databases.unshift(reading);
      configure(reading, false);
      reading.exec('pragma query_only = on');
      reader = kyselyOn(reading, log);
    }
  } catch (error) {
    for (const each of databases) each.close();
    throw error;
  }

  async function transaction<T>(run: (tx: Tx) => Promise<T>): Promise<T> {
    return writer.connection().execute(async (tx) => {
      await whileBusy(deadlineFrom(), () => sql`begin immediate`.execute(tx));
      try {
        const result = await run(tx);
        await sql`commit`.execute(tx);
        return result;
      } catch (error) {
        await sql`rollback`.execute(tx).catch(() => undefined); // an error may have ended it already
        throw error;
      }
    });
  }

  return {
    reader,
    transaction,
    alone: transaction,
    locksRows: false,
    patience: busyTimeout,
    clustered: (table) => table.modifyEnd(sql`without rowid`),
    brokenConstraint,
    isOutage: (error) => OUTAGE.test(messageOf(error)),
    close: () => {
      return writer.connection().execute(async () => {
        for (const each of databases) each.close();
      });
    },
  };
}

function kyselyOn(database: Database, log: StatementLog): Kysely<Tables> {
  const dialect = new SqliteDialect({ database });
  return new Kysely<Tables>({ dialect, ...(log !== undefined && { log }) });
}

/** How long SQLite itself waits for a lock, in milliseconds: it stops the whole process meanwhile. */
const STANDSTILL = 20;

function configure(database: Database, isInMemory: boolean): void {
  database.exec(`pragma busy_timeout = ${STANDSTILL}`);
  const [mode] = database.prepare('pragma journal_mode = wal').all([]) as { journal_mode: string }[];
  if (!isInMemory && mode?.journal_mode !== 'wal') {
    throw new Error('it cannot have a write-ahead log. Is it on a network file system?');
  }
  database.exec('pragma synchronous = full; pragma foreign_keys = on; pragma trusted_schema = off');
}

/** Tries until the lock is free; others are served in the pauses. */
async function whileBusy<T>(deadline: number, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!BUSY.test(messageOf(error)) || performance.now() > deadline) throw error;
      await delay(2 + Math.random() * STANDSTILL);
    }
  }
}

/** The words of SQLite's own errors (sqlite3_errstr); not every driver hands on their numbers. */
const BUSY = /^database (?:table |schema )?is locked/;
const OUTAGE =
  /^(?:database (?:table |schema )?is locked|database or disk is full|disk I\/O error|attempt to write a readonly database|unable to open database file|database disk image is malformed|file is not a database|locking protocol|out of memory|statement has been finalized|database is not open)/;

const CONSTRAINT_OF_COLUMNS: Readonly<Record<string, string>> = {
  'environments.name': 'environments_name',
  'resources.environment_id, resources.name': 'resources_name',
  'scopes.resource_id, scopes.name': 'scopes_name',
  'grant_scopes.application_id, grant_scopes.scope_name': 'grant_scopes_pkey',
};

function brokenConstraint(error: unknown): string | undefined {
  const message = messageOf(error);
  if (message.startsWith('FOREIGN KEY constraint failed')) return 'foreign_key';
  const [, columns = ''] = /^UNIQUE constraint failed: (.*)$/.exec(message) ?? [];
  return CONSTRAINT_OF_COLUMNS[columns];
}

function messageOf(error: unknown): string {
  return String((error as { message?: unknown } | undefined)?.message ?? '');
}
