import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { type AdminApi, adminApi, appOf } from '../express/admin/fixtures/admin-api.js';
import { BODIES, createWorld, pathIn, type World } from '../express/admin/fixtures/world.js';
import { readSources } from '../support/sources.js';
import { EACH, WITH_BODY } from './fixtures/owasp-routes.js';

/**
 * OWASP API7:2023, server side request forgery, and API10:2023, unsafe consumption of APIs: what the admin API is told of
 * addresses it keeps, and asks nothing of them. The one address that this package does ask is the key endpoint, which the
 * host application names; that its redirects are not followed is in token/keys/answers.test.ts.
 */

let store: GrantStore;
let api: AdminApi;
let canary: Server;
let address: string;
let connections = 0;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
  canary = createServer((_req, res) => res.setHeader('Connection', 'close').end('{}')).listen(0, '127.0.0.1');
  canary.on('connection', () => connections++);
  await once(canary, 'listening');
  address = `127.0.0.1:${(canary.address() as AddressInfo).port}`;
});
afterAll(async () => {
  canary.close();
  await store.close();
});
afterEach(async () => {
  // A connection of our own comes behind any that was begun before it.
  await fetch(`http://${address}/end`);
  expect(connections).toBe(1);
  canary.closeAllConnections();
  connections = 0;
});

/** Every text of a body an address, and those that such APIs have for addresses. */
function withAddresses(good: object): object {
  const url = `http://${address}/x`;
  return {
    ...good,
    description: url,
    audience: url,
    secondaryAudiences: [url],
    redirectUris: [`https://${address}/x`, `com.example.app:/${address}`],
    postLogoutRedirectUris: [`https://${address}/x`],
    jwksUrl: url,
    jwks_uri: url,
    logo_uri: url,
    icon: { href: url },
    _links: { self: { href: url } },
    $ref: url,
    $schema: url,
    webhook: url,
  };
}

const heads = (): Record<string, string>[] => [
  { Host: address, 'X-Forwarded-Host': address, Forwarded: `host=${address}` },
  { Origin: `http://${address}`, Referer: `http://${address}/` },
  { 'X-Ping-External-Transaction-ID': `http://${address}/`, 'Idempotency-Key': `http://${address}/` },
  { Link: `<http://${address}/>; rel=preload`, Location: `http://${address}/`, 'X-Callback-Url': `http://${address}/` },
];

test.each(WITH_BODY)('API7: the admin API fetches no URL in the body of %s', async (_, route) => {
  const world = await createWorld(store);
  const sent = { body: withAddresses(BODIES[route.id]?.(world) ?? {}) };
  const answer = await api.send(route.method, pathIn(world, route.path), sent);
  expect(answer.status).toBeLessThan(300);
  await readAll(world);
});

test.each(EACH)('API7: the admin API fetches no URL in the headers of %s', async (_, route) => {
  for (const headers of heads()) {
    const world = await createWorld(store);
    const sent = { body: BODIES[route.id]?.(world), headers };
    const { status } = await api.send(route.method, pathIn(world, route.path), sent);
    expect(status).toBeLessThan(300);
  }
});

async function readAll(world: World): Promise<void> {
  for (const [, route] of EACH.filter(([, { method }]) => method === 'GET')) {
    expect([200, 404]).toContain((await api.get(pathIn(world, route.path))).status); // grants may be others by then
  }
}

test('API7, API10: the admin API and its stores contain no HTTP client', () => {
  const sources = ['lib/grants', 'lib/stores', 'lib/express'].flatMap((folder) => readSources(folder));
  expect(sources.length).toBeGreaterThan(50);
  const asking = /\bfetch\(|globalThis\.fetch|from '(?:node:(?:https?|net|tls|http2|dns|dgram)|undici|axios)/;
  const values = ({ source }: { source: string }) => source.replace(/^import type .*$/gm, '');
  const found = sources.filter((each) => asking.test(values(each))).map(({ path }) => path);
  expect(found).toEqual([]);
});
