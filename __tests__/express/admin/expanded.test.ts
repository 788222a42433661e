import type { GrantStore } from 'scopegate/admin';
import { context } from '../../support/stores.js';
import { describeRouter } from './fixtures/admin-api.js';
import { createWorld, type World } from './fixtures/world.js';

interface Expanded {
  readonly id: string;
  readonly _embedded: { readonly scopes: readonly object[] };
}

describeRouter((on) => {
  let world: World;
  /** The ids of all resources, in their order; three of them have 500 scopes. */
  let ids: string[];

  beforeAll(async () => {
    world = await createWorld(on.store);
    const at = world.params;
    await on.store.transaction(context, async (tx) => {
      for (const name of ['one', 'two', 'three']) {
        const { id: resourceId } = await tx.resources.create(at, { name });
        for (let i = 0; i < 500; i++) await tx.scopes.create({ ...at, resourceId }, { name: `${name}:${i}` });
      }
    });
    ids = (await allResources(on.store)).map(({ id }) => id);
  });

  const allResources = async (store: GrantStore) =>
    (await store.resources.list(world.params, { limit: 100 }))?.items ?? [];
  const read = async (address: string) => {
    const { body } = await on.api.get(address);
    const resources: Expanded[] = body._embedded.resources;
    return { links: body._links, ids: resources.map(({ id }) => id), counts: resources.map(countScopes) };
  };
  const countScopes = ({ _embedded: { scopes } }: Expanded) => scopes.length;

  test('a page with ?expand=scopes ends with the resource that brings its scopes to a thousand', async () => {
    const first = await read(`${world.E}/resources?expand=scopes`);
    expect(first.counts).toEqual([6, 2, 3, 1, 500, 500]);
    const second = await read(first.links.next.href);
    expect(second.counts).toEqual([500]);
    expect(second.links).not.toHaveProperty('next');
    expect([...first.ids, ...second.ids]).toEqual(ids);
  });

  test('the page before has the resources next to it', async () => {
    const backwards = await read(`${world.E}/resources?expand=scopes&order=-name&limit=3`);
    const last = await read(backwards.links.next.href);
    const before = await read(last.links.prev.href);
    expect(before.ids).toEqual(backwards.ids);
    const { links } = await read((await read(`${world.E}/resources?expand=scopes`)).links.next.href);
    expect((await read(links.prev.href)).counts).toEqual([500, 500]);
  });

  test('other requests are served between the scopes of two resources', async () => {
    const order: string[] = [];
    const list = on.store.scopes.list;
    const spy = jest.spyOn(on.store.scopes, 'list').mockImplementation(async (...call) => {
      order.push('scopes');
      setImmediate(() => order.push('other'));
      return list(...call);
    });
    await read(`${world.E}/resources?expand=scopes`);
    spy.mockRestore();
    expect(order.join(' ')).toBe(Array(6).fill('scopes other').join(' '));
  });
});
