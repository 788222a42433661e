import type { Page, PageRequest } from 'scopegate/admin';
import { context, describeEachEngine, newApplication, newResource } from '../../support/stores.js';
import { all, contractStore, ids, listed, ofNames, type Prepared } from './fixtures/contract.js';

interface Item {
  readonly id?: string;
}
type Read = (p: Prepared, request: PageRequest) => Promise<Page<Item> | undefined>;

const LISTS: Readonly<Record<string, Read>> = {
  environments: ({ store }, request) => store.environments.list(request),
  resources: ({ store, at }, request) => store.resources.list(at, request),
  'scopes of a resource': ({ store, resourceAt }, request) => store.scopes.list(resourceAt, request),
  'scopes of an environment': ({ store, at }, request) => store.scopes.list(at, request),
  applications: ({ store, at }, request) => store.applications.list(at, request),
  grants: ({ store, applicationAt }, request) => store.grants.list(applicationAt, request),
  'holders by id': ({ store, at, scopeAt: { scopeId } }, request) => {
    return store.scopes.holders(at, { scopeId }, request) as Promise<Page<Item>>;
  },
  'holders by names': ({ store, at }, request) => {
    return store.scopes.holders(at, { scopeNames: ['d', 'a', 'b'] }, request) as Promise<Page<Item>>;
  },
  'resources by name': ({ store, at }, request) => store.resources.list(at, { ...request, order: 'name' }),
  'scopes of a resource by name, backwards': ({ store, resourceAt }, request) => {
    return store.scopes.list(resourceAt, { ...request, order: '-name' });
  },
  'scopes of an environment by name': ({ store, at }, request) => store.scopes.list(at, { ...request, order: 'name' }),
  'applications of one name': ({ store, at }, request) => {
    return store.applications.list(at, { ...request, filter: [{ name: 'TWIN' }] });
  },
  'applications whose names start alike, backwards': ({ store, at }, request) => {
    return store.applications.list(at, {
      ...request,
      order: '-name',
      filter: [{ namePrefix: 'holder' }, { name: 'twin' }],
    });
  },
  'environments by name': ({ store }, request) => store.environments.list({ ...request, filter: [{}] }),
  'grants of a resource': ({ store, resourceAt }, request) => store.grants.listOfResource(resourceAt, request),
  'grants that match': async ({ store, at, applicationAt }, request) => {
    const { items = [] } = (await store.resources.list(at, all)) ?? {};
    const filter = items.map(({ id }) => ({ resourceId: id }));
    return store.grants.list(applicationAt, { ...request, filter });
  },
  activities: ({ store, at }, request) => store.activities.list(at, {}, request),
  'activities of an application': ({ store, at, application }, request) => {
    return store.activities.list(at, { applicationId: application.id }, request);
  },
  'activities of an actor': ({ store, at }, request) => store.activities.list(at, { actor: 'somebody' }, request),
};

/** Lists whose length is not kept: a page has it only where it is the whole list. */
const NOT_KEPT = [
  'applications of one name',
  'applications whose names start alike, backwards',
  'environments by name',
  'grants of a resource',
  'grants that match',
];

/** Fills every list. */
async function fill(p: Prepared): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const { value: resource } = await p.store.resources.create(p.at, newResource(`more ${i}`), context);
    await p.store.scopes.create({ ...p.at, resourceId: resource.id }, { name: `more ${i}`.replace(' ', '-') }, context);
    await p.store.scopes.create(p.resourceAt, { name: `further-${i}` }, context);
    const actor = [{ client: 'somebody' }, { subject: 'somebody' }, { client: 'somebody', subject: 'somebody' }][i % 3];
    const by = { ...context, actor: actor as object };
    await p.store.grants.create(p.applicationAt, ofNames(resource, `more-${i}`), by);
    const { value } = await p.store.applications.create(p.at, newApplication(`holder ${i}`), by);
    await p.store.applications.create(p.at, newApplication(i % 2 ? 'twin' : 'Twin'), context);
    const applicationAt = { ...p.at, applicationId: value.id };
    await p.store.grants.create(applicationAt, ofNames(p.resource, ...(i % 2 ? ['a'] : ['a', 'b'])), context);
  }
}

