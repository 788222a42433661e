import { once } from 'node:events';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { MY_SCOPES } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { grantSetCommand } from '../../lib/admin/commands/grant.js';
import { LIMITS } from '../../lib/grants/commands.js';
import { type AdminApi, adminApi, appOf } from '../express/admin/fixtures/admin-api.js';
import { contentsOf } from '../express/admin/fixtures/bad-input.js';
import { BODIES, createWorld, pathIn, type World } from '../express/admin/fixtures/world.js';
import { bearer, issuer } from '../http/fixtures/domain.js';
import { listening, sendRaw } from '../http/fixtures/raw-http.js';
import { EACH, LISTS, WITH_BODY } from './fixtures/owasp-routes.js';

/** OWASP API4:2023, unrestricted resource consumption: of every route that has a page, a query or a body. */

let store: GrantStore;
let api: AdminApi;
let world: World;
let before: string;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
  world = await createWorld(store);
  before = JSON.stringify(await contentsOf(store));
});
afterAll(() => store.close());
afterEach(async () => {
  expect(JSON.stringify(await contentsOf(store))).toBe(before);
});

const json = { 'Content-Type': 'application/json' };
const authorization = `Authorization: ${bearer(issuer.token({ scope: MY_SCOPES, env: '*', client_id: 'console' }))}`;

describe.each(LISTS)('API4: %s', (_, route) => {
  test('rejects invalid page limits and caps huge ones at 1000 items', async () => {
    const path = pathIn(world, route.path);
    const limits = ['0', '-1', '-0', '+1', '1e9', '1.5', '0x10', '', '%201', 'Infinity', '9'.repeat(16), '1,1', '１'];
    for (const limit of limits) {
      const { status, body } = await api.get(`${path}?limit=${encodeURI(limit)}`);
      expect([limit, status, body.details?.[0].target]).toEqual([limit, 400, 'limit']);
    }
    for (const limit of ['1000000000', '9'.repeat(15)]) {
      const { status, body } = await api.get(`${path}?limit=${limit}`);
      expect([status, body.size]).toEqual([200, expect.any(Number)]);
      expect(body.size).toBeLessThanOrEqual(1000);
    }
  });

  test('rejects an invalid cursor of any length', async () => {
    for (const cursor of ['A', 'A'.repeat(400), 'A'.repeat(401), 'A'.repeat(8000), '%00'.repeat(100)]) {
      const { status, body } = await api.get(`${pathIn(world, route.path)}?cursor=${cursor}`);
      expect([cursor.length, status, body.details?.[0].target]).toEqual([cursor.length, 400, 'cursor']);
    }
  });
});

const FILTERED = LISTS.filter(([, { queryNames }]) => queryNames.includes('filter'));
test.each(FILTERED)('API4: %s rejects a filter that is too long, too deep, or has too many parts', async (_, route) => {
  const id = world.params.environmentId;
  const filters = [
    `id eq "${'a'.repeat(4096)}"`,
    '('.repeat(4000),
    `${'('.repeat(17)}id eq "${id}"${')'.repeat(17)}`,
    Array(51).fill(`id eq "${id}"`).join(' or '),
    `${'"\\'.repeat(1000)}`,
    `id eq "${'\\'.repeat(2000)}`,
  ];
  for (const filter of filters) {
    const { status, body } = await api.get(`${pathIn(world, route.path)}?filter=${encodeURIComponent(filter)}`);
    expect([status, body.details?.[0].code]).toEqual([400, 'INVALID_FILTER']);
  }
});

test.each(FILTERED)('API4: %s takes what looks like SQL for a name', async (_, route) => {
  for (const value of [
    "' or '1'='1",
    "'; drop table grants; --",
    '%',
    '_%',
    '") or (name sw "',
    '$1',
    '\\0',
    'a" --',
  ]) {
    for (const filter of [`name eq ${JSON.stringify(value)}`, `name sw ${JSON.stringify(value)}`]) {
      const { status, body } = await api.get(`${pathIn(world, route.path)}?filter=${encodeURIComponent(filter)}`);
      const isNameless = status === 400 && body.details[0].code === 'INVALID_FILTER';
      expect(isNameless || body.size === 0).toBe(true);
      expect(isNameless).toBe(route.id === 'readGrants');
    }
  }
});

test.each(EACH)('API4: %s rejects 500 query parameters like a single unknown one', async (_, route) => {
  const sent = { body: BODIES[route.id]?.(world) };
  const answer = await api.send(route.method, `${pathIn(world, route.path)}?${'a&'.repeat(500)}`, sent);
  expect([answer.status, answer.body.details]).toEqual([400, [expect.objectContaining({ target: 'a' })]]);
});

