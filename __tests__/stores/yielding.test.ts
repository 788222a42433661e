import { randomUUID } from 'node:crypto';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { createSetting, type Setting } from '../support/stores.js';

let store: GrantStore;
let setting: Setting;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  setting = await createSetting(store);
});
afterAll(() => store?.close());

/** Twenty changes that are asked for at once. */
function burst(onChange: () => void): Promise<unknown> {
  const { applicationAt, resource, scopes } = setting;
  const changes = Array.from({ length: 20 }, async (_, i) => {
    const granted = scopes.slice(0, i % 2 === 0 ? 1 : 2).map(({ id }) => ({ id }));
    const context = { actor: {}, correlationId: randomUUID() };
    await store.grants.setAll(applicationAt, [{ resource: { id: resource.id }, scopes: granted }], context);
    onChange();
  });
  return Promise.all(changes);
}

test('others are served between the changes of a burst on SQLite', async () => {
  const order: string[] = [];
  let isOver = false;
  const serveOthers = () => {
    order.push('other');
    if (!isOver) setImmediate(serveOthers);
  };
  setImmediate(serveOthers);
  await burst(() => order.push('change'));
  isOver = true;
  const blocks = order
    .join(' ')
    .split('other')
    .map((block) => block.split(' ').filter((each) => each === 'change').length);
  expect(Math.max(...blocks)).toBe(1); // no two changes without a turn for others
  expect(order.filter((each) => each === 'change')).toHaveLength(20);
});
