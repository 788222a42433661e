import express, { type Express, type RequestHandler } from 'express';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import request from 'supertest';
import { adminApi, appOf, gateOf, routerOf } from './fixtures/admin-api.js';
import { createWorld, type World } from './fixtures/world.js';

let store: GrantStore;
let world: World;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  world = await createWorld(store);
});
afterAll(() => store.close());

const found: RequestHandler = (req, res) => {
  res.status(299).send(`${req.method} ${req.originalUrl}`);
};

describe('other routes of the application', () => {
  const strangers = ['/', '/environment', '/environmentsx', '/openapi', '/openapi.json5', '/reports/environments'];

  test.each(['/', '/v1', '/admin/v1'])('passes other requests on unchanged when mounted at %s', async (mountedAt) => {
    const app = appOf({ store }, mountedAt).use(found);
    for (const path of strangers) {
      const target = `${mountedAt === '/' ? '' : mountedAt}${path}`;
      for (const method of ['get', 'post', 'delete', 'options'] as const) {
        const answer = await request(app)[method](target);
        expect([target, answer.status]).toEqual([target, 299]);
        expect(answer.headers).not.toHaveProperty('correlation-id');
        expect(answer.headers).not.toHaveProperty('cache-control');
      }
    }
  });

  test('does not interfere with routes mounted before it', async () => {
    const app = express().get('/v1/environments', found).use('/v1', routerOf({ store }));
    expect((await request(app).get('/v1/environments')).status).toBe(299);
    expect((await adminApi(app).get(world.E)).status).toBe(200);
  });

  test('keeps the Vary header of earlier middleware and adds its own', async () => {
    const varied: RequestHandler = (_req, res, next) => {
      res.vary('Origin');
      next();
    };
    const app = express().use(varied).use('/v1', routerOf({ store }));
    expect((await adminApi(app).get(world.E)).headers.vary).toBe('Origin, Accept');
  });

  test('onError receives the error if they set an encoding on the body, which no Express parser allows', async () => {
    const encoded: RequestHandler = (req, _res, next) => {
      req.setEncoding('utf8');
      next();
    };
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const app = express().use(encoded).use('/v1', routerOf({ store, onError }));
    const sent = { body: { name: 'Größe' }, mayFail: true };
    const { status } = await adminApi(app).send('POST', `${world.E}/resources?dryRun=true`, sent);
    expect([status, errors]).toMatchObject([500, [{ type: 'stream.encoding.set' }]]);
  });

  test('leaves errors of other routes to the application', async () => {
    const app = express();
    app.get('/v1/other', (_req, _res, next) => next(new Error('theirs')));
    app.use('/v1', routerOf({ store }));
    app.use(((error, _req, res, _next) => res.status(418).send(error.message)) as express.ErrorRequestHandler);
    const answer = await request(app).get('/v1/other');
    expect([answer.status, answer.text]).toEqual([418, 'theirs']);
  });
});

