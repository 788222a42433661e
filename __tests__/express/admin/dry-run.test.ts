import { isChange } from '../../../lib/admin/operations/operation.js';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { type AdminApi, describeRouter } from './fixtures/admin-api.js';
import { BODIES, createWorld, pathIn, type World } from './fixtures/world.js';

/** What each change would come to, in the world that `createWorld` makes. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  createEnvironment: ['ENVIRONMENT.CREATED'],
  replaceEnvironment: ['ENVIRONMENT.UPDATED'],
  patchEnvironment: ['ENVIRONMENT.UPDATED'],
  deleteEnvironment: ['ENVIRONMENT.DELETED'],
  createResource: ['RESOURCE.CREATED'],
  replaceResource: ['RESOURCE.UPDATED'],
  patchResource: ['RESOURCE.UPDATED'],
  deleteResource: ['RESOURCE.DELETED'],
  createGrantOfResource: ['GRANT.CREATED'],
  createScope: ['SCOPE.CREATED'],
  replaceScope: ['SCOPE.UPDATED'],
  patchScope: ['SCOPE.UPDATED'],
  deleteScope: ['SCOPE.DELETED'],
  createApplication: ['APPLICATION.CREATED'],
  replaceApplication: ['APPLICATION.UPDATED'],
  patchApplication: ['APPLICATION.UPDATED'],
  deleteApplication: ['APPLICATION.DELETED'],
  rotateApplicationSecret: ['SECRET.UPDATED'],
  endPreviousSecrets: ['SECRET.UPDATED'],
  createSecret: ['SECRET.CREATED'],
  deleteSecret: ['SECRET.DELETED'],
  revokeTokens: ['REVOCATION.CREATED'],
  createGrant: ['GRANT.CREATED'],
  setGrants: ['GRANT.DELETED', 'GRANT.CREATED'],
  replaceGrant: ['GRANT.UPDATED'],
  patchGrant: ['GRANT.UPDATED'],
  deleteGrant: ['GRANT.DELETED'],
  addGrantScopes: ['GRANT.UPDATED'],
  removeGrantScope: ['GRANT.UPDATED'],
};

const changing = OPERATIONS.filter(isChange);

/** All that lies in a world. */
async function snapshot(api: AdminApi, { E, params }: World): Promise<object[]> {
  const reader = `/applications/${params.applicationId}`;
  const lists = [
    '',
    '/resources?expand=scopes',
    '/applications',
    `${reader}/grants?expand=scopes`,
    `${reader}/secrets`,
  ];
  const paths = ['/environments', ...[...lists, '/activities'].map((path) => `${E}${path}`)];
  const answers = paths.map((path) => api.get(path));
  return (await Promise.all(answers)).map(({ body }) => body);
}

test('the table of expected changes covers every change', () => {
  expect(Object.keys(CHANGES).sort()).toEqual(changing.map(({ id }) => id).sort());
});

describeRouter((on) => {
  let world: World;
  let before: object[];
  beforeAll(async () => {
    world = await createWorld(on.store);
    before = await snapshot(on.api, world);
  });
  afterEach(async () => {
    expect(await snapshot(on.api, world)).toEqual(before);
  });

  test.each(changing.map((operation) => [operation.id, operation] as const))(
    '%s with dryRun=true returns the expected changes and changes nothing',
    async (id, { method, path }) => {
      const tried = await on.api.send(method, `${pathIn(world, path)}?dryRun=true`, { body: BODIES[id]?.(world) });
      expect(tried.status).toBe(200);
      expect(tried.body).toMatchObject({ dryRun: true });
      type Change = { action: { type: string }; before?: object; after?: object };
      const changes: Change[] = tried.body.changes;
      expect(changes.map(({ action }) => action.type)).toEqual(CHANGES[id]);
      for (const change of changes) {
        const [, kind] = change.action.type.split('.');
        expect(['before' in change, 'after' in change]).toEqual([kind !== 'CREATED', kind !== 'DELETED']);
        expect(change.before).not.toEqual(change.after);
      }
      expect(tried.text).not.toMatch(/hash|"secret":"/);
      expect([tried.headers.etag, tried.headers.location]).toEqual([undefined, undefined]);
    },
  );

  test('applies the change with dryRun=false', async () => {
    const other = await createWorld(on.store);
    const path = `${other.E}/resources/${other.bills.id}`;
    expect((await on.api.put(`${path}?dryRun=false`, { name: 'invoices' })).headers.etag).toMatch(/^"2\./);
    expect((await on.api.delete(`${path}?dryRun=false`)).status).toBe(204);
    expect((await on.api.get(path)).status).toBe(404);
    expect((await on.api.delete(`${other.E}?dryRun=false`)).status).toBe(204);
  });

  test('refuses in a dry run what the change itself would refuse', async () => {
    const grants = `${world.E}/applications/${world.reader.id}/grants`;
    const twice = { resource: { id: world.reports.id }, scopes: ['c'] };
    expect((await on.api.post(`${grants}?dryRun=true`, twice)).status).toBe(400);
    const stale = await on.api.delete(`${grants}/${world.grant.id}?dryRun=true`, { 'If-Match': '"2"' });
    expect(stale.status).toBe(412);
    expect((await on.api.delete(`${grants}/${world.x.id}?dryRun=true`)).status).toBe(404);
    const own = on.api.as({ client_id: world.reader.id });
    expect((await own.delete(`${grants}/${world.grant.id}?dryRun=true`)).status).toBe(403);
  });

  test('returns an empty list of changes for a change without effect', async () => {
    const path = `${world.E}/resources/${world.bills.id}?dryRun=true`;
    expect((await on.api.put(path, { name: 'bills' })).body).toEqual({ dryRun: true, changes: [] });
  });

  test.each(['1', 'TRUE', 'yes', ''])('rejects dryRun=%s instead of applying the change', async (value) => {
    const path = `${world.E}/resources/${world.bills.id}`;
    const { status, body } = await on.api.delete(`${path}?dryRun=${value}`);
    expect([status, body.details]).toMatchObject([400, [{ code: 'INVALID_PARAMETER', target: 'dryRun' }]]);
    expect((await on.api.delete(`${path}?dryRun=true&dryRun=true`)).status).toBe(400);
    expect((await on.api.get(path)).status).toBe(200);
  });
});
