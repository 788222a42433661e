import express, { type Express } from 'express';
import { createGate } from 'scopegate';
import { ALL_ENVIRONMENTS, decisionStream, type GrantStore, grantsRouter } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import request from 'supertest';
import { type AdminApi, adminApi, appOf, gateOf, verifier } from '../express/admin/fixtures/admin-api.js';
import { BODIES, createWorld, pathIn, type World } from '../express/admin/fixtures/world.js';
import { withMethods } from '../support/stores.js';
import { EACH, isReading, ROUTES } from './fixtures/owasp-routes.js';

/** OWASP API8:2023, security misconfiguration: what a host application gets that has set nothing. */

let store: GrantStore;
let app: Express;
let api: AdminApi;
let world: World;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  app = appOf({ store });
  api = adminApi(app);
  world = await createWorld(store);
});
afterAll(() => store.close());

const environmentOf = () => ALL_ENVIRONMENTS;

describe('API8: a missing gate', () => {
  test.each<[string, unknown]>([
    ['none', undefined],
    ['null', null],
    ['a switch', false],
    ['middleware', gateOf().authenticate],
    ['a look-alike', { require: () => [], authenticate: () => undefined, optional: () => undefined }],
    ['a copy', { ...gateOf() }],
    ['one that was made of another', Object.create(gateOf())],
    ['a promise of one', Promise.resolve(gateOf())],
  ])('grantsRouter() throws without a genuine gate: %s', (_, gate) => {
    const options = { store, gate, environmentOf } as never;
    expect(() => grantsRouter(options)).toThrow('"gate" must be a gate made by createGate()');
  });

  test('grantsRouter() throws without environmentOf instead of admitting everyone', () => {
    expect(() => grantsRouter({ store, gate: gateOf() } as never)).toThrow('"environmentOf" must be a function');
  });

  test('the optional middleware of the gate opens no route', async () => {
    const gate = createGate({ verifier });
    const observed = { decisions: decisionStream(), routes: [], health: gate.health };
    const open = express()
      .use(gate.optional)
      .use('/v1', grantsRouter({ store, gate, environmentOf, ...observed }));
    for (const { id, method, path } of ROUTES) {
      const sent = { authorization: null, body: BODIES[id]?.(world) };
      const { status } = await adminApi(open).send(method, pathIn(world, path), sent);
      expect([id, status]).toEqual([id, 401]);
    }
  });
});

describe.each(EACH)('API8: %s', (_, route) => {
  const target = () => pathIn(world, route.path);

  test('grants no other origin access by CORS', async () => {
    for (const Origin of ['https://evil.example', 'null', 'http://127.0.0.1']) {
      const preflight = { Origin, 'Access-Control-Request-Method': route.method };
      const asked = {
        'Access-Control-Request-Headers': 'authorization',
        'Access-Control-Request-Private-Network': 'true',
      };
      const answers = [
        await api.send('OPTIONS', target(), { authorization: null, headers: { ...preflight, ...asked } }),
        await api.send(route.method, target(), { authorization: null, headers: { Origin } }),
        await api.send(route.method, `${target()}?nonsense=1`, {
          body: BODIES[route.id]?.(world),
          headers: { Origin },
        }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([204, 401, 400]);
      for (const { headers } of answers) {
        const names = Object.keys(headers);
        expect(names.filter((name) => /^(access-control-|timing-allow|set-cookie)/.test(name))).toEqual([]);
      }
    }
  });

  test('responses forbid caching and content sniffing, and do not reveal the server software', async () => {
    const sent = { body: BODIES[route.id]?.(world) };
    const good = await api.send(route.method, `${target()}${isReading(route) ? '' : '?dryRun=true'}`, sent);
    const refused = await api.send(route.method, `${target()}?nonsense=1`, sent);
    expect([good.status, refused.status]).toEqual([200, 400]);
    for (const { headers, text } of [good, refused]) {
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(headers['content-type']).toMatch(/^application\/json$/);
      expect(text).not.toMatch(/node_modules|\.ts:\d|\.js:\d|\bat \w+ \(|sqlite|kysely|zod/i);
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['server', 'via']));
    }
  });
});

describe('API8: errors in development mode', () => {
  const environment = process.env.NODE_ENV;
  beforeAll(() => {
    process.env.NODE_ENV = 'development';
  });
  afterAll(() => {
    process.env.NODE_ENV = environment;
  });

  test('the admin API never shows the Express error page with its stack', async () => {
    const failing = withMethods(store, () => () => Promise.reject(new TypeError('boom in /srv/app/secret.js')));
    const broken = appOf({ store: failing });
    for (const { id, method, path } of ROUTES) {
      const answer = await adminApi(broken).send(method, pathIn(world, path), {
        body: BODIES[id]?.(world),
        mayFail: true,
      });
      expect([id, answer.status, Object.keys(answer.body)]).toEqual([id, 500, ['id', 'code', 'message']]);
      expect(answer.text).not.toMatch(/boom|secret\.js|TypeError|<pre>/);
    }
    for (const path of ['/v1/environments/%', '/v1/environments/%ff/scopes', `/v1${world.E}/%c0%80`]) {
      const answer = await request(app).get(path);
      expect([path, answer.status, answer.headers['content-type']]).toEqual([path, 404, 'application/json']);
      expect(answer.text).not.toMatch(/URIError|<pre>| at /);
    }
  });
});
