import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import type { ConnectionUse, StatementLog } from '../engine.js';
import type { Tables } from '../schema.js';
import type { ConnectionBudget } from './connection-budget.js';
import type { Driver } from './driver.js';
import { breaksConnection } from './errors.js';

/** A pool whose connections may break without ending the process. */
export function createPool(driver: Driver, config: pg.PoolConfig): pg.Pool {
  const pool = new driver.Pool(config);
  // A connection that breaks while it is in use also fails its statement, which reports the error.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined); // an idle connection broke: the pool has let go of it already
  return pool;
}

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
  readonly #failuresBefore = new WeakMap<object, number>();
  #failures = 0;

  constructor(driver: Driver, pool: pg.Pool) {
    this.#driver = driver;
    this.#pool = pool;
    pool.on('connect', (client) => this.#failuresBefore.set(client, this.#failures));
  }

  /** The same connections, of which each is taken from the budget first. */
  within(budget: ConnectionBudget, use: ConnectionUse): PostgresPool {
    const connect = async () => this.#connect(await budget.take(use));
    return { connect, end: () => this.end() };
  }

  connect(): Promise<PostgresPoolClient> {
    return this.#connect(() => undefined);
  }

  async #connect(giveBack: () => void): Promise<PostgresPoolClient> {
    try {
      const client = await this.#connectSound();
      const onFailure = () => this.#failures++;
      return new CheckedOutClient(this.#driver, client, onFailure, giveBack) as unknown as PostgresPoolClient;
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

  end(): Promise<void> {
    return this.#pool.end();
  }
}

/**
 * A connection of the pool, from when it is taken to when it is given back. One that broke is thrown away, and sends
 * nothing more: a rollback would wait on a server that has fallen silent for as long as the statement before it did.
 */
class CheckedOutClient {
  readonly #driver: Driver;
  readonly #client: pg.PoolClient;
  readonly #onFailure: () => void;
  readonly #giveBack: () => void;
  #failure: unknown;

  constructor(driver: Driver, client: pg.PoolClient, onFailure: () => void, giveBack: () => void) {
    this.#driver = driver;
    this.#client = client;
    this.#onFailure = onFailure;
    this.#giveBack = giveBack;
  }

  async query(text: string, values: readonly unknown[]) {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await this.#client.query(text, [...values]);
    } catch (error) {
      if (breaksConnection(this.#driver, error)) this.#break(error);
      throw error;
    }
  }

  #break(failure: unknown): void {
    this.#failure = failure;
    this.#onFailure();
  }

  release(): void {
    this.#client.release(this.#failure !== undefined);
    this.#giveBack();
  }
}
