import { connect } from 'node:net';
import { createGate, jwtVerifier, liveGrants, MY_SCOPES } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { appOf } from '../express/admin/admin-api.js';
import { contentsOf } from '../express/admin/bad-input.js';
import { BODIES, createWorld, pathIn, type World } from '../express/admin/world.js';
import { bearer, domainOptions, issuer } from '../http/domain.js';
import { type Listening, listening } from '../http/raw-http.js';
import { context, createSetting, newApplication } from '../support/stores.js';
import { type Route, WITH_BODY } from './owasp-routes.js';

/**
 * OWASP API2:2023, broken authentication: who holds back the end of a body is let in by the head of the request, and
 * must not be an administrator for as long as he likes.
 */

let store: GrantStore;
let server: Listening;
let grants: ReturnType<typeof liveGrants>;
let late = 0;
/** Milliseconds by which the verifier's clock is ahead. */
let ahead = 0;
/** Called when the router begins to read a body. */
let reading = () => undefined as unknown;
beforeAll(async () => {
  const { now } = performance;
  jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + late);
  store = await openSqliteStore({ file: ':memory:' });
  grants = liveGrants({ store, maxStalenessMs: 60_000 }); // longer than any body takes here
  const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() };
  const gate = createGate({ verifier: jwtVerifier({ ...domainOptions, clock }), grants });
  server = await listening(appOf({ store, gate }));
  server.server.prependListener('request', (req) => {
    req.on('newListener', (name: string) => name === 'data' && reading());
  });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await server.close();
  grants.close();
  await store.close();
});

/** An administrator whose rights are a grant of the same store. */
async function administrator() {
  const { applicationAt, resource, scopes } = await createSetting(
    store,
    [MY_SCOPES],
    `platform ${crypto.randomUUID()}`,
  );
  const granted = { resource: { id: resource.id }, scopes: scopes.map(({ id }) => ({ id })) };
  const { value: grant } = await store.grants.create(applicationAt, granted, context);
  const clientId = applicationAt.applicationId;
  const exp = Math.floor(Date.now() / 1000) + 60;
  const token = issuer.token({ scope: MY_SCOPES, env: '*', client_id: clientId, exp });
  return {
    token,
    clientId,
    withdraw: () => store.grants.delete({ ...applicationAt, grantId: grant.id }, context),
    disable: () => store.applications.replace(applicationAt, newApplication('console', { enabled: false }), context),
    remove: () => store.applications.delete(applicationAt, context),
  };
}

/** Sends all but the last byte, has `meanwhile` happen when that is waited for, and sends it. */
async function holdBack(route: Route, world: World, token: string, meanwhile: () => Promise<unknown>) {
  const body = JSON.stringify(BODIES[route.id]?.(world));
  const head = [
    `${route.method} /v1${pathIn(world, route.path)} HTTP/1.1`,
    'Host: a',
    'Connection: close',
    `Authorization: ${bearer(token)}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  const begun = new Promise<void>((resolve) => {
    reading = resolve;
  });
  const socket = connect(server.port, '127.0.0.1').setEncoding('utf8');
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, -1)}`);
  await begun;
  await meanwhile();
  late += 1500;
  socket.write(body.slice(-1));
  let text = '';
  for await (const chunk of socket) text += chunk;
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
}

const WAYS = ['withdraw', 'disable', 'remove'] as const;

test.each(
  WITH_BODY.map(([title, route], i) => [title, WAYS[i % WAYS.length] as (typeof WAYS)[number], route] as const),
)('API2: %s, the end of its body held back until after %s: it is not carried out', async (_, way, route) => {
  const world = await createWorld(store);
  const { token, [way]: change } = await administrator();
  let before = '';
  const answer = await holdBack(route, world, token, async () => {
    await change();
    before = JSON.stringify(await contentsOf(store));
  });
  expect([answer.status, answer.text]).toEqual([401, expect.stringContaining('"code":"ACCESS_FAILED"')]);
  expect(JSON.stringify(await contentsOf(store))).toBe(before);
});

test('API2: nor is it where the token has expired meanwhile', async () => {
  const [, route] = WITH_BODY[0] as (typeof WITH_BODY)[number];
  const world = await createWorld(store);
  const { token } = await administrator();
  let before = '';
  const answer = await holdBack(route, world, token, async () => {
    before = JSON.stringify(await contentsOf(store));
    ahead = 200_000;
  });
  ahead = 0;
  expect([answer.status, answer.text]).toEqual([401, expect.stringContaining('"code":"ACCESS_FAILED"')]);
  expect(JSON.stringify(await contentsOf(store))).toBe(before);
});

test.each(WITH_BODY)('API2: %s is carried out where nothing has changed meanwhile', async (_, route) => {
  const world = await createWorld(store);
  const { token } = await administrator();
  const { status } = await holdBack(route, world, token, () => Promise.resolve());
  expect(status).toBeLessThan(300);
});
