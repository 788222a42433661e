import type { GrantTransaction } from '../grants/store.js';
import { readApplicationStatus } from './queries/application-status.js';
import { createSubStores, type Runner } from './sub-stores.js';
import type { UnitOfWork } from './unit-of-work.js';

/** What a transaction has in common with its store. */
type SharedParts = Pick<Runner<'store'>, 'getTime' | 'cipher'>;

/** Runs the changes and reads of one `transaction()` in its unit of work. */
export class OpenTransaction {
  readonly #unit: UnitOfWork;
  readonly #shared: SharedParts;
  readonly #errors: unknown[] = [];
  #isOpen = true;

  constructor(unit: UnitOfWork, { getTime, cipher }: SharedParts) {
    this.#unit = unit;
    this.#shared = { getTime, cipher };
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @throws the first error of a call, even one that `work` caught: a part of that change may have been written */
  async complete<Value>(work: (tx: GrantTransaction) => Promise<Value>): Promise<Value> {
    try {
      const runner = this.#createRunner();
      const applicationStatus = (id: string) => runner.read(undefined, (db) => readApplicationStatus(db, id));
      const value = await work({ ...createSubStores(runner), applicationStatus });
      if (this.#errors.length > 0) throw this.#errors[0];
      return value;
    } finally {
      this.#isOpen = false;
    }
  }

  #createRunner(): Runner<'transaction'> {
    const read: Runner<'transaction'>['read'] = (environmentId, find) =>
      this.#run(environmentId, () => find(this.#unit.tx));
    return {
      change: (environmentId, conditions, apply) => {
        const context = { ...this.#unit.context, ifMatch: conditions?.ifMatch };
        return this.#run(environmentId, () => apply(this.#unit.withContext(context)));
      },
      read,
      readAll: read,
      readHistory: (environmentId, find) =>
        this.#run(environmentId, async () => {
          await this.#unit.writeRecords();
          return find(this.#unit.tx);
        }),
      ...this.#shared,
      uses: undefined,
    };
  }

  async #run<Value>(environmentId: string | undefined, start: () => Promise<Value>): Promise<Value> {
    if (!this.#isOpen) throw new TypeError('The transaction has ended.');
    try {
      await this.#unit.enter(environmentId);
      return await start();
    } catch (error) {
      this.#errors.push(error);
      throw error;
    }
  }
}
