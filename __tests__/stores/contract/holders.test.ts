import type { ScopeHolder } from 'scopegate/admin';
import { context, describeEachEngine, newApplication } from '../../support/stores.js';
import { all, contractStore, NOBODY, ofNames, type Prepared } from './fixtures/contract.js';

/** Two more applications: one holds `a` of the second resource and `c`, the other nothing. */
async function prepareHolders(p: Prepared) {
  const make = async (name: string) => {
    const { value } = await p.store.applications.create(p.at, newApplication(name, { enabled: false }), context);
    return { application: value, at: { ...p.at, applicationId: value.id } };
  };
  const writer = await make('writer');
  await make('idler');
  const { value: first } = await p.store.grants.create(writer.at, ofNames(p.resource, 'c'), context);
  const { value: second } = await p.store.grants.create(writer.at, ofNames(p.second, 'a'), context);
  return { writer: writer.application, first, second };
}

const by = (holders: readonly ScopeHolder[]) => holders.map(({ application, by }) => [application.id, by] as const);

describeEachEngine((engine) => {
  describe('holders of a scope', () => {
    const given = contractStore(engine);
    let p: Prepared;
    let more: Awaited<ReturnType<typeof prepareHolders>>;
    beforeAll(async () => {
      await given.prepare(); // another environment, where the same names are held
      p = await given.prepare();
      more = await prepareHolders(p);
    });
    /** How an application holds the scope of that place of a grant. */
    const hold = (grant: { id: string; resourceId: string; scopes: Prepared['grant']['scopes'] }, name: string) => {
      const scope = grant.scopes.find((each) => each.name === name);
      return { id: scope?.id, name, grantId: grant.id, resourceId: grant.resourceId };
    };

    test('lists the applications with a grant of the scope, without a count', async () => {
      const page = await p.store.scopes.holders(p.at, { scopeId: p.scopeAt.scopeId }, all);
      expect(page).toEqual({ items: [{ application: p.application, by: [hold(p.grant, 'a')] }] });
    });

    test('lists the holders across all resources when the scope is given by name', async () => {
      const { items } = await p.store.scopes.holders(p.at, { scopeNames: ['a'] }, all);
      expect(items).toEqual([
        { application: p.application, by: [hold(p.grant, 'a')] },
        { application: more.writer, by: [hold(more.second, 'a')] },
      ]);
    });

    test('lists each application once with all scopes by which it holds several names', async () => {
      const { items } = await p.store.scopes.holders(p.at, { scopeNames: ['c', 'x', 'b', 'a', 'c'] }, all);
      expect(by(items)).toEqual([
        [p.application.id, [hold(p.grant, 'a'), hold(p.grant, 'b')]],
        [more.writer.id, [hold(more.second, 'a'), hold(more.first, 'c')]],
      ]);
    });

    test.each([
      ['that nobody holds', { scopeNames: ['d'] }],
      ['that nobody holds by its id', 'd' as const],
      ['that there is not', { scopeNames: ['x', 'A'] }],
      ['of no id', { scopeId: NOBODY }],
      ['of no name', { scopeNames: [] }],
    ])('returns no holders of a scope %s', async (_, held) => {
      const wanted = held === 'd' ? { scopeId: p.secondScopes[1]?.id as string } : held;
      expect(await p.store.scopes.holders(p.at, wanted, all)).toEqual({ items: [] });
    });

    test('returns each application with all its scopes, whatever the page limit', async () => {
      const names = { scopeNames: ['a', 'b', 'c'] };
      const page = await p.store.scopes.holders(p.at, names, { limit: 1 });
      expect(by(page.items)).toEqual([[p.application.id, [hold(p.grant, 'a'), hold(p.grant, 'b')]]]);
      const next = await p.store.scopes.holders(p.at, names, { limit: 1, position: page.next });
      expect(by(next.items)).toEqual([[more.writer.id, [hold(more.second, 'a'), hold(more.first, 'c')]]]);
      expect(next.next).toBeUndefined();
    });

    test('lists an application that holds one name in two resources once, with both scopes', async () => {
      const given2 = await given.prepare();
      const more2 = await prepareHolders(given2);
      const { value } = await given2.store.grants.create(given2.applicationAt, ofNames(given2.second, 'a'), context);
      const names = { scopeNames: ['a'] };
      const page = await given2.store.scopes.holders(given2.at, names, { limit: 1 });
      const [[id, held] = []] = by(page.items);
      expect([id, new Set(held)]).toEqual([
        given2.application.id,
        new Set([hold(given2.grant, 'a'), hold(value, 'a')]),
      ]);
      const next = await given2.store.scopes.holders(given2.at, names, { limit: 1, position: page.next });
      expect(by(next.items)).toEqual([[more2.writer.id, [hold(more2.second, 'a')]]]);
      expect(next.next).toBeUndefined();
    });

    test('counts those who hold a scope directly, by grants that are in force, up to a number', async () => {
      const own = await given.prepare();
      const make = async (dates: object) => {
        const { value } = await own.store.applications.create(own.at, newApplication('another'), context);
        const grant = { ...ofNames(own.resource, 'a'), ...dates };
        await own.store.grants.create({ ...own.at, applicationId: value.id }, grant, context);
      };
      await make({});
      await make({ notBefore: '2200-01-01T00:00:00.000Z' });
      const { scopeId } = own.scopeAt;
      const unheld = own.secondScopes[1]?.id as string;

      expect([...(await own.store.scopes.countHolders(own.at, [scopeId, unheld, NOBODY], 10))]).toEqual([[scopeId, 2]]);
      expect([...(await own.store.scopes.countHolders(own.at, [scopeId], 1))]).toEqual([[scopeId, 1]]);
      expect(await own.store.scopes.countHolders(own.at, [], 10)).toEqual(new Map());
      expect(await own.store.scopes.countHolders(p.at, [scopeId], 10)).toEqual(new Map()); // of another environment
    });
  });
});
