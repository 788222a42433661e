import type { KyselyConfig } from 'kysely';
import type { Db, Queryable } from './schema.js';
import type { ClusteredTables } from './schema-builder.js';

/** What is logged of each statement; for the tests that read its plan. */
export type StatementLog = KyselyConfig['log'];

/** What the one store needs of a database, and engines do each in their own way. */
export interface Engine {
  /** For single statements outside a transaction, which only read. */
  readonly reader: Db;
  /** For several that are to see one state: runs `run` in a transaction that only reads. */
  readTransaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T>;
  /**
   * Runs `run` in one transaction that is committed when the promise is fulfilled, and leaves nothing behind otherwise.
   * Where the engine says that two transactions got into each other's way, `run` is run again.
   */
  transaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T>;
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
  /** Tells other processes that something was committed, where the engine can. */
  notify(): Promise<void>;
  /** Calls `wake` soon after another process committed something, as well as the engine can; returns what ends it. */
  listen(wake: () => void): () => void;
  close(): Promise<void>;
}
