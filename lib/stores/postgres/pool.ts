import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import type { ConnectionUse, StatementLog } from '../engine.js';
import type { Tables } from '../schema.js';
import type { ConnectionBudget } from './connection-budget.js';
import { type Driver, getTypeParser } from './driver.js';
import { breaksConnection } from './errors.js';

export function createKysely(pool: PostgresPool, schema: string, log: StatementLog): Kysely<Tables> {
  const dialect = new PostgresDialect({ pool });
  return new Kysely<Tables>({ dialect, ...(log !== undefined && { log }) }).withSchema(schema);
}

/**
 * Replaces connections after a failure of the network: where one broke or fell silent, the others that were open at the
 * time probably did as well, and each would fail a call of its own.
 */
export class CautiousPool implements PostgresPool {
  readonly #driver: Driver;
  readonly #pool: pg.Pool;
  readonly #settings: PoolSettings;
  readonly #failuresBefore = new WeakMap<object, number>();
  #failures = 0;

  constructor(driver: Driver, pool: pg.Pool, settings: PoolSettings) {
    this.#driver = driver;
    this.#pool = pool;
    this.#settings = settings;
    pool.on('connect', this.#onConnect);
    pool.on('error', ignore); // an idle connection broke: the pool has let go of it already
  }

  /** A connection that breaks while it is in use also fails its statement, which reports the error. */
  readonly #onConnect = (client: pg.PoolClient): void => {
    client.on('error', ignore);
    this.#failuresBefore.set(client, this.#failures);
  };

  /** The same connections, of which each is taken from the budget first. */
  within(budget: ConnectionBudget, use: ConnectionUse): PostgresPool {
    const connect = async () => (await this.checkOut(await budget.take(use))) as unknown as PostgresPoolClient;
    return { connect, end: () => this.end() };
  }

  /** For a query builder. */
  async connect(): Promise<PostgresPoolClient> {
    return (await this.checkOut(ignore)) as unknown as PostgresPoolClient;
  }

  /** @param giveBack called when the connection is released, or is unavailable */
  async checkOut(giveBack: () => void): Promise<CheckedOutClient> {
    try {
      const client = await this.#connectSound();
      const { queryTimeout } = this.#settings;
      const onFailure = () => this.#failures++;
      return new CheckedOutClient(this.#driver, client, { queryTimeout, onFailure, giveBack });
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  async #connectSound(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      if (this.#failuresBefore.get(client) === this.#failures) return client;
      client.release(true);
    }
  }

  /** A pool of the application goes on. */
  async end(): Promise<void> {
    if (this.#settings.isOwn) return this.#pool.end();
    this.#pool.off('connect', this.#onConnect);
    this.#pool.off('error', ignore);
  }
}

export interface PoolSettings {
  /** Milliseconds after which a server that says nothing is given up. */
  readonly queryTimeout: number;
  /** Whether the store made the pool. */
  readonly isOwn: boolean;
}

function ignore(): void {}

interface ClientSettings {
  readonly queryTimeout: number;
  readonly onFailure: () => void;
  readonly giveBack: () => void;
}

/**
 * A connection of the pool, from when it is taken to when it is given back. One that broke is thrown away, and sends
 * nothing more: a rollback would wait on a server that has fallen silent for as long as the statement before it did.
 */
export class CheckedOutClient {
  readonly #driver: Driver;
  readonly #client: pg.PoolClient;
  readonly #settings: ClientSettings;
  #last: Promise<unknown> = Promise.resolve();
  #failure: unknown;

  constructor(driver: Driver, client: pg.PoolClient, settings: ClientSettings) {
    this.#driver = driver;
    this.#client = client;
    this.#settings = settings;
  }

  /** Sends the statement at once, where the driver can: since `pg` 8.23, for a connection with `pipeline`. */
  query(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    if ((this.#client as { pipeline?: boolean }).pipeline === true) return this.#send(text, values);
    const response = this.#last.then(() => this.#send(text, values));
    this.#last = response.catch(() => undefined);
    return response;
  }

  async #send(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await this.#client.query({
        text,
        values: [...values],
        types: { getTypeParser: (oid: number, format?: 'text' | 'binary') => getTypeParser(this.#driver, oid, format) },
        query_timeout: this.#settings.queryTimeout,
      } as pg.QueryConfig);
    } catch (error) {
      if (breaksConnection(this.#driver, error)) this.#break(error);
      throw error;
    }
  }

  #break(failure: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#settings.onFailure();
  }

  release(): void {
    this.#client.release(this.#failure !== undefined);
    this.#settings.giveBack();
  }
}
