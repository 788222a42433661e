import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { type Clock, systemClock } from '../../clock.js';
import type { ChangeTransaction, Committed, ConnectionUse, Engine, StatementLog, Traced } from '../engine.js';
import type { Queryable, Tables } from '../schema.js';
import type { ClusteredTables } from '../schema-builder.js';
import { commitOrRollback } from '../transaction.js';
import { runChange } from './change-transaction.js';
import { ConnectionBudget } from './connection-budget.js';
import { type Driver, loadDriver } from './driver.js';
import { isConflict, isUnavailable, violatedConstraint } from './errors.js';
import { listener } from './listener.js';
import { MIGRATION_LIMITS, runAlone } from './migration-lock.js';
import { CautiousPool, createKysely } from './pool.js';
import { setLocally, type TimeLimits } from './time-limits.js';

/** What the engine needs to know; times in milliseconds. */
export interface PostgresSettings {
  /** `undefined` where the application has a pool. */
  readonly connectionString?: string | undefined;
  /** The application's own. */
  readonly pool?: pg.Pool | undefined;
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

/** So many connections are left to reads, whatever the number of changes that wait for each other. */
const CONNECTIONS_FOR_READS = 2;

/** Sends statements without waiting for the responses to those before; `pg` before 8.23 ignores it. */
const PIPELINE = { pipeline: true } as pg.PoolConfig;

class PostgresEngine implements Engine {
  readonly hasParallelChanges = true;
  readonly maxChanges: number;
  readonly clusterByPrimaryKey: ClusteredTables = (table) => table;
  readonly lockTimeout: number;
  readonly #driver: Driver;
  readonly #settings: PostgresSettings;
  readonly #log: StatementLog;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #limits: TimeLimits;
  readonly #pool: CautiousPool;
  readonly #budget: ConnectionBudget;
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
    const { pool = new driver.Pool(this.#configure({ max: poolSize, ...PIPELINE })) } = settings;
    const queryTimeout = statementTimeout + SILENCE_MS;
    const size = pool.options.max ?? poolSize;
    this.maxChanges = Math.max(1, size - CONNECTIONS_FOR_READS);
    this.#pool = new CautiousPool(driver, pool, { queryTimeout, isOwn: pool !== settings.pool });
    this.#budget = new ConnectionBudget(size, connectionTimeout);
    const createDb = (use: ConnectionUse) => createKysely(this.#pool.within(this.#budget, use), schema, log);
    this.#dbs = { administration: createDb('administration'), gate: createDb('gate'), feed: createDb('feed') };
  }

  /** No time limits of the server: those are of each transaction. */
  #configure(more: pg.PoolConfig): pg.PoolConfig {
    const { connectionString, pool, connectionTimeout = 5000 } = this.#settings;
    if (pool !== undefined) {
      const { options } = pool;
      return { ...options, password: options.password, ssl: options.ssl, ...more }; // these two are not enumerable
    }
    return {
      connectionString,
      connectionTimeoutMillis: connectionTimeout,
      keepAlive: true,
      allowExitOnIdle: true,
      application_name: 'scopegate',
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

  change<T extends Traced>(run: (change: ChangeTransaction) => Promise<T>): Promise<Committed<T>> {
    const settings = { schema: this.#settings.schema, limits: this.#limits, log: this.#log };
    return retryOnConflict(async () => {
      const client = await this.#pool.checkOut(await this.#budget.take('administration'));
      const release = () => client.release();
      try {
        const committed = await runChange(client, settings, run);
        committed.durable.then(release, release);
        return committed;
      } catch (error) {
        release();
        throw error;
      }
    });
  }

  /** On a connection of its own, which has the time that a migration may need. */
  async withMigrationLock<T>(run: (tx: Queryable) => Promise<T>): Promise<T> {
    const { schema } = this.#settings;
    const pool = new this.#driver.Pool(this.#configure({ max: 1 }));
    const own = new CautiousPool(this.#driver, pool, {
      queryTimeout: MIGRATION_LIMITS.statement + SILENCE_MS,
      isOwn: true,
    });
    const db = createKysely(own, schema, this.#log);
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
    const { listenConnectionString: other } = this.#settings;
    if (other === false) return () => undefined;
    const elsewhere = other === undefined ? {} : { connectionString: other };
    const config = this.#configure({ query_timeout: LISTENING_MS, ...elsewhere });
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
