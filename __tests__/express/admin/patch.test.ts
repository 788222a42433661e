import { OPERATIONS } from '../../../lib/admin/operations.js';
import { describeRouter } from './fixtures/admin-api.js';
import { BODIES, createWorld, pathIn, type World } from './fixtures/world.js';

const PATCHES = OPERATIONS.filter(({ method }) => method === 'PATCH').map(
  (operation) => [operation.id, operation] as const,
);
const MERGE_PATCH = { 'Content-Type': 'application/merge-patch+json' };

describeRouter((on) => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld(on.store);
  });

  const patch = (path: string, body: unknown, headers: Record<string, string> = MERGE_PATCH) =>
    on.api.send('PATCH', path, { body: JSON.stringify(body), headers });
  const latest = async () => (await on.api.get(`${world.E}/activities?limit=1`)).body._embedded.activities[0];

  test('every object with a PUT has a PATCH', () => {
    const single = OPERATIONS.filter(({ method, path }) => method === 'PUT' && path.endsWith('}'));
    expect(PATCHES.map(([, { path }]) => path)).toEqual(single.map(({ path }) => path));
  });

  describe.each(PATCHES)('%s', (id, { path: template }) => {
    test('changes what the patch names, keeps the rest, and gives a new tag', async () => {
      const path = pathIn(world, template);
      const body = BODIES[id]?.(world) as object;
      const { body: before, headers } = await on.api.get(path);
      const {
        body: after,
        status,
        headers: now,
      } = await patch(path, body, { ...MERGE_PATCH, 'If-Match': headers.etag as string });
      expect(status).toBe(200);
      expect(after).toEqual({ ...before, ...body, updatedAt: expect.any(String) });
      expect(now.etag).not.toBe(headers.etag);
      expect((await on.api.get(path)).body).toEqual(after);
      expect(await latest()).toMatchObject({ action: { type: expect.stringMatching(/\.UPDATED$/) } });
    });

    test('takes application/json, and makes no change of a patch that changes nothing', async () => {
      const path = pathIn(world, template);
      const { body: shown, headers } = await on.api.get(path);
      const before = await latest();
      for (const body of [{}, { id: world.a.id, _links: {}, createdAt: 'x', unknown: { a: null } }, shown]) {
        const same = await patch(path, body, { 'Content-Type': 'application/json' });
        expect([same.status, same.headers.etag, same.body]).toEqual([200, headers.etag, shown]);
      }
      expect(await latest()).toEqual(before);
      const { position } = await on.store.changes.since('');
      await patch(path, {});
      expect((await on.store.changes.since(position)).events).toEqual([]);
    });

    test('changes nothing where If-Match does not hold, and nothing in a dry run', async () => {
      const path = pathIn(world, template);
      const before = await on.api.get(path);
      const body = BODIES[id]?.(world);
      expect((await patch(path, body, { ...MERGE_PATCH, 'If-Match': '"1.AAAAAAAAAAAAAAAA"' })).status).toBe(412);
      const tried = await patch(`${path}?dryRun=true`, body);
      expect([tried.status, tried.body.dryRun, tried.body.changes.length]).toEqual([200, true, 1]);
      expect((await on.api.get(path)).body).toEqual(before.body);
    });

    test.each(['[]', 'null', '"a"', '7', 'true', '[{"op":"remove","path":"/name"}]'])(
      'refuses the patch %s',
      async (body) => {
        const path = pathIn(world, template);
        const answer = await on.api.send('PATCH', path, { body, headers: MERGE_PATCH });
        const message = 'The body must be an object: a merge patch (RFC 7396).';
        expect([answer.status, answer.body.code, answer.body.details]).toMatchObject([
          400,
          'INVALID_DATA',
          [{ message }],
        ]);
      },
    );

    test('refuses the media types of other patches and of no JSON', async () => {
      const path = pathIn(world, template);
      for (const type of [
        'application/json-patch+json',
        'application/x+json',
        'text/plain',
        'application/merge-patch',
      ]) {
        const answer = await on.api.send('PATCH', path, { body: '{}', headers: { 'Content-Type': type } });
        expect([type, answer.status]).toEqual([type, 415]);
      }
      const charset = { 'Content-Type': 'Application/Merge-Patch+JSON; charset=utf-8' };
      expect((await on.api.send('PATCH', path, { body: '{}', headers: charset })).status).toBe(200);
      expect((await on.api.send('PATCH', path)).status).toBe(400);
    });

    test('OPTIONS says which patches it takes', async () => {
      const { headers } = await on.api.send('OPTIONS', pathIn(world, template));
      expect(headers['accept-patch']).toBe('application/merge-patch+json, application/json');
      expect(headers.allow).toContain('PATCH');
    });
  });

  test('null resets what has a default, and is refused where none is', async () => {
    const path = `${world.E}/applications/${world.reader.id}`;
    await patch(path, { description: 'd', trustScope: 'Account', allowedTags: [{ key: 'a', value: 'b' }] });
    const { body } = await patch(path, { description: null, trustScope: null, allowedTags: null, grantTypes: null });
    expect(body).toMatchObject({ trustScope: 'Explicit', allowedTags: [], grantTypes: [] });
    expect(body).not.toHaveProperty('description');
    const refused = await patch(path, { name: null, enabled: null });
    expect([refused.status, refused.body.details.map(({ target }: { target: string }) => target)]).toEqual([
      400,
      ['name', 'enabled'],
    ]);
  });

  test('a grant keeps its resource: a patch that names another is refused, also by name alone', async () => {
    const path = pathIn(world, '/environments/{environmentId}/applications/{applicationId}/grants/{grantId}');
    const { body: shown } = await on.api.get(path);
    for (const resource of [{ name: 'bills' }, { id: world.bills.id }, { name: 'nothing' }]) {
      expect((await patch(path, { resource })).status).toBe(400);
    }

    expect(await patch(path, { resource: { name: 'reports' } })).toMatchObject({ status: 200, body: shown });
  });

  test('a list of scopes replaces that of the grant, and the resource stays', async () => {
    const path = pathIn(world, `/environments/{environmentId}/applications/{applicationId}/grants/{grantId}`);
    const { body } = await patch(path, { scopes: ['c', { id: world.a.id }] });
    expect(body.scopes.map(({ id }: { id: string }) => id)).toEqual([world.a.id, world.c.id]);
    for (const wrong of [{ resource: { id: world.bills.id } }, { scopes: [] }, { scopes: null }, { resource: null }]) {
      expect((await patch(path, wrong)).status).toBe(400);
    }
    expect((await on.api.get(path)).body).toEqual(body);
  });

  test('a built-in resource cannot be patched', async () => {
    const { body } = await on.api.get(`${world.E}/resources?filter=${encodeURIComponent('name eq "openid"')}`);
    const [{ id }] = body._embedded.resources;
    const answer = await patch(`${world.E}/resources/${id}`, { description: 'mine' });
    expect([answer.status, answer.body.details[0].code]).toEqual([400, 'CONSTRAINT_VIOLATION']);
  });

  test('an application cannot patch itself, its grants, or a scope that it holds', async () => {
    const itself = on.api.as({ client_id: world.reader.id });
    const application = `${world.E}/applications/${world.reader.id}`;
    const tried: [string, object][] = [
      [application, { trustScope: 'Account' }],
      [`${application}/grants/${world.grant.id}`, { scopes: ['a', 'b', 'c'] }],
      [`${world.E}/resources/${world.reports.id}/scopes/${world.a.id}`, { name: 'c2' }],
      [`${world.E}/resources/${world.reports.id}`, { audience: 'https://other.example' }],
    ];
    for (const [path, body] of tried) expect((await itself.send('PATCH', path, { body })).status).toBe(403);
  });

  test('patches of different members at the same time are all kept', async () => {
    const path = `${world.E}/applications/${world.writer.id}`;
    const members = { description: 'd', enabled: false, pkceEnforcement: 'REQUIRED', grantTypes: ['CIBA'], name: 'n' };
    const answers = await Promise.all(Object.entries(members).map(([name, value]) => patch(path, { [name]: value })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await on.api.get(path)).body).toMatchObject(members);
  });
});
