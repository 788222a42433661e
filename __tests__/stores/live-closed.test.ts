import pg from 'pg';
import { liveGrants } from 'scopegate';
import { createSetting, describeEachEngine } from '../support/stores.js';
import { answerOf, tokenOf } from './fixtures/live-answers.js';

describeEachEngine((engine) => {
  test('refuses checks after the store is closed, and opens no connection', async () => {
    const database = await engine.database();
    const store = await database.open();
    const setting = await createSetting(store);
    const live = liveGrants({ source: store });
    await store.close();

    expect(await answerOf(live, tokenOf(setting))).toBe('grants_unavailable');
    expect(await answerOf(live, tokenOf(setting))).toBe('grants_unavailable');

    if (engine.name === 'PostgreSQL') {
      const client = new pg.Client({ connectionString: database.address });
      await client.connect();
      const ofStore = `select query from pg_stat_activity where application_name = 'scopegate' and datname = current_database()`;
      const deadline = performance.now() + 500; // long enough for a connection that must not be made
      while (performance.now() < deadline) expect((await client.query(ofStore)).rows).toEqual([]);
      await client.end();
    }
    live.close();
  });
});
