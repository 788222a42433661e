import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { type Clock, systemClock } from '../../clock.js';
import type { Engine, StatementLog } from '../engine.js';
import type { Queryable, Tables } from '../schema.js';
import { commitOrRollback } from '../transaction.js';
import { type Database, loadDatabase } from './driver.js';
import { warnIfMountPoint } from './mount-point.js';

const IN_MEMORY = ':memory:';

export async function sqliteEngine(
  file: string,
  busyTimeout: number,
  log?: StatementLog,
  { monotonic }: Pick<Clock, 'monotonic'> = systemClock,
): Promise<Engine> {
  const open = await loadDatabase();
  const isInMemory = file === IN_MEMORY;
  const startTimeout = () => {
    const deadline = monotonic() + busyTimeout;
    return () => monotonic() > deadline;
  };

  const writing = await retryWhileBusy(startTimeout(), async () => openAs(open, file, configure));
  let reading = writing;
  try {
    if (!isInMemory) reading = openAs(open, file, configureToRead);
  } catch (error) {
    writing.close();
    throw error;
  }
  if (!isInMemory) warnIfMountPoint(file);
  const writer = createKysely(writing, log);
  const reader = isInMemory ? writer : createKysely(reading, log);

  function transaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T> {
    return writer.connection().execute(async (tx) => {
      await retryWhileBusy(startTimeout(), () => sql`begin immediate`.execute(tx));
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
    notify: async () => undefined, // other processes poll the file
    listen: (wake) => pollDataVersion(reading, wake),
    close: () => {
      return writer.connection().execute(async () => {
        if (reading !== writing) reading.close();
        closeWriter(writing);
      });
    },
  };
}

function openAs(open: (file: string) => Database, file: string, configure: (its: Database, file: string) => void) {
  const database = open(file);
  try {
    configure(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Moves the log into the file first: `@photostructure/sqlite` keeps a closed file open until garbage collection. */
function closeWriter(database: Database): void {
  try {
    database.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // Nothing is lost: SQLite reads the log when it opens the file again.
  }
  database.close();
}

function createKysely(database: Database, log: StatementLog): Kysely<Tables> {
  const dialect = new SqliteDialect({ database });
  return new Kysely<Tables>({ dialect, ...(log !== undefined && { log }) });
}

/** How long SQLite itself waits for a lock, in milliseconds: it stops the whole process meanwhile. */
const BUSY_TIMEOUT_MS = 20;

/** How often the file is polled for commits of other connections, in milliseconds: a read of shared memory. */
const POLL_MS = 50;

function pollDataVersion(database: Database, wake: () => void): () => void {
  /** NaN, which differs from itself, where it cannot be read: anything may have happened. */
  const readVersion = () => {
    try {
      const [row] = database.prepare('pragma data_version').all([]);
      return (row as { data_version: number }).data_version;
    } catch {
      return Number.NaN;
    }
  };
  let version = readVersion();
  const timer = setInterval(() => {
    const latest = readVersion();
    if (latest !== version) wake();
    version = latest;
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function configure(database: Database, file: string): void {
  database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const [mode] = database.prepare('pragma journal_mode = wal').all([]) as { journal_mode: string }[];
  if (file !== IN_MEMORY && mode?.journal_mode !== 'wal') {
    throw new Error('it cannot have a write-ahead log. Is it on a network file system?');
  }
  database.exec('pragma synchronous = full; pragma foreign_keys = on; pragma trusted_schema = off');
}

function configureToRead(database: Database, file: string): void {
  configure(database, file);
  database.exec('pragma query_only = on');
}

/** Between two attempts to lock the file, in milliseconds. */
const RETRY_PAUSE_MS = 10;

/** Tries until the lock is free; other requests are served in the pauses. */
async function retryWhileBusy<T>(isExpired: () => boolean, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!BUSY.test(getMessage(error)) || isExpired()) throw error;
      await delay(RETRY_PAUSE_MS);
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
