import { AsyncLocalStorage } from 'node:async_hooks';
import { StoreUnavailableError } from '../grants/errors.js';
import type { Engine } from './engine.js';
import type { OpenTransaction } from './open-transaction.js';
import { toStoreError } from './store-errors.js';

/** Runs the calls of one store: refuses those that come too late, and lets `close` wait for the others. */
export class StoreCalls {
  readonly #engine: Engine;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #transactions = new AsyncLocalStorage<OpenTransaction>();
  #closing: Promise<void> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * @throws {TypeError} within a transaction of the same store
   * @throws {StoreUnavailableError} after `close`, or where the database is unavailable
   */
  async run<Value>(start: () => Promise<Value>): Promise<Value> {
    if (this.#transactions.getStore()?.isOpen) throw new TypeError('Within a transaction, use its tx, not the store.');
    if (this.isClosed) throw new StoreUnavailableError('The store is closed.');
    try {
      return await this.track(start());
    } catch (error) {
      throw toStoreError(this.#engine, error);
    }
  }

  /** Runs `work` so that it cannot call the store itself while the transaction is open. */
  runWithin<Value>(transaction: OpenTransaction, work: () => Promise<Value>): Promise<Value> {
    return this.#transactions.run(transaction, work);
  }

  /** Lets `close` wait for a promise. */
  async track<Value>(promise: Promise<Value>): Promise<Value> {
    this.#pending.add(promise);
    try {
      return await promise;
    } finally {
      this.#pending.delete(promise);
    }
  }

  /** Closes the engine once all calls have ended. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#pending).then(() => this.#engine.close());
    return this.#closing;
  }
}
