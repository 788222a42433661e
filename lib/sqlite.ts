import type { GrantStore } from './grants/store.js';
import { insist, isText, refuseUnknownOptions } from './options.js';
import { openSqlStore } from './stores/sql-store.js';
import { sqliteEngine } from './stores/sqlite/engine.js';

export type { GrantStore } from './grants/store.js';

export interface SqliteStoreOptions {
  /** The database file; made if there is none, its folder must exist. `':memory:'` for one that ends with the process. */
  readonly file: string;
  /** Milliseconds for which a change waits its turn while another process writes. Default 5000. */
  readonly busyTimeout?: number | undefined;
  /** The clock that changes are dated by: `now()` in milliseconds since the epoch. Default the system's. */
  readonly clock?: { now(): number } | undefined;
}

/**
 * Opens the embedded store: one file, with SQLite's write-ahead log beside it. Several processes of one machine may have
 * it open; a network file system is no place for it.
 *
 * A file that is deleted or replaced while it is open is noticed: calls are outages while there is none, or while the
 * new one lies beside the old one's `-wal` and `-shm`; then the store goes on in the new file, whose tables it takes as
 * they are. So a backup is restored under running processes: rename it into the file's place (they refuse then, since
 * the old log is there), remove `-wal` and `-shm`, and start no process in between. In the other order a process may
 * begin a new log before the renaming, which SQLite then replays into the backup. Not noticed is a file that is written
 * over in place, by `cp` for example, which SQLite does not survive.
 *
 * Never remove `-wal` or `-shm` of a file that stays. With `node:sqlite` the store begins new ones. With
 * `@photostructure/sqlite`, which cannot end a connection before its statements are collected as garbage, the file is
 * an outage for this process until it is restarted: what it wrote would be lost. There, the descriptors of a file that
 * was replaced (four for each store) are also kept until then, and no process may put a file into place that it had
 * open itself under another name.
 *
 * What is acknowledged has been synced to the disk (`synchronous=FULL`). Uses `node:sqlite` where Node has it, else
 * `@photostructure/sqlite`, which is the same interface.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 * @throws {Error} where the file cannot be opened, is no database, or was made by a later version of scopegate
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<GrantStore> {
  const creator = 'openSqliteStore()';
  refuseUnknownOptions(creator, options, ['file', 'busyTimeout', 'clock'], { path: 'file', filename: 'file' });
  const { file, busyTimeout = 5000, clock } = options;
  insist(isText(file), creator, 'file', 'the path of the database file', file);
  insist(Number.isFinite(busyTimeout) && busyTimeout >= 0, creator, 'busyTimeout', 'milliseconds', busyTimeout);
  insist(clock === undefined || typeof clock.now === 'function', creator, 'clock', 'an object with now()', clock);
  try {
    return await openSqlStore(await sqliteEngine(file, busyTimeout), { clock });
  } catch (cause) {
    throw new Error(`The database ${file} cannot be opened: ${(cause as Error).message}`, { cause });
  }
}
