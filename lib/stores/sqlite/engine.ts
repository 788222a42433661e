import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, type KyselyConfig, SqliteDialect, sql } from 'kysely';
import type { Engine } from '../engine.js';
import type { Queryable, Tables } from '../schema.js';
import { commitOrRollback } from '../transaction.js';
import { BEGIN_WRITING } from './connection.js';
import { connections } from './connections.js';
import { type Database, loadDatabase } from './driver.js';

/** What is logged of each statement; for the tests that read its plan. */
export type StatementLog = KyselyConfig['log'];

export async function sqliteEngine(file: string, busyTimeout: number, log?: StatementLog): Promise<Engine> {
  const open = await loadDatabase();
  const isInMemory = file === ':memory:';
  const deadlineFrom = () => performance.now() + busyTimeout;

  const { connect, close } = connections(() => open(file), isInMemory ? undefined : file);
  let writing: Database;
  let reading: Database;
  try {
    writing = await retryWhileBusy(deadlineFrom(), async () => connect((database) => configure(database, isInMemory)));
    reading = isInMemory ? writing : connect(configureToRead);
  } catch (error) {
    close();
    throw error;
  }
  const writer = createKysely(writing, log);
  const reader = isInMemory ? writer : createKysely(reading, log);

  function transaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T> {
    return writer.connection().execute(async (tx) => {
      await retryWhileBusy(deadlineFrom(), () => sql.raw(BEGIN_WRITING).execute(tx));
      return commitOrRollback(tx, run);
    });
  }

  function readTransaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T> {
    return reader.connection().execute(async (tx) => {
      await sql`begin`.execute(tx);
      return commitOrRollback(tx, run);
    });
  }

  return {
    reader,
    readTransaction,
    transaction,
    withMigrationLock: transaction,
    supportsRowLocks: false,
    lockTimeout: busyTimeout,
    clusterByPrimaryKey: (table) => table.modifyEnd(sql`without rowid`),
    violatedConstraint,
    isUnavailable: (error) => UNAVAILABLE.test(getMessage(error)),
    notify: async () => undefined, // the file itself tells
    listen: (wake) => pollDataVersion(reading, wake),
    close: () => {
      return writer.connection().execute(async () => close());
    },
  };
}

function createKysely(database: Database, log: StatementLog): Kysely<Tables> {
  const dialect = new SqliteDialect({ database });
  return new Kysely<Tables>({ dialect, ...(log !== undefined && { log }) });
}

/** How long SQLite itself waits for a lock, in milliseconds: it stops the whole process meanwhile. */
const BUSY_TIMEOUT_MS = 20;

/**
 * How often the file is asked whether another connection wrote to it, in milliseconds: a read of shared memory and, to
 * see whether the file is where it was, three calls of `stat`.
 */
const POLL_MS = 50;

function pollDataVersion(database: Database, wake: () => void): () => void {
  /** Where that cannot be told, something may have happened. */
  const versionOf = () => {
    try {
      const [row] = database.prepare('pragma data_version').all([]);
      return (row as { data_version: number }).data_version;
    } catch {
      return Number.NaN;
    }
  };
  let version = versionOf();
  const timer = setInterval(() => {
    const latest = versionOf();
    if (latest !== version) wake();
    version = latest;
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function configure(database: Database, isInMemory: boolean): void {
  database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const [mode] = database.prepare('pragma journal_mode = wal').all([]) as { journal_mode: string }[];
  if (!isInMemory && mode?.journal_mode !== 'wal') {
    throw new Error('it cannot have a write-ahead log. Is it on a network file system?');
  }
  database.exec('pragma synchronous = full; pragma foreign_keys = on; pragma trusted_schema = off');
}

function configureToRead(database: Database): void {
  configure(database, false);
  database.exec('pragma query_only = on');
}

/** Tries until the lock is free; others are served in the pauses. */
async function retryWhileBusy<T>(deadline: number, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!BUSY.test(getMessage(error)) || performance.now() > deadline) throw error;
      await delay(2 + Math.random() * BUSY_TIMEOUT_MS);
    }
  }
}

/** The words of SQLite's own errors (sqlite3_errstr); not every driver hands on their numbers. */
const BUSY = /^database (?:table |schema )?is locked/;
const UNAVAILABLE =
  /^(?:database (?:table |schema )?is locked|database or disk is full|disk I\/O error|attempt to write a readonly database|unable to open database file|database disk image is malformed|malformed database schema|file is not a database|unsupported file format|no such (?:table|column)|locking protocol|out of memory|statement has been finalized|database is not open)/;

const CONSTRAINT_OF_COLUMNS: Readonly<Record<string, string>> = {
  'environments.name': 'environments_name',
  'resources.environment_id, resources.name': 'resources_name',
  'scopes.resource_id, scopes.name': 'scopes_name',
  'grant_scopes.application_id, grant_scopes.scope_name': 'grant_scopes_pkey',
};

function violatedConstraint(error: unknown): string | undefined {
  const message = getMessage(error);
  if (message.startsWith('FOREIGN KEY constraint failed')) return 'foreign_key';
  const [, columns = ''] = /^UNIQUE constraint failed: (.*)$/.exec(message) ?? [];
  return CONSTRAINT_OF_COLUMNS[columns];
}

function getMessage(error: unknown): string {
  return String((error as { message?: unknown } | undefined)?.message ?? '');
}
