import express, { Router } from 'express';
import { allOf, anyOf, type Gate, type Requirement } from 'scopegate';
import { diffOpenApi, findUnusedScopes, findUselessGrants, openApiSecurity } from 'scopegate/routes';
import { CONSUMER, createSampleApp, createTestGate, NAMES, ok } from './fixtures/sample-app.js';

let gate: Gate;
beforeEach(() => {
  gate = createTestGate();
});

const operation = { responses: {} };
const documentOf = (paths: object, others: object = {}) => ({ openapi: '3.1.0', info: {}, paths, ...others });

describe('an OpenAPI document', () => {
  const securityOf = (required: Requirement) => {
    const app = express().get('/a', gate.require(required), ok);
    return openApiSecurity(app, documentOf({ '/a': { get: operation } })).paths;
  };

  test.each<[string, Requirement, object[]]>([
    ['a scope', 'x', [{ oauth2: ['x'] }]],
    ['all of two', allOf('x', 'y'), [{ oauth2: ['x', 'y'] }]],
    ['any of two', anyOf('x', 'y'), [{ oauth2: ['x'] }, { oauth2: ['y'] }]],
    ['any beside all', allOf('a', anyOf('x', allOf('y', 'a'))), [{ oauth2: ['a', 'x'] }, { oauth2: ['a', 'y'] }]],
  ])('gets the security of a route that requires %s', (_, required, security) => {
    expect(securityOf(required)).toEqual({ '/a': { get: { ...operation, security } } });
  });

  test('gets the security of each kind of access, and keeps what has no gate', () => {
    const app = express()
      .get('/public', gate.allowPublic('probe'), ok)
      .get('/any', gate.authenticate, ok)
      .get('/optional', gate.optional, ok)
      .get('/open', ok);
    const paths = Object.fromEntries(
      ['/public', '/any', '/optional', '/open', '/none'].map((path) => [path, { get: operation }]),
    );
    const written = openApiSecurity(app, documentOf(paths), { schemeName: 'token' });

    expect(written.paths).toEqual({
      '/public': { get: { ...operation, security: [] } },
      '/any': { get: { ...operation, security: [{ token: [] }] } },
      '/optional': { get: { ...operation, security: [{}, { token: [] }] } },
      '/open': { get: operation },
      '/none': { get: operation },
    });
    expect(written).toMatchObject({ components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } } });
    expect(paths['/any']).toEqual({ get: operation });
  });

  test('has the scopes in each flow of OAuth 2.0, and keeps their descriptions', () => {
    const flows = { clientCredentials: { tokenUrl: 'https://issuer.example/token', scopes: { x: 'Reads.' } } };
    const document = documentOf(
      {},
      { openapi: '3.0.3', components: { schemas: {}, securitySchemes: { oauth2: { type: 'oauth2', flows } } } },
    );
    const app = express().get('/a', gate.require('x', 'y'), ok);

    expect(openApiSecurity(app, document)).toMatchObject({
      components: {
        schemas: {},
        securitySchemes: { oauth2: { flows: { clientCredentials: { scopes: { x: 'Reads.', y: '' } } } } },
      },
    });
  });

  test('of 120 operations does not differ once their security is written, and differs before', () => {
    const app = createSampleApp(gate);
    const document = documentOf(Object.fromEntries(NAMES.flatMap(pathsOf)));

    expect(() => diffOpenApi(app, document)).toThrow(/GET \/users needs nothing in the document, and oauth2 urn/);
    expect(() => diffOpenApi(app, openApiSecurity(app, document))).not.toThrow();
  });

  function pathsOf(name: string): [string, object][] {
    return [
      [`/${name}`, { get: operation, post: operation }],
      [`/${name}/{userId}`, { get: operation, put: operation, patch: operation, delete: operation }],
      [`/${name}/{id}/history`, { get: operation, post: operation }],
      [`/${name}/{id}/notes/{note}`, { get: operation, delete: operation }],
    ];
  }
});

