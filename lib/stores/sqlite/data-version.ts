import type { Database } from './driver.js';

/** How often the file is polled for commits of other connections, in milliseconds: a read of shared memory. */
const POLL_MS = 50;

/** Calls `wake` after commits of other connections; returns what ends it. */
export function pollDataVersion(database: Database, wake: () => void): () => void {
  /** NaN, which differs from itself, where it cannot be read: anything may have happened. */
  const readVersion = () => {
    try {
      const [row] = database.prepare('pragma data_version').all([]);
      return (row as { data_version: number }).data_version;
    } catch {
      return Number.NaN;
    }
  };
  let version = readVersion();
  const timer = setInterval(() => {
    const latest = readVersion();
    if (latest !== version) wake();
    version = latest;
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
