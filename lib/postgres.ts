import type { GrantStore } from './grants/store.js';
import {
  hasMethods,
  insist,
  isObject,
  isQuantity,
  isText,
  type OptionRules,
  oneOf,
  optional,
  readOptions,
} from './options.js';
import { type AuditOptions, parseAuditOptions } from './stores/audit-options.js';
import type { Engine } from './stores/engine.js';
import type { MigrationPlan } from './stores/migrations/migration-plan.js';
import { checkMigrations, readPlan } from './stores/migrations/plan.js';
import { type PostgresSettings, postgresEngine } from './stores/postgres/engine.js';
import { openOnceUp, readMessage } from './stores/postgres/startup.js';
import { insistShowSecrets, type ShowSecrets } from './stores/show-secrets.js';
import { openSqlStore } from './stores/sql-store.js';

export type { GrantStore } from './grants/store.js';
export type { MigrationPlan } from './stores/migrations/migration-plan.js';
export type { ShowSecrets } from './stores/show-secrets.js';

/** What is used of a `pg.Pool`. */
export interface PostgresPool {
  connect(): Promise<unknown>;
  readonly options: object;
}

export interface PostgresStoreOptions extends AuditOptions {
  /**
   * Where the database is: `postgres://user:password@host:5432/name`, as `pg` reads it, TLS settings included. Required
   * without `pool`.
   */
  readonly connectionString?: string | undefined;
  /**
   * A `pg.Pool` of the application, in place of `connectionString`: with TLS objects, or with a function for the password,
   * such as a token of the cloud. `close` does not end it. `migrate` and the connection that listens connect with the same
   * settings, beside the pool.
   */
  readonly pool?: PostgresPool | undefined;
  /**
   * What opening does about the tables. `auto` makes them, and brings older ones up to date, which needs a role that may.
   * `check` rejects where they are not those of this version; `off` does not look. Default `auto`.
   */
  readonly migrate?: 'auto' | 'check' | 'off' | undefined;
  /** The schema of the tables; made if there is none and the role may. Default `scopegate`. */
  readonly schema?: string | undefined;
  /** How many connections are open at most; not with `pool`. Default 10. */
  readonly poolSize?: number | undefined;
  /** Milliseconds to wait for a connection; not with `pool`. Default 5000. */
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

const COUNT = optional([(value: unknown) => isWhole(value, 1), 'a whole number above 0']);

const OPTIONS = {
  connectionString: optional([isText, 'the address of the database']),
  pool: optional([isPool, 'a pg.Pool']),
  migrate: oneOf('auto', 'check', 'off'),
  schema: [isSchemaName, 'a name in lower case', 'scopegate'],
  poolSize: COUNT,
  connectionTimeout: COUNT,
  statementTimeout: COUNT,
  lockTimeout: COUNT,
  startupTimeout: [(value: unknown) => isWhole(value, 0), 'a whole number of milliseconds', 0],
  listenConnectionString: optional([(value: unknown) => value === false || isText(value), 'an address, or false']),
  onChange: true,
  activities: true,
  clock: optional([hasMethods('now'), 'an object with now()']),
  showSecrets: true,
} as const satisfies OptionRules<PostgresStoreOptions>;

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
  const { settings, startupTimeout, migrate, ...shared } = parseOptions('openPostgresStore()', options);
  const audit = parseAuditOptions('openPostgresStore()', options);
  const prepare = PREPARATIONS[migrate](settings.schema);
  try {
    return await openOnceUp(
      async () => openSqlStore(await postgresEngine(settings), { ...shared, ...audit, prepare }),
      startupTimeout,
    );
  } catch (cause) {
    throw new Error(`The database cannot be opened: ${readMessage(cause)}`, { cause });
  }
}

/**
 * Reads which migrations opening a store would run, and runs none. Needs no more than the right to read.
 *
 * @example
 * const { pending } = await planPostgresMigrations({ connectionString });
 *
 * @param options those of `openPostgresStore`
 * @throws {TypeError} for wrong, unknown or missing options
 * @throws {Error} where the server cannot be reached; the message never has the connection string
 */
export async function planPostgresMigrations(options: PostgresStoreOptions): Promise<MigrationPlan> {
  const { settings, startupTimeout } = parseOptions('planPostgresMigrations()', options);
  try {
    return await openOnceUp(async () => {
      const engine = await postgresEngine(settings);
      return engine.read((db) => readPlan(db, settings.schema)).finally(() => engine.close());
    }, startupTimeout);
  } catch (cause) {
    throw new Error(`The database cannot be read: ${readMessage(cause)}`, { cause });
  }
}

type Preparation = ((engine: Engine) => Promise<void>) | undefined;

const PREPARATIONS: Readonly<Record<'auto' | 'check' | 'off', (schema: string) => Preparation>> = {
  auto: () => undefined,
  check: (schema) => (engine) => engine.read((db) => checkMigrations(db, schema)),
  off: () => async () => undefined,
};

function parseOptions(creator: string, options: PostgresStoreOptions) {
  const checked = readOptions(creator, options, OPTIONS, { url: 'connectionString' });
  checkAddress(creator, options);
  const { pool, clock, showSecrets, startupTimeout, migrate, onChange: _, activities: __, ...settings } = checked;
  insistShowSecrets(creator, showSecrets);
  return {
    settings: { ...settings, pool: pool as PostgresSettings['pool'] },
    clock,
    showSecrets,
    startupTimeout,
    migrate,
  };
}

function checkAddress(creator: string, { connectionString, pool, poolSize, connectionTimeout }: PostgresStoreOptions) {
  if (pool === undefined) {
    insist(connectionString !== undefined, creator, 'connectionString', 'the address of the database', undefined);
    return;
  }
  for (const [name, value] of Object.entries({ connectionString, poolSize, connectionTimeout })) {
    insist(value === undefined, creator, name, 'left out with "pool"', value);
  }
}

function isPool(value: unknown): boolean {
  return isObject(value) && hasMethods('connect')(value) && isObject(value.options);
}

function isSchemaName(value: unknown): boolean {
  return isText(value) && /^[a-z_][a-z0-9_]{0,62}$/.test(value);
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isInteger(value) && isQuantity(value, least) && value <= MAX_INT32;
}
