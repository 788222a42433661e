import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import jwt from 'jsonwebtoken';
import request from 'supertest';
import { type RunningPage, usePage } from '../fixtures/running-page.js';

const domain = 'https://idcs-0a1b2c3d4e5f60718293a4b5c6d7e8f9.identity.oraclecloud.com';
const audience = 'https://orders.example/';
const qualified = 'https://orders.example/orders:read';

const issue = (running: RunningPage, scope: string, claims = {}) =>
  running.token(domain, { aud: audience, scope, ...claims });

describe.each(['node-http', 'fastify', 'nest', 'proxies', 'log-redaction'])('the recipe %s', (name) => {
  const { page, running } = usePage(`docs/recipes/${name}.md`);
  let address: string;

  beforeAll(async () => {
    await running().importModule(page, 'app.ts');
    address = await running().address(3000);
  });

  const get = (token?: string) => {
    const sent = request(address).get('/orders');
    return token === undefined ? sent : sent.set('Authorization', `Bearer ${token}`);
  };

  test('a token with the scope reaches the handler', async () => {
    expect((await get(await issue(running(), 'orders:read'))).status).toBe(200);
  });

  test('a token without the scope gets 403 and the scope to request', async () => {
    const { status, headers, body } = await get(await issue(running(), 'orders:write'));

    expect({ status, type: headers['content-type'], required: body.required_scope }).toEqual({
      status: 403,
      type: 'application/problem+json',
      required: qualified,
    });
  });

  test('a request without a token gets 401', async () => {
    expect((await get()).headers['www-authenticate']).toBe('Bearer realm="api"');
  });
});

describe('the recipe for typed claims', () => {
  const { page, running } = usePage('docs/recipes/typed-claims.md');

  test('claims of the right types reach the handler, and others do not', async () => {
    await running().importModule(page, 'app.ts');
    const address = await running().address(3000);
    const get = async (claims: object) => {
      const token = await issue(running(), 'orders:read', claims);
      return request(address).get('/orders').set('Authorization', `Bearer ${token}`);
    };

    expect((await get({ department: 'sales' })).body).toEqual({ department: 'sales', reader: 'Test client' });
    expect((await get({ department: 2 })).status).toBe(403);
    expect((await get({})).status).toBe(403);
  });
});

describe('the recipe for rate limits on failures', () => {
  const { page, running } = usePage('docs/recipes/rate-limits.md');

  test('good requests and missing scopes are not counted, bad tokens are', async () => {
    await running().importModule(page, 'app.ts');
    const address = await running().address(3000);
    const statusOf = async (token: string) =>
      (await request(address).get('/orders').set('Authorization', `Bearer ${token}`)).status;
    const [good, narrow] = [await issue(running(), 'orders:read'), await issue(running(), 'orders:write')];

    for (let i = 0; i < 30; i++) expect([await statusOf(good), await statusOf(narrow)]).toEqual([200, 403]);
    for (let i = 0; i < 20; i++) expect(await statusOf('bad')).toBe(401);
    expect(await statusOf('bad')).toBe(429);
  });
});

describe('the recipe for EventSource', () => {
  const { page, running } = usePage('docs/recipes/event-source.md');
  let address: string;
  let cookie: string;

  beforeAll(async () => {
    await running().importModule(page, 'app.ts');
    address = await running().address(3000);
    const token = await issue(running(), 'orders:read');
    const { headers, status } = await request(address).post('/events/session').set('Authorization', `Bearer ${token}`);
    expect(status).toBe(204);
    [cookie] = headers['set-cookie'] as unknown as [string];
  });

  /** The status of the stream, which is closed at once. */
  async function open(headers: Record<string, string>): Promise<number> {
    const abort = new AbortController();
    const { status } = await fetch(`${address}/events`, { headers, signal: abort.signal });
    abort.abort();
    return status;
  }

  test('the cookie has all three attributes that the page asks for', () => {
    expect(cookie).toMatch(/^__Host-events=.*Path=\/;.*HttpOnly; Secure; SameSite=Strict/);
  });

  test('a page of the same origin opens the stream with its cookie', async () => {
    const session = cookie.split(';')[0] as string;

    expect(await open({ cookie: session, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await open({ cookie: session, origin: 'https://shop.example' })).toBe(200);
  });

  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://shop.example' },
    { origin: 'https://evil.example' },
    {},
  ])('a request of another site is refused although it has the cookie: %j', async (headers) => {
    expect(await open({ cookie: cookie.split(';')[0] as string, ...headers })).toBe(403);
  });

  test('a page of the same origin without the cookie gets 401', async () => {
    expect(await open({ 'sec-fetch-site': 'same-origin' })).toBe(401);
  });

  test('the cookie opens no other route', async () => {
    const { status } = await request(address)
      .post('/events/session')
      .set({ Cookie: cookie.split(';')[0] as string, 'Sec-Fetch-Site': 'same-origin' });

    expect(status).toBe(401);
  });
});

