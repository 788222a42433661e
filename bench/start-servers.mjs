import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from './postgres.mjs';

/**
 * Calls `run` with a directory and a PostgreSQL server of its own, and ends both in any case, at a signal too, after what
 * `run` has put on the list `open`: functions that end something, the last one first. With `postgres: false`, without
 * that server.
 */
export async function withServers(run, { postgres = true } = {}) {
  const open = [];
  let ending;
  function end() {
    ending ??= (async () => {
      while (open.length > 0) await open.pop()();
    })();
    return ending;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => end().finally(() => process.exit(130)));
  }

  try {
    const directory = mkdtempSync(join(tmpdir(), 'scopegate-bench-'));
    const remove = () => rmSync(directory, { recursive: true, force: true });
    process.once('exit', remove);
    open.push(async () => remove());
    const server = postgres ? await startPostgres() : undefined;
    if (server !== undefined) open.push(() => server.stop());
    await run({ directory, server, open });
  } catch (error) {
    if (ending === undefined) throw error;
    await new Promise(() => undefined); // a signal ends the process
  } finally {
    await end();
  }
}
