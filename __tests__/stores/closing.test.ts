import { StoreUnavailableError } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { causeOf, change, read } from '../support/outages.js';
import { createSetting, describeEachEngine, type Setting } from '../support/stores.js';
import { faultsOf, openTables } from '../support/tables.js';

jest.setTimeout(120_000);

describeEachEngine((engine) => {
  let setting: Setting;

  test('throws an outage after the store is closed, even when it is closed repeatedly', async () => {
    const database = await engine.database();
    const store = await database.open();
    await Promise.all([store.close(), store.close()]);
    await store.close();

    for (const call of [read, change])
      await expect(call(store)).rejects.toThrow(new StoreUnavailableError('The store is closed.'));
  });

  test.each<[string, (store: GrantStore) => Promise<unknown>]>([
    ['changes', change],
    ['reads', (store) => store.applications.list({ environmentId: setting.environment.id }, { limit: 1 })],
  ])('waits for the %s in progress when the store is closed', async (_, call) => {
    const database = await engine.database();
    const store = await database.open();
    setting = await createSetting(store);
    const calls = Array.from({ length: 30 }, () => call(store));
    const ends = calls.map((each) =>
      each.then(
        () => true,
        (thrown: unknown) => thrown,
      ),
    );

    await store.close();

    const states = await Promise.all(ends.map((end) => Promise.race([end, Promise.resolve('not ended')])));
    expect(new Set(states)).toEqual(new Set([true]));
    expect(await faultsOf(database)).toEqual([]);
  });

  test('waits for a change that times out when the store is closed', async () => {
    const database = await engine.database();
    const limit = engine.name === 'SQLite' ? { busyTimeout: 100 } : { lockTimeout: 100 };
    const store = await database.open(limit as object);
    const tables = await openTables(database);
    await tables.run(engine.name === 'SQLite' ? 'begin immediate' : 'begin');
    await tables.run('update ledger set id = id');
    const waiting = [change(store), change(store)].map((call) => causeOf(call).catch((thrown: unknown) => thrown));

    await store.close();

    for (const each of await Promise.all(waiting)) expect(each).toEqual(expect.any(String));
    await tables.run('rollback');
    await tables.close();
  });
});