describe('the recipe for start-up and shutdown', () => {
  const { page, running } = usePage('docs/recipes/start-and-stop.md');

  test('the process is ready with keys, and closes its port when it is asked to end', async () => {
    await running().importModule(page, 'app.ts');
    const address = await running().address(3000);

    await request(address).get('/live').expect(200);
    await request(address).get('/ready').expect(200);
    running().signal('SIGTERM');
    while (await isOpen(Number(new URL(address).port))) await new Promise((resolve) => setImmediate(resolve));
  });
});

/** Whether something listens there. */
async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('the recipe for PEM keys', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const { page, running } = usePage('docs/recipes/pem-keys.md', { ISSUER_PUBLIC_KEY: pem });

  test('a token that the key signed is verified, and no other', async () => {
    await running().importModule(page, 'app.ts');
    const address = await running().address(3000);
    const get = async (key: KeyObject, claims = {}) => {
      const payload = { iss: 'https://sso.acme.example', aud: 'orders-api', scope: 'orders:read', ...claims };
      const token = jwt.sign(payload, key, { algorithm: 'RS256', expiresIn: 60 });
      return (await request(address).get('/orders').set('Authorization', `Bearer ${token}`)).body.reason;
    };

    expect(await get(privateKey)).toBeUndefined();
    expect(await get(other.privateKey)).toBe('signature_invalid');
    expect(await get(privateKey, { aud: 'invoices-api' })).toBe('audience_mismatch');
  });
});

describe('the recipe for a corporate proxy', () => {
  const asked: (string | undefined)[] = [];
  const proxy = createServer().on('connect', ({ url }, socket) => {
    asked.push(url);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  const environment: Record<string, string> = {};
  beforeAll(async () => {
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    environment.HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  const { page, running } = usePage('docs/recipes/corporate-proxy.md', environment);
  afterAll(() => proxy.close());

  test('keys are fetched through the proxy, and its refusal is an outage', async () => {
    await running().importModule(page, 'app.ts');
    const token = await running().token(domain, { scope: 'a' });
    const response = await request(await running().address(3000))
      .get('/reports')
      .set('Authorization', `Bearer ${token}`);

    expect(response.status).toBe(503);
    expect(asked[0]).toBe(`${new URL(domain).host}:443`);
  });
});

describe('the recipe for HTTP/2', () => {
  const { page, running } = usePage('docs/recipes/http2.md');

  test('requests of HTTP/2 are protected like any other', async () => {
    await running().importModule(page, 'app.ts');
    const session = connectHttp2(await running().address(3000));
    const statusOf = async (headers: Record<string, string>) => {
      const stream = session.request({ ':path': '/orders', ...headers });
      const [response] = await once(stream, 'response');
      stream.resume();
      await once(stream, 'end');
      return response[':status'];
    };

    expect(await statusOf({ authorization: `Bearer ${await issue(running(), 'orders:read')}` })).toBe(200);
    expect(await statusOf({ authorization: `Bearer ${await issue(running(), 'orders:write')}` })).toBe(403);
    expect(await statusOf({})).toBe(401);
    session.close();
  });
});
