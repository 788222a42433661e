import type { KyselyConfig } from 'kysely';
import type { Queryable } from './schema.js';
import type { ClusteredTables } from './schema-builder.js';

/** Receives each statement; for the tests that read its plan. */
export type StatementLog = KyselyConfig['log'];

/** Whom a connection is for: the admin API and its like, the requests of gates, or the change feed. */
export type ConnectionUse = 'administration' | 'gate' | 'feed';

/** What the store needs of a database; each engine does it in its own way. */
export interface Engine {
  /** Runs a single statement, which only reads. @param use default `administration`, here and below */
  read<T>(run: (db: Queryable) => Promise<T>, use?: ConnectionUse): Promise<T>;
  /** Runs several statements that must see the same state, in a read-only transaction. */
  readTransaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T>;
  /**
   * Runs `run` in one transaction, which is committed before the promise is fulfilled, or rolled back. Where the engine
   * reports a conflict of two transactions, `run` runs again.
   */
  transaction<T>(run: (tx: Queryable) => Promise<T>, use?: ConnectionUse): Promise<T>;
  /** The same, while no other process migrates. */
  withMigrationLock<T>(run: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Whether a writer locks what it reads with `for update`; elsewhere a transaction that writes is alone. */
  readonly supportsRowLocks: boolean;
  /** Milliseconds for which a change waits for the write lock. */
  readonly lockTimeout: number;
  readonly clusterByPrimaryKey: ClusteredTables;
  /** The constraint that a statement broke: its name, or `foreign_key` where the engine does not say which. */
  violatedConstraint(error: unknown): string | undefined;
  /** Whether the error says that the database cannot be reached, or cannot do it now; not that the statement is wrong. */
  isUnavailable(error: unknown): boolean;
  /** Notifies other processes of a commit, where the engine can. */
  notify(): Promise<void>;
  /** Calls `wake` soon after another process committed, as far as the engine can; returns a function that ends it. */
  listen(wake: () => void): () => void;
  close(): Promise<void>;
}
