import express, { type Express, Router } from 'express';
import type { Gate } from 'scopegate';
import { assertCovered, routeReport } from 'scopegate/routes';
import { createTestGate, ok } from './fixtures/sample-app.js';

let gate: Gate;
beforeEach(() => {
  gate = createTestGate();
});

const list = (app: Express | Router, apps?: Express[]) =>
  routeReport(app, { apps }).map(({ kind, method, path, access }) => `${kind} ${method} ${path} ${access}`);

describe('mounted applications', () => {
  test('an application that is listed is part of the report, with what stands before it', () => {
    const sub = express().get('/b/:id', ok);
    const app = express().use('/a', gate.require('x'), sub);

    expect(list(app, [sub])).toEqual(['route GET /a/b/:id scoped']);
  });

  test('an application that is not listed is reported as unknown, and fails', () => {
    const app = express().use('/a', gate.require('x'), express().get('/b', ok));

    expect(list(app)).toEqual(['application * /a/* scoped']);
    expect(routeReport(app)[0]?.unknown).toContain('name it in "apps"');
    expect(() => assertCovered(app)).toThrow(/1 route is not protected by a gate:\n {2}\* \/a\/\* \(An application/);
  });

  test('of two applications at one path, each gets only the gates before both', () => {
    const [one, other] = [express().get('/one', ok), express().get('/other', ok)];
    const app = express().use('/a', one).use(gate.authenticate).use('/a', other);

    expect(list(app, [other, one])).toEqual(['route GET /a/other UNPROTECTED', 'route GET /a/one UNPROTECTED']);
  });

  test('an application that is not listed stays unknown beside a listed one at the same path', () => {
    const listed = express().get('/b', gate.require('x'), ok);
    const app = express().use('/a', listed).use('/a', express().get('/c', ok));

    expect(list(app, [listed])).toEqual(['route GET /a/b scoped', 'application * /a/* UNPROTECTED']);
  });

  test('an application at several paths is there at each', () => {
    const sub = express().get('/c', ok);
    const app = express().use(['/a', '/b'], sub);

    expect(list(app, [sub])).toEqual(['route GET /a/c UNPROTECTED', 'route GET /b/c UNPROTECTED']);
  });

  test('applications in applications are found', () => {
    const inner = express().get('/c', ok);
    const outer = express().use('/b', inner);
    const app = express().use('/a', gate.authenticate, outer);

    expect(list(app, [inner, outer])).toEqual(['route GET /a/b/c authenticated']);
  });

  test('a router takes an application as it takes a router', () => {
    const app = express().use('/a', Router().use('/b', express().get('/c', ok) as unknown as Router));

    expect(list(app)).toEqual(['route GET /a/b/c UNPROTECTED']);
  });

  test('a router that is mounted twice is there twice, each time with its own gates', () => {
    const router = Router().get('/c', ok);
    const app = express().use('/a', router).use('/b', gate.require('x'), router);

    expect(list(app)).toEqual(['route GET /a/c UNPROTECTED', 'route GET /b/c scoped']);
  });

  test('a router that contains itself ends, and is unknown', () => {
    const router = Router().get('/a', gate.require('x'), ok);
    router.use('/again', router);

    expect(list(express().use(router))).toEqual(['route GET /a scoped', 'application * /again/* UNPROTECTED']);
  });

  test('what has a stack that is none of Express is unknown', () => {
    const connect = Object.assign(() => undefined, { stack: [{ route: '/x', handle: () => undefined }] });

    expect(list(express().use('/a', connect))).toEqual(['application * /a/* UNPROTECTED']);
  });
});

describe('functions', () => {
  test('a function at a path, which nothing follows there, is an endpoint', () => {
    const graphql = () => undefined;
    const app = express().use('/graphql', express.json(), graphql).get('/a', gate.require('x'), ok);

    expect(list(app)).toContain('mount * /graphql/* UNPROTECTED');
    expect(() => assertCovered(app)).toThrow('* /graphql/* (The function graphql may respond itself.)');
    expect(() => assertCovered(app, { except: ['* /graphql/*'] })).not.toThrow();
  });

  test('the same function behind a gate is covered', () => {
    const app = express().use('/graphql', gate.require('x'), () => undefined);

    expect(list(app)).toEqual(['mount * /graphql/* scoped']);
    expect(() => assertCovered(app)).not.toThrow();
  });

  test('a function before routes is middleware: it is reported, and does not fail', () => {
    const app = express().use(express.json()).use('/api', express.json()).get('/api/a', gate.require('x'), ok);

    expect(list(app).slice(0, 2)).toEqual(['middleware * /* UNPROTECTED', 'middleware * /api/* UNPROTECTED']);
    expect(() => assertCovered(app)).not.toThrow();
  });

  test('static files are an endpoint wherever they stand', () => {
    const app = express().use(express.static('.')).get('/a', gate.require('x'), ok);

    expect(() => assertCovered(app)).toThrow('* /* (The function serveStatic may respond itself.)');
  });

  test('handlers of errors are no endpoints', () => {
    const app = express().use('/a', (_error: unknown, _req: unknown, _res: unknown, _next: unknown) => undefined);

    expect(list(app)).toEqual([]);
  });

  test('functions of a route that run before its gate are named', () => {
    const loadOrder = (_req: unknown, _res: unknown, next: () => void) => next();
    const app = express().get('/a', loadOrder, gate.require('x'), ok);

    expect(routeReport(app)).toEqual([
      { kind: 'route', method: 'GET', path: '/a', access: 'scoped', required: 'x', gate: 'api', before: ['loadOrder'] },
    ]);
  });
});

describe('paths', () => {
  test('each path of a list is a route of its own', () => {
    const app = express().get(['/a', '/b', /^\/c\d$/], gate.require('x'), ok);

    expect(list(app)).toEqual(['route GET /a scoped', 'route GET /b scoped', 'route GET /^\\/c\\d$/ scoped']);
  });

  test('prefixes are as they were written, also with parameters, dots and lists', () => {
    const app = express().use(['/t/:tenant', '/v1.0'], Router().get('/:id', gate.require('x'), ok));

    expect(list(app)).toEqual(['route GET /t/:tenant/:id scoped', 'route GET /v1.0/:id scoped']);
  });

  test('the gate is named by its realm, and two gates by both', () => {
    const admin = createTestGate({ realm: 'admin' });
    const app = express().get('/a', gate.authenticate, admin.require('x'), ok);

    expect(routeReport(app)[0]?.gate).toBe('api, admin');
  });

  test('a route that says why it is public has the reason', () => {
    const app = express().get('/health', gate.allowPublic('liveness probe'), ok);

    expect(routeReport(app)).toEqual([
      {
        kind: 'route',
        method: 'GET',
        path: '/health',
        access: 'public',
        required: undefined,
        gate: 'api',
        reason: 'liveness probe',
      },
    ]);
    expect(() => assertCovered(app)).not.toThrow();
  });

  test('a prefix that an older router does not keep is unknown, and its own gates still count', () => {
    const app = express().use('/a', gate.require('y'), Router().get('/b', gate.require('x'), ok).get('/c', ok));
    forgetPrefixes(app);

    const rows = routeReport(app);
    expect(rows.map(({ path, access }) => `${path} ${access}`)).toEqual([
      '/(unknown)/b scoped',
      '/(unknown)/c UNPROTECTED',
    ]);
    expect(rows[0]?.unknown).toContain('`router` 2.3.0');
  });

  type Stack = { readonly stack: Record<string, unknown>[] };

  /** As `router` 2.2 has layers. */
  function forgetPrefixes(app: Express): void {
    const { _router } = app as unknown as { _router?: Stack };
    const { stack } = _router ?? (app as unknown as { router: Stack }).router;
    for (const layer of stack) {
      if (layer.route === undefined && layer.name !== 'query' && layer.name !== 'expressInit')
        Object.assign(layer, { rawPath: undefined, matchers: [], regexp: undefined });
    }
  }
});

describe('mistakes', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'app'],
    ['a function', () => undefined],
    ['an object', {}],
    ['a gate', createTestGate()],
  ])('%s is no application', (_, app) => {
    expect(() => routeReport(app as object)).toThrow(/routeReport\(\): "app" must be an application or a router/);
  });

  test('an application without routes has an empty report', () => {
    expect(routeReport(express())).toEqual([]);
  });

  test('a misspelt option is refused', () => {
    expect(() => routeReport(express(), { app: [] } as object)).toThrow('Did you mean "apps"?');
    expect(() => assertCovered(express(), { exept: [] } as object)).toThrow('Did you mean "except"?');
    expect(() => routeReport(express(), { apps: [{}] })).toThrow(/"apps" must be a list of applications/);
  });

  test('an exception that is of no use fails, so that none stays when its route has gone', () => {
    const app = express().get('/a', gate.require('x'), ok);

    expect(() => assertCovered(app, { except: ['GET /metrics'] })).toThrow(
      /exception that is of no use:\n {2}GET \/metrics/,
    );
    expect(() => assertCovered(app, { except: ['GET /a'] })).toThrow(/of no use/);
  });

  test.each([undefined, '', 7, {}])('gate.allowPublic(%p) is refused when it is declared', (reason) => {
    expect(() => gate.allowPublic(reason as string)).toThrow(/gate.allowPublic\(\): "reason" must be a text/);
  });
});
