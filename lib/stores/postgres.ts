import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely';
import pg from 'pg';
import type { GrantStore } from '../grants/store.js';
import { insist, isQuantity, isText, refuseUnknownOptions } from '../options.js';
import type { Engine } from './engine.js';
import { openSqlStore } from './sql-store.js';
import type { StatementLog } from './sqlite.js';
import type { Tables, Tx } from './tables.js';

export type { GrantStore } from '../grants/store.js';

export interface PostgresStoreOptions {
  /** Where the database is: `postgres://user:password@host:5432/name`, as `pg` reads it, TLS settings included. */
  readonly connectionString: string;
  /** The schema of the tables; made if there is none and the role may. Default `scopegate`. */
  readonly schema?: string | undefined;
  /** How many connections are open at most. Default 10. */
  readonly poolSize?: number | undefined;
  /** Milliseconds to wait for a connection. Default 5000. */
  readonly connectionTimeout?: number | undefined;
  /** Milliseconds that one statement may take. Default 10000. */
  readonly statementTimeout?: number | undefined;
  /** Milliseconds for which a change waits its turn. Default 5000. */
  readonly lockTimeout?: number | undefined;
  /** The clock that changes are dated by: `now()` in milliseconds since the epoch. Default the system's. */
  readonly clock?: { now(): number } | undefined;
}

const OPTIONS: readonly (keyof PostgresStoreOptions)[] = [
  'connectionString',
  'schema',
  'poolSize',
  'connectionTimeout',
  'statementTimeout',
  'lockTimeout',
  'clock',
];

/**
 * Opens a store on PostgreSQL, for more than one machine. Needs the package `pg`.
 *
 * A connection that breaks, or a server that is away for a while, makes single calls throw `StoreOutage`; the store
 * goes on by itself when the server is back.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 * @throws {Error} where the server cannot be reached, or the tables were made by a later version of scopegate; the
 *   message never has the connection string
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<GrantStore> {
  const creator = 'openPostgresStore()';
  refuseUnknownOptions(creator, options, OPTIONS, { url: 'connectionString' });
  const { connectionString, schema = 'scopegate', clock, ...limits } = options;
  insist(isText(connectionString), creator, 'connectionString', 'the address of the database', connectionString);
  insist(/^[a-z_][a-z0-9_]{0,62}$/.test(schema), creator, 'schema', 'a name in lower case', schema);
  for (const [name, value] of Object.entries(limits)) {
    insist(value === undefined || isQuantity(value, 1), creator, name, 'a number above 0', value);
  }
  insist(clock === undefined || typeof clock.now === 'function', creator, 'clock', 'an object with now()', clock);
  try {
    return await openSqlStore(postgresEngine({ connectionString, schema, ...limits }), { clock });
  } catch (cause) {
    throw new Error(`The database cannot be opened: ${(cause as Error).message}`, { cause });
  }
}

export function postgresEngine(
  options: Omit<PostgresStoreOptions, 'clock'> & { readonly schema: string },
  log?: StatementLog,
): Engine {
  const { connectionString, schema, poolSize = 10 } = options;
  const { connectionTimeout = 5000, statementTimeout = 10_000, lockTimeout = 5000 } = options;
  const pool = new pg.Pool({
    connectionString,
    max: poolSize,
    connectionTimeoutMillis: connectionTimeout,
    statement_timeout: statementTimeout,
    lock_timeout: lockTimeout,
    query_timeout: statementTimeout + 2000, // for a server that does not answer at all
    idle_in_transaction_session_timeout: statementTimeout + lockTimeout,
    keepAlive: true,
    application_name: 'scopegate',
    types: { getTypeParser },
  });
  pool.on('error', () => undefined); // an idle connection broke: the pool has let go of it already
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: discardingBroken(pool) }),
    ...(log !== undefined && { log }),
  }).withSchema(schema);

  function transaction<T>(run: (tx: Tx) => Promise<T>): Promise<T> {
    return again(() => db.connection().execute((tx) => commitOf(tx, run)));
  }

  return {
    reader: db,
    transaction,
    alone: (run) =>
      transaction(async (tx) => {
        await sql`set local statement_timeout = '10min'`.execute(tx);
        await sql`set local lock_timeout = '10min'`.execute(tx);
        await sql`select pg_advisory_xact_lock(hashtextextended(${`scopegate ${schema}`}, 0))`.execute(tx);
        const { rows } = await sql<{ there: unknown }>`select to_regnamespace(${schema}) as there`.execute(tx);
        if (rows[0]?.there == null) await sql`create schema ${sql.id(schema)}`.execute(tx);
        return run(tx);
      }),
    locksRows: true,
    patience: lockTimeout,
    clustered: (table) => table,
    brokenConstraint: (error) => {
      const { code, constraint } = error as { code?: unknown; constraint?: string };
      return code === FOREIGN_KEY_VIOLATION ? 'foreign_key' : code === UNIQUE_VIOLATION ? constraint : undefined;
    },
    isOutage,
    close: () => pool.end(),
  };
}

async function commitOf<T>(tx: Tx, run: (tx: Tx) => Promise<T>): Promise<T> {
  await sql`begin`.execute(tx);
  try {
    const result = await run(tx);
    await sql`commit`.execute(tx);
    return result;
  } catch (error) {
    await sql`rollback`.execute(tx).catch(() => undefined); // the connection may be gone, and the transaction with it
    throw error;
  }
}

const INT8 = 20;

/** Numbers here are far below 2^53. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  return oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text');
}

/** A connection on which something else than the database said no is not used again: nobody knows its state. */
function discardingBroken(pool: pg.Pool): PostgresPool {
  return {
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      let broken = false;
      const query = (text: string, values: readonly unknown[]) => {
        return client.query(text, [...values]).catch((error: unknown) => {
          broken ||= !(error instanceof pg.DatabaseError);
          throw error;
        });
      };
      return { query, release: () => client.release(broken) } as unknown as PostgresPoolClient;
    },
  };
}

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const MOST_ATTEMPTS = 5;

/** PostgreSQL asks for a repetition where transactions got into each other's way. */
async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if ((code !== SERIALIZATION_FAILURE && code !== DEADLOCK) || attempts === MOST_ATTEMPTS) throw error;
    }
  }
}

/**
 * By SQLSTATE: connections, resources, shutdown, time-outs, a standby's refusal to write, log-in. Errors without one come
 * from the network or from the pool.
 */
const OUTAGE_STATES = /^(?:08|53|57|58|28|3D000|40001|40P01|55P03|25006|25P0)/;
const NO_CONNECTION = /connect|timeout|socket|not queryable|pool after calling end/i;

function isOutage(error: unknown): boolean {
  const { code, syscall, message } = error as Partial<NodeJS.ErrnoException>;
  if (error instanceof pg.DatabaseError) return OUTAGE_STATES.test(code ?? '');
  return syscall !== undefined || NO_CONNECTION.test(message ?? '');
}
