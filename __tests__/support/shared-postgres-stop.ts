import type { Postgres } from './postgres.ts';

/** After all tests of a jest project. The second project to end finds nothing to stop. */
export default async function stop(): Promise<void> {
  const shared = globalThis as { scopegatePostgres?: Promise<Postgres | undefined> };
  const server = await shared.scopegatePostgres;
  delete shared.scopegatePostgres;
  await server?.stop();
}
