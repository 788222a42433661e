import type { Request } from 'express';
import { StoreUnavailableError } from 'scopegate';
import { AdminError, type GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { withMethods } from '../../support/stores.js';
import { adminApi, appOf } from './fixtures/admin-api.js';
import { BODIES, createWorld, pathIn, type World } from './fixtures/world.js';

let store: GrantStore;
let world: World;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  world = await createWorld(store);
});
afterAll(() => store.close());

/** The real store, but each of its methods fails. */
function failing(fail: () => never): GrantStore {
  return withMethods(store, () => fail);
}

const SECRETS = 'password=hunter2 at db.internal.example:5432, in "grant_scopes"';
const FAILURES: [string, unknown, number][] = [
  ['something unexpected', new Error(SECRETS), 500],
  ['an outage', new StoreUnavailableError(SECRETS), 503],
  ['no error at all', undefined, 500],
  ['a refusal', new AdminError('invalid_data', [{ code: 'INVALID_VALUE', message: 'No.' }]), 400],
];

describe.each(FAILURES)('a store that throws %s', (_, error, status) => {
  test.each(['at once', 'behind a promise'])(
    'notifies onError of failures that are not refusals, and hides them from clients: %s',
    async (manner) => {
      const told: unknown[] = [];
      const fail = (): never => {
        throw error;
      };
      const broken = failing(manner === 'at once' ? fail : ((async () => fail()) as unknown as () => never));
      const onError = (said: unknown, { path }: Request) => told.push([said, typeof path]);
      const api = adminApi(appOf({ store: broken, onError }));
      for (const { id, method, path } of OPERATIONS) {
        const sent = { body: BODIES[id]?.(world), mayFail: true };
        const answer = await api.send(method, pathIn(world, path), sent);
        expect([id, answer.status]).toEqual([id, status]);
        const shown = `${answer.text} ${JSON.stringify(answer.headers)}`;
        for (const inner of ['hunter2', 'internal', 'grant_scopes', 'Error:', ' at '])
          expect(shown).not.toContain(inner);
        if (status === 400) continue;
        expect(Object.keys(answer.body)).toEqual(['id', 'code', 'message']);
        expect(answer.body.code).toBe('UNEXPECTED_ERROR');
      }
      expect(told).toEqual(status === 400 ? [] : OPERATIONS.map(() => [error, 'string']));
    },
  );
});

test('responds with 503 after the store is closed', async () => {
  const closed = await openSqliteStore({ file: ':memory:' });
  await closed.close();
  const { status, headers } = await adminApi(appOf({ store: closed })).send('GET', '/environments', { mayFail: true });
  expect([status, headers['retry-after']]).toEqual([503, '1']);
});

test('responds as usual when onError throws or rejects', async () => {
  const broken = failing(() => {
    throw new Error(SECRETS);
  });
  const failingListeners = [
    () => {
      throw new Error('listener');
    },
    () => Promise.reject(new Error('listener')),
    undefined,
  ];
  for (const onError of failingListeners) {
    const answer = await adminApi(appOf({ store: broken, onError })).send('GET', world.E, { mayFail: true });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('listener');
  }
});

test('responds with 500, notifies onError and changes nothing when clientOf rejects', async () => {
  const errors: unknown[] = [];
  const failure = new Error(SECRETS);
  const clientOf = () => Promise.reject(failure);
  const api = adminApi(appOf({ store, clientOf, onError: (error) => errors.push(error) }));
  const answer = await api.send('DELETE', world.E, { mayFail: true });
  expect([answer.status, errors]).toEqual([500, [failure]]);
  expect(answer.text).not.toContain('hunter2');
  expect(await store.environments.get(world.params.environmentId)).toBeDefined();
});

test('does not notify onError of refusals or absent objects', async () => {
  const errors: unknown[] = [];
  const api = adminApi(appOf({ store, onError: (error) => errors.push(error) }));
  await api.get(`/environments/${world.params.grantId}`);
  await api.get('/environments/%zz');
  await api.post('/environments', '{', { 'Content-Type': 'application/json' });
  await api.post('/environments', 'x'.repeat(300_000), { 'Content-Type': 'application/json' });
  await api.send('GET', '/environments', { authorization: null });
  expect(errors).toEqual([]);
});
