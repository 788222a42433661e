import { context, newApplication, newEnvironment, newResource } from '../../support/stores.js';
import { describeRouter } from './fixtures/admin-api.js';
import { createWorld, type World } from './fixtures/world.js';

interface Item {
  readonly id: string;
}

const filtered = (filter: string) => new URLSearchParams({ filter }).toString();

/** Whether the length of a list is kept; otherwise only a page that is the whole list has a count. */
const isKept = (title: string) => !/ that match$|^grants of a resource$/.test(title);

describeRouter((on) => {
  let world: World;
  /** Seven items more in every list of a world; `held` is a scope that seven applications hold. */
  beforeAll(async () => {
    world = await createWorld(on.store);
    const { store } = on;
    const at = { environmentId: world.params.environmentId };
    for (let i = 0; i < 7; i++) {
      await store.environments.create(newEnvironment(`more ${i}`), context);
      const { value: resource } = await store.resources.create(at, newResource(`more ${i}`), context);
      const atResource = { ...at, resourceId: resource.id };
      await store.scopes.create(atResource, { name: `more-${i}` }, context);
      await store.scopes.create({ ...at, resourceId: world.reports.id }, { name: `of-reports-${i}` }, context);
      const { value: application } = await store.applications.create(at, newApplication(`more ${i}`), context);
      const grant = { resource: { id: resource.id }, scopes: [{ name: `more-${i}` }] };
      await store.grants.create({ ...at, applicationId: world.writer.id }, grant, context);
      const held = { resource: { id: world.reports.id }, scopes: [{ id: world.c.id }] };
      await store.grants.create({ ...at, applicationId: application.id }, held, context);
    }
  });

  const lists: [string, string, (world: World) => string][] = [
    ['environments', 'environments', () => '/environments'],
    ['resources', 'resources', ({ E }) => `${E}/resources`],
    ['resources with their scopes', 'resources', ({ E }) => `${E}/resources?expand=scopes`],
    ['scopes of a resource', 'scopes', ({ E, reports }) => `${E}/resources/${reports.id}/scopes`],
    ['scopes of an environment', 'scopes', ({ E }) => `${E}/scopes`],
    ['applications', 'applications', ({ E }) => `${E}/applications`],
    ['grants', 'grants', ({ E, writer }) => `${E}/applications/${writer.id}/grants`],
    ['grants with names', 'grants', ({ E, writer }) => `${E}/applications/${writer.id}/grants?expand=scopes`],
    ['holders', 'applications', ({ E, reports, c }) => `${E}/resources/${reports.id}/scopes/${c.id}/applications`],
    [
      'holders by coverage',
      'applications',
      ({ E, reports, c }) => `${E}/resources/${reports.id}/scopes/${c.id}/applications?coverage=hierarchical`,
    ],
    ['environments that match', 'environments', () => `/environments?${filtered('name sw "MORE"')}`],
    ['resources by name', 'resources', ({ E }) => `${E}/resources?order=-name&expand=scopes`],
    [
      'scopes of a resource that match',
      'scopes',
      ({ E, reports }) => `${E}/scopes?${filtered(`resource.id eq "${reports.id}"`)}`,
    ],
    [
      'applications that match',
      'applications',
      ({ E }) => `${E}/applications?${filtered('(name sw "more") OR name eq "x"')}`,
    ],
    ['grants of a resource', 'grants', ({ E, reports }) => `${E}/resources/${reports.id}/grants?expand=scopes`],
    ['activities', 'activities', ({ E }) => `${E}/activities`],
    ['activities of one application', 'activities', ({ E, writer }) => `${E}/activities?application=${writer.id}`],
  ];

  test.each(lists)(
    '%s lists every item once, following next forwards and prev backwards',
    async (title, name, pathOf) => {
      const path = pathOf(world);
      const all = await on.api.get(path);
      const ids: string[] = all.body._embedded[name].map(({ id }: Item) => id);
      expect(ids.length).toBeGreaterThanOrEqual(7);
      expect(new Set(ids).size).toBe(ids.length);
      expect(Object.keys(all.body._links)).toEqual(['self']);

      const first = `${path}${path.includes('?') ? '&' : '?'}limit=3`;
      const pages: { address: string; ids: string[] }[] = [];
      let address: string | undefined = first;
      while (address !== undefined) {
        const { body } = await on.api.get(address);
        const { self, next, prev } = body._links;
        expect(self.href.replace(/^https?:\/\/[^/]+\/v1/, '')).toBe(address.replace(/^https?:\/\/[^/]+\/v1/, ''));
        expect(prev !== undefined).toBe(pages.length > 0);
        expect(body.count).toBe(isKept(title) ? all.body.count : undefined);
        const shown: string[] = body._embedded[name].map(({ id }: Item) => id);
        expect(body.size).toBe(shown.length);
        expect(next === undefined || shown.length === 3).toBe(true);
        pages.push({ address, ids: shown });
        address = next?.href;
      }
      expect(pages.flatMap((page) => page.ids)).toEqual(ids);
      expect(pages).toHaveLength(Math.ceil(ids.length / 3));

      let { body } = await on.api.get(pages.at(-1)?.address as string);
      for (const page of pages.slice(0, -1).reverse()) {
        body = (await on.api.get(body._links.prev.href)).body;
        expect(body._embedded[name].map(({ id }: Item) => id)).toEqual(page.ids);
        expect(body._links).toHaveProperty('next');
      }
      expect(body._links).not.toHaveProperty('prev');
    },
  );

  test('omits next on a page that holds exactly the remaining items', async () => {
    const path = `${world.E}/applications/${world.writer.id}/grants`;
    expect((await on.api.get(`${path}?limit=7`)).body._links).not.toHaveProperty('next');
    expect((await on.api.get(`${path}?limit=6`)).body._links).toHaveProperty('next');
  });

  test('skips or repeats no other item when items change between two pages', async () => {
    const { value: resource } = await on.store.resources.create(world.params, newResource('moving'), context);
    const path = `${world.E}/resources/${resource.id}/scopes`;
    const created: string[] = [];
    for (const name of 'abcdef') created.push((await on.api.post(path, { name })).body.id);
    const first = await on.api.get(`${path}?limit=2`);
    await on.api.delete(`${path}/${created[0]}`);
    await on.api.delete(`${path}/${created[1]}`); // the one that the cursor stands on
    const last = (await on.api.post(path, { name: 'g' })).body.id;
    const second = await on.api.get(`${first.body._links.next.href.replace('limit=2', 'limit=10')}`);
    expect(second.body._embedded.scopes.map(({ id }: Item) => id)).toEqual([...created.slice(2), last]);
    const back = await on.api.get(second.body._links.prev.href);
    expect(back.body).toMatchObject({ count: 5, size: 0, _embedded: { scopes: [] } });
    expect(Object.keys(back.body._links)).toEqual(['self']);
  });

  test.each(['0', '-1', '1.5', 'ten', '', 'NaN', 'Infinity', '99999999999999999999', '0x10', '1e1', '%205', '%2B5'])(
    'rejects limit=%s',
    async (limit) => {
      const { status, body } = await on.api.get(`${world.E}/scopes?limit=${limit}`);
      expect([status, body.code, body.details]).toMatchObject([
        400,
        'INVALID_REQUEST',
        [{ code: 'INVALID_PARAMETER', target: 'limit' }],
      ]);
    },
  );

  test('rejects a repeated limit', async () => {
    expect((await on.api.get(`${world.E}/scopes?limit=1&limit=2`)).status).toBe(400);
  });

  test('returns pages of 100 items by default', async () => {
    const { value: resource } = await on.store.resources.create(world.params, newResource('large'), context);
    const at = { environmentId: world.params.environmentId, resourceId: resource.id };
    const path = `${world.E}/resources/${resource.id}/scopes`;
    for (let i = 0; i <= 100; i++) await on.store.scopes.create(at, { name: `large-${i}` }, context);
    const page = await on.api.get(path);
    expect([page.body.size, page.body.count, 'next' in page.body._links]).toEqual([100, 101, true]);
    expect((await on.api.get(page.body._links.next.href)).body).toMatchObject({ size: 1, count: 101 });
    expect((await on.api.get(`${path}?limit=101`)).body).toMatchObject({ size: 101 });
  });
});
