import { describeRouter } from './fixtures/admin-api.js';
import { createWorld, NOBODY, type World } from './fixtures/world.js';

describeRouter((on) => {
  let world: World;
  let list: string;
  beforeEach(async () => {
    world = await createWorld(on.store);
    list = `${world.E}/resources`;
  });

  const MEMBERS = [
    ['_links', 'id', 'environment', 'name', 'description', 'type', 'audience', 'accessTokenValiditySeconds'],
    ['introspectEndpointAuthMethod', 'applicationPermissionsSettings', 'tags', 'secondaryAudiences'],
    ['createdAt', 'updatedAt'],
  ].flat();

  test('creates a resource with default members, in the documented order', async () => {
    const { status, body, headers } = await on.api.post(list, { name: 'letters', description: 'in and out' });
    expect([status, headers.etag]).toEqual([201, expect.stringMatching(/^"1\./)]);
    expect(Object.keys(body)).toEqual(MEMBERS);
    expect(Object.keys(body._links)).toEqual(['self', 'environment', 'scopes']);
    expect(body).toMatchObject({
      environment: { id: world.params.environmentId },
      audience: 'letters',
      type: 'CUSTOM',
      accessTokenValiditySeconds: 3600,
      introspectEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
      applicationPermissionsSettings: { claimEnabled: false },
      tags: [],
      secondaryAudiences: [],
    });
    expect((await on.api.get(body._links.self.href)).body).toMatchObject({ id: body.id, name: 'letters' });
  });

  test('stores every member of a resource', async () => {
    const sent = {
      name: 'letters',
      audience: 'https://letters.example',
      accessTokenValiditySeconds: 300,
      introspectEndpointAuthMethod: 'CLIENT_SECRET_POST',
      applicationPermissionsSettings: { claimEnabled: true },
      tags: [{ key: 'team', value: 'post' }],
      secondaryAudiences: ['https://post.example'],
    };
    const { body } = await on.api.post(list, sent);
    expect((await on.api.get(`${list}/${body.id}`)).body).toMatchObject(sent);
  });

  test('replaces the whole resource on PUT, clearing omitted members and tolerating read-only ones', async () => {
    const path = `${list}/${world.reports.id}`;
    await on.api.put(path, { name: 'reports', description: 'all', audience: 'https://reports.example' });
    const read = await on.api.get(path);
    const echoed = await on.api.put(path, { ...read.body, createdAt: 'yesterday', id: NOBODY });
    expect(echoed.body).toEqual({ ...read.body, _links: expect.anything() });
    expect(echoed.headers.etag).toBe(read.headers.etag);
    const cleared = await on.api.put(path, { name: 'reports' });
    expect(cleared.body).not.toHaveProperty('description');
    expect(cleared.body.audience).toBe('reports');
    expect(Object.keys(cleared.body)).toEqual(MEMBERS.filter((member) => member !== 'description'));
  });

  const ours = { tags: [{ key: 'team', value: 'post' }], secondaryAudiences: ['https://post.example'] };

  test.each<[string, object, object]>([
    ['keeps members that PingOne does not know', {}, ours],
    ['keeps them where they are null', { tags: null, secondaryAudiences: null }, ours],
    ['replaces tags where it names them', { tags: [] }, { ...ours, tags: [] }],
    [
      'replaces secondaryAudiences where it names them',
      { secondaryAudiences: ['a'] },
      { ...ours, secondaryAudiences: ['a'] },
    ],
  ])('PUT %s', async (_, sent, expected) => {
    const { body, headers } = await on.api.post(list, { name: 'letters', description: 'in and out', ...ours });
    const current = { 'If-Match': `${headers.etag}` };
    const replaced = await on.api.put(`${list}/${body.id}`, { name: 'post', ...sent }, current);
    expect(replaced.status).toBe(200);
    expect(replaced.body).toMatchObject({ name: 'post', audience: 'post', ...expected });
    expect(replaced.body).not.toHaveProperty('description');
    expect((await on.api.get(`${list}/${body.id}`)).body).toEqual(replaced.body);
  });

  test('a PUT of a missing or a built-in resource is refused', async () => {
    expect((await on.api.put(`${list}/${NOBODY}`, { name: 'letters' })).status).toBe(404);
    const { body } = await on.api.get(list);
    const builtIn = body._embedded.resources.find(({ type }: { type: string }) => type === 'OPENID_CONNECT');
    expect((await on.api.put(`${list}/${builtIn.id}`, { name: 'letters' })).status).toBe(400);
  });

  test('includes the scopes with ?expand=scopes, in lists and in single resources', async () => {
    const single = await on.api.get(`${list}/${world.reports.id}?expand=scopes`);
    expect(Object.keys(single.body).slice(0, 3)).toEqual(['_links', '_embedded', 'id']);
    const scopes = (await on.api.get(`${list}/${world.reports.id}/scopes`)).body._embedded.scopes;
    const withoutPorts = (value: unknown) => JSON.stringify(value).replace(/127\.0\.0\.1:\d+/g, '');
    expect(withoutPorts(single.body._embedded.scopes)).toBe(withoutPorts(scopes));
    const all = await on.api.get(`${list}?expand=scopes`);
    expect(all.body._embedded.resources.map((each: Expanded) => each._embedded.scopes.length)).toEqual([6, 2, 3, 1]);
    expect((await on.api.get(list)).text).not.toContain('"_embedded":{"scopes"');
    expect((await on.api.get(`${list}?expand=grants`)).status).toBe(400);
  });

  interface Expanded {
    readonly _embedded: { readonly scopes: readonly object[] };
  }

  test('reports every problem of a body at once with its target', async () => {
    const { status, body } = await on.api.post(list, {
      description: 5,
      type: 'OPENID_CONNECT',
      accessTokenValiditySeconds: 299,
      introspectEndpointAuthMethod: 'BASIC',
      tags: [{ key: 'a', value: 'b' }, { key: '' }],
    });
    expect([status, body.code]).toEqual([400, 'INVALID_DATA']);
    const found = body.details.map(({ code, target }: { code: string; target: string }) => `${target} ${code}`);
    expect(found.sort()).toEqual([
      'accessTokenValiditySeconds OUT_OF_RANGE',
      'description INVALID_VALUE',
      'introspectEndpointAuthMethod INVALID_VALUE',
      'name REQUIRED_VALUE',
      'tags[1].key EMPTY_VALUE',
      'tags[1].value REQUIRED_VALUE',
      'type INVALID_VALUE',
    ]);
    const inner = Object.fromEntries(body.details.map((each: { target: string }) => [each.target, each]));
    expect(inner.accessTokenValiditySeconds.innerError).toEqual({ rangeMinimumValue: 300 });
    expect(inner.introspectEndpointAuthMethod.innerError).toEqual({
      allowedValues: ['NONE', 'CLIENT_SECRET_BASIC', 'CLIENT_SECRET_POST'],
    });
  });

  test.each([
    ['accessTokenValiditySeconds', 2_592_001, { rangeMaximumValue: 2_592_000 }],
    ['name', 'x'.repeat(257), { maximumValue: 256 }],
    ['secondaryAudiences', Array(101).fill('a'), { maximumValue: 100 }],
  ])('limits %s', async (member, value, innerError) => {
    const { status, body } = await on.api.post(list, { name: 'letters', [member]: value });
    expect([status, body.details]).toMatchObject([400, [{ target: member, innerError }]]);
  });

  test('rejects a resource name already used in the environment, but allows it in another', async () => {
    const twice = await on.api.post(list, { name: 'reports' });
    expect([twice.status, twice.body.details]).toMatchObject([
      400,
      [{ code: 'UNIQUENESS_VIOLATION', target: 'name', innerError: { existingId: world.reports.id } }],
    ]);
    const renamed = await on.api.put(`${list}/${world.bills.id}`, { name: 'reports' });
    expect([renamed.status, renamed.body.details[0].code]).toEqual([400, 'UNIQUENESS_VIOLATION']);
    const other = await createWorld(on.store);
    expect((await on.api.get(`${other.E}/resources`)).text).toContain('"name":"reports"');
  });

  test('deletes the scopes and grants of a resource together with it', async () => {
    const grants = `${world.E}/applications/${world.reader.id}/grants`;
    expect((await on.api.delete(`${list}/${world.reports.id}`)).status).toBe(204);
    expect((await on.api.get(`${list}/${world.reports.id}/scopes`)).status).toBe(404);
    expect((await on.api.get(grants)).body).toMatchObject({ count: 0, size: 0, _embedded: { grants: [] } });
    expect((await on.api.get(`${grants}/${world.grant.id}`)).status).toBe(404);
    expect((await on.api.get(`${world.E}/scopes`)).body.count).toBe(9);
    expect((await on.api.get(list)).body).toMatchObject({ count: 3, size: 3 });
  });
});
