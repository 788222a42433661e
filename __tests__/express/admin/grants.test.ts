import { describeRouter } from './fixtures/admin-api.js';
import { createWorld, NOBODY, type World } from './fixtures/world.js';

describeRouter((on) => {
  let world: World;
  let list: string;
  let single: string;
  beforeEach(async () => {
    world = await createWorld(on.store);
    list = `${world.E}/applications/${world.reader.id}/grants`;
    single = `${list}/${world.grant.id}`;
  });

  const ids = (scopes: readonly { readonly id: string }[]) => scopes.map(({ id }) => id).sort();

  test('returns a grant with the documented members in the documented order', async () => {
    const { writer, reports, a, b, E } = world;
    const sent = { resource: { id: reports.id }, scopes: [{ id: a.id }, { id: b.id }] };
    const { status, body, headers } = await on.api.post(`${E}/applications/${writer.id}/grants`, sent);
    expect([status, headers.etag]).toEqual([201, expect.stringMatching(/^"1\./)]);
    expect(Object.keys(body)).toEqual([
      ...['_links', 'id', 'environment', 'resource', 'application', 'scopes', 'createdAt', 'updatedAt'],
    ]);
    expect(Object.keys(body._links)).toEqual(['self', 'environment', 'application', 'resource']);
    expect(body).toMatchObject({
      environment: { id: world.params.environmentId },
      resource: { id: reports.id },
      application: { id: writer.id },
      updatedAt: body.createdAt,
    });
    expect(body.scopes).toEqual(ids([a, b]).map((id) => ({ id })));
    for (const { href } of Object.values<{ href: string }>(body._links)) {
      expect((await on.api.get(href)).status).toBe(200);
    }
  });

  test('returns a list with its count and size, which are 0 when it is empty', async () => {
    const { body } = await on.api.get(list);
    expect(Object.keys(body)).toEqual(['_links', '_embedded', 'count', 'size']);
    expect(body).toMatchObject({ count: 1, size: 1, _embedded: { grants: [{ id: world.grant.id }] } });
    const empty = await on.api.get(`${world.E}/applications/${world.writer.id}/grants/`);
    expect(JSON.stringify({ ...empty.body, _links: undefined })).toBe('{"_embedded":{"grants":[]},"count":0,"size":0}');
    expect(Object.keys(empty.body._links)).toEqual(['self']);
    expect(empty.body._links.self.href).toMatch(new RegExp(`/v1${world.E}/applications/${world.writer.id}/grants$`));
  });

  type Spelling = (world: World) => { readonly resource: unknown; readonly scopes: readonly unknown[] };
  test.each<[string, Spelling]>([
    ['objects', ({ bills, x }) => ({ resource: { id: bills.id }, scopes: [{ id: x.id }] })],
    ["plain strings, the seed's", ({ bills, x }) => ({ resource: { id: bills.id }, scopes: [x.id] })],
    ['names', ({ bills }) => ({ resource: { name: bills.name }, scopes: [{ name: 'x' }] })],
    ['names as plain strings', ({ bills }) => ({ resource: { name: bills.name }, scopes: ['x'] })],
    [
      'all of them, upper-case, twice',
      ({ bills, x }) => ({
        resource: { id: bills.id.toUpperCase() },
        scopes: [x.id.toUpperCase(), { id: x.id }, 'x', { name: 'x' }],
      }),
    ],
  ])('accepts scopes as %s', async (_, spell) => {
    const { status, body } = await on.api.post(list, spell(world));
    expect([status, body.resource, body.scopes]).toEqual([201, { id: world.bills.id }, [{ id: world.x.id }]]);
  });

  test('includes the scope names with ?expand=scopes', async () => {
    const { a, b } = world;
    const named = [a, b].map(({ id, name }) => ({ id, name })).sort((one, other) => (one.id < other.id ? -1 : 1));
    expect((await on.api.get(`${single}?expand=scopes`)).body.scopes).toEqual(named);
    expect((await on.api.get(`${list}?expand=scopes`)).body._embedded.grants[0].scopes).toEqual(named);
    expect((await on.api.get(single)).body.scopes).toEqual(named.map(({ id }) => ({ id })));
  });

  test('replaces the scopes on PUT, keeps the id, and requires the same resource', async () => {
    const { reports, bills, b, c } = world;
    const replaced = await on.api.put(single, { resource: { id: reports.id }, scopes: [c.id, b.id] });
    expect([replaced.status, replaced.headers.etag]).toEqual([200, expect.stringMatching(/^"2\./)]);
    expect(replaced.body).toMatchObject({ id: world.grant.id, createdAt: world.grant.createdAt });
    expect(ids(replaced.body.scopes)).toEqual(ids([b, c]));
    const sameInOtherOrder = await on.api.put(single, { ...replaced.body, scopes: [b.id, c.id] });
    expect([sameInOtherOrder.status, sameInOtherOrder.headers.etag]).toEqual([200, expect.stringMatching(/^"2\./)]);

    const moved = await on.api.put(single, { resource: { id: bills.id }, scopes: ['x'] });
    expect([moved.status, moved.body.details]).toMatchObject([400, [{ target: 'resource.id', code: 'INVALID_VALUE' }]]);
    const without = await on.api.put(single, { scopes: [c.id] });
    expect([without.status, without.body.details]).toMatchObject([
      400,
      [{ target: 'resource', code: 'REQUIRED_VALUE' }],
    ]);
    expect(ids((await on.api.get(single)).body.scopes)).toEqual(ids([b, c]));
  });

  test('rejects a second grant of a resource with the id of the first', async () => {
    const { status, body } = await on.api.post(list, { resource: { id: world.reports.id }, scopes: ['c'] });
    expect([status, body.code, body.details]).toMatchObject([
      400,
      'INVALID_DATA',
      [{ code: 'UNIQUENESS_VIOLATION', target: 'resource.id', innerError: { existingId: world.grant.id } }],
    ]);
  });

  test('takes a grant whose scope name the application has in another resource, and renames as freely', async () => {
    const scopes = `${world.E}/resources/${world.bills.id}/scopes`;
    await on.api.post(scopes, { name: 'a' });
    const made = await on.api.post(list, { resource: { id: world.bills.id }, scopes: ['x', 'a'] });
    expect([made.status, made.body.scopes?.length]).toEqual([201, 2]);
    expect((await on.api.get(list)).body.count).toBe(2);
    const renamed = await on.api.put(`${scopes}/${world.x.id}`, { name: 'b' });
    expect([renamed.status, renamed.body.name]).toEqual([200, 'b']);
  });

  test.each<[string, (world: World) => object, string[]]>([
    ['no scope', ({ bills }) => ({ resource: { id: bills.id }, scopes: [] }), ['scopes EMPTY_VALUE']],
    ['neither member', () => ({}), ['resource REQUIRED_VALUE', 'scopes REQUIRED_VALUE']],
    ['an unknown resource', () => ({ resource: { id: NOBODY }, scopes: ['x'] }), ['resource.id INVALID_VALUE']],
    ['an unknown name', () => ({ resource: { name: 'no' }, scopes: ['x'] }), ['resource.name INVALID_VALUE']],
    [
      "scopes of another resource, and nobody's",
      ({ bills, a, x }) => ({ resource: { id: bills.id }, scopes: [a.id, { id: x.id }, { name: 'no' }, NOBODY] }),
      ['scopes[0] INVALID_VALUE', 'scopes[2] INVALID_VALUE', 'scopes[3] INVALID_VALUE'],
    ],
    [
      'more scopes than a grant may have',
      ({ bills }) => ({ resource: { id: bills.id }, scopes: Array.from({ length: 1001 }, (_, i) => `s${i}`) }),
      ['scopes SIZE_LIMIT_EXCEEDED'],
    ],
  ])('rejects a grant with %s and reports the position of the error', async (_, sent, expected) => {
    const { status, body } = await on.api.post(list, sent(world));
    const found = body.details.map(({ code, target }: { code: string; target: string }) => `${target} ${code}`);
    expect([status, body.code, found]).toEqual([400, 'INVALID_DATA', expected]);
    expect((await on.api.get(list)).body.count).toBe(1);
  });

  test('treats a resource of another environment like an unknown one', async () => {
    const other = await createWorld(on.store);
    const { status, body } = await on.api.post(list, { resource: { id: other.bills.id }, scopes: [other.x.id] });
    expect([status, body.details]).toMatchObject([400, [{ target: 'resource.id', code: 'INVALID_VALUE' }]]);
  });

  test('finds a grant only under its own application and no longer after its deletion', async () => {
    const elsewhere = `${world.E}/applications/${world.writer.id}/grants/${world.grant.id}`;
    expect((await on.api.get(elsewhere)).status).toBe(404);
    expect((await on.api.delete(elsewhere)).status).toBe(404);
    expect((await on.api.delete(single)).status).toBe(204);
    expect((await on.api.get(single)).status).toBe(404);
    expect((await on.api.delete(single)).status).toBe(404);
    expect((await on.api.get(list)).body).toMatchObject({ count: 0, size: 0 });
  });
});