describeEachEngine((engine) => {
  describe('paged lists', () => {
    const given = contractStore(engine);
    let p: Prepared;
    beforeAll(async () => {
      for (let i = 0; i < 4; i++) p = await given.prepare();
      await fill(p);
    });

    test.each(Object.entries(LISTS))(
      '%s: lists each item once, in order, forwards and backwards',
      async (name, read) => {
        const { items, ...rest } = (await read(p, all)) as Page<Item>;
        expect(items.length).toBeGreaterThan(3);
        for (const limit of [1, 2, 3, items.length - 1, items.length, items.length + 1]) {
          const first = (await read(p, { limit })) as Page<Item>;
          expect(first).not.toHaveProperty('previous');
          const forwards = [first];
          for (let page = first; page.next !== undefined; ) {
            page = (await read(p, { limit, position: page.next })) as Page<Item>;
            forwards.push(page);
          }
          expect(forwards.flatMap((page) => page.items)).toEqual(items);
          expect(forwards.slice(0, -1).map((page) => page.items.length)).toEqual(forwards.slice(1).map(() => limit));
          const isKept = forwards.length === 1 || !NOT_KEPT.includes(name);
          expect(forwards.map(({ count }) => count)).toEqual(forwards.map(() => (isKept ? rest.count : undefined)));

          const backwards = [forwards.at(-1) as Page<Item>];
          for (let [page] = backwards; page?.previous !== undefined; ) {
            page = (await read(p, { limit, position: page.previous })) as Page<Item>;
            backwards.unshift(page);
          }
          expect(backwards.map((page) => page.items)).toEqual(forwards.map((page) => page.items));
          expect(backwards.map(({ next }) => next)).toEqual(forwards.map(({ next }) => next));
        }
      },
    );

    test.each(Object.entries(LISTS))('%s: returns nothing after the last item or before the first', async (_, read) => {
      const { items } = (await read(p, all)) as Page<Item>;
      const last = (await read(p, { limit: 1 })) as Page<Item>;
      const end = (await read(p, { limit: items.length - 1 })) as Page<Item>;
      const tail = (await read(p, { limit: 1, position: end.next })) as Page<Item>;
      const [before, behind] = [tail.previous, last.next].map((position) => position?.key as string);
      const head = (await read(p, {
        limit: 1,
        position: { direction: 'before', key: behind as string },
      })) as Page<Item>;
      expect(head.items).toEqual([]);
      const rest = (await read(p, { limit: 1, position: { direction: 'after', key: before as string } })) as Page<Item>;
      expect(rest.items).toEqual([]);
      for (const page of [head, rest]) {
        expect(page).not.toHaveProperty('next');
        expect(page).not.toHaveProperty('previous');
      }
    });
  });

  describe('lists that change during paging', () => {
    const given = contractStore(engine);

    async function applications(p: Prepared) {
      for (const name of ['second', 'third', 'fourth'])
        await p.store.applications.create(p.at, newApplication(name), context);
      return ids(await listed(p.store.applications.list(p.at, all)));
    }
    const page = async (p: Prepared, request: PageRequest) => {
      const { items, ...rest } = (await p.store.applications.list(p.at, request)) as Page<Item & { id: string }>;
      return { ids: ids(items), ...rest };
    };

    test('continues after and before an item that was deleted', async () => {
      const p = await given.prepare();
      const [first, second, third, fourth] = await applications(p);
      const start = await page(p, { limit: 2 });
      await p.store.applications.delete({ ...p.at, applicationId: second as string }, context);
      const next = await page(p, { limit: 1, position: start.next });
      expect(next).toMatchObject({ ids: [third], count: 3 });
      await p.store.applications.delete({ ...p.at, applicationId: third as string }, context);
      expect(await page(p, { limit: 5, position: next.next })).toMatchObject({ ids: [fourth], count: 2 });
      expect(await page(p, { limit: 5, position: next.previous })).toMatchObject({ ids: [first], count: 2 });
    });

    test('includes new items on the last page', async () => {
      const p = await given.prepare();
      const before = await applications(p);
      const start = await page(p, { limit: 2 });
      const { value } = await p.store.applications.create(p.at, newApplication('meanwhile'), context);
      const next = await page(p, { limit: 2, position: start.next });
      expect(next).toMatchObject({ ids: before.slice(2), count: 5 });
      expect(await page(p, { limit: 2, position: next.next })).toMatchObject({ ids: [value.id] });
    });

    test('repeats no activities, and lists newer ones before', async () => {
      const p = await given.prepare();
      await applications(p);
      const read = async (request: PageRequest) => (await p.store.activities.list(p.at, {}, request)) as Page<Item>;
      const before = (await read(all)).items;
      const start = await read({ limit: 3 });
      const { activities } = await p.store.applications.create(p.at, newApplication('meanwhile'), context);
      const next = await read({ limit: 3, position: start.next });
      expect(next.items).toEqual(before.slice(3, 6));
      const again = await read({ limit: 3, position: next.previous });
      expect(again.items).toEqual(before.slice(0, 3));
      const newer = await read({ limit: 3, position: again.previous });
      expect(newer.items).toEqual(activities);
      expect(newer).not.toHaveProperty('previous');
    });
  });
});
