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
  /** The same for a change, which takes turns with others: see {@link ChangeTransaction}. */
  change<T extends Traced>(run: (change: ChangeTransaction) => Promise<T>): Promise<Committed<T>>;
  /** The same, while no other process migrates. */
  withMigrationLock<T>(run: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Whether changes of different environments run at the same time; elsewhere a transaction that writes is alone. */
  readonly hasParallelChanges: boolean;
  /** Milliseconds for which a change waits for its turn. */
  readonly lockTimeout: number;
  /** How many changes one process runs at the same time. */
  readonly maxChanges: number;
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

/** The row by which a change is found once it is committed: of its latest activity, or of its idempotency key. */
export type Trace = { readonly activityId: string } | { readonly key: string };

export interface Traced {
  /** None where nothing changed: what the change relied on must survive all the same. */
  readonly trace: Trace | undefined;
}

/** What was committed: the next change may begin. */
export interface Committed<T> {
  readonly value: T;
  /** Fulfilled once it survives a crash: not before may it be acknowledged. */
  readonly durable: Promise<unknown>;
}

/** What a lock is for: the changes of one environment, one idempotency key, or the end of the change feed. */
export type LockName = `environment ${string}` | `key ${string}` | 'feed';

/** The transaction of one change. */
export interface ChangeTransaction {
  readonly tx: Queryable;
  /**
   * Waits for all other changes that hold the lock, and holds it until the end of the transaction. Nothing where the
   * transaction is alone.
   */
  lock(name: LockName): Promise<unknown>;
  /**
   * Runs a statement whose result nobody needs. Where statements travel to a server, it resolves before the response: the
   * transaction is committed only if each of them succeeded, and those that follow are sent in the same flight.
   */
  send(statement: { execute(): Promise<unknown> }): Promise<unknown>;
}
