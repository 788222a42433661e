import type { GrantStore } from 'scopegate/admin';
import { useProcesses } from '../support/processes.js';
import { context, createSetting, describeEachEngine } from '../support/stores.js';

jest.setTimeout(60_000);
const processes = useProcesses();

describeEachEngine((engine) => {
  test('returns a grant as it was before or after a concurrent change', async () => {
    const database = await engine.database();
    const store: GrantStore = await database.open();
    const { applicationAt } = await createSetting(store);
    const of = (name: string) => [{ resource: { name: 'reports' }, scopes: [{ name }] }];
    const writer = await processes.start();
    await writer.open(database);
    let isOver = false;
    const writing = (async () => {
      for (let i = 0; i < 60; i++) {
        await writer.call(
          ['grants.setAll', applicationAt, of('a'), context], // version 1: a
          ['grants.setAll', applicationAt, of('b'), context], // version 2: b
          ['grants.setAll', applicationAt, [], context],
        );
      }
    })().finally(() => {
      isOver = true;
    });

    const wrong = new Set<string>();
    let looks = 0;
    while (!isOver) {
      const page = await store.grants.list(applicationAt, { limit: 10 });
      for (const { version, scopes } of page?.items ?? []) {
        const seen = `version ${version}: ${scopes.map(({ name }) => name)}`;
        if (!['version 1: a', 'version 2: b'].includes(seen)) wrong.add(seen);
      }
      if (page?.count !== page?.items.length) wrong.add(`count ${page?.count} of ${page?.items.length}`);
      looks++;
      await new Promise(setImmediate);
    }
    await writing;
    process.stderr.write(`${looks} looks\n`);
    expect([...wrong]).toEqual([]);
    await store.close();
  });
});
