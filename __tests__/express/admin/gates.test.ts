import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { type DecisionRecord, liveGrants, MY_SCOPES } from 'scopegate';
import { decisionStream, PERMISSIONS } from 'scopegate/admin';
import { routeReport } from 'scopegate/routes';
import request from 'supertest';
import { bearer, issuer } from '../../http/fixtures/domain.js';
import { context, withMethods } from '../../support/stores.js';
import { adminApi, appOf, describeRouter, gateOf } from './fixtures/admin-api.js';
import { createWorld, type World } from './fixtures/world.js';

const permit: DecisionRecord = { outcome: 'permit', reason: 'covered', durationMs: 1 };
const req = { method: 'GET', route: { path: '/orders' } };

describeRouter((on) => {
  let world: World;
  const servers: Server[] = [];
  beforeEach(async () => {
    world = await createWorld(on.store);
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  const confined = (world: World) => ({ scope: MY_SCOPES, env: world.params.environmentId });

  describe('GET …/decisions', () => {
    test('shows decisions of the applications of the environment, and to callers for all environments those of nobody', async () => {
      const other = await createWorld(on.store);
      const decisions = decisionStream();
      const clients = [world.reader.id, other.reader.id, undefined, 'somebody', world.reader.id.replaceAll('-', '')];
      for (const client of clients) decisions.record({ ...permit, ...(client !== undefined && { client }) }, req);
      const api = adminApi(appOf({ store: on.store, decisions }));
      const shownTo = async (caller: typeof api, query = '') =>
        (await caller.get(`${world.E}/decisions${query}`)).body._embedded.decisions.map(
          ({ number }: { number: number }) => number,
        );

      expect(await shownTo(api.as(confined(world)))).toEqual([1, 5]);
      expect(await shownTo(api)).toEqual([1, 3, 4, 5]);
      expect(await shownTo(api, `?application=${world.reader.id}`)).toEqual([1, 5]);
      expect(await shownTo(api, '?outcome=deny')).toEqual([]);
      expect((await api.as(confined(world)).get(`${other.E}/decisions`)).status).toBe(404);
      expect((await api.get(`${world.E}/decisions?outcome=none`)).status).toBe(400);
    });

    test('a deleted application stays in its environment', async () => {
      await on.store.applications.delete(world.params, context);
      const other = await createWorld(on.store);
      const decisions = decisionStream();
      decisions.record({ ...permit, client: world.reader.id }, req);
      const api = adminApi(appOf({ store: on.store, decisions }));
      expect((await api.as(confined(world)).get(`${world.E}/decisions`)).body.size).toBe(1);
      expect((await api.get(`${other.E}/decisions`)).body.size).toBe(0);
    });

    test('environmentOf of the stream decides in place of the application', async () => {
      const decisions = decisionStream({ environmentOf: () => world.params.environmentId.toUpperCase() });
      decisions.record(permit, req);
      const api = adminApi(appOf({ store: on.store, decisions }));
      expect((await api.as(confined(world)).get(`${world.E}/decisions`)).body.size).toBe(1);
      expect((await api.get(`${(await createWorld(on.store)).E}/decisions`)).body.size).toBe(0);
    });

    /** Opens the stream, and reads until `isEnough` of the text so far. */
    async function open(app: express.Express, token: string, query = '') {
      const server = createServer(app).listen(0, '127.0.0.1');
      servers.push(server);
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const response = await fetch(`http://127.0.0.1:${port}/v1${world.E}/decisions${query}`, {
        headers: { Authorization: bearer(token), Accept: 'text/event-stream' },
      });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      return {
        response,
        async until(isEnough: (text: string) => boolean): Promise<string> {
          while (!isEnough(text)) {
            const { value, done } = (await reader?.read()) ?? { done: true };
            if (done) return text;
            text += value;
          }
          return text;
        },
        leave: () => reader?.cancel(),
      };
    }

    test('streams decisions as they are made, without the token', async () => {
      const decisions = decisionStream();
      const token = issuer.token({ ...confined(world), client_id: 'console' });
      const { response, until } = await open(appOf({ store: on.store, decisions }), token);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      expect(response.headers.get('cache-control')).toBe('no-store');
      await until((text) => text.includes('event: start'));
      decisions.record({ ...permit, client: world.reader.id }, req);
      const text = await until((all) => all.includes('event: decision'));
      expect(text).toContain('"route":"/orders","outcome":"permit"');
      expect(text).not.toContain(token.split('.')[1]);
    });

    test('ends when the token is revoked, and says why', async () => {
      const gate = gateOf({ grants: liveGrants({ source: on.store }) });
      const aud = ['urn:opc:resource:scope:account', world.reports.audience];
      const token = issuer.token({ scope: 'a', env: world.params.environmentId, client_id: world.reader.id, aud });
      const permissions = { 'gate:read:decision': 'a' };
      const decisions = decisionStream();
      const app = appOf({ store: on.store, decisions, gate, permissions });
      const { response, until } = await open(app, token);
      expect(response.status).toBe(200);
      await until((text) => text.includes('event: start'));
      await on.store.applications.delete(world.params, context);
      const text = await until((all) => all.includes('event: end'));
      expect(text).toContain('event: end\ndata: {"reason":"application_revoked"}');
      expect(await until(() => false)).toBe(text);
    });

    test('a client that leaves is forgotten', async () => {
      const decisions = decisionStream({ maxReaders: 1 });
      const app = appOf({ store: on.store, decisions });
      const token = issuer.token({ ...confined(world), client_id: 'console' });
      const first = await open(app, token);
      await first.until((text) => text.includes('event: start'));
      const refused = await adminApi(app).send('GET', `${world.E}/decisions`, {
        headers: { Accept: 'text/event-stream' },
        mayFail: true,
      });
      expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
      await first.leave();
      let again = refused.status;
      while (again === 503) {
        const { response, leave } = await open(app, token);
        again = response.status;
        await leave();
      }
      expect(again).toBe(200);
    });
  });

  test('GET …/routes shows what routeReport() has, when it is asked', async () => {
    const gate = gateOf();
    const app = express();
    app.get('/orders', gate.require('orders:read'), (_req, res) => res.end());
    const api = adminApi(appOf({ store: on.store, routes: () => routeReport(app) }));
    app.get('/health', (_req, res) => res.end());
    const { body } = await api.as(confined(world)).get(`${world.E}/routes`);
    expect(body).toMatchObject({
      size: 2,
      _embedded: {
        routes: [
          { kind: 'route', method: 'GET', path: '/orders', access: 'scoped', required: 'orders:read', gate: 'api' },
          { kind: 'route', method: 'GET', path: '/health', access: 'UNPROTECTED' },
        ],
      },
    });
  });

  test('GET …/health shows the gate, its grants and the store', async () => {
    const gate = gateOf({ grants: liveGrants({ source: on.store }) });
    const { body } = await adminApi(appOf({ store: on.store, health: gate.health })).get(`${world.E}/health`);
    expect(body).toMatchObject({
      ok: true,
      gate: { ok: true, keys: { ok: true, ageMs: expect.any(Number) }, grants: { ok: true } },
      store: { ok: true, durationMs: expect.any(Number) },
    });
  });

  test('GET …/health says what is down, and is no error itself', async () => {
    const failing = withMethods(on.store, (name, method) => {
      return name === 'ping' ? () => Promise.reject(new Error('no route to host')) : method;
    });
    const health = () => Promise.reject(new Error('no keys'));
    const { status, body } = await adminApi(appOf({ store: failing, health })).get(`${world.E}/health`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ok: false,
      gate: { ok: false, keys: { ok: false, error: 'Error: no keys' } },
      store: { ok: false, error: 'Error: no route to host' },
    });
  });

  test('what the router was not given is 404, and no permission that anybody has', async () => {
    const none = { decisions: undefined, routes: undefined, health: undefined };
    const api = adminApi(appOf({ store: on.store, ...none }));
    for (const path of ['decisions', 'routes', 'health']) {
      expect([path, (await api.get(`${world.E}/${path}`)).status]).toEqual([path, 404]);
    }
    const asked = request(appOf({ store: on.store, ...none })).get('/v1/permissions');
    const { permissions } = (await asked.set('Authorization', bearer(issuer.token({ scope: MY_SCOPES, env: '*' }))))
      .body;
    expect(permissions).toEqual(PERMISSIONS.filter((name) => !name.startsWith('gate:')));
  });
});

test.each([
  ['decisions', {}],
  ['routes', 'GET /'],
  ['health', true],
])('grantsRouter() throws for a wrong option: %s', (name, value) => {
  expect(() => appOf({ store: { grants: { setAll() {} } } as never, [name]: value })).toThrow(`"${name}" must be`);
});
