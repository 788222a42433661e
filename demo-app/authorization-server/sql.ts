import { setTimeout as delay } from 'node:timers/promises';
import { isPostgres } from './database-address.js';

/** The demo's own database, SQLite or PostgreSQL. */
export interface Sql {
  /** Runs one statement with parameters `$1`, `$2` … Returns its rows, also those of `returning`. */
  query(text: string, values?: readonly (string | number | null)[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}
export type Row = Readonly<Record<string, unknown>>;

/**
 * Opens a file or a `postgres:` address, and makes the tables where they are missing.
 *
 * @param tables statements of the kind `create … if not exists`, in SQL that both databases accept
 */
export function openSql(database: string, tables: readonly string[]): Promise<Sql> {
  return isPostgres(database) ? openPostgres(database, tables) : openSqlite(database, tables);
}

/** The part of `DatabaseSync` that is used, the interface of `node:sqlite` and of `@photostructure/sqlite`. */
interface DatabaseSync {
  exec(sql: string): void;
  prepare(sql: string): { all(...values: readonly unknown[]): unknown[] };
  close(): void;
}

async function openSqlite(file: string, tables: readonly string[]): Promise<Sql> {
  const Driver = await sqliteDriver();
  const database = new Driver(file);
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const prepared = (text: string) => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare(text.replace(/\$(\d)/g, '?$1'));
    statements.set(text, statement);
    return statement;
  };
  try {
    // SQLite blocks the whole process while it waits for a lock, so it waits briefly and retries.
    database.exec('pragma busy_timeout = 20');
    await whileBusy(() => database.exec('pragma journal_mode = wal; pragma synchronous = full'));
    await whileBusy(() => database.exec(`begin immediate; ${tables.join('; ')}; commit`));
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    query: (text, values = []) => whileBusy(() => prepared(text).all(...values) as Row[]),
    close: async () => database.close(),
  };
}

async function sqliteDriver(): Promise<new (file: string) => DatabaseSync> {
  const builtIn = process.getBuiltinModule?.('node:sqlite' as 'node:fs') as unknown;
  const module = builtIn ?? (await import('@photostructure/sqlite'));
  return (module as { DatabaseSync: new (file: string) => DatabaseSync }).DatabaseSync;
}

/** How long others may write before an attempt fails, in milliseconds. */
const LOCK_TIMEOUT_MS = 5000;

async function whileBusy<T>(attempt: () => T): Promise<T> {
  const deadline = performance.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      const { message } = error as Error;
      if (!/^database (?:table |schema )?is locked/.test(message) || performance.now() > deadline) throw error;
      await delay(2 + Math.random() * 20);
    }
  }
}

/** The schema of the authorization server, beside that of the grants. */
const SCHEMA = 'scopegate_demo';

async function openPostgres(connectionString: string, tables: readonly string[]): Promise<Sql> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString,
    max: 5,
    options: `-c search_path=${SCHEMA}`,
    connectionTimeoutMillis: LOCK_TIMEOUT_MS,
    statement_timeout: LOCK_TIMEOUT_MS,
    query_timeout: LOCK_TIMEOUT_MS + 2000, // for a server that does not respond at all
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'scopegate demo',
  });
  pool.on('error', () => undefined); // an idle connection broke: the pool has let go of it already
  try {
    // "if not exists" alone fails where two processes create at the same moment.
    await pool.query(
      `begin; select pg_advisory_xact_lock(hashtextextended('${SCHEMA}', 0));
       create schema if not exists ${SCHEMA}; ${tables.join('; ')}; commit`,
    );
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    query: async (text, values = []) => (await pool.query(text, [...values])).rows,
    close: () => pool.end(),
  };
}
