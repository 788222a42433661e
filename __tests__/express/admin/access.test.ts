import { CONSUMER_ALL, type DecisionRecord, MY_SCOPES, VerifierUnavailableError } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { PERMISSIONS } from '../../../lib/admin/permissions.js';
import { bearer, issuer } from '../../http/fixtures/domain.js';
import { type AdminApi, adminApi, appOf, gateOf, verifier } from './fixtures/admin-api.js';
import { BODIES, createWorld, pathIn, type World } from './fixtures/world.js';

let store: GrantStore;
let api: AdminApi;
let world: World;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
  world = await createWorld(store);
});
afterAll(() => store.close());

const each = OPERATIONS.map((operation) => [operation.id, operation] as const);
/** That every operation asks for a token is seen by the walk in openapi.test.ts. */
const ONE_OF_EACH_METHOD = OPERATIONS.filter(({ method }, i) => {
  return i === OPERATIONS.findIndex((operation) => operation.method === method);
});
const insufficient = [{ code: 'INSUFFICIENT_PERMISSIONS' }];

describe('credentials', () => {
  test.each<[string, () => string | null, number, string]>([
    ['none', () => null, 401, 'Bearer realm="api"'],
    ['another scheme', () => 'Basic YTpi', 401, 'Bearer realm="api"'],
    ['an expired token', () => bearer(issuer.expiredToken({ scope: MY_SCOPES, env: '*' })), 401, 'invalid_token'],
    ['a token of nobody', () => bearer('a.b.c'), 401, 'invalid_token'],
    ['a changed token', () => `${bearer(issuer.token({ scope: MY_SCOPES }))}x`, 401, 'invalid_token'],
    ['a token for another audience', () => bearer(issuer.token({ scope: MY_SCOPES, aud: 'x' })), 401, 'invalid_token'],
    ['two tokens', () => 'Bearer a b', 400, 'invalid_request'],
  ])('responds with the challenge and the body of the API to %s', async (_, authorization, status, challenge) => {
    const credentials = authorization();
    for (const { method, path, id } of ONE_OF_EACH_METHOD) {
      const sent = { authorization: credentials, body: BODIES[id]?.(world) };
      const answer = await api.send(method, pathIn(world, path), sent);
      expect([id, answer.status]).toEqual([id, status]);
      expect(answer.headers['www-authenticate']).toContain(challenge);
      const expected = status === 401 ? ['ACCESS_FAILED', 'INVALID_TOKEN'] : ['INVALID_REQUEST', 'INVALID_VALUE'];
      expect([answer.body.code, answer.body.details[0].code]).toEqual(expected);
    }
  });

  test('responds with 503 and Retry-After, without the cause, when the verifier is unavailable', async () => {
    const gate = gateOf({
      verifier: {
        verify: () => {
          throw new VerifierUnavailableError('keys.internal.example is down', { retryAfter: 7 });
        },
      },
    });
    const answer = await adminApi(appOf({ store, gate })).send('GET', '/environments', { mayFail: true });
    expect([answer.status, answer.headers['retry-after'], answer.body.code]).toEqual([503, '7', 'UNEXPECTED_ERROR']);
    expect(answer.text).not.toContain('internal');
  });
});

describe('scopes', () => {
  test.each(each)('%s requires the administrator scope', async (id, { method, path }) => {
    const body = BODIES[id]?.(world);
    for (const scope of [undefined, `openid ${MY_SCOPES}x urn:opc:resource:consumer:paas::all`]) {
      const answer = await api.as({ scope }).send(method, pathIn(world, path), { body });
      expect([scope, answer.status]).toEqual([scope, 403]);
      expect(answer.body).toMatchObject({ code: 'ACCESS_FAILED', details: insufficient });
      expect(answer.headers['www-authenticate']).toContain(`error="insufficient_scope"`);
      expect(answer.headers['www-authenticate']).toContain(`scope="${MY_SCOPES}"`);
    }
  });

  describe('consumer::all', () => {
    const mappedTo = (scopeOf: (name: string) => string) => {
      return Object.fromEntries(PERMISSIONS.map((name) => [name, scopeOf(name)]));
    };
    const callers: [string, object, string][] = [
      ['alone', {}, CONSUMER_ALL],
      ['beside the scope of administrators', {}, `${MY_SCOPES} ${CONSUMER_ALL}`],
      ['before it', {}, `${CONSUMER_ALL} ${MY_SCOPES}`],
      ['beside all mapped scopes', mappedTo((name) => name), `${PERMISSIONS.join(' ')} ${CONSUMER_ALL}`],
      ['where permissions are mapped to it', mappedTo(() => CONSUMER_ALL), CONSUMER_ALL],
      ['where it covers them', mappedTo(() => 'urn:opc:resource:consumer:paas::read'), CONSUMER_ALL],
    ];

    test.each(callers)('refuses every operation to a token with consumer::all: %s', async (_, permissions, scope) => {
      const caller = adminApi(appOf({ store, permissions }), { scope });
      for (const { id, method, path } of OPERATIONS) {
        const answer = await caller.send(method, pathIn(world, path), { body: BODIES[id]?.(world) });
        expect([id, answer.status, answer.body.details]).toMatchObject([id, 403, insufficient]);
      }
      expect((await api.get(world.E)).status).toBe(200);
    });
  });
});

