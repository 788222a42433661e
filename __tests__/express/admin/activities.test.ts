import { type AdminApi, adminApi, appOf, describeRouter } from './fixtures/admin-api.js';
import { createWorld, type World } from './fixtures/world.js';

interface Recorded {
  readonly recordedAt: string;
  readonly action: { readonly type: string };
  readonly resources: readonly { readonly type: string; readonly id: string }[];
}

describeRouter((on) => {
  let world: World;
  let list: string;
  beforeEach(async () => {
    world = await createWorld(on.store);
    list = `${world.E}/activities`;
  });

  async function activities(query: Record<string, string> = {}, api: AdminApi = on.api): Promise<Recorded[]> {
    const { status, body } = await api.get(`${list}?${new URLSearchParams(query)}`);
    expect(status).toBe(200);
    return body._embedded.activities;
  }
  const kinds = (found: readonly Recorded[]) => found.map(({ action, resources }) => [action.type, resources[0]?.id]);

  test('records who changed what, when, and both states of the object', async () => {
    const { writer, bills, x, E } = world;
    const grants = `${E}/applications/${writer.id}/grants`;
    const headers = { 'X-Ping-External-Transaction-ID': 'ticket 4711' };
    const created = await on.api.post(grants, { resource: { id: bills.id }, scopes: [x.id] }, headers);
    const removed = await on.api.delete(`${grants}/${created.body.id}`);
    const { body } = await on.api.get(list);
    expect(Object.keys(body)).toEqual(['_links', '_embedded', 'size']);
    const [last, first] = body._embedded.activities;
    expect(Object.keys(first)).toEqual([
      ...['id', 'environment', 'recordedAt', 'correlationId', 'externalTransactionId', 'actors', 'action', 'resources'],
      'after',
    ]);
    expect(first).toMatchObject({
      environment: { id: world.params.environmentId },
      recordedAt: created.body.createdAt,
      correlationId: created.headers['correlation-id'],
      externalTransactionId: 'ticket 4711',
      actors: { client: { id: 'admin-console' }, user: { id: 'ada' } },
      action: { type: 'GRANT.CREATED' },
      resources: [{ type: 'GRANT', id: created.body.id }],
      after: { id: created.body.id, scopes: [{ id: x.id, name: 'x' }] },
    });
    expect(last).toMatchObject({
      correlationId: removed.headers['correlation-id'],
      action: { type: 'GRANT.DELETED' },
      before: first.after,
    });
    expect(last).not.toHaveProperty('after');
    expect(last).not.toHaveProperty('externalTransactionId');
  });

  test('records both states of an update, and nothing for a change without effect', async () => {
    const path = `${world.E}/resources/${world.bills.id}`;
    await on.api.put(path, { name: 'invoices' });
    await on.api.put(path, { name: 'invoices' });
    await on.api.put(path, { name: 'reports' });
    const found = await activities();
    expect(found[0]).toMatchObject({ before: { name: 'bills' }, after: { name: 'invoices' } });
    expect(kinds(found).filter(([type]) => type === 'RESOURCE.UPDATED')).toHaveLength(1);
  });

  test('records every kind of change, newest first', async () => {
    const { reader, reports, a, grant, params } = world;
    await on.api.delete(`${world.E}/applications/${reader.id}/grants/${grant.id}`);
    await on.api.delete(`${world.E}/resources/${reports.id}/scopes/${a.id}`);
    const found = await activities();
    expect(kinds(found).slice(0, 3)).toEqual([
      ['SCOPE.DELETED', a.id],
      ['GRANT.DELETED', grant.id],
      ['SECRET.UPDATED', reader.id],
    ]);
    expect(kinds(found).at(-1)).toEqual(['ENVIRONMENT.CREATED', params.environmentId]);
    const times = found.map(({ recordedAt }) => recordedAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  test('filters by application: its own changes and deletions of what it holds', async () => {
    const { E, reader, writer, reports, a, c, bills } = world;
    await on.api.delete(`${E}/resources/${reports.id}/scopes/${a.id}`);
    await on.api.delete(`${E}/resources/${reports.id}/scopes/${c.id}`);
    await on.api.delete(`${E}/resources/${bills.id}`);
    await on.api.delete(`${E}/resources/${reports.id}`);
    const ofReader = await activities({ application: reader.id });
    expect(kinds(ofReader).map(([type]) => type)).toEqual([
      ...[
        'RESOURCE.DELETED',
        'SCOPE.DELETED',
        'SECRET.UPDATED',
        'SECRET.CREATED',
        'GRANT.CREATED',
        'APPLICATION.CREATED',
      ],
    ]);
    expect(ofReader[1]?.resources[0]?.id).toBe(a.id);
    expect(await activities({ application: reader.id.toUpperCase() })).toEqual(ofReader);
    expect(kinds(await activities({ application: writer.id }))).toEqual([['APPLICATION.CREATED', writer.id]]);
  });

  test('filters by actor, which is the client or the subject', async () => {
    const path = `${world.E}/resources`;
    const one = (await on.api.as({ client_id: 'console', sub: 'grace' }).post(path, { name: 'one' })).body.id;
    const two = (await on.api.as({ client_id: 'script', sub: 'script' }).post(path, { name: 'two' })).body.id;
    expect(kinds(await activities({ actor: 'grace' }))).toEqual([['RESOURCE.CREATED', one]]);
    expect(kinds(await activities({ actor: 'console' }))).toEqual([['RESOURCE.CREATED', one]]);
    expect(kinds(await activities({ actor: 'script' }))).toEqual([['RESOURCE.CREATED', two]]);
    expect(await activities({ actor: 'Grace' })).toEqual([]);
    expect(await activities({ actor: 'script', application: world.reader.id })).toEqual([]);
  });

  test('filters from a start time up to an exclusive end time', async () => {
    const database = on.database;
    let now = Date.now() + 60_000;
    const store = await database.open({ clock: { now: () => now } });
    const api = adminApi(appOf({ store }));
    const moments: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      now += 1000;
      moments.push((await api.post(`${world.E}/resources`, { name })).body.createdAt);
    }
    await store.close();
    const [one, two, three] = moments as [string, string, string];
    const times = async (query: Record<string, string>) =>
      (await activities(query)).map(({ recordedAt }) => recordedAt);
    expect(await times({ from: two })).toEqual([three, two]);
    expect(await times({ from: one, to: three })).toEqual([two, one]);
    expect(await times({ from: two.replace('Z', '+00:00'), to: three })).toEqual([two]);
    expect((await times({ to: one })).every((time) => time < one)).toBe(true);
    expect(await times({ from: new Date(now + 1).toISOString() })).toEqual([]);
    expect(await times({ from: three, to: one })).toEqual([]);
  });

  test.each([
    ['application', 'reader'],
    ['from', 'yesterday'],
    ['to', '2026-01-01'],
    ['actor', ''],
    ['since', '2026-01-01T00:00:00Z'],
  ])('rejects the filter %s=%s', async (name, value) => {
    const { status, body } = await on.api.get(`${list}?${name}=${value}`);
    expect([status, body]).toMatchObject([
      400,
      { code: 'INVALID_REQUEST', details: [{ code: 'INVALID_PARAMETER', target: name }] },
    ]);
  });

  test('stores only the printable first 100 characters of a transaction id', async () => {
    const headers = { 'X-Ping-External-Transaction-ID': `${'x'.repeat(99)}\tyz` };
    await on.api.post(`${world.E}/resources`, { name: 'letters' }, headers);
    expect((await activities())[0]).toMatchObject({ externalTransactionId: `${'x'.repeat(99)}y` });
  });
});
