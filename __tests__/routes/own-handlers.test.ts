import express from 'express';
import { allOf, MY_SCOPES, protectedResourceMetadata } from 'scopegate';
import { ALL_ENVIRONMENTS, decisionStream, type GrantStore, grantsRouter } from 'scopegate/admin';
import { scopeChallenge } from 'scopegate/mcp';
import { assertCovered, routeReport } from 'scopegate/routes';
import { OPERATIONS } from '../../lib/admin/operations.js';
import { createTestGate, ok } from './fixtures/sample-app.js';

const gate = createTestGate();
const store = { grants: { setAll: ok } } as unknown as GrantStore;

test('each operation of the admin API is in the report with its scopes, and all of it is covered', () => {
  const observed = { decisions: decisionStream(), routes: [], health: gate.health };
  const router = grantsRouter({ store, gate, environmentOf: () => ALL_ENVIRONMENTS, docs: true, ...observed });
  const app = express().use('/v1', router);
  const rows = routeReport(app);

  for (const { method, path, permissions } of OPERATIONS) {
    const names = permissions.map(() => MY_SCOPES);
    const row = rows.find((each) => each.method === method && each.path === `/v1${path.replace(/\{(\w+)\}/g, ':$1')}`);
    expect(row).toMatchObject({ access: 'scoped', required: allOf(...names), gate: 'api' });
  }
  expect(rows.filter(({ path }) => path === '/v1/openapi.json')[0]).toMatchObject({ access: 'public' });
  expect(() => assertCovered(app)).not.toThrow();
});

test('the metadata of a resource says why it is public', () => {
  const metadata = protectedResourceMetadata({
    resource: 'https://api.example/',
    authorizationServers: ['https://issuer.example/'],
  });
  const app = express().use(metadata);

  expect(routeReport(app)).toMatchObject([{ access: 'public', reason: 'metadata of the resource (RFC 9728)' }]);
  expect(() => assertCovered(app)).not.toThrow();
});

test('an endpoint for MCP requires what each of its requests does', () => {
  const challenge = scopeChallenge(gate, { required: 'notes:read', tools: { add: 'notes:write' } });
  const app = express().post('/mcp', express.json(), challenge, ok);

  expect(routeReport(app)).toMatchObject([{ access: 'scoped', required: 'notes:read', before: ['jsonParser'] }]);
});

test('the middleware of another copy of the package is recognized', () => {
  let other!: typeof import('scopegate/routes');
  jest.isolateModules(() => {
    other = require('scopegate/routes');
  });
  const app = express().get('/a', gate.require('x'), ok).get('/b', gate.allowPublic('probe'), ok);

  expect(other.routeReport).not.toBe(routeReport);
  expect(other.routeReport(app)).toEqual(routeReport(app));
  expect(other.routeReport(app).map(({ access }) => access)).toEqual(['scoped', 'public']);
});
