import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, type RawBuilder, sql } from 'kysely';
import type pg from 'pg';
import { loadOptionalPackage } from '../../optional-package.js';
import type { Engine, StatementLog } from '../engine.js';
import type { Queryable, Tables } from '../schema.js';
import { commitOrRollback } from '../transaction.js';
import { listener } from './listener.js';

type Driver = typeof pg;

/** Loaded when a store is opened: nobody else needs it. */
const PG = {
  name: 'pg',
  range: '^8.16',
  load: async (): Promise<Driver> => (await import('pg')).default,
};

/** What the engine needs to know; times in milliseconds. */
export interface PostgresSettings {
  readonly connectionString: string;
  readonly schema: string;
  readonly poolSize?: number | undefined;
  readonly connectionTimeout?: number | undefined;
  readonly statementTimeout?: number | undefined;
  readonly lockTimeout?: number | undefined;
}

export async function postgresEngine(options: PostgresSettings, log?: StatementLog): Promise<Engine> {
  const driver = await loadOptionalPackage('it', PG);
  const openPool = (its: pg.PoolConfig) => newPool(driver, its);
  const { connectionString, schema, poolSize = 10 } = options;
  const { connectionTimeout = 5000, statementTimeout = 10_000, lockTimeout = 5000 } = options;
  const channel = `scopegate_${createHash('sha256').update(schema).digest('hex').slice(0, 32)}`; // of any length
  const settings: pg.PoolConfig = {
    connectionString,
    connectionTimeoutMillis: connectionTimeout,
    statement_timeout: statementTimeout,
    lock_timeout: lockTimeout,
    query_timeout: statementTimeout + 2000, // for a server that does not answer at all
    idle_in_transaction_session_timeout: statementTimeout + lockTimeout,
    keepAlive: true,
    application_name: 'scopegate',
    types: { getTypeParser: (oid, format) => getTypeParser(driver, oid, format) },
  };
  const pool = openPool({ ...settings, max: poolSize, allowExitOnIdle: true });
  const createKysely = (its: pg.Pool) => {
    const dialect = new PostgresDialect({ pool: discardBrokenClients(driver, its) });
    return new Kysely<Tables>({ dialect, ...(log !== undefined && { log }) }).withSchema(schema);
  };
  const db = createKysely(pool);

  function transaction<T>(run: (tx: Queryable) => Promise<T>, on = db): Promise<T> {
    return retryOnConflict(() => inTransaction(on, sql`begin`, run));
  }

  /** On a connection of its own, which has the time that a migration may need. */
  async function withMigrationLock<T>(run: (tx: Queryable) => Promise<T>): Promise<T> {
    const own = openPool({ ...settings, ...MIGRATION_TIMEOUTS, max: 1 });
    try {
      return await transaction(async (tx) => {
        await sql`select pg_advisory_xact_lock(hashtextextended(${`scopegate ${schema}`}, 0))`.execute(tx);
        const { rows } = await sql<{ there: unknown }>`select to_regnamespace(${schema}) as there`.execute(tx);
        if (rows[0]?.there == null) await sql`create schema ${sql.id(schema)}`.execute(tx);
        return run(tx);
      }, createKysely(own));
    } finally {
      await own.end();
    }
  }

  return {
    reader: db,
    readTransaction: (run) => inTransaction(db, sql`begin isolation level repeatable read read only`, run),
    transaction,
    withMigrationLock,
    supportsRowLocks: true,
    lockTimeout,
    clusterByPrimaryKey: (table) => table,
    violatedConstraint: (error) => {
      const { code, constraint } = error as { code?: unknown; constraint?: string };
      return code === FOREIGN_KEY_VIOLATION ? 'foreign_key' : code === UNIQUE_VIOLATION ? constraint : undefined;
    },
    isUnavailable: (error) => isUnavailable(driver, error),
    notify: async () => {
      await sql`select pg_notify(${channel}, '')`.execute(db);
    },
    listen: (wake) => listener(() => new driver.Client({ ...settings, ...LISTENING }), channel, wake),
    close: () => pool.end(),
  };
}

/** A pool whose connections may break without ending the process. */
function newPool(driver: Driver, settings: pg.PoolConfig): pg.Pool {
  const pool = new driver.Pool(settings);
  // A connection that breaks while it is in use also fails its statement, which reports the error.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined); // an idle connection broke: the pool has let go of it already
  return pool;
}

/** A connection that only listens is idle by nature. */
const LISTENING = { statement_timeout: 0, query_timeout: 5000, idle_in_transaction_session_timeout: 0 };

/** For a migration: ten minutes, its wait for another's included. */
const MIGRATION_TIMEOUTS = {
  statement_timeout: 600_000,
  lock_timeout: 600_000,
  query_timeout: 610_000,
  idle_in_transaction_session_timeout: 610_000,
};

function inTransaction<T>(
  db: Kysely<Tables>,
  begin: RawBuilder<unknown>,
  run: (tx: Queryable) => Promise<T>,
): Promise<T> {
  return db.connection().execute(async (tx) => {
    await begin.execute(tx);
    return commitOrRollback(tx, run);
  });
}

const INT8 = 20;

/** Numbers here are far below 2^53. */
function getTypeParser(driver: Driver, oid: number, format?: 'text' | 'binary') {
  return oid === INT8 ? Number : driver.types.getTypeParser(oid, format as 'text');
}

/**
 * A connection that failed other than by an error of the database is discarded: its state is unknown. So is one
 * that leads to a server, or came into a session, that takes no writes: another may lead elsewhere by now.
 */
function discardBrokenClients(driver: Driver, pool: pg.Pool): PostgresPool {
  return {
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      let broken = false;
      const query = (text: string, values: readonly unknown[]) => {
        return client.query(text, [...values]).catch((error: unknown) => {
          broken ||= !(error instanceof driver.DatabaseError) || error.code === READ_ONLY;
          throw error;
        });
      };
      return { query, release: () => client.release(broken) } as unknown as PostgresPoolClient;
    },
  };
}

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const READ_ONLY = '25006';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const MAX_ATTEMPTS = 5;

/** PostgreSQL asks for a repetition where transactions got into each other's way. */
async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if ((code !== SERIALIZATION_FAILURE && code !== DEADLOCK) || attempts === MAX_ATTEMPTS) throw error;
    }
  }
}

/**
 * By SQLSTATE: connections, resources, shutdown, time-outs, a standby's refusal to write, log-in; tables that are away, as
 * while a backup is restored, or out of reach; damage. Errors without one come from the network or from the pool.
 */
const UNAVAILABLE_STATES = /^(?:08|53|57|58|28|3D000|3F000|40001|40P01|42501|42P01|42703|55P03|25006|25P0|XX)/;
const NO_CONNECTION =
  /^Connection terminated|^timeout exceeded when trying to connect|^Query read timeout|not queryable$|pool after calling end|connection error/;

function isUnavailable(driver: Driver, error: unknown): boolean {
  const { code, syscall, message } = error as Partial<NodeJS.ErrnoException>;
  if (error instanceof driver.DatabaseError) return UNAVAILABLE_STATES.test(code ?? '');
  return syscall !== undefined || NO_CONNECTION.test(message ?? '');
}
