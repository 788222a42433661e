import express, { type Express, type RequestHandler, Router } from 'express';
import { anyOf, CONSUMER_ALL, type Gate } from 'scopegate';
import { probeRoutes } from 'scopegate/testing';
import { issuer } from '../http/fixtures/domain.js';
import { CONSUMER, createSampleApp, createTestGate, NAMES, ok, SAMPLE_ROUTES } from './fixtures/sample-app.js';

const scopeOf = (name: string, qualifier: string) => `${CONSUMER}:shop:${name}::${qualifier}`;
const ORDERS_ALL = scopeOf('orders', 'all');
const ORDERS_READ = scopeOf('orders', 'read');
const ORDERS_WRITE = scopeOf('orders', 'write');

let gate: Gate;
beforeEach(() => {
  gate = createTestGate();
});

const found = async (app: Express, options?: Parameters<typeof probeRoutes>[2]) =>
  (await probeRoutes(app, issuer, options)).findings.map(({ route, probe, status }) => `${route}: ${probe} ${status}`);

describe('a wrong fine scope that an aggregate one hides', () => {
  const shop = `${CONSUMER}:shop::all`;
  const expected = Object.fromEntries(SAMPLE_ROUTES);

  test('is found in one of 120 routes, whose tests with an aggregate token pass', async () => {
    const app = createSampleApp(gate, { instead: { 'DELETE /orders/:id': ORDERS_READ } });

    expect(await found(app, { expected })).toEqual([
      'DELETE /orders/:id: exact scope 403',
      'DELETE /orders/:id: other qualifier 200',
    ]);
  });

  test('is found beside the aggregate one in anyOf', async () => {
    const app = express().get('/orders', gate.require(anyOf(shop, scopeOf('order', 'read'))), ok);

    expect(await found(app, { expected: { 'GET /orders': anyOf(shop, ORDERS_READ) } })).toEqual([
      'GET /orders: exact scope 403',
      'GET /orders: scope above 403',
    ]);
  });

  test('is found behind a gate for the aggregate one, where it never decides', async () => {
    const router = Router().get('/', gate.require(ORDERS_READ), ok).delete('/', gate.require(ORDERS_READ), ok);
    const { findings } = await probeRoutes(express().use('/orders', gate.require(ORDERS_ALL), router), issuer);

    expect(findings.map(({ route, probe, scopes }) => [route, probe, scopes])).toEqual([
      ['GET /orders', 'hidden scope', [ORDERS_READ]],
      ['DELETE /orders', 'hidden scope', [ORDERS_READ]],
    ]);
    expect(findings[0]?.sentence).toBe(
      `${ORDERS_READ} never decides: GET /orders requires ${ORDERS_ALL} too, which covers it.`,
    );
  });

  test('is found in a handler that asks for another scope than its gate', async () => {
    const checksAgain: RequestHandler = (req, res) => {
      res.sendStatus(gate.auth(req).scopes.covers(ORDERS_WRITE) ? 200 : 403);
    };
    const app = express().get('/orders', gate.require(ORDERS_READ), checksAgain);

    expect(await found(app)).toEqual(['GET /orders: exact scope 403']);
  });
});

describe('a correct application', () => {
  test('of 120 routes has no findings, and each is asked with seven tokens or more', async () => {
    const { findings, requests, skipped } = await probeRoutes(createSampleApp(gate), issuer);

    expect([findings, skipped]).toEqual([[], []]);
    expect(requests).toBe(NAMES.length * 10 * 8);
  });

  test('with each kind of access has no findings', async () => {
    const app = express()
      .get('/public', gate.allowPublic('probe'), ok)
      .get('/any', gate.authenticate, ok)
      .get('/optional', gate.optional, ok)
      .get('/acr/:id', gate.require('a', { acr: ['mfa'], maxAge: 60 }), ok)
      .get('/both', gate.require('a:read', CONSUMER_ALL), ok)
      .get('/trial', gate.require('a', { reportOnly: { until: new Date().toISOString().slice(0, 10) } }), ok)
      .use('/mount', gate.require('a'), (_req, res) => res.end('ok'))
      .all('/every', gate.require('a'), ok);

    expect(await found(app)).toEqual([]);
  });
});

test('an unprotected route that should require a scope is found', async () => {
  const findings = await found(express().get('/a', ok), { expected: { 'GET /a': 'a:read' } });

  expect(findings).toEqual([
    'GET /a: no token 200',
    'GET /a: expired token 200',
    'GET /a: no scope 200',
    'GET /a: sibling 200',
    'GET /a: other qualifier 200',
  ]);
});

test('an issuer whose tokens the gate does not accept is found on the first route', async () => {
  const app = express().get('/a', gate.require('a'), ok);

  expect(await found(app, { claims: { aud: 'https://other.example/' } })).toEqual(['GET /a: exact scope 401']);
});

test('a handler that never responds is a finding, and does not hang', async () => {
  const app = express().get('/a', gate.authenticate, () => undefined);
  const { findings } = await probeRoutes(app, issuer, { timeoutMs: 1500 });

  expect(findings).toMatchObject([{ route: 'GET /a', probe: 'no scope', status: undefined }]);
  expect(findings[0]?.sentence).toBe('GET /a responds not in time to: no scope. It should let it pass.');
});

test('a handler that sends without an end, or ends the connection, does not hang', async () => {
  const app = express()
    .get('/stream', gate.authenticate, (_req, res) => void res.write('a'))
    .get('/ends', gate.authenticate, (req) => req.socket.destroy());

  expect(await found(app)).toEqual(['GET /ends: no scope undefined']);
});

test('parameters and expressions get the values that are given', async () => {
  const asked: string[] = [];
  const handler: RequestHandler = (req, res) => {
    asked.push(req.originalUrl);
    res.end();
  };
  const app = express()
    .get('/:a/:b', gate.authenticate, handler)
    .get(/^\/v\d$/, gate.authenticate, handler);
  const options = { params: { a: 'x y' }, paths: { 'GET /^\\/v\\d$/': '/v1' } };

  expect(await found(app, options)).toEqual([]);
  expect(asked).toEqual(['/x%20y/probe', '/v1']);
});

test('what cannot be asked is said, with the reason', async () => {
  const app = express()
    .get(/^\/v\d$/, gate.require('a'), ok)
    .get('/self/:id', gate.require('p1:read:user', { owner: () => 'ada' }), ok)
    .use('/sub', express());
  const { skipped } = await probeRoutes(app, issuer);

  expect(skipped).toEqual([
    { route: 'GET /^\\/v\\d$/', why: 'Its path is a pattern: name one in `paths`.' },
    { route: 'GET /self/:id', why: 'It accepts a self scope, which needs a record.' },
    { route: '* /sub/*', why: expect.stringContaining('name it in "apps"') },
  ]);
});

test.each<[string, object, RegExp]>([
  ['an expected route that does not exist', { expected: { 'GET /b': 'a' } }, /no route GET \/b/],
  ['a path of a route that does not exist', { paths: { 'GET /b': '/b' } }, /no route GET \/b/],
  ['a misspelt option', { expect: {} }, /Did you mean "expected"\?/],
  ['a time that is none', { timeoutMs: 0 }, /"timeoutMs" must be/],
  ['a parameter that is no text', { params: { id: 7 } }, /"params" must be/],
  ['a requirement that is none', { expected: { 'GET /a': 'a b' } }, /a b/],
])('%s is refused', async (_, options, sentence) => {
  const app = express().get('/a', gate.require('a'), ok);

  await expect(probeRoutes(app, issuer, options)).rejects.toThrow(sentence);
});
