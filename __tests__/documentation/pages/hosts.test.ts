import request from 'supertest';
import { walk } from '../fixtures/responses.js';
import { type RunningPage, usePage } from '../fixtures/running-page.js';

const domain = 'https://idcs-0a1b2c3d4e5f60718293a4b5c6d7e8f9.identity.oraclecloud.com';
const otherDomain = 'https://idcs-f9e8d7c6b5a4039281706f5e4d3c2b1a.identity.oraclecloud.com';
const audience = 'https://orders.example/';
const qualified = 'https://orders.example/orders:read';

const issue = (running: RunningPage, scope: string, from = domain) => running.token(from, { aud: audience, scope });

describe.each([
  ['hono', 'app.ts', { required_scope: qualified }],
  ['nest', 'guard.ts', { statusCode: 403 }],
  ['own-errors', 'app.ts', { code: 'INSUFFICIENT_SCOPE', requiredScope: qualified }],
  ['cors', 'app.ts', { required_scope: qualified }],
])('the recipe %s', (name, file, refused) => {
  const { page, running } = usePage(`docs/recipes/${name}.md`);
  let address: string;

  beforeAll(async () => {
    await running().importModule(page, file);
    address = await running().address(3000);
  });

  const get = (token?: string) => {
    const sent = request(address).get('/orders');
    return token === undefined ? sent : sent.set('Authorization', `Bearer ${token}`);
  };

  test('a token with the scope reaches the handler', async () => {
    expect((await get(await issue(running(), 'orders:read'))).status).toBe(200);
  });

  test('a token without the scope gets the challenge, and the body of the page', async () => {
    const { status, headers, body } = await get(await issue(running(), 'orders:write'));

    expect([status, headers['www-authenticate']]).toEqual([403, expect.stringContaining(`scope="${qualified}"`)]);
    expect(body).toMatchObject(refused);
  });

  test('a request without a token gets 401 and the challenge', async () => {
    const { status, headers } = await get();

    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="api"']);
  });
});

describe('the recipe for own errors', () => {
  const { page, running } = usePage('docs/recipes/own-errors.md');

  test('the response is the one that the page shows', async () => {
    await running().importModule(page, 'app.ts');

    expect(await walk(page, running(), { TOKEN: await issue(running(), 'orders:write') })).toEqual([]);
  });
});

describe('the recipe for CORS', () => {
  const { page, running } = usePage('docs/recipes/cors.md');

  test('preflight requests of the page get their response, and refusals expose the challenge', async () => {
    await running().importModule(page, 'app.ts');
    const app = request(await running().address(3000));
    const preflight = await app
      .options('/orders')
      .set({ Origin: 'https://shop.example', 'Access-Control-Request-Method': 'GET' });
    const refused = await app.get('/orders').set('Origin', 'https://shop.example');

    expect(preflight.status).toBe(204);
    expect([refused.status, refused.headers['access-control-expose-headers']]).toEqual([
      401,
      'WWW-Authenticate,Retry-After',
    ]);
  });
});

describe('the recipe for GraphQL', () => {
  const { page, running } = usePage('docs/recipes/graphql.md');

  test('the token is checked for the request, and the scope for the field', async () => {
    await running().importModule(page, 'app.ts');
    const app = request(await running().address(3000));
    const query = async (scope: string) => {
      const token = await issue(running(), scope);
      const sent = app.post('/graphql').set('Authorization', `Bearer ${token}`);
      return (await sent.send({ query: '{ me orders }' })).body;
    };

    expect(await query('orders:read')).toEqual({ data: { me: 'test-client', orders: 'all orders' } });
    expect(await query('orders:write')).toMatchObject({
      data: { me: 'test-client', orders: null },
      errors: [{ path: ['orders'], extensions: { code: 'FORBIDDEN', required_scope: 'orders:read' } }],
    });
    expect((await app.post('/graphql').send({ query: '{ me }' })).status).toBe(401);
  });
});

describe('the recipe for several tenants', () => {
  const { page, running } = usePage('docs/recipes/tenants.md');

  test.each([
    ['acme', domain, 200],
    ['globex', otherDomain, 200],
    ['globex', domain, 404],
    ['acme', otherDomain, 404],
    ['initech', domain, 404],
    ['__proto__', domain, 404],
  ])('the tenant %s with a token of %s has status %i', async (tenant, from, status) => {
    await running().importModule(page, 'app.ts');
    const token = await issue(running(), 'orders:read', from);
    const sent = request(await running().address(3000)).get(`/${tenant}/orders`);

    expect((await sent.set('Authorization', `Bearer ${token}`)).status).toBe(status);
  });
});
