import { type Database, loadDatabase } from './driver.js';
import { warnIfMountPoint } from './mount-point.js';

const IN_MEMORY = ':memory:';

/** How long SQLite itself waits for a lock, in milliseconds: it stops the whole process meanwhile. */
const BUSY_TIMEOUT_MS = 20;

/** The connections of one store. A database in memory has one for both. */
export interface Connections {
  readonly writing: Database;
  readonly reading: Database;
}

/** @param retry tries again while the file is locked */
export async function openConnections(
  file: string,
  retry: <T>(attempt: () => Promise<T>) => Promise<T>,
): Promise<Connections> {
  const open = await loadDatabase();
  const writing = await retry(async () => openAs(open, file, configure));
  if (file === IN_MEMORY) return { writing, reading: writing };
  try {
    const reading = openAs(open, file, configureToRead);
    warnIfMountPoint(file);
    return { writing, reading };
  } catch (error) {
    writing.close();
    throw error;
  }
}

function openAs(open: (file: string) => Database, file: string, configure: (its: Database, file: string) => void) {
  const database = open(file);
  try {
    configure(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function configure(database: Database, file: string): void {
  database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const [mode] = database.prepare('pragma journal_mode = wal').all([]) as { journal_mode: string }[];
  if (file !== IN_MEMORY && mode?.journal_mode !== 'wal') {
    throw new Error('it cannot have a write-ahead log. Is it on a network file system?');
  }
  database.exec('pragma synchronous = full; pragma foreign_keys = on; pragma trusted_schema = off');
}

function configureToRead(database: Database, file: string): void {
  configure(database, file);
  database.exec('pragma query_only = on');
}

export function closeConnections({ writing, reading }: Connections): void {
  if (reading !== writing) reading.close();
  moveLogIntoFile(writing);
  writing.close();
}

/** `@photostructure/sqlite` keeps a closed file open until garbage collection. */
function moveLogIntoFile(database: Database): void {
  try {
    database.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // Nothing is lost: SQLite reads the log when it opens the file again.
  }
}
