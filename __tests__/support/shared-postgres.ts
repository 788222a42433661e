import { type Postgres, startPostgres } from './postgres.ts';

/** Where the suites find the server that they share, or why there is none. */
export const SHARED_DIRECTORY = 'SCOPEGATE_TEST_POSTGRES';
export const SHARED_FAILURE = 'SCOPEGATE_TEST_POSTGRES_FAILURE';

const shared = globalThis as { scopegatePostgres?: Promise<Postgres | undefined> };

// Jest loads this file without its map of names, so that an import has the name that the file has.

/** Before all tests of a jest project: one server for all suites that need no server of their own. */
export default async function start(): Promise<void> {
  shared.scopegatePostgres ??= startPostgres().catch((error) => {
    process.env[SHARED_FAILURE] = String(error);
    return undefined;
  });
  const server = await shared.scopegatePostgres;
  if (server !== undefined) process.env[SHARED_DIRECTORY] = server.directory;
}
