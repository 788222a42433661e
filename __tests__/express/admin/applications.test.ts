import { describeRouter } from './fixtures/admin-api.js';
import { createWorld, NOBODY, type World } from './fixtures/world.js';

describeRouter((on) => {
  let world: World;
  let list: string;
  beforeEach(async () => {
    world = await createWorld(on.store);
    list = `${world.E}/applications`;
  });

  const required = {
    name: 'portal',
    enabled: true,
    type: 'WEB_APP',
    protocol: 'OPENID_CONNECT',
    tokenEndpointAuthMethod: 'PRIVATE_KEY_JWT',
  };
  const optional = {
    description: 'for customers',
    grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
    responseTypes: ['CODE'],
    redirectUris: ['https://portal.example/callback'],
    postLogoutRedirectUris: ['https://portal.example/'],
    pkceEnforcement: 'S256_REQUIRED',
    trustScope: 'Tags',
    allowedTags: [{ key: 'team', value: 'sales' }],
    requestScopesForMultipleResourcesEnabled: true,
  };

  test('creates an application with default members, in order, and without a secret', async () => {
    const { status, body, headers } = await on.api.post(list, required);
    expect([status, headers.etag]).toEqual([201, expect.stringMatching(/^"1\./)]);
    expect(Object.keys(body)).toEqual([
      ...['_links', 'id', 'environment', 'name', 'enabled', 'type', 'protocol', 'tokenEndpointAuthMethod'],
      ...['grantTypes', 'responseTypes', 'redirectUris', 'postLogoutRedirectUris', 'pkceEnforcement'],
      ...['trustScope', 'allowedTags', 'requestScopesForMultipleResourcesEnabled', 'tags', 'createdAt', 'updatedAt'],
    ]);
    expect(Object.keys(body._links)).toEqual(['self', 'environment', 'grants', 'secret']);
    expect(body).toMatchObject({
      ...required,
      environment: { id: world.params.environmentId },
      grantTypes: [],
      redirectUris: [],
      trustScope: 'Explicit',
      allowedTags: [],
      requestScopesForMultipleResourcesEnabled: false,
      updatedAt: body.createdAt,
    });
    expect((await on.api.get(body._links.grants.href)).body).toMatchObject({ count: 0, size: 0 });
    expect((await on.api.get(body._links.secret.href)).status).toBe(404);
  });

  test('stores every member of an application, and clears omitted members on PUT', async () => {
    const { body } = await on.api.post(list, { ...required, ...optional });
    const read = await on.api.get(`${list}/${body.id}`);
    expect(read.body).toMatchObject({ ...required, ...optional });
    const echoed = await on.api.put(`${list}/${body.id}`, read.body);
    expect([echoed.status, echoed.headers.etag]).toEqual([200, expect.stringMatching(/^"1\./)]);
    const replaced = await on.api.put(`${list}/${body.id}`, { ...required, enabled: false });
    expect([replaced.status, replaced.headers.etag]).toEqual([200, expect.stringMatching(/^"2\./)]);
    expect(replaced.body).toMatchObject({ enabled: false, grantTypes: [], pkceEnforcement: 'OPTIONAL' });
    expect(replaced.body).not.toHaveProperty('description');
    expect(Date.parse(replaced.body.updatedAt)).toBeGreaterThanOrEqual(Date.parse(replaced.body.createdAt));
  });

  describe('members that PingOne does not know', () => {
    const ours = { trustScope: 'Tags', allowedTags: [{ key: 'team', value: 'sales' }] };

    test.each<[string, object, object]>([
      ['keeps those that it does not name', {}, ours],
      ['keeps those that are null', { trustScope: null, allowedTags: null }, ours],
      ['replaces the one that it names', { trustScope: 'Account' }, { ...ours, trustScope: 'Account' }],
      ['replaces the other', { allowedTags: [] }, { ...ours, allowedTags: [] }],
      ['replaces both', { trustScope: 'Explicit', allowedTags: [] }, { trustScope: 'Explicit', allowedTags: [] }],
    ])('PUT %s', async (_, sent, expected) => {
      const { body, headers } = await on.api.post(list, { ...required, ...ours });
      const path = `${list}/${body.id}`;
      const current = { 'If-Match': `${headers.etag}` };
      const replaced = await on.api.put(path, { ...required, enabled: false, ...sent }, current);
      expect(replaced.status).toBe(200);
      expect(replaced.body).toMatchObject({ enabled: false, ...expected });
      expect((await on.api.get(path)).body).toEqual(replaced.body);
    });

    test('a PUT that names none of them and changes nothing is no change', async () => {
      const { body, headers } = await on.api.post(list, { ...required, ...ours });
      expect((await on.api.put(`${list}/${body.id}`, required)).headers.etag).toBe(headers.etag);
      const { body: tried } = await on.api.put(`${list}/${body.id}?dryRun=true`, { ...required, enabled: false });
      expect(tried.changes).toMatchObject([{ before: ours, after: { ...ours, enabled: false } }]);
      expect((await on.api.get(`${list}/${body.id}`)).headers.etag).toBe(headers.etag);
    });

    test('a stale If-Match and a missing application are refused as ever', async () => {
      const path = `${list}/${world.reader.id}`;
      expect((await on.api.put(path, required, { 'If-Match': '"7"' })).status).toBe(412);
      expect((await on.api.put(`${list}/${NOBODY}`, required)).status).toBe(404);
    });
  });

  test.each([
    ['a fragment', 'https://portal.example/callback#top'],
    ['a script', 'javascript:alert(1)'],
    ['a relative reference', '/callback'],
    ['plain http', 'http://portal.example/callback'],
  ])('rejects a redirect URI with %s, and names it', async (_, uri) => {
    for (const member of ['redirectUris', 'postLogoutRedirectUris']) {
      const refused = await on.api.post(list, { ...required, [member]: ['https://portal.example/', uri] });
      expect([refused.status, refused.body.details]).toMatchObject([
        400,
        [{ code: 'INVALID_VALUE', target: `${member}[1]`, message: expect.stringContaining('an absolute URI') }],
      ]);
    }
  });

  test('accepts the redirect URIs of native applications', async () => {
    const redirectUris = ['com.acme.app:/callback', 'http://127.0.0.1/callback', 'http://[::1]:49152/callback'];
    const { status, body } = await on.api.post(list, { ...required, type: 'NATIVE_APP', redirectUris });
    expect([status, body.redirectUris]).toEqual([201, redirectUris]);
  });

  test('reads null for an optional member as absent, and for a required one as missing', async () => {
    const nothing = Object.fromEntries(Object.keys(optional).map((member) => [member, null]));
    const { status, body } = await on.api.post(list, { ...required, ...nothing });
    expect([status, body]).toMatchObject([201, { trustScope: 'Explicit', redirectUris: [] }]);
    expect(body).not.toHaveProperty('description');
    const refused = await on.api.post(list, { ...required, name: null });
    expect(refused.body.details).toMatchObject([{ code: 'REQUIRED_VALUE', target: 'name' }]);
  });

  test('reports every missing required member at once', async () => {
    const { status, body } = await on.api.post(list, {});
    expect([status, body.code]).toEqual([400, 'INVALID_DATA']);
    const found = body.details.map(({ code, target }: { code: string; target: string }) => `${target} ${code}`);
    expect(found).toEqual(Object.keys(required).map((member) => `${member} REQUIRED_VALUE`));
  });

  test.each([
    ['enabled', 'true'],
    ['type', 'web_app'],
    ['protocol', 'OAUTH'],
    ['tokenEndpointAuthMethod', ''],
    ['grantTypes', ['PASSWORD']],
    ['trustScope', 'Everything'],
    ['allowedTags', [{ key: 'team' }]],
    ['redirectUris', 'https://portal.example/callback'],
  ])('rejects %s with the value %j', async (member, value) => {
    const { status, body } = await on.api.post(list, { ...required, [member]: value });
    expect([status, body.code]).toEqual([400, 'INVALID_DATA']);
    expect(body.details[0].target).toMatch(new RegExp(`^${member}`));
    expect((await on.api.get(list)).body.count).toBe(2);
  });

  test('counts applications, and deletes an application with its grants and its secret', async () => {
    expect((await on.api.get(list)).body).toMatchObject({ count: 2, size: 2 });
    const path = `${list}/${world.reader.id}`;
    expect((await on.api.delete(path)).status).toBe(204);
    for (const gone of [path, `${path}/grants`, `${path}/grants/${world.grant.id}`, `${path}/secret`]) {
      expect([gone, (await on.api.get(gone)).status]).toEqual([gone, 404]);
    }
    expect((await on.api.get(list)).body).toMatchObject({ count: 1, size: 1 });
    const scope = `${world.E}/resources/${world.reports.id}/scopes/${world.a.id}`;
    expect((await on.api.get(`${scope}/applications`)).body.size).toBe(0);
  });

  describe('secrets', () => {
    test('returns a secret only in the response that creates it', async () => {
      const path = `${list}/${world.writer.id}/secret`;
      const made = await on.api.post(path);
      expect(made.status).toBe(200);
      expect(Object.keys(made.body)).toEqual(['_links', 'environment', 'application', 'secret', 'createdAt']);
      expect(Object.keys(made.body._links)).toEqual(['self', 'environment', 'application']);
      const { secret } = made.body;
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(await on.store.applications.hasSecret({ ...world.params, applicationId: world.writer.id }, secret)).toBe(
        true,
      );

      const read = await on.api.get(path);
      expect(Object.keys(read.body)).toEqual(['_links', 'environment', 'application', 'createdAt']);
      for (const place of [path, list, `${list}/${world.writer.id}`, `${world.E}/activities`]) {
        const { text } = await on.api.get(place);
        expect(text).not.toContain(secret);
        expect(text).not.toMatch(/hash|"secret":"/);
      }
    });

    test('keeps the previous secret valid for a day or for the requested time', async () => {
      const at = world.params;
      const path = `${list}/${world.reader.id}/secret`;
      const { body } = await on.api.post(path, {});
      expect(Object.keys(body)).toEqual([
        ...['_links', 'environment', 'application', 'secret', 'createdAt', 'previous'],
      ]);
      expect(Date.parse(body.previous.expiresAt) - Date.parse(body.createdAt)).toBe(24 * 60 * 60 * 1000);
      expect(await on.store.applications.hasSecret(at, 'first')).toBe(true);

      const ended = await on.api.post(path, { previous: { expiresAt: '2020-01-01T00:00:00+02:00' } });
      expect(ended.body).not.toHaveProperty('previous');
      expect(await on.store.applications.hasSecret(at, 'first')).toBe(false);
      expect(await on.store.applications.hasSecret(at, body.secret)).toBe(false);
      expect(await on.store.applications.hasSecret(at, ended.body.secret)).toBe(true);
    });

    test('limits how long the previous secret stays valid', async () => {
      const path = `${list}/${world.reader.id}/secret`;
      const before = await on.api.get(path);
      const inTwoMonths = new Date(Date.now() + 60 * 24 * 60 * 60 * 1000).toISOString();
      const long = await on.api.post(path, { previous: { expiresAt: inTwoMonths } });
      expect([long.status, long.body.details]).toMatchObject([
        400,
        [{ code: 'OUT_OF_RANGE', target: 'previous.expiresAt' }],
      ]);
      for (const expiresAt of ['tomorrow', 5, '2026-01-01', '2026-13-01T00:00:00Z']) {
        const { status, body } = await on.api.post(path, { previous: { expiresAt } });
        expect([expiresAt, status, body.details[0].target]).toEqual([expiresAt, 400, 'previous.expiresAt']);
      }
      expect(await on.store.applications.hasSecret(world.params, 'first')).toBe(true);
      expect((await on.api.get(path)).body).toMatchObject({
        createdAt: before.body.createdAt,
        previous: before.body.previous,
      });
    });
  });
});
