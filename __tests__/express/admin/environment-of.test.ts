import type { Request } from 'express';
import { AdminError, ALL_ENVIRONMENTS, type GrantStore, type GrantsRouterOptions } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import type { Response } from 'supertest';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { type AdminApi, adminApi, appOf } from './fixtures/admin-api.js';
import { BODIES, createWorld, NOBODY, pathIn, type World } from './fixtures/world.js';

let store: GrantStore;
let api: AdminApi;
let own: World;
let foreign: World;
/** An administrator of `own`. */
let confined: AdminApi;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
  own = await createWorld(store);
  foreign = await createWorld(store);
  confined = api.as({ env: own.params.environmentId });
});
afterAll(() => store.close());

const isGlobal = (id: string) => ['createEnvironment', 'deleteEnvironment'].includes(id);
const inEnvironment = OPERATIONS.filter(({ path, id }) => path !== '/environments' && !isGlobal(id));

test.each(inEnvironment.map((operation) => [operation.id, operation] as const))(
  '%s serves the own environment, and responds alike to foreign and absent ones',
  async (id, { method, path, status }) => {
    const world = await createWorld(store);
    const caller = api.as({ env: world.params.environmentId });
    const sent = { body: BODIES[id]?.(world) };
    const answers = {
      foreign: await caller.send(method, pathIn(foreign, path), { body: BODIES[id]?.(foreign) }),
      absent: await caller.send(method, pathIn(world, path, { environmentId: NOBODY }), sent),
      'its own objects at a foreign address': await caller.send(
        method,
        pathIn(world, path, { environmentId: foreign.params.environmentId }),
        sent,
      ),
    };
    const { 'correlation-id': __, date: _, ...headers } = answers.absent.headers;
    for (const answer of Object.values(answers)) {
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ ...answers.absent.body, id: answer.headers['correlation-id'] });
      expect(answer.headers).toMatchObject(headers);
    }
    const mixed = pathIn(foreign, path, { environmentId: world.params.environmentId });
    if (mixed !== pathIn(world, path)) expect((await caller.send(method, mixed, sent)).status).toBe(404);
    expect((await caller.send(method, pathIn(world, path), sent)).status).toBe(status);
  },
);

test('responds with 404 for a foreign environment before it validates the request', async () => {
  const { status } = await confined.post(`${foreign.E}/resources?nonsense=1`, '{', { 'Content-Type': 'text/plain' });
  expect(status).toBe(404);
});

test('lists only the environments that the caller may administer', async () => {
  const mine = await confined.get('/environments');
  expect(mine.body).toMatchObject({
    count: 1,
    size: 1,
    _embedded: { environments: [{ id: own.params.environmentId }] },
  });
  expect((await api.get('/environments')).body.count).toBeGreaterThan(2);
  const none = await api.as({ env: NOBODY }).get('/environments');
  expect(none.body).toMatchObject({ count: 0, size: 0, _embedded: { environments: [] } });
});

test('allows only unrestricted callers to create and delete environments', async () => {
  for (const path of [own.E, foreign.E, `/environments/${NOBODY}`]) {
    for (const query of ['', '?dryRun=true']) {
      const { status, body } = await confined.delete(`${path}${query}`);
      expect([status, body.details[0].code]).toEqual([403, 'INSUFFICIENT_PERMISSIONS']);
    }
  }
  expect((await confined.post('/environments', { name: 'more' })).status).toBe(403);
  expect((await confined.put(own.E, { name: 'own' })).status).toBe(200);
  expect((await api.get(own.E)).status).toBe(200);
});

describe('results of environmentOf', () => {
  const answered = async (environmentOf: GrantsRouterOptions['environmentOf'], onError?: (error: unknown) => void) => {
    const sent = { mayFail: onError !== undefined };
    const caller = adminApi(appOf({ store, environmentOf, onError }));
    const found: Response[] = [];
    for (const path of [own.E, foreign.E, '/environments']) found.push(await caller.send('GET', path, sent));
    return found;
  };
  const statuses = (answers: Response[]) => answers.map(({ status }) => status);

  test('accepts an id in either case or a promise of one', async () => {
    const { environmentId } = own.params;
    for (const value of [environmentId, environmentId.toUpperCase(), Promise.resolve(environmentId)]) {
      expect(statuses(await answered(() => value))).toEqual([200, 404, 200]);
    }
    expect(statuses(await answered(async () => ALL_ENVIRONMENTS))).toEqual([200, 200, 200]);
  });

  test.each([
    undefined,
    null,
    '',
    'x',
    5,
    {},
    ['*'],
    '*',
    '**',
    ' *',
    [ALL_ENVIRONMENTS],
    Symbol('scopegate.ALL_ENVIRONMENTS/1'),
    String(ALL_ENVIRONMENTS),
    'ALL_ENVIRONMENTS',
    'undefined',
    Promise.resolve(undefined),
  ])('responds with 403 when environmentOf returns %p', async (value) => {
    const answers = await answered(() => value);
    expect(statuses(answers)).toEqual([403, 403, 403]);
    expect(answers[0]?.body.details).toMatchObject([{ code: 'INSUFFICIENT_PERMISSIONS' }]);
  });

  test('gives a token with env "*" no environment where the option passes the claim on', async () => {
    const caller = adminApi(appOf({ store, environmentOf: ({ payload }) => payload.env }), { env: '*' });
    expect((await caller.get(own.E)).status).toBe(403);
    expect((await caller.post('/environments', { name: 'taken over' })).status).toBe(403);
    expect((await caller.as({ env: own.params.environmentId }).get(own.E)).status).toBe(200);
  });

  test('responds with 500 and notifies only onError when environmentOf throws', async () => {
    const failure = new Error('tenants.internal.example refused');
    const throwing = [
      () => {
        throw failure;
      },
      () => Promise.reject(failure),
    ];
    for (const environmentOf of throwing) {
      const errors: unknown[] = [];
      const answers = await answered(environmentOf, (error) => errors.push(error));
      expect(statuses(answers)).toEqual([500, 500, 500]);
      expect(answers.map(({ text }) => text).join()).not.toContain('internal');
      expect(errors).toEqual([failure, failure, failure]);
    }
  });

  test('an AdminError that it throws is the answer', async () => {
    const refusal = () => Promise.reject(new AdminError('not_found'));
    expect(statuses(await answered(refusal))).toEqual([404, 404, 404]);
  });

  test('passes the verified token and the request to environmentOf', async () => {
    const seen: unknown[] = [];
    await answered(({ payload, scopes }, req: Request) => {
      seen.push([payload.client_id, [...scopes], req.baseUrl]);
      return ALL_ENVIRONMENTS;
    });
    expect(seen[0]).toEqual(['admin-console', ['urn:opc:idm:__myscopes__'], '/v1']);
  });
});