describe('permissions', () => {
  const permissions = Object.fromEntries(PERMISSIONS.map((name) => [name, `scope:${name}`]));
  const scopesOf = (names: readonly string[]) => names.map((name) => `scope:${name}`).join(' ');

  let mapped: AdminApi;
  beforeAll(() => {
    mapped = adminApi(appOf({ store, permissions }));
  });

  test.each(each)(
    '%s requires exactly the permissions that it names',
    async (id, { method, path, permissions: named, status }) => {
      const fresh = await createWorld(store);
      const sent = { body: BODIES[id]?.(fresh) };
      for (const missing of named) {
        const scope = scopesOf(PERMISSIONS.filter((name) => name !== missing));
        const answer = await mapped.as({ scope }).send(method, pathIn(fresh, path), sent);
        expect([missing, answer.status]).toEqual([missing, 403]);
        expect(answer.headers['www-authenticate']).toContain(`scope:${missing}`);
      }
      const admin = await mapped.as({ scope: MY_SCOPES }).send(method, pathIn(fresh, path), sent);
      expect(admin.status).toBe(403);
      const enough = await mapped.as({ scope: scopesOf(named) }).send(method, pathIn(fresh, path), sent);
      expect(enough.status).toBe(status);
    },
  );

  test("every permission belongs to an operation, and PingOne's permissions to those of the fact sheet", () => {
    const used = new Set(OPERATIONS.flatMap((operation) => operation.permissions));
    expect([...used].sort()).toEqual([...PERMISSIONS].sort());
    const ofGrants = new Map(OPERATIONS.map((operation) => [operation.id, operation.permissions.join()]));
    expect([...ofGrants]).toEqual(
      expect.arrayContaining([
        ['readGrants', 'applications:read:grant'],
        ['readGrant', 'applications:read:grant'],
        ['createGrant', 'applications:create:grant'],
        ['createGrantOfResource', 'applications:create:grant'],
        ['replaceGrant', 'applications:update:grant'],
        ['deleteGrant', 'applications:delete:grant'],
        ['setGrants', 'applications:create:grant,applications:update:grant,applications:delete:grant'],
        ['addGrantScopes', 'applications:update:grant'],
        ['removeGrantScope', 'applications:update:grant'],
        ['readScopeHolders', 'resources:read:scope,applications:read:application,applications:read:grant'],
        ['rotateApplicationSecret', 'applications:update:secret'],
        ['readActivities', 'audit:read:activity'],
        ['readScopesOfEnvironment', 'resources:read:scope'],
        ['readEnvironment', 'orgmgt:read:environment'],
      ]),
    );
  });

  test('requires the administrator scope for unmapped permissions, and accepts covering scopes for mapped ones', async () => {
    const covered = { 'applications:read:grant': 'urn:opc:resource:consumer:paas:grants::read' } as const;
    const partly = appOf({ store, permissions: covered });
    const reading = adminApi(partly, {
      scope: 'urn:opc:resource:consumer:paas::read',
    });
    const reader = `${world.E}/applications/${world.reader.id}`;
    expect((await reading.get(`${reader}/grants`)).status).toBe(200);
    expect((await reading.get(reader)).status).toBe(403);
    const admin = adminApi(partly);
    expect([(await admin.get(reader)).status, (await admin.get(`${reader}/grants`)).status]).toEqual([200, 403]);
  });
});

test('notifies the observer of the gate of permits and refusals', async () => {
  const records: DecisionRecord[] = [];
  const observed = adminApi(appOf({ store, gate: gateOf({ verifier, onDecision: (record) => records.push(record) }) }));
  await observed.get('/environments');
  await observed.send('GET', '/environments', { authorization: null });
  await observed.as({ scope: 'openid' }).get(world.E);
  await observed.as({ scope: `${MY_SCOPES} ${CONSUMER_ALL}` }).get(world.E);
  expect(records).toMatchObject([
    { outcome: 'permit', reason: 'covered', client: 'admin-console' },
    { outcome: 'deny', reason: 'no_credentials', status: 401 },
    { outcome: 'deny', reason: 'insufficient_scope', status: 403, sufficient: [MY_SCOPES] },
    { outcome: 'deny', reason: 'insufficient_scope', status: 403, held: [MY_SCOPES, CONSUMER_ALL] },
  ]);
  expect(records[3]?.detail).toContain('never opens the admin API');
});
