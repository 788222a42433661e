import type { UsageCount } from 'scopegate/admin';
import { PERMISSIONS } from '../../../lib/admin/permissions.js';
import { context } from '../../support/stores.js';
import { type AdminApi, adminApi, appOf, describeRouter } from './fixtures/admin-api.js';
import { createWorld, NOBODY, type World } from './fixtures/world.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Row {
  readonly grant: object;
  readonly resource: { readonly id: string };
  readonly scope: { readonly name: string };
  readonly since: string;
}

describeRouter((on) => {
  let world: World;
  let reader: string;
  const now = Date.now();
  const counts = (...some: readonly Partial<UsageCount>[]): UsageCount[] =>
    some.map((count) => ({
      applicationId: world.reader.id,
      time: now - HOUR_MS,
      audience: ['reports'],
      route: 'GET /reports',
      required: 'a',
      covered: ['a'],
      calls: 10,
      ...count,
    }));
  beforeEach(async () => {
    world = await createWorld(on.store);
    reader = `${world.E}/applications/${world.reader.id}`;
  });

  test('shows what an application called, the most frequent first, and since when calls are counted', async () => {
    expect((await on.api.get(`${reader}/usage`)).body).toMatchObject({ calls: 0, _embedded: { usage: [] } });
    const old = { time: now - 40 * DAY_MS, calls: 1000 };
    await on.store.usage.add(counts({}, { route: 'POST /reports', required: 'b', covered: ['b'], calls: 90 }, old));
    const { body } = await on.api.get(`${reader}/usage`);

    expect(body).toMatchObject({ application: { id: world.reader.id }, calls: 100, count: 2, size: 2 });
    expect(Date.parse(body.recordedSince)).toBeLessThanOrEqual(now - 40 * DAY_MS);
    const [first, second] = body._embedded.usage;
    expect(first).toMatchObject({ route: 'POST /reports', required: 'b', covered: ['b'], calls: 90 });
    expect(second).toMatchObject({ route: 'GET /reports', audience: ['reports'], calls: 10 });
    expect((await on.api.get(`${reader}/usage?days=60`)).body.calls).toBe(1100);
  });

  test('shows which applications needed a scope', async () => {
    await on.store.usage.add(
      counts({}, { applicationId: world.writer.id, calls: 3 }, { required: 'b', covered: ['b'] }),
    );
    const { body } = await on.api.get(`${world.E}/resources/${world.reports.id}/scopes/${world.a.id}/usage`);
    expect(body).toMatchObject({ scope: { id: world.a.id }, resource: { id: world.reports.id }, calls: 13 });
    expect(body._embedded.usage.map((row: { application: object }) => row.application)).toEqual([
      { id: world.reader.id },
      { id: world.writer.id },
    ]);
  });

  test('a dry run of a change of grants shows which calls it would refuse', async () => {
    await on.store.usage.add(counts({}, { route: 'POST /reports', required: 'b', covered: ['b'], calls: 90 }));
    const path = `${reader}/grants/${world.grant.id}`;
    const removed = await on.api.delete(`${path}/scopes/${world.b.id}?dryRun=true`);
    expect(removed.body.impact).toMatchObject({
      calls: 100,
      refused: 90,
      routes: [{ route: 'POST /reports', calls: 90, refusedNow: false }],
    });
    expect((await on.api.delete(`${path}?dryRun=true`)).body.impact).toMatchObject({ calls: 100, refused: 100 });
    expect((await on.api.put(`${reader}/grants?dryRun=true`, { grants: [] })).body.impact.refused).toBe(100);
    const added = await on.api.post(`${path}/scopes?dryRun=true`, { scopes: ['c'] });
    expect(added.body.impact).toMatchObject({ refused: 0, routes: [] });
    const ended = { expiresAt: new Date(now - DAY_MS).toISOString() };
    const sent = { body: ended, headers: { 'Content-Type': 'application/merge-patch+json' } };
    expect((await on.api.send('PATCH', `${path}?dryRun=true`, sent)).body.impact.refused).toBe(100);
    expect((await on.api.delete(path)).status).toBe(204);
    const again = await on.api.put(`${reader}/grants?dryRun=true`, { grants: [] });
    expect(again.body.impact.routes.map(({ refusedNow }: { refusedNow: boolean }) => refusedNow)).toEqual([true, true]);
  });

  test('advises to drop what no call needed, and to narrow what every call needed a part of', async () => {
    const broad = 'urn:opc:resource:consumer:paas::all';
    const narrow = 'urn:opc:resource:consumer:paas:stack::read';
    const at = { environmentId: world.params.environmentId, resourceId: world.reports.id };
    await on.store.scopes.create(at, { name: broad }, context);
    await on.api.put(`${reader}/grants`, {
      grants: [
        { resource: { name: 'reports' }, scopes: ['a', 'b', broad] },
        { resource: { name: 'openid' }, scopes: ['openid'] },
      ],
    });
    const before = await on.api.get(`${reader}/advice`);
    expect(before.body).toMatchObject({ calls: 0, _embedded: { advice: [] } }); // nothing is known
    await on.store.usage.add(counts({}, { required: narrow, covered: [narrow], calls: 5 }));

    const { body } = await on.api.get(`${reader}/advice`);
    const advice = body._embedded.advice.map(({ grant: _, resource, scope, since: _since, ...rest }: Row) => ({
      resource: resource.id === world.reports.id,
      scope: scope.name,
      ...rest,
    }));
    expect(advice).toHaveLength(2);
    expect(advice).toEqual(
      expect.arrayContaining([
        { type: 'UNUSED', resource: true, scope: 'b', calls: 0, uses: [], sufficient: [] },
        {
          type: 'BROADER_THAN_USED',
          resource: true,
          scope: broad,
          calls: 5,
          uses: [{ scope: narrow, calls: 5 }],
          sufficient: [narrow],
        },
      ]),
    );
  });

  test('does not take calls of another audience for calls that a grant covered', async () => {
    await on.store.usage.add(counts({ audience: ['bills'] }));
    const { body } = await on.api.get(`${reader}/advice`);
    expect(body._embedded.advice.map(({ scope }: { scope: { name: string } }) => scope.name).sort()).toEqual([
      'a',
      'b',
    ]);
  });

  test.each(['0', '367', '-1', '1.5', 'all', ''])('rejects days=%s', async (days) => {
    for (const path of [`${reader}/usage`, `${reader}/advice`]) {
      const { status, body } = await on.api.get(`${path}?days=${days}`);
      expect([status, body.details[0].target]).toEqual([400, 'days']);
    }
  });

  test('a missing application has no usage and no advice', async () => {
    for (const name of ['usage', 'advice']) {
      expect((await on.api.get(`${world.E}/applications/${NOBODY}/${name}`)).status).toBe(404);
    }
  });

  test('shows the impact of a change only to callers who may read usage', async () => {
    const permissions = Object.fromEntries(PERMISSIONS.map((name) => [name, `scope:${name}`]));
    const mapped = adminApi(appOf({ store: on.store, permissions }));
    const caller = (...names: readonly string[]): AdminApi =>
      mapped.as({ scope: names.map((name) => `scope:${name}`).join(' ') });
    await on.store.usage.add(counts({}));
    const path = `${reader}/grants/${world.grant.id}?dryRun=true`;
    const without = await caller('applications:delete:grant').delete(path);
    expect(Object.keys(without.body)).toEqual(['dryRun', 'changes']);
    const withUsage = await caller('applications:delete:grant', 'applications:read:usage').delete(path);
    expect(withUsage.body.impact).toMatchObject({ refused: 10 });
  });
});
