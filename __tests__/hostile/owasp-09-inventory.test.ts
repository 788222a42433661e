import type { GrantStore, GrantsRouter } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import request from 'supertest';
import { appOf, routerOf } from '../express/admin/fixtures/admin-api.js';
import type { OpenApi } from '../express/admin/fixtures/described.js';
import { NOBODY } from '../express/admin/fixtures/world.js';
import { readSources } from '../support/sources.js';
import { ROUTES } from './fixtures/owasp-routes.js';

/** OWASP API9:2023, improper inventory management: what is mounted is described, and the other way round. */

let store: GrantStore;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
});
afterAll(() => store.close());

interface Layer {
  readonly route?: { readonly path: string; readonly methods?: object; readonly stack: { readonly method?: string }[] };
}

/** What a router has mounted, read from Express itself: every path with its methods. */
function mounted(router: GrantsRouter): string[] {
  const layers = (router as unknown as { readonly stack: readonly Layer[] }).stack;
  return layers.flatMap(({ route }) => {
    if (route === undefined) return [];
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const methods = new Set(route.stack.flatMap(({ method }) => (method === undefined ? [] : [method.toUpperCase()])));
    return [...methods].map((method) => `${method} ${path}`);
  });
}

const described = async (app: ReturnType<typeof appOf>) => {
  const { body } = await request(app).get('/v1/openapi.json');
  return Object.entries((body as OpenApi).paths).flatMap(([path, item]) =>
    Object.keys(item).map((verb) => `${verb.toUpperCase()} ${path}`),
  );
};

test('API9: the OpenAPI document lists exactly the mounted routes', async () => {
  const routes = mounted(routerOf({ store })).filter((route) => !/^GET \/(?:openapi\.json|permissions)$/.test(route));
  expect(routes.length).toBeGreaterThan(30);
  expect((await described(appOf({ store }))).sort()).toEqual(routes.sort());
});

test('API9: the tests of this folder cover every documented route', async () => {
  const routes = ROUTES.map(({ method, path }) => `${method} ${path}`);
  expect(routes.sort()).toEqual((await described(appOf({ store }))).sort());
  expect(new Set(ROUTES.map(({ id }) => id)).size).toBe(ROUTES.length);
});

test('API9: a read-only router mounts only routes that read', () => {
  const routes = mounted(routerOf({ store, readOnly: true }));
  expect(routes.length).toBeGreaterThan(10);
  expect(routes.filter((route) => !route.startsWith('GET '))).toEqual(['POST /environments/{environmentId}/explain']);
});

test('API9: the API has one version, no debug routes and no undocumented paths', async () => {
  const app = appOf({ store });
  const strangers = ['', '/', '/v2/environments', '/debug', '/metrics', '/health', '/admin', '/openapi.yaml', '/docs'];
  for (const path of strangers) expect((await request(app).get(`/v1${path}`)).status).toBe(404);
  for (const path of ['users', 'tokens', 'secrets', 'keys', 'debug', 'export', 'grants']) {
    const { status, body } = await request(app).get(`/v1/environments/${NOBODY}/${path}`);
    expect([path, status, body.code]).toEqual([path, 404, 'NOT_FOUND']);
  }
});

test('API9: the tests of this folder name only existing routes', () => {
  const ids = new Set(ROUTES.map(({ id }) => id));
  const named = readSources('__tests__/hostile', /owasp-.*\.ts$/).flatMap(({ path, source }) => {
    const found = source.matchAll(/'((?:read|create|replace|delete|add|remove|rotate|revoke|set)[A-Z]\w+)'/g);
    return [...found].map(([, id]) => [path, id as string] as const);
  });
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter(([, id]) => !ids.has(id))).toEqual([]);
});
