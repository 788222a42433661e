import { context, newApplication, newEnvironment } from '../../support/stores.js';
import { describeRouter } from './fixtures/admin-api.js';
import { createWorld, NOBODY, type World } from './fixtures/world.js';

const LICENSE = '2f0c7a3d-1b2c-4d5e-8f90-a1b2c3d4e5f6';

interface Named {
  readonly id: string;
  readonly name: string;
}

describeRouter((on) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld(on.store);
    for (const name of ['Alpha', 'alpha 2', "O'Brien; --", '100%', 'a_b']) {
      await on.store.applications.create(world.params, newApplication(name), context);
    }
    for (const name of ['TEST-one', 'test-two']) {
      await on.store.environments.create({ ...newEnvironment(name), license: { id: LICENSE } }, context);
    }
  });

  const read = (path: string, query: Record<string, string>) => {
    return on.api.get(`${path}?${new URLSearchParams(query)}`);
  };
  const names = async (path: string, query: Record<string, string>) => {
    const { body } = await read(path, query);
    const [items] = Object.values(body._embedded) as [Named[]];
    return items.map(({ name }) => name);
  };

  test.each([
    ['name eq "ALPHA"', ['Alpha']],
    ['name sw "alpha"', ['Alpha', 'alpha 2']],
    ['((name eq "alpha 2") OR (name eq "writer")) AND (name sw "W")', ['writer']],
    ['name eq "O\'Brien; --"', ["O'Brien; --"]],
    ['name sw "%"', []],
    ['name sw "a_"', ['a_b']],
    ['name eq "x" or name eq "\' or 1=1 --"', []],
  ])('applications: filter=%s', async (filter, expected) => {
    expect(await names(`${world.E}/applications`, { filter })).toEqual(expected);
  });

  test('finds environments as Terraform does, by name and license, and none by an organization', async () => {
    expect(await names('/environments', { filter: 'name sw "TEST-"' })).toEqual(['TEST-one', 'test-two']);
    const ofLicense = `license.id eq "${LICENSE.toUpperCase()}"`;
    expect(await names('/environments', { filter: ofLicense })).toEqual(['TEST-one', 'test-two']);
    expect(await names('/environments', { filter: `(name sw "TEST-T") AND (${ofLicense})` })).toEqual(['test-two']);
    expect(await names('/environments', { filter: ofLicense, order: '-name', limit: '1' })).toEqual(['test-two']);
    expect(await names('/environments', { filter: `(name sw "TEST-") AND (license.id eq "${NOBODY}")` })).toEqual([]);
    expect(await names('/environments', { filter: `organization.id eq "${NOBODY}"` })).toEqual([]);
  });

  test('a caller for one environment finds no other', async () => {
    const confined = on.api.as({ env: world.params.environmentId });
    const { body } = await confined.get(`/environments?filter=${encodeURIComponent('name sw ""')}`);
    expect(body._embedded.environments.map(({ id }: Named) => id)).toEqual([world.params.environmentId]);
    expect(body.count).toBe(1);
    for (const filter of ['name sw "TEST-"', `id eq "${NOBODY}"`]) {
      expect((await confined.get(`/environments?filter=${encodeURIComponent(filter)}`)).body).toMatchObject({
        size: 0,
        count: 0,
      });
    }
  });

  test('finds scopes and grants by their resource', async () => {
    const filter = `resource.id eq "${world.bills.id}" or resource.id eq "${world.reports.id.toUpperCase()}"`;
    expect(await names(`${world.E}/scopes`, { filter })).toEqual(['a', 'b', 'c', 'x']);
    const { body } = await read(`${world.E}/applications/${world.reader.id}/grants`, { filter });
    expect(body._embedded.grants.map(({ id }: Named) => id)).toEqual([world.grant.id]);
  });

  test('links to further pages keep the filter and the order', async () => {
    const query = { filter: 'name sw "a"', order: '-name', limit: '1' };
    const first = (await read(`${world.E}/applications`, query)).body;
    expect(first).not.toHaveProperty('count');
    const next = new URL(first._links.next.href).searchParams;
    expect(Object.fromEntries(next)).toEqual({ ...query, cursor: expect.any(String) });
    const other = await read(`${world.E}/applications`, {
      ...query,
      filter: 'name sw "b"',
      cursor: next.get('cursor') as string,
    });
    expect([other.status, other.body.details[0].target]).toEqual([400, 'cursor']);
  });

  test('orders by name without a filter, and keeps the count', async () => {
    const { body } = await read(`${world.E}/resources`, { order: 'name' });
    const ordered = body._embedded.resources.map(({ name }: Named) => name);
    expect(ordered).toEqual(['bills', 'openid', 'PingOne API', 'reports']);
    expect(body.count).toBe(4);
    expect(await names(`${world.E}/resources`, { order: '-name' })).toEqual(ordered.toReversed());
    expect((await read(`${world.E}/resources`, { order: 'age' })).status).toBe(400);
  });

  test('lists are narrowed to what is disabled, ends, is unused or is held, and links keep that', async () => {
    const { value } = await on.store.applications.create(
      world.params,
      newApplication('Off', { enabled: false }),
      context,
    );
    const soon = new Date(Date.now() + 86_400_000).toISOString();
    await on.store.grants.create(
      { ...world.params, applicationId: value.id },
      { resource: { id: world.bills.id }, scopes: [{ id: world.x.id, expiresAt: soon }] },
      context,
    );
    const later = new Date(Date.now() + 2 * 86_400_000).toISOString();
    const path = `${world.E}/applications`;
    expect(await names(path, { enabled: 'false' })).toEqual(['Off']);
    expect(await names(path, { enabled: 'true', filter: 'name sw "o"' })).toEqual(["O'Brien; --"]);
    expect(await names(path, { endsBefore: later })).toEqual(['Off']);
    expect(await names(path, { endsBefore: soon })).toEqual([]);
    const count = { applicationId: value.id, audience: [], route: 'GET /', covered: [], calls: 1 };
    await on.store.usage.add([{ ...count, time: Date.now() }]);
    expect(await names(path, { enabled: 'false', unusedSince: soon })).toEqual(['Off']);
    await on.store.usage.add([{ ...count, time: Date.parse(soon) }]);
    expect(await names(path, { enabled: 'false', unusedSince: soon })).toEqual([]);
    expect(await names(`${world.E}/scopes`, { held: 'true' })).toEqual(['a', 'b', 'x']);
    expect(await names(`${world.E}/scopes`, { held: 'false', filter: 'name sw "c"' })).toEqual(['c']);
    const first = (await read(path, { enabled: 'true', limit: '1' })).body;
    expect(first.count).toBeGreaterThan(1);
    expect(new URL(first._links.next.href).searchParams.get('enabled')).toBe('true');
    for (const query of [{ enabled: 'no' }, { endsBefore: 'soon' }, { unusedSince: '' }, { held: 'true' }]) {
      expect((await read(path, query)).status).toBe(400);
    }
  });

  test.each([
    ['name', 4],
    ['name eq "a" and', 15],
    ['enabled eq "true"', 0],
    ['name gt "a"', 5],
    ['name eq "\\u0000"', 8],
    [`${'('.repeat(17)}name eq "a"${')'.repeat(17)}`, 16],
    [`name eq "${'a'.repeat(5000)}"`, 4096],
  ])('refuses the filter %s at its place', async (filter, offset) => {
    for (const path of ['/environments', `${world.E}/applications`, `${world.E}/scopes`]) {
      const { status, body } = await read(path, { filter });
      const detail = { code: 'INVALID_FILTER', target: 'filter', innerError: { offset } };
      expect([status, body.code, body.details]).toMatchObject([400, 'INVALID_REQUEST', [detail]]);
    }
  });

  test('refuses a filter that is given twice, and one where there is none', async () => {
    const filter = `filter=${encodeURIComponent('name eq "a"')}`;
    expect((await on.api.get(`${world.E}/applications?${filter}&${filter}`)).status).toBe(400);
    expect((await on.api.get(`${world.E}/activities?${filter}`)).status).toBe(400);
    expect((await on.api.get(`${world.E}/applications/${world.reader.id}?${filter}`)).status).toBe(400);
  });

  test('lists who is granted anything of a resource', async () => {
    const { body } = await on.api.get(`${world.E}/resources/${world.reports.id}/grants?expand=scopes`);
    expect(body._embedded.grants).toEqual([
      expect.objectContaining({ id: world.grant.id, application: { id: world.reader.id } }),
    ]);
    expect(body._embedded.grants[0].scopes.map(({ name }: Named) => name)).toEqual(['a', 'b']);
    expect((await on.api.get(`${world.E}/resources/${NOBODY}/grants`)).status).toBe(404);
  });

  test('reads one activity as the list shows it', async () => {
    const { body } = await on.api.get(`${world.E}/activities?limit=3`);
    for (const activity of body._embedded.activities) {
      expect((await on.api.get(`${world.E}/activities/${activity.id}`)).body).toEqual(activity);
    }
    expect((await on.api.get(`${world.E}/activities/${NOBODY}`)).status).toBe(404);
  });
});
