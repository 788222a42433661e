import { describeRouter } from './fixtures/admin-api.js';
import { createWorld, NOBODY, type World } from './fixtures/world.js';

/** What PingOne's API lacks: grants by resource, grants set as a whole, single scopes of a grant. */
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
  const activities = async () => (await on.api.get(`${world.E}/activities`)).body._embedded.activities.length;

  describe('POST E/resources/{resId}/grants', () => {
    test('creates the grant for the application in the body', async () => {
      const { E, bills, writer, x } = world;
      const sent = { application: { id: writer.id }, resource: { id: bills.id }, scopes: [x.id] };
      const { status, body } = await on.api.post(`${E}/resources/${bills.id}/grants`, sent);
      expect([status, body.application, body.resource]).toEqual([201, { id: writer.id }, { id: bills.id }]);
      expect(body._links.self.href).toContain(`${E}/applications/${writer.id}/grants/${body.id}`);
      expect((await on.api.get(body._links.self.href)).body.scopes).toEqual([{ id: x.id }]);
    });

    test('uses the resource of the path, and rejects a different one in the body', async () => {
      const { E, bills, reports, writer } = world;
      const path = `${E}/resources/${bills.id}/grants`;
      const other = { application: { id: writer.id }, resource: { id: reports.id }, scopes: ['x'] };
      const refused = await on.api.post(path, other);
      expect([refused.status, refused.body.details[0].target]).toEqual([400, 'resource.id']);
      expect((await on.api.post(path, { ...other, resource: undefined })).status).toBe(201);
    });

    test('responds with 400 for an unknown application and 404 for an unknown resource', async () => {
      const { E, bills, writer } = world;
      const unknown = await on.api.post(`${E}/resources/${bills.id}/grants`, {
        application: { id: NOBODY },
        scopes: ['x'],
      });
      expect([unknown.status, unknown.body.details[0].target]).toEqual([400, 'application.id']);
      const sent = { application: { id: writer.id }, scopes: ['x'] };
      expect((await on.api.post(`${E}/resources/${NOBODY}/grants`, sent)).status).toBe(404);
    });
  });

  describe('PUT …/grants', () => {
    test('sets exactly the given grants, by name or id, and keeps the ids of existing ones', async () => {
      const { bills, reports, c, x } = world;
      const grants = [
        { resource: { name: 'bills' }, scopes: ['x'] },
        { resource: { id: reports.id }, scopes: [{ name: 'c' }] },
      ];
      const { status, body } = await on.api.put(list, { grants });
      expect(status).toBe(200);
      expect(Object.keys(body)).toEqual(['_links', '_embedded', 'count', 'size']);
      expect(body).toMatchObject({ count: 2, size: 2 });
      const [kept, added] = body._embedded.grants;
      expect(kept).toMatchObject({ id: world.grant.id, resource: { id: reports.id }, scopes: [{ id: c.id }] });
      expect(added).toMatchObject({ resource: { id: bills.id }, scopes: [{ id: x.id }] });
      expect((await on.api.get(list)).body._embedded.grants).toMatchObject([{ id: kept.id }, { id: added.id }]);
      expect((await on.api.get(single)).headers.etag).toMatch(/^"2\./);
    });

    test('changes and records nothing when the grants are already as given', async () => {
      const before = await on.api.get(list);
      const recorded = await activities();
      const grants = [{ resource: { name: 'reports' }, scopes: ['b', world.a.id] }];
      const { status, body } = await on.api.put(list, { grants });
      expect([status, body.count]).toEqual([200, 1]);
      expect((await on.api.get(single)).headers.etag).toMatch(/^"1\./);
      expect((await on.api.get(list)).body._embedded.grants[0].updatedAt).toBe(
        before.body._embedded.grants[0].updatedAt,
      );
      expect(await activities()).toBe(recorded);
    });

    test('removes every grant when the set is empty', async () => {
      expect((await on.api.put(list, { grants: [] })).body).toMatchObject({ count: 0, _embedded: { grants: [] } });
      expect((await on.api.get(list)).body.count).toBe(0);
    });

    test("moves a scope's name from one grant to another", async () => {
      await on.api.post(`${world.E}/resources/${world.bills.id}/scopes`, { name: 'a' });
      const moved = [
        { resource: { name: 'bills' }, scopes: ['a'] },
        { resource: { name: 'reports' }, scopes: ['b'] },
      ];
      expect((await on.api.put(list, { grants: moved })).status).toBe(200);
    });

    test('changes nothing when the set has an error, and reports every error', async () => {
      const grants = [
        { resource: { name: 'bills' }, scopes: ['x', 'no'] },
        { resource: { name: 'reports' }, scopes: ['a'] },
        { resource: { id: world.reports.id }, scopes: ['b'] },
        { resource: { id: NOBODY }, scopes: ['a'] },
      ];
      const { status, body } = await on.api.put(list, { grants });
      const found = body.details.map(({ code, target }: { code: string; target: string }) => `${target} ${code}`);
      expect([status, found]).toEqual([
        400,
        [
          'grants[0].scopes[1] INVALID_VALUE',
          'grants[2].resource UNIQUENESS_VIOLATION',
          'grants[3].resource.id INVALID_VALUE',
        ],
      ]);
      expect((await on.api.get(list)).body._embedded.grants).toMatchObject([{ id: world.grant.id }]);
      expect((await on.api.get(single)).headers.etag).toMatch(/^"1\./);
    });
  });

  describe('single scopes of a grant', () => {
    test('adds scopes and keeps the others, and changes nothing when they are already granted', async () => {
      const { a, b, c } = world;
      const added = await on.api.post(`${single}/scopes`, { scopes: [{ id: c.id }, 'a'] });
      expect([added.status, added.headers.etag]).toEqual([200, expect.stringMatching(/^"2\./)]);
      expect(ids(added.body.scopes)).toEqual(ids([a, b, c]));
      const again = await on.api.post(`${single}/scopes`, { scopes: ['c'] });
      expect([again.status, again.headers.etag]).toEqual([200, expect.stringMatching(/^"2\./)]);
    });

    test('rejects scopes of another resource', async () => {
      const { status, body } = await on.api.post(`${single}/scopes`, { scopes: ['c', world.x.id] });
      expect([status, body.details]).toMatchObject([400, [{ target: 'scopes[1]', code: 'INVALID_VALUE' }]]);
      expect(ids((await on.api.get(single)).body.scopes)).toEqual(ids([world.a, world.b]));
    });

    test('removes scopes but rejects the removal of the last one', async () => {
      const { a, b, c } = world;
      expect((await on.api.delete(`${single}/scopes/${c.id}`)).status).toBe(404);
      expect((await on.api.delete(`${single}/scopes/${a.id}`)).status).toBe(204);
      expect((await on.api.delete(`${single}/scopes/${a.id}`)).status).toBe(404);
      const last = await on.api.delete(`${single}/scopes/${b.id}`);
      expect([last.status, last.body.details]).toMatchObject([
        400,
        [{ target: 'scopes', code: 'CONSTRAINT_VIOLATION' }],
      ]);
      const { body, headers } = await on.api.get(single);
      expect([body.scopes, headers.etag]).toEqual([[{ id: b.id }], expect.stringMatching(/^"2\./)]);
    });
  });
});
