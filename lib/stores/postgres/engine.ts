import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { type Clock, systemClock } from '../../clock.js';
import type { ConnectionUse, Engine, StatementLog } from '../engine.js';
import type { Queryable, Tables } from '../schema.js';
import type { ClusteredTables } from '../schema-builder.js';
import { commitOrRollback } from '../transaction.js';
import { ConnectionBudget } from './connection-budget.js';
import { type Driver, getTypeParser, loadDriver } from './driver.js';
import { isConflict, isUnavailable, violatedConstraint } from './errors.js';
import { listener } from './listener.js';
import { MIGRATION_LIMITS, runAlone } from './migration-lock.js';
import { CautiousPool, createKysely, createPool } from './pool.js';
import { setLocally, type TimeLimits } from './time-limits.js';

/** What the engine needs to know; times in milliseconds. */
export interface PostgresSettings {
  readonly connectionString: string;
  readonly schema: string;
  readonly poolSize?: number | undefined;
  readonly connectionTimeout?: number | undefined;
  readonly statementTimeout?: number | undefined;
  readonly lockTimeout?: number | undefined;
  /** Of the connection that listens, where it is another's; `false` for none. */
  readonly listenConnectionString?: string | false | undefined;
}

export async function postgresEngine(
  settings: PostgresSettings,
  log?: StatementLog,
  clock: Pick<Clock, 'monotonic'> = systemClock,
): Promise<Engine> {
  return new PostgresEngine(await loadDriver(), settings, log, clock);
}

/** How long the client waits for a server that says nothing, beyond what the server itself takes for a statement. */
const SILENCE_MS = 2000;

/** How long the connection that listens waits for a response. */
const LISTENING_MS = 5000;

class PostgresEngine implements Engine {
  readonly supportsRowLocks = true;
  readonly clusterByPrimaryKey: ClusteredTables = (table) => table;
  readonly lockTimeout: number;
  readonly #driver: Driver;
  readonly #settings: PostgresSettings;
  readonly #log: StatementLog;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #limits: TimeLimits;
  readonly #pool: pg.Pool;
  /** All on one pool, each with its share of the connections. */
  readonly #dbs: Readonly<Record<ConnectionUse, Kysely<Tables>>>;

  constructor(driver: Driver, settings: PostgresSettings, log: StatementLog, clock: Pick<Clock, 'monotonic'>) {
    const { schema, poolSize = 10, connectionTimeout = 5000 } = settings;
    const { statementTimeout = 10_000, lockTimeout = 5000 } = settings;
    this.lockTimeout = lockTimeout;
    this.#driver = driver;
    this.#settings = settings;
    this.#log = log;
    this.#clock = clock;
    this.#limits = { statement: statementTimeout, lock: lockTimeout, idle: statementTimeout + lockTimeout };
    this.#pool = createPool(driver, this.#configure(statementTimeout + SILENCE_MS, { max: poolSize }));
    const pool = new CautiousPool(driver, this.#pool);
    const budget = new ConnectionBudget(poolSize, connectionTimeout);
    const createDb = (use: ConnectionUse) => createKysely(pool.within(budget, use), schema, log);
    this.#dbs = { administration: createDb('administration'), gate: createDb('gate'), feed: createDb('feed') };
  }

  /** No time limits of the server: those are of each transaction. */
  #configure(queryTimeout: number, more: pg.PoolConfig = {}): pg.PoolConfig {
    const { connectionString, connectionTimeout = 5000 } = this.#settings;
    return {
      connectionString,
      connectionTimeoutMillis: connectionTimeout,
      query_timeout: queryTimeout,
      keepAlive: true,
      allowExitOnIdle: true,
      application_name: 'scopegate',
      types: { getTypeParser: (oid, format) => getTypeParser(this.#driver, oid, format) },
      ...more,
    };
  }

  read<T>(run: (tx: Queryable) => Promise<T>, use: ConnectionUse = 'administration'): Promise<T> {
    return readInTransaction(this.#dbs[use], 'begin read only', this.#limits, run);
  }

  readTransaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T> {
    const db = this.#dbs.administration;
    return readInTransaction(db, 'begin isolation level repeatable read read only', this.#limits, run);
  }

  transaction<T>(run: (tx: Queryable) => Promise<T>, use: ConnectionUse = 'administration'): Promise<T> {
    return retryOnConflict(() => inTransaction(this.#dbs[use], 'begin', this.#limits, run));
  }

  /** On a connection of its own, which has the time that a migration may need. */
  async withMigrationLock<T>(run: (tx: Queryable) => Promise<T>): Promise<T> {
    const { schema } = this.#settings;
    const own = createPool(this.#driver, this.#configure(MIGRATION_LIMITS.statement + SILENCE_MS, { max: 1 }));
    const db = createKysely(new CautiousPool(this.#driver, own), schema, this.#log);
    const attempt = () => inTransaction(db, 'begin', MIGRATION_LIMITS, (tx) => runAlone(tx, schema, run, this.#clock));
    try {
      return await retryOnConflict(attempt);
    } finally {
      await own.end();
    }
  }

  violatedConstraint(error: unknown): string | undefined {
    return violatedConstraint(error);
  }

  isUnavailable(error: unknown): boolean {
    return isUnavailable(this.#driver, error);
  }

  /** One message, and so one transaction. */
  async notify(): Promise<void> {
    await sql
      .raw(`${setLocally(this.#limits)}; select pg_notify('${this.#channel}', '')`)
      .execute(this.#dbs.administration);
  }

  listen(wake: () => void): () => void {
    const { connectionString, listenConnectionString = connectionString } = this.#settings;
    if (listenConnectionString === false) return () => undefined;
    const config = this.#configure(LISTENING_MS, { connectionString: listenConnectionString });
    return listener(() => new this.#driver.Client(config), this.#channel, wake);
  }

  /** A name of a schema may be as long as one of a channel. */
  get #channel(): string {
    return `scopegate_${createHash('sha256').update(this.#settings.schema).digest('hex').slice(0, 32)}`;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

function inTransaction<T>(
  db: Kysely<Tables>,
  begin: string,
  limits: TimeLimits,
  run: (tx: Queryable) => Promise<T>,
): Promise<T> {
  return db.connection().execute((connection) =>
    commitOrRollback(connection, async (tx) => {
      await sql.raw(`${begin}; ${setLocally(limits)}`).execute(tx);
      return run(tx);
    }),
  );
}

/** Resolves with what was read, and lets the transaction end meanwhile: whether it commits makes no difference. */
function readInTransaction<T>(
  db: Kysely<Tables>,
  begin: string,
  limits: TimeLimits,
  run: (tx: Queryable) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    inTransaction(db, begin, limits, (tx) => run(tx).then(resolve)).catch(reject);
  });
}

const MAX_ATTEMPTS = 5;

async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isConflict(error) || attempts === MAX_ATTEMPTS) throw error;
    }
  }
}
