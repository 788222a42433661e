import type { Operation } from '../../../lib/admin/operations/operation.js';
import { isChange } from '../../../lib/admin/operations/operation.js';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { type AdminApi, adminApi, appOf, describeRouter } from './fixtures/admin-api.js';
import { BODIES, createWorld, pathIn, type World } from './fixtures/world.js';

type BodyOf = (world: World) => Readonly<Record<string, unknown>>;

/** Every way to change what `reader` is granted: an operation, and the body where it is not that of `BODIES`. */
const WAYS: Readonly<Record<string, { readonly id: string; readonly bodyOf?: BodyOf }>> = {
  'a grant more': { id: 'createGrant' },
  'other scopes in a grant': { id: 'replaceGrant' },
  'a grant less': { id: 'deleteGrant' },
  'all grants at once': { id: 'setGrants' },
  'no grants at all': { id: 'setGrants', bodyOf: () => ({ grants: [] }) },
  'a scope more': { id: 'addGrantScopes' },
  'a scope less': { id: 'removeGrantScope' },
  'a grant by the resource': {
    id: 'createGrantOfResource',
    bodyOf: ({ reader, x }) => ({ application: { id: reader.id }, scopes: [x.id] }),
  },
  'a scope that it holds renamed': { id: 'replaceScope' },
  'a scope that it holds deleted': { id: 'deleteScope' },
  'a resource that it holds deleted': { id: 'deleteResource' },
  'itself replaced': { id: 'replaceApplication' },
  'itself deleted': { id: 'deleteApplication' },
};

describeRouter((on) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld(on.store);
  });

  async function attempt(api: AdminApi, { id, bodyOf = BODIES[id] }: (typeof WAYS)[string], query = '') {
    const operation = OPERATIONS.find((each) => each.id === id) as Operation;
    const resourceId = id === 'createGrantOfResource' ? world.bills.id : world.reports.id;
    const path = pathIn(world, operation.path, { resourceId });
    const { status, body } = await api.send(operation.method, `${path}${query}`, { body: bodyOf?.(world) });
    return { status, code: body.details?.[0].code };
  }

  const state = async () => {
    const application = `${world.E}/applications/${world.reader.id}`;
    const paths = [application, `${application}/grants?expand=scopes`, `${world.E}/activities`];
    const answers = await Promise.all(paths.map((path) => on.api.get(path)));
    return answers.map(({ text }) => text.replace(/127\.0\.0\.1:\d+/g, ''));
  };

  describe.each(Object.entries(WAYS))('%s', (_, way) => {
    test('refuses the change when the application itself requests it', async () => {
      const before = await state();
      const refused = { status: 403, code: 'INSUFFICIENT_PERMISSIONS' };
      const upperCase = on.api.as({ client_id: world.reader.id.toUpperCase() });
      const confined = on.api.as({ client_id: world.reader.id, env: world.params.environmentId });
      for (const itself of [upperCase, confined]) {
        expect(await attempt(itself, way)).toEqual(refused);
        expect(await attempt(itself, way, '?dryRun=true')).toEqual(refused);
      }
      expect(await state()).toEqual(before);
    });

    test('allows the change when another application requests it', async () => {
      const another = on.api.as({ client_id: world.writer.id, env: world.params.environmentId });
      expect(await attempt(another, way, '?dryRun=true')).toEqual({ status: 200, code: undefined });
    });
  });

  test('lets an application change what it does not hold, and read itself', async () => {
    const { E, bills, x, a, c, reports, reader, grant } = await createWorld(on.store);
    const itself = on.api.as({ client_id: reader.id });
    expect((await itself.get(`${E}/applications/${reader.id}/grants/${grant.id}`)).status).toBe(200);
    expect((await itself.put(`${E}/resources/${reports.id}/scopes/${c.id}`, { name: 'other' })).status).toBe(200);
    expect((await itself.delete(`${E}/resources/${bills.id}/scopes/${x.id}`)).status).toBe(204);
    expect((await itself.delete(`${E}/resources/${bills.id}`)).status).toBe(204);
    const described = { name: 'a', description: 'still of that name' };
    const scope = `${E}/resources/${reports.id}/scopes/${a.id}`;
    expect((await itself.put(scope, described)).status).toBe(200);
  });

  test.each([undefined, ''])('lets a token with the client_id %p read but not change anything', async (client_id) => {
    const nobody = on.api.as({ client_id });
    for (const operation of OPERATIONS) {
      const { id, method, path, status } = operation;
      const answer = await nobody.send(method, pathIn(world, path), { body: BODIES[id]?.(world) });
      expect([id, answer.status]).toEqual([id, isChange(operation) ? 403 : status]);
    }
  });

  test.each([undefined, '', 5, null, {}, []])('refuses changes when clientOf returns %j', async (client) => {
    const api = adminApi(appOf({ store: on.store, clientOf: () => client }));
    expect((await api.delete(world.E)).status).toBe(403);
    expect((await api.get(world.E)).status).toBe(200);
  });

  test('identifies the application of the token by clientOf', async () => {
    const names = new Map([['reader', world.reader.id]]);
    const app = appOf({ store: on.store, clientOf: async ({ payload }) => names.get(`${payload.azp}`) });
    const path = `${world.E}/applications/${world.reader.id}/grants/${world.grant.id}`;
    expect((await adminApi(app, { azp: 'reader' }).delete(path)).status).toBe(403);
    expect((await adminApi(app, { azp: 'unknown' }).delete(path)).status).toBe(403);
    names.set('other', world.writer.id);
    expect((await adminApi(app, { azp: 'other', client_id: world.reader.id }).delete(path)).status).toBe(204);
  });
});
