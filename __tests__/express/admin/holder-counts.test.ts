import { PERMISSIONS } from 'scopegate/admin';
import request from 'supertest';
import { bearer, issuer } from '../../http/fixtures/domain.js';
import { context } from '../../support/stores.js';
import { appOf, describeRouter } from './fixtures/admin-api.js';
import { createWorld, type World } from './fixtures/world.js';

describeRouter((on) => {
  let world: World;
  let path: string;
  beforeAll(async () => {
    world = await createWorld(on.store);
    path = `${world.E}/resources/${world.reports.id}/scopes`;
    const { environmentId } = world.params;
    const writer = { environmentId, applicationId: world.writer.id };
    await on.store.grants.create(writer, { resource: { id: world.reports.id }, scopes: [{ id: world.a.id }] }, context);
  });

  test('a page of scopes with ?expand=holders says how many applications hold each', async () => {
    const { status, body } = await on.api.get(`${path}?expand=holders`);
    const counts = body._embedded.scopes.map(({ name, holders }: { name: string; holders?: number }) => [
      name,
      holders,
    ]);

    expect(status).toBe(200);
    expect(counts).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 0],
    ]);
    expect((await on.api.get(path)).body._embedded.scopes[0]).not.toHaveProperty('holders');
  });

  test('such a page has a hundred scopes at most, and its next one has the counts too', async () => {
    const { environmentId, resourceId } = world.params;
    await on.store.transaction(context, async (tx) => {
      for (let i = 0; i < 100; i++) await tx.scopes.create({ environmentId, resourceId }, { name: `more:${i}` });
    });
    const first = await on.api.get(`${path}?expand=holders&limit=1000`);
    expect(first.body.size).toBe(100);
    const second = await on.api.get(first.body._links.next.href);
    expect(second.body._embedded.scopes.map(({ holders }: { holders?: number }) => holders)).toEqual([0, 0, 0]);
  });

  test('only callers who may read grants get the counts', async () => {
    const permissions = Object.fromEntries(PERMISSIONS.map((name) => [name, `scope:${name}`]));
    const app = appOf({ store: on.store, permissions });
    const ask = (scope: string) =>
      request(app)
        .get(`/v1${path}?expand=holders`)
        .set('Authorization', bearer(issuer.token({ scope, env: world.params.environmentId })));
    const refused = await ask('scope:resources:read:scope');

    expect([refused.status, refused.body.details[0].message]).toEqual([
      403,
      'The parameter expand requires the permission applications:read:grant.',
    ]);
    expect((await ask('scope:resources:read:scope scope:applications:read:grant')).status).toBe(200);
  });
});
