import type { GrantStore } from './grants/store.js';
import { insist, isQuantity, isText, type OptionNames, refuseUnknownOptions } from './options.js';
import { postgresEngine } from './stores/postgres/engine.js';
import { openSqlStore } from './stores/sql-store.js';

export type { GrantStore } from './grants/store.js';

export interface PostgresStoreOptions {
  /** Where the database is: `postgres://user:password@host:5432/name`, as `pg` reads it, TLS settings included. */
  readonly connectionString: string;
  /** The schema of the tables; made if there is none and the role may. Default `scopegate`. */
  readonly schema?: string | undefined;
  /** How many connections are open at most. Default 10. */
  readonly poolSize?: number | undefined;
  /** Milliseconds to wait for a connection. Default 5000. */
  readonly connectionTimeout?: number | undefined;
  /** Milliseconds that one statement may take. Default 10000. */
  readonly statementTimeout?: number | undefined;
  /** Milliseconds for which a change waits its turn. Default 5000. */
  readonly lockTimeout?: number | undefined;
  /** The clock that changes are dated by: `now()` in milliseconds since the epoch. Default the system's. */
  readonly clock?: { now(): number } | undefined;
}

/** What a timer takes. */
const MAX_INT32 = 2 ** 31 - 1;

const OPTIONS: OptionNames<PostgresStoreOptions> = {
  connectionString: true,
  schema: true,
  poolSize: true,
  connectionTimeout: true,
  statementTimeout: true,
  lockTimeout: true,
  clock: true,
};

/**
 * Opens a store on PostgreSQL, for more than one machine. Needs the package `pg`.
 *
 * A connection that breaks, or a server that is unavailable for a while, makes single calls throw `StoreUnavailableError`; the store
 * goes on by itself when the server is back.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 * @throws {Error} where the server cannot be reached, or the tables were made by a later version of scopegate; the
 *   message never has the connection string
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<GrantStore> {
  const creator = 'openPostgresStore()';
  refuseUnknownOptions(creator, options, OPTIONS, { url: 'connectionString' });
  const { connectionString, schema = 'scopegate', clock, ...limits } = options;
  insist(isText(connectionString), creator, 'connectionString', 'the address of the database', connectionString);
  insist(/^[a-z_][a-z0-9_]{0,62}$/.test(schema), creator, 'schema', 'a name in lower case', schema);
  for (const [name, value] of Object.entries(limits)) {
    const fits = value === undefined || (Number.isInteger(value) && isQuantity(value, 1) && value <= MAX_INT32);
    insist(fits, creator, name, 'a whole number above 0', value);
  }
  insist(clock === undefined || typeof clock.now === 'function', creator, 'clock', 'an object with now()', clock);
  try {
    return await openSqlStore(await postgresEngine({ connectionString, schema, ...limits }), { clock });
  } catch (cause) {
    throw new Error(`The database cannot be opened: ${(cause as Error).message}`, { cause });
  }
}