describe('the comparison', () => {
  const differences = (app: object, document: object, options?: object) => {
    try {
      diffOpenApi(app, document, options);
      return [];
    } catch (error) {
      expect((error as Error).name).toBe('AssertionError');
      return (error as { actual: string[] }).actual;
    }
  };

  test('names what only one of the two has, and what has no gate', () => {
    const app = express().get('/a', gate.require('x'), ok).get('/open', ok);
    const document = documentOf({ '/b': { get: operation }, '/open': { get: operation } });

    expect(differences(app, document)).toEqual([
      'GET /b is in the document, and no route of the application',
      'GET /open has no gate in the application',
      'GET /a is not in the document',
    ]);
  });

  test('ignores the order of scopes and alternatives, and reads the security of the whole document', () => {
    const app = express().get('/a', gate.require(anyOf('z', allOf('x', 'y'))), ok);
    const security = [{ oauth2: ['y', 'x'] }, { oauth2: ['z'] }];

    expect(differences(app, documentOf({ '/a': { get: operation } }, { security }))).toEqual([]);
    expect(differences(app, documentOf({ '/a': { get: { ...operation, security: [] } } }, { security }))).toEqual([
      'GET /a needs nothing in the document, and oauth2 x y, or oauth2 z in the application',
    ]);
  });

  test('takes the first of two routes for one path, as Express does', () => {
    const app = express().get('/a', gate.require('x'), ok).get('/a', gate.require('y'), ok);

    expect(differences(app, openApiSecurity(app, documentOf({ '/a': { get: operation } })))).toEqual([]);
  });

  test('knows a path before those of the document', () => {
    const app = express()
      .use('/api/v1', Router().get('/a/:id', gate.require('x'), ok))
      .get('/other', ok);
    const document = documentOf({ '/a/{id}': { get: { security: [{ oauth2: ['x'] }] } } });

    expect(differences(app, document, { basePath: '/api/v1' })).toEqual([]);
  });

  test.each<[string, unknown, object, RegExp]>([
    ['no document', undefined, {}, /"document" must be an OpenAPI document/],
    ['a document of Swagger 2', { swagger: '2.0' }, {}, /"document" must be an OpenAPI document/],
    ['a bearer scheme in OpenAPI 3.0', { openapi: '3.0.0', paths: {} }, {}, /"scheme" must be of the type oauth2/],
    ['a base path with a slash at the end', documentOf({}), { basePath: '/api/' }, /"basePath" must be a path/],
    ['a misspelt option', documentOf({}), { schemename: 'a' }, /Did you mean "schemeName"\?/],
  ])('refuses %s', (_, document, options, sentence) => {
    expect(() => diffOpenApi(express(), document as object, options)).toThrow(sentence);
    expect(() => openApiSecurity(express(), document as object, options)).toThrow(sentence);
  });

  test('refuses a requirement with more alternatives than anybody can read', () => {
    const pair = (n: number) => anyOf(`a${n}`, `b${n}`);
    const app = express().get('/a', gate.require(allOf(...[...Array(7).keys()].map(pair))), ok);

    expect(() => diffOpenApi(app, documentOf({ '/a': { get: operation } }))).toThrow(RangeError);
  });
});

describe('the other way round', () => {
  const scope = (rest: string) => `${CONSUMER}:shop:${rest}`;

  test('scopes that no route needs are those that neither a route names nor opens it', () => {
    const app = express()
      .get('/a', gate.require(scope('orders::read')), ok)
      .get('/b', gate.require(anyOf('x', 'y')), ok);
    const scopes = [
      scope('orders::read'),
      scope('orders::all'),
      scope('orders::write'),
      scope('order::read'),
      'x',
      'z',
    ];

    expect(findUnusedScopes(app, scopes)).toEqual([scope('orders::write'), scope('order::read'), 'z']);
  });

  test('grants that open nothing are those whose scopes together satisfy no route', () => {
    const app = express()
      .get('/a', gate.require('x', 'y'), ok)
      .get('/b', gate.require(scope('orders::read')), ok);
    const grants = [
      { application: 'one half', scopes: ['x'] },
      { application: 'both', scopes: ['y', 'x'] },
      { application: 'above', scopes: [scope('orders::all')] },
      { application: 'beside', scopes: [scope('carts::all')] },
      { application: 'none', scopes: [] },
    ];

    expect(findUselessGrants(app, grants).map(({ application }) => application)).toEqual([
      'one half',
      'beside',
      'none',
    ]);
  });

  test('the scope model of the gate decides', () => {
    const exact = createTestGate({ scopeModel: (required) => [required] });
    const app = express().get('/a', exact.require(scope('orders::read')), ok);

    expect(findUnusedScopes(app, [scope('orders::all')])).toEqual([scope('orders::all')]);
    expect(findUselessGrants(app, [{ scopes: [scope('orders::all')] }])).toHaveLength(1);
  });

  test('lists that are none are refused', () => {
    expect(() => findUnusedScopes(express(), 'x' as never)).toThrow(/"scopes" must be a list/);
    expect(() => findUselessGrants(express(), [{}] as never)).toThrow(/"grants" must be a list/);
  });
});
