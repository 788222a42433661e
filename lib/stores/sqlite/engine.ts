import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { type Clock, systemClock } from '../../clock.js';
import type { ChangeTransaction, Committed, Engine, StatementLog } from '../engine.js';
import type { Queryable, Tables } from '../schema.js';
import type { ClusteredTables } from '../schema-builder.js';
import { commitOrRollback } from '../transaction.js';
import { type Connections, closeConnections, openConnections } from './connections.js';
import { pollDataVersion } from './data-version.js';
import type { Database } from './driver.js';
import { isBusy, isUnavailable, violatedConstraint } from './errors.js';

export async function sqliteEngine(
  file: string,
  busyTimeout: number,
  log?: StatementLog,
  clock: Pick<Clock, 'monotonic'> = systemClock,
): Promise<Engine> {
  const retry: RetryWhileBusy = (attempt) => retryWhileBusy(attempt, busyTimeout, clock);
  return new SqliteEngine(await openConnections(file, retry), busyTimeout, retry, log);
}

type RetryWhileBusy = <T>(attempt: () => Promise<T>) => Promise<T>;

class SqliteEngine implements Engine {
  readonly hasParallelChanges = false;
  readonly maxChanges = 1;
  readonly lockTimeout: number;
  readonly clusterByPrimaryKey: ClusteredTables = (table) => table.modifyEnd(sql`without rowid`);
  readonly violatedConstraint = violatedConstraint;
  readonly isUnavailable = isUnavailable;
  readonly #connections: Connections;
  readonly #retry: RetryWhileBusy;
  readonly #writer: Kysely<Tables>;
  readonly #reader: Kysely<Tables>;

  constructor(connections: Connections, busyTimeout: number, retry: RetryWhileBusy, log: StatementLog) {
    const { writing, reading } = connections;
    this.lockTimeout = busyTimeout;
    this.#connections = connections;
    this.#retry = retry;
    this.#writer = createKysely(writing, log);
    this.#reader = reading === writing ? this.#writer : createKysely(reading, log);
  }

  read<T>(run: (db: Queryable) => Promise<T>): Promise<T> {
    return run(this.#reader);
  }

  readTransaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#reader.connection().execute(async (tx) => {
      await sql`begin`.execute(tx);
      return commitOrRollback(tx, run);
    });
  }

  transaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#writer.connection().execute(async (tx) => {
      await this.#retry(() => sql`begin immediate`.execute(tx));
      return commitOrRollback(tx, run);
    });
  }

  /** Alone among all that write the file. */
  async change<T>(run: (change: ChangeTransaction) => Promise<T>): Promise<Committed<T>> {
    const value = await this.transaction((tx) =>
      run({ tx, lock: async () => undefined, send: (statement) => statement.execute() }),
    );
    return { value, durable: Promise.resolve() };
  }

  withMigrationLock<T>(run: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.transaction(run);
  }

  /** Other processes poll the file. */
  async notify(): Promise<void> {}

  listen(wake: () => void): () => void {
    return pollDataVersion(this.#connections.reading, wake);
  }

  close(): Promise<void> {
    return this.#writer.connection().execute(async () => closeConnections(this.#connections));
  }
}

function createKysely(database: Database, log: StatementLog): Kysely<Tables> {
  const dialect = new SqliteDialect({ database });
  return new Kysely<Tables>({ dialect, ...(log !== undefined && { log }) });
}

/** Between two attempts to lock the file, in milliseconds. */
const RETRY_PAUSE_MS = 10;

/** Tries until the lock is free; other requests are served in the pauses. */
async function retryWhileBusy<T>(
  attempt: () => Promise<T>,
  timeout: number,
  clock: Pick<Clock, 'monotonic'>,
): Promise<T> {
  const deadline = clock.monotonic() + timeout;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || clock.monotonic() > deadline) throw error;
      await delay(RETRY_PAUSE_MS);
    }
  }
}
