import type { ChangeContext } from '../grants/store.js';
import type { ChangeTransaction, Engine, LockName } from './engine.js';
import type { Queryable } from './schema.js';

/** What a change waits for, and when it is made. */
export class Turn {
  readonly #transaction: ChangeTransaction;
  readonly #engine: Engine;
  readonly #clock: () => number;
  readonly #entered = new Set<string>();
  #entering: Promise<void> | undefined;
  now = '';
  time = 0;
  /** Whether the clock alone dates later changes. */
  isReset = false;

  constructor(transaction: ChangeTransaction, engine: Engine, clock: () => number) {
    this.#transaction = transaction;
    this.#engine = engine;
    this.#clock = clock;
  }

  /** A request with the same key may be for another environment. */
  async takeKey({ idempotency, dryRun }: ChangeContext): Promise<void> {
    if (idempotency === undefined || dryRun) return;
    this.#lock(`key ${idempotency.key}`);
  }

  async enter(environmentId: string | undefined): Promise<void> {
    const isDated = this.now !== '';
    if (isDated && (environmentId === undefined || !this.#engine.hasParallelChanges)) return;
    if (environmentId !== undefined && this.#entered.has(environmentId)) return this.#entering;
    if (environmentId !== undefined) {
      this.#entered.add(environmentId);
      this.#lock(`environment ${environmentId}`);
    }
    this.#entering = this.#readDate();
    await this.#entering;
  }

  /** The end of the feed has one writer at a time. */
  waitForFeed(): void {
    this.#lock('feed');
  }

  /** Statements are answered in their order: those that follow run after the lock is taken, or fail as it does. */
  #lock(name: LockName): void {
    this.#transaction.lock(name).catch(() => undefined);
  }

  async #readDate(): Promise<void> {
    const { changed_at: latest } = await readLedger(this.#transaction.tx, this.#engine);
    this.time = this.#clock();
    this.now = [new Date(this.time).toISOString(), latest, this.now].reduce(toLater);
  }
}

/**
 * Until version 0.1 each change locked the row of the ledger for itself. Such a process and this one wait for each other;
 * those of this version share the lock. A later version may leave it out.
 */
function readLedger(tx: Queryable, { hasParallelChanges }: Engine) {
  return tx
    .selectFrom('ledger')
    .select('changed_at')
    .where('id', '=', 1)
    .$if(hasParallelChanges, (query) => query.forKeyShare())
    .executeTakeFirstOrThrow();
}

function toLater(one: string, other: string): string {
  return one > other ? one : other;
}
