import express, { type Express } from 'express';
import { createGate, StoreUnavailableError, type TokenVerifier, VerifierUnavailableError } from 'scopegate';
import { AdminError, type GrantStore, grantsRouter } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import request from 'supertest';
import { withMethods } from '../support/stores.js';
import { ANALYTICS, bearer, issuer, PAAS, showAuth, warmVerifier } from './fixtures/domain.js';

// What an application has that loads the ES module and the CommonJS one, or two versions: every class exists twice.
type Copy = typeof import('scopegate') &
  Pick<typeof import('scopegate/admin'), 'AdminError' | 'ALL_ENVIRONMENTS' | 'grantsRouter'>;
let other!: Copy;
jest.isolateModules(() => {
  other = { ...require('scopegate'), ...require('scopegate/admin') };
});

const MY_SCOPES = 'urn:opc:idm:__myscopes__';
const CONSUMER_ALL = 'urn:opc:resource:consumer::all';

const throwing = (error: unknown): TokenVerifier => ({
  verify() {
    throw error;
  },
});

let store: GrantStore;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
});
afterAll(() => store.close());

function send(app: Express, path: string, scope: string) {
  return request(app)
    .get(path)
    .set('Authorization', bearer(issuer.token({ scope })));
}

const ERRORS = ['VerifierUnavailableError', 'StoreUnavailableError', 'AdminError'] as const;

test('the tests have two copies', () => {
  expect(other.createGate).not.toBe(createGate);
  expect(other.AdminError).not.toBe(AdminError);
  expect(other.StoreUnavailableError).not.toBe(StoreUnavailableError);
  expect(other.VerifierUnavailableError).not.toBe(VerifierUnavailableError);
});

describe('errors of the other copy', () => {
  const mine = { VerifierUnavailableError, StoreUnavailableError, AdminError };
  const create = (copy: typeof mine, name: keyof typeof mine): Error => {
    if (name === 'AdminError') return new copy.AdminError('stale');
    return name === 'StoreUnavailableError' ? new copy[name]('down') : new copy[name]('down');
  };

  test.each(ERRORS)('%s is an instance of the class in either copy, and of no other class', (name) => {
    for (const error of [create(mine, name), create(other, name)]) {
      for (const each of ERRORS) {
        expect([each, error instanceof mine[each]]).toEqual([each, each === name]);
        expect([each, error instanceof other[each]]).toEqual([each, each === name]);
      }
    }
  });

  test.each(ERRORS)('a subclass of %s has its own instances only, which are those of both copies', (name) => {
    class Mine extends (mine[name] as typeof VerifierUnavailableError) {}
    const error = name === 'AdminError' ? new Mine('stale') : new Mine('down');

    expect([error instanceof Mine, error instanceof mine[name], error instanceof other[name]]).toEqual([
      true,
      true,
      true,
    ]);
    expect([create(mine, name) instanceof Mine, create(other, name) instanceof Mine]).toEqual([false, false]);
  });

  test.each([undefined, null, 0, 'VerifierUnavailableError', {}, new Error('down'), () => undefined])(
    'no other value is an instance: %p',
    (value) => {
      for (const name of ERRORS) expect((value as unknown) instanceof mine[name]).toBe(false);
    },
  );

  test('the gate sends the retryAfter of an outage', async () => {
    class Outage extends other.VerifierUnavailableError {}
    for (const error of [
      new other.VerifierUnavailableError('down', { retryAfter: 7 }),
      new Outage('', { retryAfter: 7 }),
    ]) {
      const app = express().get('/', createGate({ verifier: throwing(error) }).require(PAAS), showAuth);
      const { status, headers } = await send(app, '/', PAAS);

      expect([status, headers['retry-after']]).toEqual([503, '7']);
    }
  });

  test.each([
    ['StoreUnavailableError', 503],
    ['AdminError', 412],
  ] as const)('the admin API responds to %s with %i', async (name, expected) => {
    const broken = withMethods(store, () => () => {
      throw create(other, name);
    });
    const gate = createGate({ verifier: warmVerifier() });
    const app = express().use(grantsRouter({ store: broken, gate, environmentOf: () => other.ALL_ENVIRONMENTS }));

    expect((await send(app, '/environments', MY_SCOPES)).status).toBe(expected);
  });
});

describe('a gate of the other copy', () => {
  const verifier = warmVerifier();
  const gate = other.createGate({ verifier });
  const app = express();
  app.use(gate.optional);
  app.get('/auth', gate.require(PAAS), (req, res) => {
    res.json({ client: gate.auth(req).payload.client_id });
  });
  beforeAll(() => {
    app.use(grantsRouter({ store, gate, environmentOf: () => other.ALL_ENVIRONMENTS }));
  });

  test.each([
    ['permits', MY_SCOPES, 200],
    ['refuses a scope that is not enough', ANALYTICS, 403],
    ['refuses urn:opc:resource:consumer::all', `${MY_SCOPES} ${CONSUMER_ALL}`, 403],
  ])('protects the admin API of this one: it %s', async (_, scope, expected) => {
    const { status, body } = await send(app, '/environments', scope);

    expect(status).toBe(expected);
    if (expected === 403) expect(body.code).toBe('ACCESS_FAILED');
  });

  test('protects the admin API of this one: it refuses a request without a token', async () => {
    const { status, headers, body } = await request(app).get('/environments');

    expect([status, headers['www-authenticate'], body.code]).toEqual([401, 'Bearer realm="api"', 'ACCESS_FAILED']);
  });

  test('a gate of the other copy has verified a token before the router, and does not verify it again', async () => {
    verifier.calls = 0;

    expect((await send(app, '/environments', MY_SCOPES)).status).toBe(200);
    expect(verifier.calls).toBe(1);
  });

  test('gives gate.auth() what it found in the request', async () => {
    expect((await send(app, '/auth', PAAS)).body).toEqual({ client: 'test-client' });
  });
});

test.each<[string, (gate: object) => object]>([
  ['a copy of its members', (gate) => ({ ...gate })],
  ['an object that inherits from it', (gate) => Object.create(gate)],
  ['an object of the same form', () => ({ require: () => undefined })],
])('the admin API takes no gate that createGate() did not make: %s', (_, imitate) => {
  const gate = imitate(createGate({ verifier: warmVerifier() })) as ReturnType<typeof createGate>;

  expect(() => grantsRouter({ store, gate, environmentOf: () => other.ALL_ENVIRONMENTS })).toThrow(
    'grantsRouter(): "gate" must be a gate made by createGate()',
  );
});
