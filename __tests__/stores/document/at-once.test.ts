import { applyDocument } from 'scopegate/admin';
import { describeEachEngine } from '../../support/stores.js';

describeEachEngine((engine) => {
  test('two processes that apply a document to an empty database at once make one environment', async () => {
    const database = await engine.database();
    const stores = await Promise.all([database.open(), database.open(), database.open()]);
    const document = { environment: { name: 'Production', type: 'PRODUCTION' as const } };

    await Promise.all(stores.map((store) => applyDocument(store, document)));
    const { items } = (await stores[0]?.environments.list({ limit: 10 })) ?? { items: [] };
    expect(items.map(({ name }) => name)).toEqual(['Production']);
    for (const store of stores) await store.close();
  });
});
