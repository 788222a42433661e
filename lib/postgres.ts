import type { GrantStore } from './grants/store.js';
import { insist, isQuantity, isText, type OptionNames, refuseUnknownOptions } from './options.js';
import { type AuditOptions, parseAuditOptions } from './stores/audit-options.js';
import { postgresEngine } from './stores/postgres/engine.js';
import { openOnceUp, readMessage } from './stores/postgres/startup.js';
import { insistShowSecrets, type ShowSecrets } from './stores/show-secrets.js';
import { openSqlStore } from './stores/sql-store.js';

export type { GrantStore } from './grants/store.js';
export type { ShowSecrets } from './stores/show-secrets.js';

export interface PostgresStoreOptions extends AuditOptions {
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
  /** Milliseconds for which opening waits for a database that is not up yet. Default 0: it fails at once. */
  readonly startupTimeout?: number | undefined;
  /** The address for the connection that listens for changes, past a pooler; `false` for none. Default `connectionString`. */
  readonly listenConnectionString?: string | false | undefined;
  /** The clock that changes are dated by: `now()` in milliseconds since the epoch. Default the system's. */
  readonly clock?: { now(): number } | undefined;
  /**
   * Shows client secrets to those with the permission `applications:read:secret`, also later than at their creation. New
   * ones are then kept beside their digests, encrypted (AES-256-GCM) with `key`: 32 random bytes. A reader of both the key and
   * the database can read the secrets. Default: digests only.
   */
  readonly showSecrets?: ShowSecrets | undefined;
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
  startupTimeout: true,
  listenConnectionString: true,
  onChange: true,
  activities: true,
  clock: true,
  showSecrets: true,
};

/**
 * Opens a store on PostgreSQL, for more than one machine. Needs the package `pg`.
 *
 * A connection that breaks, or a server that is unavailable for a while, makes single calls throw `StoreUnavailableError`; the store
 * goes on by itself when the server is back. A connection on which the server falls silent is thrown away two seconds after
 * `statementTimeout`.
 *
 * Time limits are set for each transaction, and not for the session: a pooler such as PgBouncer may lie in between, in
 * session or in transaction mode. In transaction mode, `LISTEN` needs a direct connection: set `listenConnectionString`.
 *
 * @example
 * const store = await openPostgresStore({ connectionString, startupTimeout: 30_000 });
 *
 * @throws {TypeError} for wrong, unknown or missing options
 * @throws {Error} where the server cannot be reached, the encoding of the database is not UTF8, or the tables were made by a
 *   later version of scopegate; the message never has the connection string
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<GrantStore> {
  const { settings, startupTimeout, ...shared } = parseOptions(options);
  const audit = parseAuditOptions('openPostgresStore()', options);
  try {
    return await openOnceUp(
      async () => openSqlStore(await postgresEngine(settings), { ...shared, ...audit }),
      startupTimeout,
    );
  } catch (cause) {
    throw new Error(`The database cannot be opened: ${readMessage(cause)}`, { cause });
  }
}

function parseOptions(options: PostgresStoreOptions) {
  const creator = 'openPostgresStore()';
  refuseUnknownOptions(creator, options, OPTIONS, { url: 'connectionString' });
  const {
    connectionString,
    schema = 'scopegate',
    listenConnectionString,
    startupTimeout = 0,
    onChange: _onChange,
    activities: _activities,
    clock,
    showSecrets,
    ...limits
  } = options;
  insist(isText(connectionString), creator, 'connectionString', 'the address of the database', connectionString);
  insist(/^[a-z_][a-z0-9_]{0,62}$/.test(schema), creator, 'schema', 'a name in lower case', schema);
  for (const [name, value] of Object.entries(limits)) {
    insist(value === undefined || isWhole(value, 1), creator, name, 'a whole number above 0', value);
  }
  insist(isWhole(startupTimeout, 0), creator, 'startupTimeout', 'a whole number of milliseconds', startupTimeout);
  const isAddress = [undefined, false].includes(listenConnectionString as undefined) || isText(listenConnectionString);
  insist(isAddress, creator, 'listenConnectionString', 'an address, or false', listenConnectionString);
  insist(clock === undefined || typeof clock.now === 'function', creator, 'clock', 'an object with now()', clock);
  insistShowSecrets(creator, showSecrets);
  const settings = { connectionString, schema, listenConnectionString, ...limits };
  return { settings, clock, showSecrets, startupTimeout };
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isInteger(value) && isQuantity(value, least) && (value as number) <= MAX_INT32;
}
