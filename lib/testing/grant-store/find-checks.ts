import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ApplicationListRequest, ListCondition, ListRequest } from '../../grants/list-request.js';
import { assertEqual, type Checks, NO_ID, newName, type Prepared, toGrantCommand } from './prepared.js';

/** Finding objects: lists that are filtered and ordered, and reading what refers to an object. */
export const findChecks: Checks = {
  'finds applications by the beginning of their names, without regard to case, in the order of names': async (p) => {
    await createApplications(p, 'Beta', 'alpha', 'ALPHA 2', 'beta 2', 'gamma');
    assertEqual(await readNames(p, { filter: [{ namePrefix: 'AL' }] }), ['alpha', 'ALPHA 2']);
    assertEqual(await readNames(p, { filter: [{ namePrefix: 'B' }, { name: 'GAMMA' }] }), ['Beta', 'beta 2', 'gamma']);
    assertEqual(await readNames(p, { filter: [{ namePrefix: 'be', name: 'gamma' }] }), []);
    assertEqual(await readNames(p, { filter: [] }), []);
  },

  'orders names by their bytes, forwards and backwards': async (p) => {
    await createApplications(p, 'b', 'B2', 'a', '\u{1f600}', '\ue000', 'a');
    const names = ['a', 'a', 'b', 'B2', 'reader', '\ue000', '\u{1f600}'];
    assertEqual(await readNames(p, { order: 'name' }), names);
    assertEqual(await readNames(p, { order: '-name' }), [...names].reverse());
  },

  'pages through a filtered list, items of one name included': async (p) => {
    await createApplications(p, 'twin', 'Twin', 'TWIN', 'twin 2', 'other');
    const filter = [{ namePrefix: 'twin' }];
    const all = await readNames(p, { filter });
    assert.equal(all.length, 4);
    for (const limit of [1, 2, 3]) {
      const found: string[] = [];
      let request: ListRequest | undefined = { limit, filter };
      while (request !== undefined) {
        const page = await p.store.applications.list(p.at, request);
        assert.ok(page !== undefined && found.length <= all.length, 'the pages do not end');
        found.push(...page.items.map(({ name }) => name));
        request = page.next && { limit, filter, position: page.next };
      }
      assertEqual(found, all);
    }
  },

  'counts a filtered list only where the page is the whole list': async (p) => {
    await createApplications(p, 'n1', 'n2', 'n3');
    for (const limit of [2, 10]) {
      const page = await p.store.applications.list(p.at, { limit, filter: [{ namePrefix: 'n' }] });
      assert.equal(page?.count, limit === 10 ? 3 : undefined, `a page of ${limit} has the count ${page?.count}`);
    }
    const ordered = await p.store.applications.list(p.at, { limit: 2, order: 'name' });
    assert.ok(ordered?.count === undefined || ordered.count === 4, `the count is ${ordered?.count}`);
  },

  'narrows lists to what is disabled, ends or is held, and counts that': async (p) => {
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    const { value: off } = await p.store.applications.create(p.at, { name: 'off', enabled: false }, p.context);
    const offAt = { ...p.at, applicationId: off.id };
    await p.store.grants.create(offAt, { ...toGrantCommand(p, 'a'), expiresAt: inHours(1) }, p.context);
    assertEqual(await readNames(p, { enabled: false }), ['off']);
    assertEqual(await readNames(p, { endsBefore: inHours(2) }), ['off']);
    assertEqual(await readNames(p, { endsBefore: inHours(-1) }), []);
    assertEqual(await readNames(p, { unusedSince: inHours(-1) }), []);
    const page = await p.store.applications.list(p.at, { limit: 1, enabled: false });
    assert.equal(page?.count, 1, `the count is ${page?.count}`);
    const held = await p.store.scopes.list(p.resourceAt, { limit: 10, isHeld: true });
    assertEqual(
      held?.items.map(({ name }) => name),
      ['a'],
    );
  },

  'finds environments by their license, in the order of names': async ({ store, context }) => {
    const [license, other] = [{ id: randomUUID() }, { id: randomUUID() }];
    const names = [newName(), newName()].sort();
    for (const name of [...names].reverse()) await store.environments.create({ name, license, region: 'EU' }, context);
    await store.environments.create({ name: newName(), license: other }, context);
    const find = (condition: ListCondition) => store.environments.list({ limit: 10, filter: [condition] });
    const { items } = await find({ licenseId: license.id });
    assertEqual(
      items.map(({ name, region, license: shown }) => [name, region, shown?.id]),
      names.map((name) => [name, 'EU', license.id]),
    );
    assert.equal((await find({ licenseId: license.id, namePrefix: names[1] })).items.length, 1);
    assert.equal((await find({ licenseId: NO_ID })).items.length, 0);
  },

  'compares the names of scopes exactly, and finds those of one resource': async (p) => {
    await p.store.scopes.create(p.resourceAt, { name: 'A' }, p.context);
    const { value: other } = await p.store.resources.create(p.at, { name: 'bills' }, p.context);
    await p.store.scopes.create({ ...p.at, resourceId: other.id }, { name: 'a' }, p.context);
    const read = async (filter: ListCondition) => {
      const page = await p.store.scopes.list(p.at, { limit: 10, filter: [filter] });
      return page?.items.map(({ name, resourceId }) => `${name} of ${resourceId}`).sort();
    };
    const [reports, bills] = [p.resource.id, other.id];
    assertEqual(await read({ name: 'a' }), [`a of ${reports}`, `a of ${bills}`].sort());
    assertEqual(await read({ name: 'A' }), [`A of ${reports}`]);
    assertEqual(await read({ name: 'a', resourceId: bills }), [`a of ${bills}`]);
  },

  'finds grants by their resource': async (p) => {
    const { value: grant } = await p.store.grants.create(p.applicationAt, toGrantCommand(p, 'a'), p.context);
    const read = (resourceId: string) => {
      return p.store.grants.list(p.applicationAt, { limit: 10, filter: [{ resourceId }] });
    };
    assertEqual((await read(p.resource.id))?.items, [grant]);
    assertEqual((await read(NO_ID))?.items, []);
  },

  'lists the grants of a resource by application': async (p) => {
    const { value: second } = await p.store.applications.create(p.at, { name: 'second' }, p.context);
    const { value: bills } = await p.store.resources.create(p.at, { name: 'bills' }, p.context);
    await p.store.scopes.create({ ...p.at, resourceId: bills.id }, { name: 'x' }, p.context);
    const { value: one } = await p.store.grants.create(p.applicationAt, toGrantCommand(p, 'a'), p.context);
    await p.store.grants.create(p.applicationAt, toGrantCommand({ resource: bills }, 'x'), p.context);
    const secondAt = { ...p.at, applicationId: second.id };
    const { value: two } = await p.store.grants.create(secondAt, toGrantCommand(p, 'b'), p.context);
    const page = await p.store.grants.listOfResource(p.resourceAt, { limit: 10 });
    assertEqual(
      page?.items,
      [one, two].sort((x, y) => (x.applicationId < y.applicationId ? -1 : 1)),
    );
    const first = await p.store.grants.listOfResource(p.resourceAt, { limit: 1 });
    const rest = await p.store.grants.listOfResource(p.resourceAt, { limit: 1, position: first?.next });
    assertEqual([...(first?.items ?? []), ...(rest?.items ?? [])], page?.items);
    const nowhere = { environmentId: NO_ID, resourceId: p.resource.id };
    assert.equal(await p.store.grants.listOfResource(nowhere, { limit: 10 }), undefined);
  },

  'reads an activity by its id, in its environment only': async (p) => {
    const { items: [latest] = [] } = (await p.store.activities.list(p.at, {}, { limit: 1 })) ?? {};
    assert.ok(latest !== undefined, 'the environment has no history');
    assertEqual(await p.store.activities.get({ ...p.at, activityId: latest.id }), latest);
    assert.equal(await p.store.activities.get({ environmentId: NO_ID, activityId: latest.id }), undefined);
    assert.equal(await p.store.activities.get({ ...p.at, activityId: NO_ID }), undefined);
  },
};

async function createApplications({ store, at, context }: Prepared, ...names: readonly string[]): Promise<void> {
  for (const name of names) await store.applications.create(at, { name }, context);
}

async function readNames({ store, at }: Prepared, request: Omit<ApplicationListRequest, 'limit'>): Promise<string[]> {
  const page = await store.applications.list(at, { limit: 100, ...request });
  assert.ok(page !== undefined, 'the list is undefined, although its parent exists');
  return page.items.map(({ name }) => name);
}