describe('links', () => {
  /** The addresses of all links of an answer. */
  const hrefs = (text: string) => [...text.matchAll(/"href":"([^"]+)"/g)].map(([, href]) => `${href}`);

  test.each([
    ['/', ''],
    ['/v1', '/v1'],
    ['/admin/v1/', '/admin/v1'],
  ])('creates links that lead back to the router mounted at %s', async (mountedAt, prefix) => {
    const api = adminApi(appOf({ store }, mountedAt), {}, prefix);
    const { text } = await api.get(`${world.E}/resources?limit=1&expand=scopes`);
    expect(hrefs(text).length).toBeGreaterThan(5);
    for (const href of hrefs(text)) {
      expect(href).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+${prefix}/environments/`));
      expect([href, (await api.get(href)).status]).toEqual([href, 200]);
    }
  });

  test('creates correct links at a path parameter and in nested routers', async () => {
    const inner = express.Router().use('/v1', routerOf({ store }));
    const app = express().use('/:region/admin', inner);
    const { body } = await adminApi(app, {}, '/eu/admin/v1').get(world.E);
    expect(new URL(body._links.self.href).pathname).toBe(`/eu/admin/v1${world.E}`);
  });

  describe('behind a proxy', () => {
    const addressOf = async (trust: unknown, headers: Readonly<Record<string, string>>) => {
      const app = appOf({ store });
      if (trust !== undefined) app.set('trust proxy', trust);
      const { body } = await adminApi(app).get(world.E, headers);
      expect(body._links.self.href).toMatch(new RegExp(`/v1${world.E}$`));
      return body._links.self.href.slice(0, -`/v1${world.E}`.length);
    };
    const forwarded = { Host: 'inner:3000', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'admin.example:8443' };

    test.each<[string, unknown, Readonly<Record<string, string>>, string]>([
      ['no proxy is trusted', undefined, forwarded, 'http://inner:3000'],
      ['trust proxy is off', false, forwarded, 'http://inner:3000'],
      ['trust proxy is on', true, forwarded, 'https://admin.example:8443'],
      ['one hop is trusted', 1, forwarded, 'https://admin.example:8443'],
      ['no hop is trusted', 0, forwarded, 'http://inner:3000'],
      ['the address of the proxy is trusted', 'loopback', forwarded, 'https://admin.example:8443'],
      ['another address is trusted', '192.0.2.1', forwarded, 'http://inner:3000'],
      [
        'a function trusts the first hop',
        (_: string, hop: number) => hop === 0,
        forwarded,
        'https://admin.example:8443',
      ],
      ['the proxy names no host', true, { Host: 'outer:8443', 'X-Forwarded-Proto': 'https' }, 'https://outer:8443'],
      [
        'the proxy names no scheme',
        true,
        { Host: 'inner', 'X-Forwarded-Host': 'admin.example' },
        'http://admin.example',
      ],
      [
        'several proxies name hosts',
        true,
        { ...forwarded, 'X-Forwarded-Host': 'admin.example:8443 , inner.example' },
        'https://admin.example:8443',
      ],
      [
        'the host is an IPv6 address',
        true,
        { ...forwarded, 'X-Forwarded-Host': '[2001:db8::1]:8443' },
        'https://[2001:db8::1]:8443',
      ],
      ['a port is named apart', true, { ...forwarded, 'X-Forwarded-Port': '9443' }, 'https://admin.example:8443'],
    ])('links name the host and port that Express reports when %s', async (_, trust, headers, address) => {
      expect(await addressOf(trust, headers)).toBe(address);
    });

    test('the router agrees with Express about the host', async () => {
      const app = express().set('trust proxy', true);
      app.use((req, res, next) => {
        res.setHeader('X-Hostname', req.hostname);
        next();
      });
      app.use('/v1', routerOf({ store }));
      const { body, headers } = await adminApi(app).get(world.E, forwarded);
      expect(new URL(body._links.self.href).hostname).toBe(headers['x-hostname']);
    });

    test('the address of a created object names the forwarded host', async () => {
      const app = appOf({ store }).set('trust proxy', true);
      const { headers } = await adminApi(app).post(`${world.E}/resources`, { name: 'behind a proxy' }, forwarded);
      expect(headers.location).toMatch(/^https:\/\/admin\.example:8443\/v1\/environments\//);
    });
  });

  test.each(['https://admin.example/api', 'https://admin.example/api/'])(
    'starts links with the baseUrl %s',
    async (baseUrl) => {
      const api = adminApi(appOf({ store, baseUrl }));
      const { text } = await api.get(`${world.E}/resources?limit=1`, { Host: 'attacker.example' });
      for (const href of hrefs(text)) expect(href).toMatch(/^https:\/\/admin\.example\/api\/environments\//);
      const created = await api.post(`${world.E}/resources/${world.reports.id}/scopes`, { name: `n${baseUrl.length}` });
      expect(created.headers.location).toMatch(/^https:\/\/admin\.example\/api\/environments\//);
    },
  );
});

describe('application settings and middleware', () => {
  const sent = { name: 'letters', description: 'x' };
  const applications: [string, (app: Express) => unknown][] = [
    ['a JSON parser', (app) => app.use(express.json())],
    ['a raw parser', (app) => app.use(express.raw({ type: () => true }))],
    ['a text parser', (app) => app.use(express.text({ type: () => true }))],
    ['a form parser', (app) => app.use(express.urlencoded({ extended: true }))],
    ['an extended query parser', (app) => app.set('query parser', 'extended')],
    ['no query parser', (app) => app.set('query parser', false)],
    ['strict routing', (app) => app.enable('strict routing').enable('case sensitive routing')],
    ['ETags of its own', (app) => app.set('etag', 'strong')],
    ['a gate in front', (app) => app.use(gateOf().authenticate)],
    [
      'a req.auth of its own',
      (app) =>
        app.use((req, _res, next) => {
          Object.assign(req, { auth: { payload: { env: '*', client_id: world.reader.id } } });
          next();
        }),
    ],
  ];

  test.each(applications)('behaves the same in an application with %s', async (_, prepare) => {
    const app = express();
    prepare(app);
    app.use('/v1', routerOf({ store }));
    const api = adminApi(app);
    const { E } = await createWorld(store);
    const created = await api.post(`${E}/resources`, sent);
    expect([created.status, created.body]).toMatchObject([201, sent]);
    expect((await api.post(`${E}/resources`, '{', { 'Content-Type': 'application/hal+json' })).status).toBe(400);
    expect((await api.post(`${E}/resources`)).status).toBe(400);
    expect((await api.get(`${E}/resources?limit=1&expand=scopes`)).body.size).toBe(1);
    expect((await api.get(`${E}/resources?expand[]=scopes`)).status).toBe(400);
    const read = await api.get(`${E}/resources/${created.body.id}`);
    expect(read.headers.etag).toMatch(/^"1\./);
    expect((await api.get(`${E}/resources`)).headers).not.toHaveProperty('etag');
    expect((await api.delete(`${E}/resources/${created.body.id}`)).status).toBe(204);
  });
});
