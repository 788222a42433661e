import { createHash } from 'node:crypto';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { type AdminApi, adminApi, appOf } from '../express/admin/fixtures/admin-api.js';
import { contentsOf } from '../express/admin/fixtures/bad-input.js';
import { BODIES, createWorld, pathIn, type World } from '../express/admin/fixtures/world.js';
import { EACH, isReading, ROUTES, type Route, WITH_BODY } from './fixtures/owasp-routes.js';

/** OWASP API3:2023, broken object property level authorization. */

let store: GrantStore;
let api: AdminApi;
let foreign: World;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
  foreign = await createWorld(store);
});
afterAll(() => store.close());

/** Whatever is found of this in the store, or in an answer, was taken from a body that may not set it. */
const MARK = 'forged-3f9c';
const LONG_AGO = '1999-01-01T00:00:00.000Z';
const VERSION = 424_242;
const forged = new RegExp(`${MARK}|1999-01-01|${VERSION}`);

/** Members that a body may not set, whatever object it is for, each with what a client might send. */
const READ_ONLY = (): Readonly<Record<string, unknown>> => ({
  _links: { self: { href: `https://${MARK}.example` } },
  _embedded: { scopes: [{ name: MARK }], grants: [{ id: MARK }] },
  environment: { id: foreign.params.environmentId },
  environmentId: foreign.params.environmentId,
  environment_id: foreign.params.environmentId,
  applicationId: foreign.reader.id,
  application_id: foreign.reader.id,
  resourceId: foreign.reports.id,
  resource_id: foreign.reports.id,
  createdAt: LONG_AGO,
  created_at: LONG_AGO,
  updatedAt: LONG_AGO,
  notBefore: LONG_AGO,
  expiresAt: LONG_AGO,
  expires_at: LONG_AGO,
  not_before: LONG_AGO,
  lastUsedAt: LONG_AGO,
  last_used_at: LONG_AGO,
  version: VERSION,
  count: VERSION,
  size: VERSION,
  secret: MARK,
  secretHash: MARK,
  secret_hash: MARK,
  hash: MARK,
  encrypted: MARK,
  clientSecret: MARK,
  client_secret: MARK,
  actor: { client: MARK },
  actors: { client: { id: MARK } },
  correlationId: MARK,
  heldBy: [MARK],
  holders: VERSION,
  tags: [MARK],
  permissions: [MARK],
  isAdmin: true,
  impact: { calls: 0, refused: 0, routes: [] },
  [MARK]: MARK,
});

/** By the words of JSON: an object literal would set the prototype. */
const POLLUTING = `"__proto__":{"name":"${MARK}","version":${VERSION}},"constructor":{"prototype":{"name":"${MARK}"}},"prototype":{"name":"${MARK}"},"toString":"${MARK}","hasOwnProperty":"${MARK}"`;

