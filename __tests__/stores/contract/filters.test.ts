import fc from 'fast-check';
import type { Application, ListCondition, Page, Position } from 'scopegate/admin';
import { foldCase } from '../../../lib/grants/list-request.js';
import { runs } from '../../support/property-runs.js';
import { context, describeEachEngine, newApplication, newEnvironment, newResource } from '../../support/stores.js';
import { all, contractStore, NOBODY, ofNames, type Prepared } from './fixtures/contract.js';

/** Names that two orders of texts disagree about, that differ in case only, and that LIKE would take for patterns. */
const NAMES = [
  'a',
  'A',
  'aB',
  'Ab',
  'abc',
  'a%',
  'a_',
  'b',
  'é',
  'É',
  'z',
  '\ud7ff',
  '\ue000',
  '\u{10ffff}',
  '\u{1f600}',
  '~',
];

const byUtf8 = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));

const condition: fc.Arbitrary<ListCondition> = fc.record(
  { name: fc.constantFrom(...NAMES, 'none'), namePrefix: fc.constantFrom(...NAMES, '', 'AB', '\ud7ff\u{10ffff}') },
  { requiredKeys: [] },
);

describeEachEngine((engine) => {
  const given = contractStore(engine);
  let p: Prepared;
  let applications: readonly Application[];
  beforeAll(async () => {
    p = await given.prepare();
    for (const name of [...NAMES, ...NAMES.slice(0, 4)])
      await p.store.applications.create(p.at, newApplication(name), context);
    applications = ((await p.store.applications.list(p.at, all)) as Page<Application>).items;
  });

  /** All pages of this size, forwards. */
  async function collect(request: { filter?: readonly ListCondition[]; order?: 'name' | '-name' }, limit: number) {
    const found: Application[] = [];
    let position: Position | undefined;
    do {
      const page = (await p.store.applications.list(p.at, { ...request, limit, position })) as Page<Application>;
      found.push(...page.items);
      position = page.next;
    } while (position !== undefined);
    return found;
  }

  const isIn = (conditions: readonly ListCondition[], { id, name }: Application) =>
    conditions.some(
      (each) =>
        (each.id ?? id) === id &&
        foldCase(each.name ?? name) === foldCase(name) &&
        foldCase(name).startsWith(foldCase(each.namePrefix ?? '')),
    );

  test('a filtered list has what matches, in the order of names, whatever the size of its pages', async () => {
    const conditions = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: condition },
        {
          weight: 1,
          arbitrary: fc.nat(30).map((i): ListCondition => ({ id: applications[i]?.id ?? NOBODY })),
        },
      ),
      { maxLength: 3 },
    );
    const order = fc.constantFrom('name' as const, '-name' as const, undefined);
    await fc.assert(
      fc.asyncProperty(conditions, order, fc.integer({ min: 1, max: 8 }), async (filter, order, limit) => {
        const expected = applications
          .filter((each) => isIn(filter, each))
          .sort((a, b) => byUtf8(foldCase(a.name), foldCase(b.name)) || byUtf8(a.id, b.id));
        if (order === '-name') expected.reverse();
        expect(await collect({ filter, ...(order && { order }) }, limit)).toEqual(expected);
      }),
      { numRuns: runs(60) },
    );
  });

  test('a page that is the whole filtered list has a count, and no other page has one', async () => {
    const list = (limit: number, position?: Position) =>
      p.store.applications.list(p.at, { limit, position, filter: [{ namePrefix: 'a' }] }) as Promise<Page<Application>>;
    const whole = await list(100);
    expect(whole.count).toBe(whole.items.length);
    const first = await list(2);
    expect(first).not.toHaveProperty('count');
    expect(await list(100, first.next)).not.toHaveProperty('count');
    expect(await p.store.applications.list(p.at, { limit: 5, filter: [] })).toEqual({ items: [], count: 0 });
  });

  test('a list that is only ordered keeps its count', async () => {
    const page = await p.store.applications.list(p.at, { limit: 2, order: '-name' });
    expect(page?.count).toBe(applications.length);
  });

  test('continues after an application that was renamed or deleted meanwhile', async () => {
    const q = await given.prepare();
    for (const name of ['n1', 'n2', 'n3']) await q.store.applications.create(q.at, newApplication(name), context);
    const list = async (limit: number, position?: Position) =>
      (await q.store.applications.list(q.at, { limit, position, filter: [{ namePrefix: 'n' }] })) as Page<Application>;
    const first = await list(1);
    const path = { ...q.at, applicationId: first.items[0]?.id as string };
    await q.store.applications.replace(path, newApplication('n9'), context);
    expect((await list(9, first.next)).items.map(({ name }) => name)).toEqual(['n2', 'n3', 'n9']);
    await q.store.applications.delete(path, context);
    expect((await list(9, first.next)).items.map(({ name }) => name)).toEqual(['n2', 'n3']);
  });

  test.each(['0', 'f', '', NOBODY.slice(1)])('refuses the key %j, which is none of a name', async (key) => {
    const request = { limit: 1, order: 'name' as const, position: { direction: 'after' as const, key } };
    await expect(p.store.applications.list(p.at, request)).rejects.toMatchObject({ kind: 'invalid_request' });
  });

  test('names of scopes keep their case, other names do not', async () => {
    const q = await given.prepare();
    await q.store.scopes.create(q.resourceAt, { name: 'A' }, context);
    const names = async (filter: readonly ListCondition[]) => {
      const inEnvironment = await q.store.scopes.list(q.at, { ...all, filter });
      const inResource = await q.store.scopes.list(q.resourceAt, { ...all, filter });
      return [inEnvironment, inResource].map((page) => page?.items.map(({ name, resourceId }) => [name, resourceId]));
    };
    const [own, other] = [q.resource.id, q.second.id];
    expect(await names([{ name: 'A' }])).toEqual([[['A', own]], [['A', own]]]);
    expect(await names([{ name: 'a' }])).toEqual([
      expect.arrayContaining([
        ['a', own],
        ['a', other],
      ]),
      [['a', own]],
    ]);
    expect(await names([{ name: 'a', resourceId: other }])).toEqual([[['a', other]], []]);
    expect((await q.store.resources.list(q.at, { ...all, filter: [{ name: 'REPORTS' }] }))?.items).toEqual([
      q.resource,
    ]);
  });

  test('environments are found by the beginning of their names, in any case', async () => {
    for (const name of ['Filter one', 'FILTER two', 'unfilter'])
      await given.store.environments.create(newEnvironment(name), context);
    const { items } = await given.store.environments.list({ ...all, filter: [{ namePrefix: 'filTER' }] });
    expect(items.map(({ name }) => name)).toEqual(['Filter one', 'FILTER two']);
  });

  test('grants are found by resource and by id, in their own application', async () => {
    const q = await given.prepare();
    const { value: more } = await q.store.grants.create(q.applicationAt, ofNames(q.second, 'd'), context);
    const find = async (...filter: object[]) => (await q.store.grants.list(q.applicationAt, { ...all, filter }))?.items;
    expect(await find({ resourceId: q.second.id })).toEqual([more]);
    expect(await find({ resourceId: q.second.id, id: q.grant.id })).toEqual([]);
    expect(await find({ id: q.grant.id }, { resourceId: q.second.id }, { id: more.id })).toEqual([q.grant, more]);
    expect(await find({})).toEqual([q.grant, more]);
    expect(await find()).toEqual([]);
    const { value: other } = await q.store.applications.create(q.at, newApplication('other'), context);
    const elsewhere = { ...q.at, applicationId: other.id };
    expect(await q.store.grants.list(elsewhere, { ...all, filter: [{ id: q.grant.id }] })).toEqual({
      items: [],
      count: 0,
    });
  });

  test('the grants of a resource are those of all applications, and of no other resource', async () => {
    const q = await given.prepare();
    await q.store.grants.create(q.applicationAt, ofNames(q.second, 'd'), context);
    const { value: other } = await q.store.applications.create(q.at, newApplication('other'), context);
    const { value: theirs } = await q.store.grants.create(
      { ...q.at, applicationId: other.id },
      ofNames(q.resource, 'c'),
      context,
    );
    expect(await q.store.grants.listOfResource(q.resourceAt, all)).toEqual({ items: [q.grant, theirs], count: 2 });
    const { value: unused } = await q.store.resources.create(q.at, newResource('unused'), context);
    expect(await q.store.grants.listOfResource({ ...q.at, resourceId: unused.id }, all)).toEqual({
      items: [],
      count: 0,
    });
    const foreign = { resourceId: q.resource.id, environmentId: p.environment.id };
    expect(await q.store.grants.listOfResource(foreign, all)).toBeUndefined();
  });

  test('an activity is read by its id, in its own environment', async () => {
    const q = await given.prepare();
    const { activities } = await q.store.applications.replace(q.applicationAt, newApplication('renamed'), context);
    const [made] = (await q.store.activities.list(q.at, {}, { limit: 1 }))?.items ?? [];
    const activityId = activities[0]?.id as string;
    expect(await q.store.activities.get({ ...q.at, activityId })).toEqual(made);
    expect(await q.store.activities.get({ ...p.at, activityId })).toBeUndefined();
    expect(await q.store.activities.get({ ...q.at, activityId: NOBODY })).toBeUndefined();
  });
});
