import type { GrantStore } from './grants/store.js';
import { hasMethods, isQuantity, isText, type OptionRules, optional, readOptions } from './options.js';
import { type AuditOptions, parseAuditOptions } from './stores/audit-options.js';
import { insistShowSecrets, type ShowSecrets } from './stores/show-secrets.js';
import { openSqlStore } from './stores/sql-store.js';
import { sqliteEngine } from './stores/sqlite/engine.js';

export type { GrantStore } from './grants/store.js';
export type { ShowSecrets } from './stores/show-secrets.js';

export interface SqliteStoreOptions extends AuditOptions {
  /** The database file; created where there is none, in a folder that must exist. `':memory:'` for one in memory. */
  readonly file: string;
  /** Milliseconds for which a change waits while another process writes. Default 5000. */
  readonly busyTimeout?: number | undefined;
  /** The clock that changes are dated by: `now()` in milliseconds since the epoch. Default the system's. */
  readonly clock?: { now(): number } | undefined;
  /**
   * Shows client secrets to those with the permission `applications:read:secret`, also later than at their creation. New
   * ones are then kept beside their digests, encrypted (AES-256-GCM) with `key`: 32 random bytes. A reader of both the key and
   * the database can read the secrets. Default: digests only.
   */
  readonly showSecrets?: ShowSecrets | undefined;
}

const OPTIONS = {
  file: [isText, 'the path of the database file'],
  busyTimeout: [(value: unknown) => isQuantity(value), 'milliseconds', 5000],
  onChange: true,
  activities: true,
  clock: optional([hasMethods('now'), 'an object with now()']),
  showSecrets: true,
} as const satisfies OptionRules<SqliteStoreOptions>;

/**
 * Opens the embedded store: one file, with SQLite's write-ahead log beside it. Several processes of one machine may have
 * it open; SQLite does not work on a network file system. Mount the folder, not the file: the store emits a warning
 * where the file is a mount point.
 *
 * Stop all processes before restoring the file.
 *
 * A change resolves after it has been synced to the disk (`synchronous=FULL`). Uses `node:sqlite` where Node has it,
 * else `@photostructure/sqlite`, which has the same interface.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 * @throws {Error} where the file cannot be opened, is no database, or was made by a later version of scopegate
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<GrantStore> {
  const creator = 'openSqliteStore()';
  const checked = readOptions(creator, options, OPTIONS, { path: 'file', filename: 'file' });
  const { file, busyTimeout, clock, showSecrets } = checked;
  insistShowSecrets(creator, showSecrets);
  const audit = parseAuditOptions(creator, options);
  try {
    return await openSqlStore(await sqliteEngine(file, busyTimeout), { clock, showSecrets, ...audit });
  } catch (cause) {
    throw new Error(`The database ${file} cannot be opened: ${(cause as Error).message}`, { cause });
  }
}
