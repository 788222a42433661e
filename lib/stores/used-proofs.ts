import type { ReplayStore } from '../grants/replay-store.js';
import type { Engine } from './engine.js';
import type { StoreCalls } from './store-calls.js';

/** Of so many calls, one deletes expired keys: as many as several processes add meanwhile, and no more. */
const CALLS_PER_PURGE = 100;
const MAX_PURGED_KEYS = 1000;

/** Remembers keys in the database, for all processes that have it open. */
export class UsedProofs implements ReplayStore {
  readonly #engine: Engine;
  readonly #calls: StoreCalls;
  readonly #now: () => number;
  #callsToPurge = 0;

  constructor(engine: Engine, calls: StoreCalls, now: () => number) {
    this.#engine = engine;
    this.#calls = calls;
    this.#now = now;
  }

  remember(key: string, expiresAt: number): Promise<boolean> {
    return this.#calls.run(async () => {
      const isNew = await this.#insert(key, expiresAt);
      if (this.#callsToPurge-- === 0) {
        this.#callsToPurge = CALLS_PER_PURGE - 1;
        this.#calls.track(this.#purge()).catch(() => undefined); // the next one deletes them
      }
      return isNew;
    });
  }

  /** The primary key decides: a second insert of a key inserts nothing. */
  #insert(key: string, expiresAt: number): Promise<boolean> {
    return this.#engine.transaction(async (tx) => {
      const inserted = await tx
        .insertInto('used_proofs')
        .values({ key, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .returning('key')
        .executeTakeFirst();
      return inserted !== undefined;
    }, 'gate');
  }

  #purge(): Promise<unknown> {
    return this.#engine.transaction((tx) => {
      const expired = tx
        .selectFrom('used_proofs')
        .select('key')
        .where('expires_at', '<', this.#now())
        .orderBy('expires_at')
        .limit(MAX_PURGED_KEYS);
      return tx.deleteFrom('used_proofs').where('key', 'in', expired).execute();
    }, 'gate');
  }
}
