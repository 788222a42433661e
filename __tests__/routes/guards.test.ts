import express, { type Express, Router } from 'express';
import { anyOf, type Gate } from 'scopegate';
import { routeReport } from 'scopegate/routes';
import { createTestGate, ok } from './fixtures/sample-app.js';

// The package `router` of Express 5 reads paths in another way than Express 4 does.
const isExpress4 = typeof (express() as { lazyrouter?: unknown }).lazyrouter === 'function';
const EVERYTHING_BELOW_API = isExpress4 ? '/api/*' : '/api/*rest';
const BETWEEN = isExpress4 ? '/api/*/admin' : '/api/*rest/admin';
const DIGITS = isExpress4 ? '/a/:id(\\d+)' : '/a/*id';
const EVERYTHING = isExpress4 ? '*' : '/{*rest}';

let gate: Gate;
beforeEach(() => {
  gate = createTestGate();
});

function report(build: (app: Express) => void): string[] {
  const app = express();
  build(app);
  return routeReport(app).map(({ method, path, access, required }) =>
    [method, path, access, ...(required === undefined ? [] : [JSON.stringify(required)])].join(' '),
  );
}

describe('a gate in front of a route counts', () => {
  test.each<[string, (app: Express) => void, string]>([
    ['in the route', (app) => app.get('/a', gate.require('x'), ok), 'GET /a scoped "x"'],
    ['in a list', (app) => app.get('/a', [gate.authenticate, [gate.require('x')]] as never, ok), 'GET /a scoped "x"'],
    ['twice', (app) => app.get('/a', gate.require('x'), gate.require('y'), ok), 'GET /a scoped {"allOf":["x","y"]}'],
    ['the same twice', (app) => app.get('/a', gate.require('x'), gate.require('x'), ok), 'GET /a scoped "x"'],
    ['for every request', (app) => app.use(gate.authenticate).get('/a', ok), 'GET /a authenticated'],
    ['at a prefix', (app) => app.use('/a', gate.require('x')).get('/a/b', ok), 'GET /a/b scoped "x"'],
    ['at the path itself', (app) => app.use('/a', gate.require('x')).get('/a', ok), 'GET /a scoped "x"'],
    ['at a prefix with a parameter', (app) => app.use('/:t', gate.optional).get('/a/b', ok), 'GET /a/b optional'],
    ['at a list of prefixes', (app) => app.use(['/z', '/a'], gate.require('x')).get('/a/b', ok), 'GET /a/b scoped "x"'],
    ['in other capitals', (app) => app.use('/API', gate.require('x')).get('/api/b', ok), 'GET /api/b scoped "x"'],
    ['with route.all', (app) => app.route('/a').all(gate.require('x')).get(ok), 'GET /a scoped "x"'],
    ['with app.all', (app) => app.all('/a', gate.require('x')).get('/a', ok), 'GET /a scoped "x"'],
    [
      'with app.all for everything below',
      (app) => app.all(EVERYTHING_BELOW_API, gate.require('x')).get('/api/b/c', ok),
      'GET /api/b/c scoped "x"',
    ],
    [
      'with app.all at the same wildcard',
      (app) => app.all(BETWEEN, gate.require('x')).get(BETWEEN, ok),
      `GET ${BETWEEN} scoped "x"`,
    ],
    ['with app.all for everything', (app) => app.all(EVERYTHING, gate.require('x')).get('/', ok), 'GET / scoped "x"'],
    ['with an earlier route', (app) => app.get('/:a', gate.require('x')).get('/a', ok), 'GET /a scoped "x"'],
    [
      'at the same expression',
      (app) => app.all(/^\/v\d$/, gate.require('x')).get(/^\/v\d$/, ok),
      'GET /^\\/v\\d$/ scoped "x"',
    ],
    [
      'around a router',
      (app) => app.use('/a', gate.require('x'), Router().use('/b', Router().get('/c', ok))),
      'GET /a/b/c scoped "x"',
    ],
    [
      'inside a router',
      (app) =>
        app.use(
          '/a',
          Router()
            .use(gate.require(anyOf('x', 'y')))
            .get('/', ok),
        ),
      'GET /a scoped {"anyOf":["x","y"]}',
    ],
    ['beside a reason', (app) => app.get('/a', gate.allowPublic('none'), gate.require('x'), ok), 'GET /a scoped "x"'],
    ['as a reason only', (app) => app.use('/a', gate.allowPublic('probe')).get('/a/b', ok), 'GET /a/b public'],
  ])('%s', (_, build, expected) => {
    expect(report(build)).toEqual([expected]);
  });
});

