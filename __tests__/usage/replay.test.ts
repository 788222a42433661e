import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fc from 'fast-check';
import { ACCOUNT_AUDIENCE, allOf, anyOf, createGate, liveGrants, scopeSet, usageRecorder } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { adminApi, appOf } from '../express/admin/fixtures/admin-api.js';
import { runs } from '../support/property-runs.js';
import { context, createSetting } from '../support/stores.js';

const PAAS = 'urn:opc:resource:consumer:paas';
const SCOPES = [`${PAAS}::all`, `${PAAS}::read`, `${PAAS}:stack::read`, 'orders:read', 'orders:write'];
const AUDIENCES = ['reports', 'bills', ACCOUNT_AUDIENCE];
const ROUTES = ['/v1/reports/7', '/v1/stacks', '/v1/orders/8', '/v1/either', '/v1/both', '/v1/me'];

interface Call {
  readonly path: string;
  readonly scopes: readonly string[];
  readonly aud: string;
}

const someScopes = fc.subarray(SCOPES, { minLength: 2 });
const calls: fc.Arbitrary<readonly Call[]> = fc.array(
  fc.record({
    path: fc.constantFrom(...ROUTES),
    scopes: someScopes,
    aud: fc.constantFrom(...AUDIENCES),
  }),
  { minLength: 10, maxLength: 25 },
);
const granted = { reports: someScopes, bills: someScopes };
const lessGranted = { reports: fc.subarray(SCOPES), bills: fc.subarray(SCOPES) };

/** Tried first: of two calls that are permitted, one is refused after the change, whatever the seed. */
const reading = { path: '/v1/orders/8', scopes: ['orders:read'], aud: 'reports' };
const oneRefused: [
  readonly Call[],
  { reports: string[]; bills: string[] },
  { reports: string[]; bills: string[] },
  'Explicit',
] = [
  [reading, { ...reading, path: '/v1/either', scopes: ['orders:write'] }],
  { reports: ['orders:read', 'orders:write'], bills: [] },
  { reports: ['orders:write'], bills: [] },
  'Explicit',
];

let store: GrantStore;
let server: Server;
/** The recorder of the run; each has one of its own. */
let record: ReturnType<typeof usageRecorder>['record'] = () => undefined;

beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  const gate = createGate({
    // The signature is not what this test is about: the token is its claims.
    verifier: {
      verify: ({ token }) => {
        const payload = JSON.parse(Buffer.from(token, 'base64url').toString());
        return { payload, header: {}, token, scopes: scopeSet(payload.scope) };
      },
    },
    grants: liveGrants({ source: store }),
    onDecision: (...decision) => record(...decision),
  });
  const router = express.Router();
  router.get('/reports/:id', gate.require(`${PAAS}::read`), (_req, res) => res.end());
  router.get('/stacks', gate.require(`${PAAS}:stack::read`), (_req, res) => res.end());
  router.get('/orders/:id', gate.require('orders:read'), (_req, res) => res.end());
  router.get('/either', gate.require(anyOf('orders:write', `${PAAS}:stack::read`)), (_req, res) => res.end());
  router.get('/both', gate.require(allOf('orders:write', anyOf('orders:read', `${PAAS}::read`))), (_req, res) =>
    res.end(),
  );
  router.get('/me', gate.authenticate, (_req, res) => res.end());
  server = createServer(express().use('/v1', router)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close().closeAllConnections();
  await store.close();
});

async function send({ path, scopes, aud }: Call, client: string): Promise<number> {
  const claims = { client_id: client, scope: scopes.join(' '), aud };
  const token = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status;
}

interface Impact {
  readonly calls: number;
  readonly refused: number;
  readonly routes: readonly { route: string; audience: readonly string[]; calls: number }[];
}

test('the requests of a day, sent again after a change of grants, are refused exactly where its dry run says', async () => {
  let refusals = 0;
  let permits = 0;
  const property = fc.asyncProperty(
    calls,
    fc.record(granted),
    fc.record(lessGranted),
    fc.constantFrom('Explicit', 'Account'),
    async (sent, before, after, trustScope) => {
      const setting = await createSetting(store, SCOPES, `day ${Math.random()}`, { trustScope });
      const { at, application } = setting;
      const { value: bills } = await store.resources.create(at, { name: 'bills' }, context);
      for (const name of SCOPES) await store.scopes.create({ ...at, resourceId: bills.id }, { name }, context);
      const toGrants = (wanted: { reports: readonly string[]; bills: readonly string[] }) =>
        Object.entries(wanted).flatMap(([name, scopes]) => (scopes.length > 0 ? [{ resource: { name }, scopes }] : []));
      const api = adminApi(appOf({ store }));
      const path = `/environments/${at.environmentId}/applications/${application.id}/grants`;
      await api.put(path, { grants: toGrants(before) });

      const usage = usageRecorder({ store, intervalMs: 60_000 });
      record = (decision, req) => {
        usage.record(decision, req);
      };
      const permitted: Call[] = [];
      for (const call of sent) if ((await send(call, application.id)) === 200) permitted.push(call);
      await usage.close();
      record = () => undefined;

      const { impact }: { impact: Impact } = (await api.put(`${path}?dryRun=true`, { grants: toGrants(after) })).body;
      expect((await api.put(path, { grants: toGrants(after) })).status).toBe(200);

      const refused = new Map<string, number>();
      for (const call of permitted) {
        const status = await send(call, application.id);
        if (status === 200) permits++;
        if (status === 200) continue;
        refusals++;
        const key = `${call.path.replace(/\d+$/, ':id')} ${call.aud}`;
        refused.set(key, 1 + (refused.get(key) ?? 0));
      }
      expect(impact.calls).toBe(permitted.length);
      const said = new Map<string, number>();
      for (const { route, audience, calls: count } of impact.routes) {
        const key = `${route.replace('GET ', '')} ${audience[0]}`;
        said.set(key, count + (said.get(key) ?? 0));
      }
      expect(Object.fromEntries(said)).toEqual(Object.fromEntries(refused));
    },
  );
  await fc.assert(property, { numRuns: runs(15), examples: [oneRefused] });
  expect(refusals).toBeGreaterThan(0);
  expect(permits).toBeGreaterThan(0);
});
