import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { type Auth, createGate, type Requirement } from 'scopegate';
import { ANALYTICS, bearer, issuer, PAAS, STACK, warmVerifier } from '../fixtures/domain.js';
import { sendRaw } from '../fixtures/raw-http.js';
import { send } from './fixtures/send.js';

const gate = createGate({ verifier: warmVerifier() });

function requireScope(...scopes: [Requirement, ...Requirement[]]): MiddlewareHandler<{ Variables: { auth: Auth } }> {
  return async (c, next) => {
    const result = await gate.check(c.req, ...scopes);
    if (!result.ok) return result.refusal.toResponse();
    c.set('auth', result.auth);
    return next();
  };
}

const app = new Hono<{ Variables: { auth: Auth } }>()
  .get('/reports', requireScope(ANALYTICS), (c) => c.json({ client: c.get('auth').payload.client_id }))
  .post('/reports', requireScope(ANALYTICS), async (c) => c.json({ sent: await c.req.text() }))
  .get('/raw', async (c) => {
    const result = await gate.check(c.req.raw, ANALYTICS);
    return result.ok ? c.json({ client: result.auth.payload.client_id }) : result.refusal.toResponse();
  });
const server = createAdaptorServer({ fetch: app.fetch });
let origin: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test.each(['/reports', '/raw'])('Hono on Node passes a request whose scopes cover the route: %s', async (path) => {
  expect(await send(origin + path, PAAS)).toEqual({ status: 200, challenge: null, body: { client: 'test-client' } });
});

test.each(['/reports', '/raw'])(
  'Hono on Node challenges a request without a token and one without the scope: %s',
  async (path) => {
    expect(await send(origin + path)).toMatchObject({ status: 401, challenge: 'Bearer realm="api"' });
    expect(await send(origin + path, STACK)).toMatchObject({
      status: 403,
      challenge: expect.stringContaining(`scope="${ANALYTICS}"`),
      body: { reason: 'insufficient_scope', required_scope: ANALYTICS },
    });
  },
);

test('Hono without a server decides as well, as on Bun, Deno and at the edge', async () => {
  const ask = (scope: string) =>
    app.request('/reports', { headers: { authorization: bearer(issuer.token({ scope })) } });

  expect([(await ask(PAAS)).status, (await ask(STACK)).status]).toEqual([200, 403]);
});

test('the body of a request that gate.check() let pass is left to the handler', async () => {
  const { body } = await send(`${origin}/reports`, PAAS, { method: 'POST', body: 'a report' });

  expect(body).toEqual({ sent: 'a report' });
});

const own = `Authorization: ${bearer(issuer.token({ scope: PAAS }))}`;
test.each([
  ['two tokens', [own, own]],
  ['an empty header, then a token', ['Authorization:', own]],
  ['a token, then an empty header', [own, 'Authorization:']],
])('Hono on Node refuses %s', async (_, lines) => {
  for (const path of ['/reports', '/raw']) {
    const { status, body } = await sendRaw(Number(new URL(origin).port), lines, `GET ${path} HTTP/1.1`);

    expect([status, JSON.parse(body).error]).toEqual([400, 'invalid_request']);
  }
});