function withForged(route: Route, good: object): string {
  const own = new Set(route.bodyMembers);
  const strange = Object.entries(READ_ONLY()).filter(([name]) => !own.has(name));
  const body = JSON.stringify({ ...Object.fromEntries(strange), ...good });
  return body.replace(/^\{/, `{${POLLUTING},`);
}

const json = { 'Content-Type': 'application/json' };

describe.each(WITH_BODY.filter(([, route]) => !isReading(route)))('API3: mass assignment by %s', (_, route) => {
  test('every response member that a body may not set is covered by this test', () => {
    const settable = new Set(route.bodyMembers);
    const known = new Set([...Object.keys(READ_ONLY()), 'id', 'dryRun', 'changes', 'previous', 'subject']);
    const shown = route.answerMembers.filter((name) => !settable.has(name) && !known.has(name));
    // The grants of a resource are those of its path, and so are the scopes of a list.
    expect(shown.filter((name) => !['resource', 'application', 'scopes', 'type', 'audience'].includes(name))).toEqual(
      [],
    );
  });

  test('ignores every member that a body may not set', async () => {
    const world = await createWorld(store);
    const before = await contentsOf(store);
    const good = BODIES[route.id]?.(world) ?? {};
    const target = pathIn(world, route.path);
    const tried = await api.send(route.method, `${target}?dryRun=true`, {
      body: withForged(route, good),
      headers: json,
    });
    expect([tried.status, tried.text]).toEqual([200, expect.not.stringMatching(forged)]);
    expect(await contentsOf(store)).toEqual(before);

    const done = await api.send(route.method, target, { body: withForged(route, good), headers: json });
    expect([done.status < 300, done.text]).toEqual([true, expect.not.stringMatching(forged)]);
    const after = JSON.stringify(await contentsOf(store));
    expect(after).not.toMatch(forged);
    for (const name of Object.keys(good)) expect(route.bodyMembers).toContain(name);
    expect(Object.keys({})).toEqual([]);
    expect(({} as { name?: string }).name).toBeUndefined();
    await expectNothingForeign(world, done.body);
  });

  /** What the body said of another environment led nowhere. */
  async function expectNothingForeign(world: World, shown: object): Promise<void> {
    const text = JSON.stringify([shown, (await api.get(`${world.E}/activities`)).body]);
    for (const id of [foreign.params.environmentId, foreign.reader.id, foreign.reports.id]) {
      expect(text).not.toContain(id);
    }
  }
});

test.each(WITH_BODY.filter(([, { method }]) => method === 'PUT' || method === 'PATCH'))(
  'API3: %s does not change an id',
  async (_, route) => {
    const world = await createWorld(store);
    const target = pathIn(world, route.path);
    const sent = { body: { ...BODIES[route.id]?.(world), id: foreign.reader.id } };
    const answer = await api.send(route.method, target, sent);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain(foreign.reader.id);
    expect((await api.get(target)).text).not.toContain(foreign.reader.id);
  },
);

describe('API3: excessive data exposure', () => {
  const READS = EACH.filter(([, { method }]) => method === 'GET');

  test('a secret appears only in the response that creates it, and its digest in none', async () => {
    const world = await createWorld(store);
    const path = pathIn(world, '/environments/{environmentId}/applications/{applicationId}/secret');
    const tried = await api.post(`${path}?dryRun=true`, {});
    const secrets: string[] = [];
    for (let i = 0; i < 2; i++) {
      const { body } = await api.post(path, {});
      expect(await store.applications.hasSecret(world.params, body.secret)).toBe(true);
      secrets.push(body.secret);
    }
    const { body: named } = await api.post(`${path}s`, { name: 'blue' });
    expect(await store.applications.hasSecret(world.params, named.secret)).toBe(true);
    secrets.push(named.secret);
    const own = { secretId: named.id };
    const answers = [tried];
    for (const [, route] of READS) {
      const queries = ['', ...(route.queryNames.includes('expand') ? ['?expand=scopes'] : [])];
      for (const query of queries) answers.push(await api.get(`${pathIn(world, route.path, own)}${query}`));
    }
    answers.push(await api.get(`${world.E}/scopes?nonsense=1`));
    answers.push(await api.delete(pathIn(world, '/environments/{environmentId}/applications/{applicationId}')));
    answers.push(await api.get(`${world.E}/activities`));
    for (const secret of secrets) {
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        const hash = createHash('sha256').update(secret).digest(encoding);
        for (const { text } of answers) expect(text).not.toContain(hash);
      }
      for (const { text } of answers) expect(text ?? '').not.toContain(secret);
    }
  });

  test.each(READS)('%s returns no member named like a secret or a digest', async (_, route) => {
    const world = await createWorld(store);
    const { body } = await api.get(pathIn(world, route.path));
    const names = new Set<string>();
    JSON.stringify(body, (name, value) => {
      names.add(name);
      return value;
    });
    // `_links.secret` is the address of the state of a secret, and `_embedded.secrets` a list of what is known of them.
    const links = ['secret', 'secrets'];
    const suspicious = [...names].filter((name) =>
      /hash|digest|salt|password|secret|private|cursorKey|mac$/i.test(name),
    );
    expect(suspicious.filter((name) => !links.includes(name))).toEqual([]);
  });

  test('only routes that create a secret, or read a single one, describe it in their response', () => {
    const showing = ROUTES.filter(({ answerMembers }) => answerMembers.includes('secret')).map(({ id }) => id);
    expect(showing).toEqual(['readApplicationSecret', 'rotateApplicationSecret', 'createSecret', 'readSecret']);
  });
});
