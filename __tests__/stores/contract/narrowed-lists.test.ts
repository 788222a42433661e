import type { ApplicationListRequest, ApplicationPath, Page, ScopeListRequest } from 'scopegate/admin';
import { context, describeEachEngine, newApplication } from '../../support/stores.js';
import { all, contractStore, DAY, HOUR, names, ofNames, type Prepared } from './fixtures/contract.js';

describeEachEngine((engine) => {
  const given = contractStore(engine);
  let p: Prepared;
  beforeEach(async () => {
    await given.prepare(); // another environment, with the same names
    p = await given.prepare();
  });

  const inDays = (days: number) => new Date(given.clock.now() + days * DAY).toISOString();
  async function createApplication(name: string, enabled = true): Promise<ApplicationPath> {
    const { value } = await p.store.applications.create(p.at, newApplication(name, { enabled }), context);
    return { ...p.at, applicationId: value.id };
  }
  async function find(request: Partial<ApplicationListRequest>): Promise<readonly string[]> {
    const page = (await p.store.applications.list(p.at, { ...all, order: 'name', ...request })) as Page<never>;
    if (request.filter === undefined) expect(page.count).toBe(page.items.length);
    return names(page.items);
  }

  test('lists the disabled applications, in order, with their count and in pages', async () => {
    for (const name of ['b', 'a', 'c']) await createApplication(name, false);
    expect(await find({ enabled: false })).toEqual(['a', 'b', 'c']);
    expect(await find({ enabled: true })).toEqual(['reader']);
    expect(await find({ enabled: false, filter: [{ namePrefix: 'B' }] })).toEqual(['b']);
    const first = await p.store.applications.list(p.at, { limit: 2, enabled: false, order: 'name' });
    expect(first).toMatchObject({ count: 3, items: [{ name: 'a' }, { name: 'b' }] });
    const rest = { limit: 2, enabled: false, order: 'name', position: first?.next } as const;
    const last = await p.store.applications.list(p.at, rest);
    expect(last).toMatchObject({ items: [{ name: 'c' }] });
    expect(last).not.toHaveProperty('count'); // it is counted once
  });

  describe('endsBefore', () => {
    const grant = async (
      name: string,
      dates: { readonly expiresAt?: string },
      ofScope: { readonly expiresAt?: string },
    ) => {
      const { resource, scopes } = ofNames(p.resource, 'a', 'b');
      const dated = { resource, scopes: [{ ...scopes[0], ...ofScope }, scopes[1]], ...dates } as never;
      await p.store.grants.create(await createApplication(name), dated, context);
    };

    test('finds applications of which a grant or a scope ends by then, and has not ended', async () => {
      await grant('grant', { expiresAt: inDays(5) }, {});
      await grant('scope', {}, { expiresAt: inDays(5) });
      await grant('later', { expiresAt: inDays(20) }, { expiresAt: inDays(15) });
      await grant('never', {}, {});
      await grant('scope of a grant that ended', { expiresAt: inDays(1) }, { expiresAt: inDays(5) });
      given.clock.time += 2 * DAY;
      await grant('both', { expiresAt: inDays(9) }, { expiresAt: inDays(5) });
      expect(await find({ endsBefore: inDays(12) })).toEqual(['both', 'grant', 'scope']);
      expect(await find({ endsBefore: inDays(0) })).toEqual([]);
    });
  });

  describe('unusedSince', () => {
    const count = (at: ApplicationPath, time: number) =>
      p.store.usage.add([
        { applicationId: at.applicationId, audience: ['x'], route: 'GET /', covered: [], time, calls: 1 },
      ]);

    test('finds applications without a call since, where calls were counted before', async () => {
      const old = await createApplication('unused');
      const used = await createApplication('used');
      expect(await find({ unusedSince: inDays(0) })).toEqual([]); // nothing is counted
      await count(old, given.clock.now());
      given.clock.time += 40 * DAY;
      await createApplication('new');
      await count(used, given.clock.now() - 10 * DAY);
      expect(await find({ unusedSince: inDays(-30) })).toEqual(['reader', 'unused']);
      expect(await find({ unusedSince: inDays(-9) })).toEqual(['reader', 'unused', 'used']);
      expect(await find({ unusedSince: inDays(-41) })).toEqual([]); // before the first count
    });

    test('nobody can tell of the time whose counts were deleted', async () => {
      const called = await createApplication('called 20 days ago');
      await count(called, given.clock.now());
      given.clock.time += 40 * DAY;
      await count(called, given.clock.now() - 20 * DAY);
      expect(await find({ unusedSince: inDays(-30) })).toEqual(['reader']);
      while (await p.store.usage.deleteBefore(given.clock.now() - 7 * DAY));
      expect(await find({ unusedSince: inDays(-30) })).toEqual([]);
      expect(await find({ unusedSince: inDays(-7) })).toEqual(['called 20 days ago', 'reader']);
    });
  });

  test('lists the scopes that somebody holds, and those that nobody holds', async () => {
    const findScopes = async (request: Partial<ScopeListRequest>) => {
      const page = (await p.store.scopes.list(p.at, { ...all, order: 'name', ...request })) as Page<never>;
      expect(page.count).toBe(page.items.length);
      return names(page.items).filter((name) => name.length === 1); // without those of OpenID Connect
    };
    expect(await findScopes({ isHeld: true })).toEqual(['a', 'b']);
    expect(await findScopes({ isHeld: false })).toEqual(['a', 'c', 'd']); // `a` of the second resource
    await p.store.grants.replace(p.grantAt, { ...ofNames(p.resource, 'a', 'b'), expiresAt: inDays(1) }, context);
    given.clock.time += DAY + HOUR;
    expect(await findScopes({ isHeld: true })).toEqual([]);
  });
});
