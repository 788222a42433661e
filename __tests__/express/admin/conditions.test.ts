import { adminApi, appOf, describeRouter } from './fixtures/admin-api.js';
import { BODIES, createWorld, type World } from './fixtures/world.js';

/** Every single object, and the operation that replaces it. */
const OBJECTS: [string, (world: World) => string][] = [
  ['replaceEnvironment', ({ E }) => E],
  ['replaceResource', ({ E, reports }) => `${E}/resources/${reports.id}`],
  ['replaceScope', ({ E, reports, a }) => `${E}/resources/${reports.id}/scopes/${a.id}`],
  ['replaceApplication', ({ E, reader }) => `${E}/applications/${reader.id}`],
  ['replaceGrant', ({ E, reader, grant }) => `${E}/applications/${reader.id}/grants/${grant.id}`],
];

describeRouter((on) => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld(on.store);
  });

  describe.each(OBJECTS)('%s', (id, pathOf) => {
    const body = () => BODIES[id]?.(world);

    test('returns a new ETag after each change', async () => {
      const path = pathOf(world);
      const before = (await on.api.get(path)).headers.etag;
      const changed = await on.api.put(path, body(), { 'If-Match': `${before}` });
      expect(changed.status).toBe(200);
      expect(changed.headers.etag).not.toBe(before);
      expect((await on.api.get(path)).headers.etag).toBe(changed.headers.etag);
    });

    test('responds with 412 and changes nothing when If-Match does not match', async () => {
      const path = pathOf(world);
      const before = await on.api.get(path);
      const { etag } = before.headers;
      for (const tag of [
        '"999"',
        `W/${etag}`,
        '1',
        '"1',
        '""',
        'x',
        '',
        '"999", "998"',
        '"1 "',
        String(etag).replace('"', '"0'),
      ]) {
        const put = await on.api.put(path, body(), { 'If-Match': tag });
        expect([tag, put.status, put.body.code]).toEqual([tag, 412, 'REQUEST_FAILED']);
      }
      expect((await on.api.delete(path, { 'If-Match': '"999"' })).status).toBe(412);
      const after = await on.api.get(path);
      expect([after.headers.etag, after.body.updatedAt]).toEqual([etag, before.body.updatedAt]);
    });

    test('accepts an If-Match with one matching tag among several, or with *', async () => {
      const path = pathOf(world);
      const { etag } = (await on.api.get(path)).headers;
      expect((await on.api.put(path, body(), { 'If-Match': `"999", ${etag}` })).status).toBe(200);
      expect((await on.api.delete(path, { 'If-Match': '*' })).status).toBe(204);
      expect((await on.api.delete(path, { 'If-Match': '*' })).status).toBe(404);
    });

    test('accepts only one of several concurrent updates with the same ETag', async () => {
      const path = pathOf(world);
      const { etag } = (await on.api.get(path)).headers;
      const other = await on.database.open();
      const apis = [on.api, adminApi(appOf({ store: other }))];
      const headers = { 'If-Match': `${etag}` };
      const answers = await Promise.all([...apis, ...apis].map((api) => api.put(path, body(), headers)));
      await other.close();
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    });

    test('responds with 304 and an empty body while If-None-Match matches the ETag', async () => {
      const path = pathOf(world);
      const { etag } = (await on.api.get(path)).headers;
      for (const tag of [etag, `W/${etag}`, `"999", ${etag}`, '*']) {
        const known = await on.api.get(path, { 'If-None-Match': `${tag}` });
        expect([tag, known.status, known.headers.etag]).toEqual([tag, 304, etag]);
        expect(known.headers).not.toHaveProperty('content-type');
      }
      const head = await on.api.send('HEAD', path, { headers: { 'If-None-Match': `${etag}` } });
      expect(head.status).toBe(304);
      for (const tag of ['"999"', 'x', '']) {
        expect([tag, (await on.api.get(path, { 'If-None-Match': tag })).status]).toEqual([tag, 200]);
      }
      await on.api.put(path, body());
      expect((await on.api.get(path, { 'If-None-Match': `${etag}` })).status).toBe(200);
    });
  });

  test('applies If-Match to single scopes of a grant', async () => {
    const path = `${world.E}/applications/${world.reader.id}/grants/${world.grant.id}/scopes/${world.a.id}`;
    const { etag } = (await on.api.get(path.replace(/\/scopes\/[^/]+$/, ''))).headers;
    expect((await on.api.delete(path, { 'If-Match': '"1"' })).status).toBe(412);
    expect((await on.api.delete(path, { 'If-Match': `${etag}` })).status).toBe(204);
  });

  test('accepts only * as If-Match for a set of grants, which has no ETag', async () => {
    const path = `${world.E}/applications/${world.reader.id}/grants`;
    expect((await on.api.put(path, { grants: [] }, { 'If-Match': '"1"' })).status).toBe(412);
    expect((await on.api.get(path)).body.count).toBe(1);
    expect((await on.api.put(path, { grants: [] }, { 'If-Match': '*' })).status).toBe(200);
  });

  test('always returns a list, which has no ETag', async () => {
    const list = await on.api.get(`${world.E}/resources`, { 'If-None-Match': '*' });
    expect([list.status, list.headers.etag]).toEqual([200, undefined]);
  });

  test('creates one grant of twenty concurrent requests in two processes and refuses the rest', async () => {
    const other = await on.database.open();
    const apis = [on.api, adminApi(appOf({ store: other }))];
    const path = `${world.E}/applications/${world.writer.id}/grants`;
    const sent = { resource: { id: world.reports.id }, scopes: [world.a.id] };
    const requests = Array.from({ length: 20 }, (_, i) => apis[i % 2]?.post(path, sent));
    const answers = (await Promise.all(requests)).flatMap((answer) => answer ?? []);
    await other.close();
    const [made, ...refused] = answers.sort((one, two) => one.status - two.status);
    expect([made?.status, refused.length]).toEqual([201, 19]);
    for (const { status, body } of refused) {
      expect([status, body.code, body.details]).toMatchObject([
        400,
        'INVALID_DATA',
        [{ code: 'UNIQUENESS_VIOLATION', target: 'resource.id', innerError: { existingId: made?.body.id } }],
      ]);
    }
    expect((await on.api.get(path)).body).toMatchObject({ count: 1, size: 1 });
  });

  test('adds all of twenty scopes that are added to one grant concurrently', async () => {
    const { E, reports, reader, grant } = world;
    const names = Array.from({ length: 20 }, (_, i) => `at-once-${i}`);
    const added = names.map((name) => on.api.post(`${E}/resources/${reports.id}/scopes`, { name }));
    expect((await Promise.all(added)).every(({ status }) => status === 201)).toBe(true);
    const path = `${E}/applications/${reader.id}/grants/${grant.id}`;
    await Promise.all(names.map((name) => on.api.post(`${path}/scopes`, { scopes: [name] })));
    const { body, headers } = await on.api.get(path);
    expect([body.scopes.length, headers.etag]).toEqual([22, expect.stringMatching(/^"21\./)]);
  });
});
