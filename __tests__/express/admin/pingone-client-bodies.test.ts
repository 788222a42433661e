import { describeRouter } from './fixtures/admin-api.js';
import { NOBODY } from './fixtures/world.js';

/** Bodies in the order and with the members that PingOne's Go client, Terraform provider and JavaScript client send. */
const LICENSE = '2f0c7a3d-1b2c-4d5e-8f90-a1b2c3d4e5f6';
const OIDC = {
  enabled: true,
  grantTypes: ['AUTHORIZATION_CODE'],
  name: 'portal',
  protocol: 'OPENID_CONNECT',
  tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  type: 'WEB_APP',
};

describeRouter((on) => {
  let E: string;
  beforeAll(async () => {
    const { body } = await on.api.post('/environments', { name: 'bodies of clients' });
    E = `/environments/${body.id}`;
  });

  test('an environment of Terraform is created, and read with what its clients require', async () => {
    const sent = {
      billOfMaterials: { products: [{ type: 'PING_ONE_BASE' }] },
      license: { id: LICENSE },
      name: 'made by Terraform',
      region: 'EU',
      type: 'SANDBOX',
    };
    const created = await on.api.post('/environments', sent);
    const { billOfMaterials: _, ...kept } = sent;
    expect([created.status, created.body]).toMatchObject([201, kept]);
    expect(created.body).not.toHaveProperty('billOfMaterials');
    const path = `/environments/${created.body.id}`;
    expect((await on.api.get(path)).body).toMatchObject(kept);
    const echoed = await on.api.put(path, { ...created.body, name: 'renamed by Terraform' });
    expect([echoed.status, echoed.body]).toMatchObject([200, { ...kept, name: 'renamed by Terraform' }]);
    const patched = await on.api.send('PATCH', path, { body: { region: null, license: null } });
    expect(Object.keys(patched.body)).toEqual(['_links', 'id', 'name', 'type', 'createdAt', 'updatedAt']);
    await on.api.delete(path);
  });

  test.each([
    ['region', ['EU'], 'region', 'INVALID_VALUE'],
    ['license', LICENSE, 'license', 'INVALID_VALUE'],
    ['license', {}, 'license.id', 'REQUIRED_VALUE'],
    ['license', { id: 'trial' }, 'license.id', 'INVALID_VALUE'],
  ])('an environment with %s=%j is refused', async (member, value, target, code) => {
    const { status, body } = await on.api.post('/environments', { name: 'refused', [member]: value });
    expect([status, body.code, body.details]).toMatchObject([400, 'INVALID_DATA', [{ target, code }]]);
  });

  test('an application has every list that the JavaScript client decodes, in each response', async () => {
    const { grantTypes: _, ...bare } = OIDC;
    const lists = { grantTypes: [], redirectUris: [], postLogoutRedirectUris: [], responseTypes: [], tags: [] };
    const { status, body } = await on.api.post(`${E}/applications`, {
      ...bare,
      tags: ['PING_FED_CONNECTION_INTEGRATION'],
    });
    expect([status, body]).toMatchObject([201, lists]);
    const path = `${E}/applications/${body.id}`;
    expect((await on.api.get(path)).body).toMatchObject(lists);
    expect((await on.api.put(path, { ...body, enabled: false })).body).toMatchObject({ ...lists, enabled: false });
    expect((await on.api.send('PATCH', path, { body: { grantTypes: null } })).body).toMatchObject(lists);
    const listed = await on.api.get(`${E}/applications`);
    expect(listed.body._embedded.applications).toMatchObject([lists]);
  });

  test('members of an application that are not administered here are left out', async () => {
    const sent = {
      ...OIDC,
      name: 'long',
      hiddenFromAppPortal: false,
      assignActorRoles: false,
      refreshTokenDuration: 60,
    };
    const { status, body } = await on.api.post(`${E}/applications`, sent);
    expect([status, body]).toMatchObject([201, { ...OIDC, name: 'long' }]);
    expect(body).not.toHaveProperty('refreshTokenDuration');
  });

  test.each([
    [
      'SAML',
      { protocol: 'SAML', type: 'WEB_APP', spEntityId: 'urn:sp', acsUrls: ['https://sp.example/acs'] },
      'protocol',
    ],
    ['WS_FED', { protocol: 'WS_FED', type: 'WEB_APP', domainName: 'sp.example' }, 'protocol'],
    ['EXTERNAL_LINK', { protocol: 'EXTERNAL_LINK', type: 'PORTAL_LINK_APP', homePageUrl: 'https://a.example' }, 'type'],
    ['TEMPLATE_APP', { ...OIDC, type: 'TEMPLATE_APP' }, 'type'],
    ['PING_ONE_PORTAL', { ...OIDC, type: 'PING_ONE_PORTAL' }, 'type'],
  ])('an application of %s is refused with a sentence, and none is made', async (_, members, target) => {
    const before = (await on.api.get(`${E}/applications`)).body.count;
    const { status, body } = await on.api.post(`${E}/applications`, { enabled: true, name: 'no client', ...members });
    expect([status, body.code]).toEqual([400, 'INVALID_DATA']);
    expect(body.details[0]).toEqual({
      code: 'INVALID_VALUE',
      target,
      message: expect.stringMatching(/^\w+ [A-Z_]+ is out of scope: this API administers OAuth clients, /),
      innerError: { allowedValues: expect.any(Array) },
    });
    expect((await on.api.get(`${E}/applications`)).body.count).toBe(before);
  });

  test('an application cannot become one that is out of scope', async () => {
    const { body } = await on.api.post(`${E}/applications`, { ...OIDC, name: 'steady' });
    const path = `${E}/applications/${body.id}`;
    for (const change of [
      on.api.put(path, { ...body, type: 'TEMPLATE_APP' }),
      on.api.send('PATCH', path, { body: { protocol: 'SAML' } }),
    ]) {
      expect((await change).body.details[0].message).toContain('is out of scope');
    }
    expect((await on.api.get(path)).body).toMatchObject({ type: 'WEB_APP', protocol: 'OPENID_CONNECT' });
  });

  test('lists that clients read beside an object are empty, page by page, and cannot be written', async () => {
    const { body: application } = await on.api.post(`${E}/applications`, { ...OIDC, name: 'lists' });
    const { body: resource } = await on.api.post(`${E}/resources`, { name: 'lists', type: 'CUSTOM' });
    for (const [owner, name] of [
      [`applications/${application.id}`, 'attributes'],
      [`applications/${application.id}`, 'roleAssignments'],
      [`resources/${resource.id}`, 'attributes'],
    ] as const) {
      const path = `${E}/${owner}/${name}`;
      const { status, body } = await on.api.get(`${path}?limit=10`);
      expect([status, body]).toEqual([
        200,
        { _links: { self: { href: expect.stringContaining(path) } }, _embedded: { [name]: [] }, count: 0, size: 0 },
      ]);
      const written = await on.api.post(path, { name: 'email', value: 'x' });
      expect([written.status, written.body.code, written.headers.allow]).toEqual([
        405,
        'INVALID_REQUEST',
        'GET, HEAD, OPTIONS',
      ]);
      const single = await on.api.get(`${path}/${NOBODY}`);
      expect([single.status, single.body.code]).toEqual([404, 'NOT_FOUND']);
      const [kind] = owner.split('/');
      expect((await on.api.get(`${E}/${kind}/${NOBODY}/${name}`)).status).toBe(404);
    }
  });

  test('every response about a secret names its environment', async () => {
    const { body } = await on.api.post(`${E}/applications`, { ...OIDC, name: 'secretive' });
    const path = `${E}/applications/${body.id}/secret`;
    for (const response of [await on.api.post(path, {}), await on.api.post(path), await on.api.get(path)]) {
      expect([response.status, response.body.environment]).toEqual([200, { id: E.split('/')[2] }]);
    }
  });
});