/** Where a host takes longer heads than Node does by itself; if it cost more than its length, this would take minutes. */
test('API4: a list route reads 60,000 query parameters in linear time', async () => {
  const server = await listening(appOf({ store }), { maxHeaderSize: 256 * 1024 });
  const start = `GET /v1${world.E}/activities?${'a&'.repeat(60_000)} HTTP/1.1`;
  const answer = await sendRaw(server.port, [authorization], start);
  await server.close();
  expect([answer.status, JSON.parse(answer.body).details]).toEqual([400, [expect.objectContaining({ target: 'a' })]]);
});

describe.each(WITH_BODY)('API4: the body of %s', (_, route) => {
  const target = () => pathIn(world, route.path);
  const good = () => JSON.stringify(BODIES[route.id]?.(world));
  const send = (body: string | Buffer, headers: Record<string, string> = json) => {
    return api.send(route.method, target(), { body, headers });
  };

  test('rejects a body that is too long, too deep or has a repeated member', async () => {
    expect((await send(good().padEnd(256 * 1024 + 1))).status).toBe(413);
    const nested = good()
      .replace('{', `{"extra":${'['.repeat(32)}${']'.repeat(32)},`)
      .replace(',}', '}');
    expect((await send(nested)).status).toBe(400);
    expect((await send('{"a":'.repeat(40_000))).status).toBe(400);
    expect((await send('{"extra":1,"extra":2}')).status).toBe(400);
  });

  test('rejects compressed bodies and charsets other than UTF-8', async () => {
    const bomb = Buffer.alloc(20 * 1024 * 1024, ' ');
    for (const [encoding, body] of [
      ['gzip', gzipSync(bomb)],
      ['deflate', deflateSync(bomb)],
      ['br', brotliCompressSync(Buffer.alloc(100_000, ' '))],
      ['identity, gzip', gzipSync(good())],
    ] as const) {
      const { status } = await send(body, { ...json, 'Content-Encoding': encoding });
      expect([encoding, status]).toEqual([encoding, 415]);
    }
    for (const charset of ['utf-16', 'utf-7', 'iso-8859-1', 'us-ascii', 'x']) {
      const { status } = await send(good(), { 'Content-Type': `application/json; charset=${charset}` });
      expect([charset, status]).toEqual([charset, 415]);
    }
  });

  test('rejects a list that is too long with a short response', async () => {
    for (const member of route.bodyMembers ?? []) {
      for (const items of ['0', '{}', '"a"']) {
        const many = Array(Math.floor(250_000 / (items.length + 1))).fill(items);
        const body = `{${good().slice(1, -1)}}`.replace(/}$/, `,"${member}":[${many}]}`).replace('{,', '{');
        const { status, text } = await send(body);
        expect([member, status]).toEqual([member, 400]);
        expect(text.length).toBeLessThan(20_000);
      }
    }
  });

  test('ends a body that never ends by the server timeout and serves other requests meanwhile', async () => {
    const options = { requestTimeout: 100, connectionsCheckingInterval: 20 };
    const server = await listening(appOf({ store }), options);
    const reached = once(server.server, 'request');
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    const closed = once(socket, 'close');
    const head = ['Host: a', authorization, 'Content-Type: application/json', `Content-Length: ${good().length}`];
    socket.write(`${[`${route.method} /v1${target()} HTTP/1.1`, ...head].join('\r\n')}\r\n\r\n${good().slice(0, -1)}`);
    await reached;
    expect((await sendRaw(server.port, [authorization], `GET /v1${world.E} HTTP/1.1`)).status).toBe(200);
    await closed;
    await server.close();
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });
});

test('API4: scopes of many grants are counted before any of them is read', () => {
  let looked = 0;
  const scopes = new Proxy(Array(LIMITS.scopesOfGrant / 2).fill(0), {
    get(list, name, receiver) {
      if (typeof name === 'string' && /^\d+$/.test(name)) looked++;
      return Reflect.get(list, name, receiver);
    },
  });
  const grants = Array(LIMITS.grantsAtOnce).fill({ resource: { name: 'reports' }, scopes });
  const { success, error } = grantSetCommand.safeParse({ grants });
  expect([success, error?.issues.length, looked]).toEqual([false, 1, 0]);
  expect(grantSetCommand.safeParse({ grants: grants.slice(0, 1) }).success).toBe(false);
  expect(looked).toBeGreaterThan(0);
});
