import { openAdministration } from '../../demo-app/grants.js';
import { startPostgres } from '../support/postgres.js';

jest.setTimeout(60_000);

test('the demo starts before its PostgreSQL, and waits for it', async () => {
  const server = await startPostgres();
  try {
    const database = await server.createDatabase();
    await server.kill();

    const opening = openAdministration(database);
    await Promise.race([opening.catch(() => undefined), server.start()]);

    const { store, environment } = await opening;
    expect(environment.name).toBe('demo');
    await store.close();
  } finally {
    await server.stop();
  }
});