describe('a gate that a request may avoid does not count', () => {
  const unprotected = (path: string) => [`GET ${path} UNPROTECTED`];

  test.each<[string, (app: Express) => void, string[]]>([
    ['none', (app) => app.get('/a', ok), unprotected('/a')],
    ['after the handler', (app) => app.get('/a', ok, gate.require('x')), unprotected('/a')],
    ['after the route', (app) => app.get('/a', ok).use(gate.require('x')), unprotected('/a')],
    ['at another prefix', (app) => app.use('/b', gate.require('x')).get('/a', ok), unprotected('/a')],
    ['at a longer prefix', (app) => app.use('/a/b', gate.require('x')).get('/a', ok), unprotected('/a')],
    ['at a prefix of a name', (app) => app.use('/a', gate.require('x')).get('/ab', ok), unprotected('/ab')],
    ['at one value of a parameter', (app) => app.use('/a', gate.require('x')).get('/:b', ok), unprotected('/:b')],
    ['for another method', (app) => app.post('/a', gate.require('x')).get('/a', ok), unprotected('/a')],
    [
      'for everything below, at the top',
      (app) => app.all(EVERYTHING_BELOW_API, gate.require('x')).get('/api', ok),
      unprotected('/api'),
    ],
    [
      'for a wildcard with more behind it',
      (app) => app.all(BETWEEN, gate.require('x')).get('/api/b/c', ok),
      unprotected('/api/b/c'),
    ],
    [
      'for a wildcard in front of another end',
      (app) => app.use(BETWEEN, gate.require('x')).get('/api/b/c/d', ok),
      unprotected('/api/b/c/d'),
    ],
    ['for one segment', (app) => app.all('/:a', gate.require('x')).get('/a/b', ok), unprotected('/a/b')],
    [
      'at another expression',
      (app) => app.all(/^\/\d$/, gate.require('x')).get(/^\/\D$/, ok),
      unprotected('/^\\/\\D$/'),
    ],
    [
      'at an expression with a state',
      (app) => app.all(/^\/v\d$/g, gate.require('x')).get(/^\/v\d$/g, ok),
      unprotected('/^\\/v\\d$/g'),
    ],
    [
      'in a function of the application',
      (app) => app.get('/a', (req, res, next) => gate.require('x')(req, res, next), ok),
      unprotected('/a'),
    ],
    [
      'in a router beside it',
      (app) => app.use('/a', Router().use(gate.require('x'))).use('/a', Router().get('/b', ok)),
      unprotected('/a/b'),
    ],
    [
      'where router.param may skip it',
      (app) => {
        app.param('id', (_req, _res, next) => next('route'));
        app.use('/a/:id', gate.require('x'));
        app.get('/a/:id', ok);
      },
      unprotected('/a/:id'),
    ],
    [
      'where router.param may skip it at a wildcard or an expression',
      (app) => {
        app.param('id', (_req, _res, next) => next('route'));
        app.all(DIGITS, gate.require('x'));
        app.get(DIGITS, ok);
      },
      unprotected(DIGITS),
    ],
    [
      'in a strict router, without the slash',
      (app) => {
        const strict = Router({ strict: true }).all('/b', gate.require('x'));
        app.use('/a', strict.get('/b/', ok));
      },
      unprotected('/a/b/'),
    ],
    [
      'in a strict router, for one that is not',
      (app) => {
        app.set('strict routing', true);
        app.all('/a', gate.require('x'));
        app.use(Router().get('/a', ok));
      },
      unprotected('/a'),
    ],
    [
      'in a router that compares case, for one that does not',
      (app) => {
        app.set('case sensitive routing', true);
        app.use('/a', gate.require('x'));
        app.use(Router().get('/a/b', ok));
      },
      unprotected('/a/b'),
    ],
  ])('%s', (_, build, expected) => {
    expect(report(build)).toEqual(expected);
  });
});

test('a request indeed avoids such a gate, where a router does not compare case', async () => {
  const app = express();
  app.set('case sensitive routing', true);
  app.use('/a', gate.require('x'));
  app.use(Router().get('/a/b', ok));
  const { default: request } = await import('supertest');

  await request(app).get('/a/b').expect(401);
  await request(app).get('/A/b').expect(200);
});
