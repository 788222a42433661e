import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { PERMISSIONS } from '../../lib/admin/permissions.js';
import { type AdminApi, adminApi, appOf } from '../express/admin/fixtures/admin-api.js';
import { contentsOf } from '../express/admin/fixtures/bad-input.js';
import { BODIES, createWorld, pathIn, type World } from '../express/admin/fixtures/world.js';
import { bearer, issuer } from '../http/fixtures/domain.js';
import { type Listening, listening, type RawAnswer, sendRaw } from '../http/fixtures/raw-http.js';
import { CHANGES, EACH, isReading, ROUTES } from './fixtures/owasp-routes.js';

/**
 * OWASP API5:2023, broken function level authorization. That each route needs each of its permissions, whatever others
 * are held, is in grants-router/access.test.ts; here are the ways round it.
 */

const permissions = Object.fromEntries(PERMISSIONS.map((name) => [name, `scope:${name}`]));
const readScopes = PERMISSIONS.filter((name) => name.includes(':read:')).map((name) => `scope:${name}`);
const claims = { scope: readScopes.join(' '), env: '*', client_id: 'auditor', sub: 'ada' };

let store: GrantStore;
let world: World;
let server: Listening;
/** Who may read everything, and change nothing. */
let reader: AdminApi;
let before: string;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  const app = appOf({ store, permissions });
  reader = adminApi(app, claims);
  server = await listening(app);
  world = await createWorld(store);
  before = JSON.stringify(await contentsOf(store));
});
afterAll(async () => {
  await server.close();
  await store.close();
});
afterEach(async () => {
  expect(JSON.stringify(await contentsOf(store))).toBe(before);
});

const credentials = `Authorization: ${bearer(issuer.token(claims))}`;

function sendBytes(method: string, target: string, lines: readonly string[], body = ''): Promise<RawAnswer> {
  const sent = body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
  return sendRaw(server.port, [...lines, ...sent], `${method} ${target} HTTP/1.1`, body);
}

test.each(EACH)('API5: a caller with only read scopes can use %s only if it reads', async (_, route) => {
  const sent = { body: BODIES[route.id]?.(world) };
  const answer = await reader.send(route.method, pathIn(world, route.path), sent);
  expect(answer.status).toBe(isReading(route) ? 200 : 403);
  expect(route.permissions.every((name) => name.includes(':read:'))).toBe(isReading(route));
});

test.each(CHANGES)('API5: method override headers do not turn a request into %s', async (_, route) => {
  const target = pathIn(world, route.path);
  const body = BODIES[route.id]?.(world);
  const reads = ROUTES.some((each) => each.path === route.path && each.method === 'GET');
  for (const header of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X-Original-Method']) {
    const answer = await reader.send('GET', target, { body, headers: { [header]: route.method } });
    expect([header, answer.status]).toEqual([header, reads ? 200 : 405]);
  }
  const named = await reader.send('GET', `${target}?_method=${route.method}`, { body });
  expect(named.status).toBe(reads ? 400 : 405);
  for (const header of ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Path', 'X-Forwarded-Prefix']) {
    const sent = { body, headers: { [header]: '/v1/openapi.json' } };
    expect((await reader.send(route.method, target, sent)).status).toBe(403);
  }
});

describe('API5: other HTTP methods', () => {
  const paths = [...new Set(ROUTES.map(({ path }) => path))].map((path) => [path] as const);

  test.each(paths)('%s responds to unsupported methods with 405 and the allowed ones', async (path) => {
    const target = `/v1${pathIn(world, path)}`;
    const offered = ROUTES.filter((route) => route.path === path).map(({ method }) => String(method));
    const allow = [...(offered.includes('GET') ? ['HEAD'] : []), ...offered, 'OPTIONS'].sort();
    for (const lines of [[], [credentials]]) {
      for (const method of [
        'TRACE',
        'PATCH',
        'PROPFIND',
        'MOVE',
        'COPY',
        'LINK',
        'SEARCH',
        'QUERY',
        'PURGE',
        'REPORT',
      ]) {
        if (offered.includes(method)) continue;
        const answer = await sendBytes(method, target, [...lines, 'X-Secret: echoed']);
        // QUERY is not known to every Node.
        expect([method, answer.status]).toEqual([method, method === 'QUERY' ? expect.any(Number) : 405]);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.text).not.toContain('echoed');
        if (answer.status === 405) expect(answer.values('Allow').join().split(', ').sort()).toEqual(allow);
      }
    }
    const options = await sendBytes('OPTIONS', target, []);
    expect([options.status, options.body, options.values('Allow').join().split(', ').sort()]).toEqual([204, '', allow]);
    const head = await sendBytes('HEAD', target, []);
    expect([head.status, head.body]).toEqual([offered.includes('GET') ? 401 : 405, '']);
  });
});

/** Spellings of a path that something between client and router may take for another one. */
const SPELLINGS: Readonly<Record<string, (path: string) => string>> = {
  'capital letters': (path) => path.toUpperCase(),
  'a slash at the end': (path) => `${path}/`,
  'two slashes at the end': (path) => `${path}//`,
  'a double slash': (path) => path.replace(/\/(?=[^/]*$)/, '//'),
  'a double slash at the start': (path) => `/${path}`,
  'an encoded slash': (path) => path.replace(/\/(?=[^/]*$)/, '%2f'),
  'an encoded letter': (path) => path.replace('environments', '%65nvironments'),
  'a letter encoded twice': (path) => path.replace('environments', '%2565nvironments'),
  'a dot': (path) => path.replace('environments', './environments'),
  'two dots': (path) => path.replace('environments', 'open/../environments'),
  'encoded dots': (path) => path.replace('environments', 'open/%2e%2e/environments'),
  'the open document and two dots': (path) => path.replace('environments', 'openapi.json/../environments'),
  'parameters of a segment': (path) => `${path};jsessionid=1`,
  'a backslash': (path) => path.replace('/environments', '\\environments'),
  'a NUL': (path) => `${path}%00`,
  'a NUL and another name': (path) => `${path}%00/openapi.json`,
  'another extension': (path) => `${path}.json`,
  'a fragment': (path) => `${path}#/openapi.json`,
  'an absolute address': (path) => `http://127.0.0.1${path}`,
  'a question mark in front': (path) => path.replace('environments', 'openapi.json?/environments'),
};

describe.each(EACH)('API5: other spellings of the path of %s', (_, route) => {
  test('no other spelling of the path opens the route without a token', async () => {
    const body = JSON.stringify(BODIES[route.id]?.(world) ?? {});
    for (const [name, spelled] of Object.entries(SPELLINGS)) {
      const target = spelled(`/v1${pathIn(world, route.path)}`);
      const answer = await sendBytes(route.method, target, [], body);
      const isDocument = target.includes('openapi.json?') && route.method === 'GET';
      expect([name, isDocument ? 200 : 'refused']).toEqual([name, answer.status < 400 ? answer.status : 'refused']);
      expect(answer.text).not.toContain(`"id":"${world.params.environmentId}"`);
    }
  });

  if (!isReading(route)) {
    test('no other spelling of the path lets a read-only caller change anything', async () => {
      const body = JSON.stringify(BODIES[route.id]?.(world) ?? {});
      for (const [name, spelled] of Object.entries(SPELLINGS)) {
        const answer = await sendBytes(route.method, spelled(`/v1${pathIn(world, route.path)}`), [credentials], body);
        expect([name, answer.status >= 400]).toEqual([name, true]);
      }
    });
  }
});
