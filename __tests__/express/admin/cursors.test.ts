import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { context, newResource } from '../../support/stores.js';
import { type AdminApi, adminApi, appOf } from './fixtures/admin-api.js';
import { createWorld, type World } from './fixtures/world.js';

let store: GrantStore;
let api: AdminApi;
let world: World;
let path: string;
let cursor: string;

beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
  world = await createWorld(store);
  path = `${world.E}/scopes`;
  cursor = await nextOf(`${path}?limit=1`);
});
afterAll(() => store.close());

async function nextOf(target: string): Promise<string> {
  const { body } = await api.get(target);
  return new URL(body._links.next.href).searchParams.get('cursor') as string;
}

async function expectRefused(target: string, given: string): Promise<void> {
  const joint = target.includes('?') ? '&' : '?';
  const { status, body } = await api.get(`${target}${joint}cursor=${encodeURIComponent(given)}`);
  expect([target, given, status]).toEqual([target, given, 400]);
  expect(body).toMatchObject({
    code: 'INVALID_REQUEST',
    details: [{ code: 'INVALID_PARAMETER', target: 'cursor' }],
  });
  expect(body.details).toHaveLength(1);
}

test('issues cursors that are opaque, safe in a URL, and valid with any limit', async () => {
  expect(cursor).toMatch(/^[\w-]+$/);
  expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain(world.E);
  expect((await api.get(`${path}?limit=3&cursor=${cursor}`)).body).toMatchObject({ size: 3, count: 12 });
  expect((await api.get(`${path}?cursor=${cursor}`)).body).toMatchObject({ size: 11 });
  expect(
    (
      await api.get(
        `${path.toUpperCase().replace('/ENVIRONMENTS', '/environments').replace('/SCOPES', '/scopes')}?cursor=${cursor}`,
      )
    ).status,
  ).toBe(200);
});

test('rejects invented cursors', async () => {
  const [list, direction] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  const forge = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
  const made = [
    '',
    'x',
    ' ',
    '%00',
    world.a.id,
    `>${world.a.id}`,
    Buffer.from(`>${world.a.id}`).toString('base64url'),
    forge([direction, world.a.id]),
    forge(['', direction, world.a.id]),
    forge([list, 'both', world.a.id]),
    forge([list, direction, 'a']),
    'x'.repeat(300),
    'x'.repeat(401),
    '>',
    '\u0000',
    'Ω',
  ];
  for (const text of made) await expectRefused(path, text);
});

test('rejects truncated and extended cursors', async () => {
  for (let length = 0; length < cursor.length; length++) await expectRefused(path, cursor.slice(0, length));
  for (const more of ['A', '=', '==', '.', ' ', '\n', cursor]) await expectRefused(path, `${cursor}${more}`);
});

test('rejects another encoding of the same cursor bytes', async () => {
  const bytes = Buffer.from(cursor, 'base64url');
  const loose = bytes.toString('base64');
  for (const text of [loose, `${cursor}=`, cursor.replace(/_/g, '/').replace(/-/g, '+')]) {
    if (text !== cursor) await expectRefused(path, text);
  }
});

test('rejects a cursor in another list, in another environment, or with another filter', async () => {
  const other = await createWorld(store);
  const { E, reports, bills, a, reader, writer } = world;
  const elsewhere = [
    '/environments',
    `${other.E}/scopes`,
    `${E}/resources`,
    `${E}/resources?expand=scopes`,
    `${E}/resources/${reports.id}/scopes`,
    `${E}/resources/${reports.id}/scopes/${a.id}/applications`,
    `${E}/applications`,
    `${E}/applications/${reader.id}/grants`,
    `${E}/activities`,
  ];
  for (const target of elsewhere) await expectRefused(target, cursor);
  const filtered: [string, string[]][] = [
    [`${E}/resources`, [`${E}/resources?expand=scopes`, `${other.E}/resources`]],
    [`${E}/resources?expand=scopes`, [`${E}/resources`]],
    [`${E}/resources/${reports.id}/scopes`, [`${E}/resources/${bills.id}/scopes`, `${E}/scopes`]],
    [`${E}/activities?application=${reader.id}`, [`${E}/activities?application=${writer.id}`, `${E}/activities`]],
    [
      `${E}/activities`,
      [
        `${E}/activities?actor=ada`,
        `${E}/activities?from=2020-01-01T00:00:00Z`,
        `${E}/activities?to=2030-01-01T00:00:00Z`,
        `${other.E}/activities`,
      ],
    ],
  ];
  for (const [list, others] of filtered) {
    const own = await nextOf(`${list}${list.includes('?') ? '&' : '?'}limit=1`);
    for (const target of others) await expectRefused(target, own);
    expect((await api.get(`${list}${list.includes('?') ? '&' : '?'}cursor=${own}`)).status).toBe(200);
  }
});

test('accepts a cursor with reordered filters, and rejects a repeated cursor', async () => {
  const filters = [`application=${world.reader.id}`, 'from=2020-01-01T00:00:00Z', 'limit=1'];
  const own = await nextOf(`${world.E}/activities?${filters.join('&')}`);
  const turned = `${world.E}/activities?cursor=${own}&${filters.reverse().join('&')}`;
  expect((await api.get(turned)).status).toBe(200);
  expect((await api.get(`${turned}&cursor=${own}`)).status).toBe(400);
});

test('limits a page to 1000 items, and to 50 resources with expanded scopes', async () => {
  const { E, params } = await createWorld(store);
  await store.transaction(context, async (tx) => {
    for (let i = 0; i <= 1000; i++) await tx.scopes.create(params, { name: `s${i}` });
  });
  const list = `${E}/resources/${params.resourceId}/scopes`;
  for (const limit of [1001, 100_000]) {
    const { body } = await api.get(`${list}?limit=${limit}`);
    expect([body.size, body.count, 'next' in body._links]).toEqual([1000, 1004, true]);
  }
  for (let i = 0; i < 50; i++) await store.resources.create(params, newResource(`r${i}`), context);
  expect((await api.get(`${E}/resources?limit=60`)).body).toMatchObject({ size: 54, count: 54 });
  const { body } = await api.get(`${E}/resources?limit=60&expand=scopes`);
  expect(body).toMatchObject({ size: 3, count: 54 }); // the third resource has more than a thousand scopes
  const rest = await api.get(body._links.next.href.replace(/^.*(?=\/environments)/, ''));
  expect(rest.body).toMatchObject({ size: 50, count: 54 });
});
