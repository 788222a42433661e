import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import request from 'supertest';
import { isChange } from '../../../lib/admin/operations/operation.js';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { type AdminApi, adminApi, appOf } from './fixtures/admin-api.js';
import { BODIES, createWorld, NOBODY, pathIn, type World } from './fixtures/world.js';

let store: GrantStore;
let api: AdminApi;
let world: World;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
  world = await createWorld(store);
});
afterAll(() => store.close());

/** Every path, with its methods. */
const PATHS = [...new Set(OPERATIONS.map(({ path }) => path))].map((path) => {
  return [path, OPERATIONS.filter((each) => each.path === path).map(({ method }) => method)] as const;
});
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;
const withHead = (methods: readonly string[]) => (methods.includes('GET') ? [...methods, 'HEAD'] : methods);

test('responds to other methods at /openapi.json with 405 and Allow', async () => {
  const answer = await request(appOf({ store })).post('/v1/openapi.json');
  expect([answer.status, answer.headers.allow, answer.body.code]).toEqual([
    405,
    'GET, HEAD, OPTIONS',
    'INVALID_REQUEST',
  ]);
});

describe.each(PATHS)('%s', (path, methods) => {
  test('responds to unsupported methods with 405 and Allow, with or without a token', async () => {
    const offered = withHead(methods);
    for (const method of METHODS.filter((each) => !offered.includes(each))) {
      for (const sent of [{}, { authorization: null }]) {
        const answer = await api.send(method, pathIn(world, path), sent);
        expect([method, answer.status]).toEqual([method, 405]);
        expect(answer.headers.allow?.split(', ').sort()).toEqual([...offered, 'OPTIONS'].sort());
      }
    }
  });

  test('responds to OPTIONS with Allow, without a token', async () => {
    const { status, headers } = await api.send('OPTIONS', pathIn(world, path), { authorization: null });
    expect([status, headers.allow?.split(', ').sort()]).toEqual([204, [...withHead(methods), 'OPTIONS'].sort()]);
  });

  if (methods.includes('GET')) {
    test('responds to HEAD like to GET, without a body', async () => {
      const get = await api.get(pathIn(world, path));
      const head = await api.send('HEAD', pathIn(world, path));
      expect(head.status).toBe(200);
      const { 'correlation-id': _, date: __, 'content-length': ___, ...headers } = get.headers;
      expect(head.headers).toMatchObject(headers);
      expect(head.text ?? '').toBe('');
      const refused = await api.send('HEAD', pathIn(world, path), { authorization: null });
      expect([refused.status, refused.text ?? '']).toEqual([401, '']);
    });
  }

  test('responds to every change with 405 in read-only mode, and allows only reads', async () => {
    const readOnly = adminApi(appOf({ store, readOnly: true }));
    const own = OPERATIONS.filter((each) => each.path === path);
    const reads = own.filter((operation) => !isChange(operation)).map(({ method }) => method);
    for (const operation of own) {
      const target = pathIn(world, path);
      const answer = await readOnly.send(operation.method, target, { body: BODIES[operation.id]?.(world) });
      expect([operation.id, answer.status]).toEqual([operation.id, isChange(operation) ? 405 : 200]);
      if (!isChange(operation)) continue;
      expect(answer.headers.allow?.split(', ').sort()).toEqual([...withHead(reads), 'OPTIONS'].sort());
      const tried = await readOnly.send(operation.method, `${target}?dryRun=true`, { authorization: null });
      expect(tried.status).toBe(405);
    }
  });
});

describe('absent objects', () => {
  const parameters = OPERATIONS.flatMap(({ id, method, path }) => {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `${name}`);
    return names.map((name) => [id, name, method, path] as const);
  });

  test.each(parameters)('%s responds with 404 to an unknown %s', async (id, name, method, path) => {
    const sent = { body: BODIES[id]?.(world) };
    for (const value of [NOBODY, 'x']) {
      const answer = await api.send(method, pathIn(world, path, { [name]: value }), sent);
      expect([value, answer.status, answer.body.code]).toEqual([value, 404, 'NOT_FOUND']);
    }
  });

  test('responds with 404 to an id that is not a UUID', async () => {
    const { grantId } = world.params;
    for (const id of [`${grantId}0`, grantId.slice(1), '1', '%20', '%00', "'--", 'null', '..%2f..', `{${grantId}}`]) {
      const path = pathIn(world, '/environments/{environmentId}/applications/{applicationId}/grants/');
      expect([id, (await api.get(`${path}${id}`)).status]).toEqual([id, 404]);
    }
  });

  test('responds with 404 to a path segment that cannot be decoded', async () => {
    for (const part of ['%', '%zz', '%ff', '%c0%80']) {
      expect([part, (await api.get(`/environments/${part}`)).status]).toEqual([part, 404]);
      expect([part, (await api.get(`${world.E}/resources/${part}/scopes`)).status]).toEqual([part, 404]);
    }
  });

  test('responds with 404 to unknown paths below /environments, with or without a token', async () => {
    const { E, reader } = world;
    const unknown = ['/users', `/applications/${reader.id}/passwords`, '/a/b/c/d/e/f/g', '//'];
    for (const path of unknown) {
      for (const method of METHODS) {
        const answer = await api.send(method, `${E}${path}`, { authorization: null });
        expect([method, path, answer.status]).toEqual([method, path, 404]);
      }
    }
  });

  test('accepts ids in upper case and paths with a trailing slash', async () => {
    const { E, reports } = world;
    const path = `${E}/resources/${reports.id}`;
    const plain = await api.get(path);
    for (const spelling of [`/environments/${E.slice(14).toUpperCase()}/resources/${reports.id}`, `${path}/`]) {
      const { body } = await api.get(spelling);
      expect(body).toEqual({ ...plain.body, _links: expect.anything() });
      expect(body._links.self.href).toMatch(new RegExp(`/v1${path}$`));
    }
  });

  test.each(OPERATIONS.map(({ id, method, path }) => [id, method, path] as const))(
    '%s rejects unknown query parameters',
    async (id, method, path) => {
      const target = `${pathIn(world, path)}?colour=x&dryrun=true`;
      const { status, body } = await api.send(method, target, { body: BODIES[id]?.(world) });
      expect([status, body.code]).toEqual([400, 'INVALID_REQUEST']);
      expect(body.details).toMatchObject([
        { code: 'INVALID_PARAMETER', target: 'colour' },
        { code: 'INVALID_PARAMETER', target: 'dryrun' },
      ]);
    },
  );
});

describe('content type of responses', () => {
  test.each([
    ['application/hal+json', 'application/hal+json'],
    ['APPLICATION/HAL+JSON; q=0.9', 'application/hal+json'],
    ['application/hal+json, application/hal+json;q=0.1', 'application/hal+json'],
    ['application/hal+json, application/json', 'application/json'],
    ['application/hal+json, */*;q=0.1', 'application/json'],
    ['application/json', 'application/json'],
    ['text/html', 'application/json'],
    ['*/*', 'application/json'],
    ['', 'application/json'],
  ])('responds to Accept: %s with %s', async (accept, expected) => {
    const found = await api.get(world.E, { Accept: accept });
    const refused = await api.get(`${world.E}?x=1`, { Accept: accept });
    for (const { headers } of [found, refused])
      expect(headers).toMatchObject({ 'content-type': expected, vary: 'Accept' });
    expect(JSON.parse(found.text)).toMatchObject({ id: world.params.environmentId });
  });

  test('sets a different Correlation-Id in each response', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.get(world.E)));
    expect(new Set(answers.map(({ headers }) => headers['correlation-id'])).size).toBe(10);
  });
});
