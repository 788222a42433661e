import { gzipSync } from 'node:zlib';
import { MY_SCOPES } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { bearer, issuer } from '../../http/fixtures/domain.js';
import { listening, sendRaw } from '../../http/fixtures/raw-http.js';
import { type AdminApi, adminApi, appOf } from './fixtures/admin-api.js';
import { createWorld, type World } from './fixtures/world.js';

let store: GrantStore;
let api: AdminApi;
let world: World;
let path: string;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
  world = await createWorld(store);
  path = `${world.E}/resources`;
});
afterAll(() => store.close());
afterEach(async () => {
  expect((await api.get(path)).body.count).toBe(4); // nothing is stored
});

const json = { 'Content-Type': 'application/json' };
const good = JSON.stringify({ name: 'letters' });

test.each<[string, string | Buffer]>([
  ['nothing', ''],
  ['blanks', '  \n '],
  ['half an object', '{"name":"letters"'],
  ['two objects', `${good}${good}`],
  ['a comment', `${good}//`],
  ['a trailing comma', '{"name":"letters",}'],
  ['single quotes', "{'name':'letters'}"],
  ['NaN', '{"name":NaN}'],
  ['a control character', '{"name":"let\nters"}'],
  ['a member twice', '{"name":"letters","name":"letters"}'],
  ['a member twice, spelled in two ways', '{"name":"letters","n\\u0061me":"letters"}'],
  ['a member twice, deep inside', '{"name":"letters","x":[{"y":{"z":1,"z":2}}]}'],
  ['33 levels', `{"name":"letters","x":${'['.repeat(32)}${']'.repeat(32)}}`],
  ['100,000 levels', '['.repeat(100_000)],
])('rejects %s as malformed JSON with 400 INVALID_REQUEST', async (_, body) => {
  const { status, body: problem } = await api.post(path, body, json);
  expect([status, problem.code]).toEqual([400, 'INVALID_REQUEST']);
});

test.each<[string, unknown]>([
  ['null', 'null'],
  ['a list', [{ name: 'letters' }]],
  ['a string', '"letters"'],
  ['a number', '1'],
  ['__proto__ alone', '{"__proto__":{"name":"letters"}}'],
  ['a name of blanks of line', { name: 'a\nb' }],
  ['a name with NUL', { name: 'a\0b' }],
  ['a name of half a character', '{"name":"\\ud800"}'],
  ['a name that turns its direction', { name: 'a\u202eb' }],
  ['a name that is an object', { name: { toString: 'x' } }],
])('rejects %s as a resource with 400 INVALID_DATA', async (_, body) => {
  const { status, body: problem } = await api.post(path, body, json);
  expect([status, problem.code]).toEqual([400, 'INVALID_DATA']);
});

test.each([
  undefined,
  'text/plain',
  'text/json',
  'application/jsonx',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json; charset=latin1',
  'json',
  '*/*',
  'application/+json',
])('rejects the Content-Type %s with 415', async (type) => {
  const body = Buffer.from(good);
  const { status, body: problem } = await api.post(path, body, { 'Content-Type': type ?? '' });
  expect([status, problem.code]).toEqual([415, 'INVALID_REQUEST']);
});

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset="UTF-8"',
  'APPLICATION/JSON',
  'application/hal+json',
  'application/vnd.pingidentity.grant+json',
])('accepts the Content-Type %s', async (type) => {
  const { status, body } = await api.post(`${path}?dryRun=true`, Buffer.from(good), { 'Content-Type': type });
  expect([status, body.changes.length]).toEqual([200, 1]);
});

test('rejects bytes that are not UTF-8 with 415', async () => {
  for (const body of [Buffer.from('{"name":"\xe4"}', 'latin1'), Buffer.from(`\ufeff${good}`, 'utf16le')]) {
    expect((await api.post(path, body, json)).status).toBe(415);
  }
});

test('rejects a compressed body with 415', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
  for (const encoding of ['gzip', 'deflate', 'br', 'x']) {
    const { status } = await api.post(path, bomb, { ...json, 'Content-Encoding': encoding });
    expect([encoding, status]).toEqual([encoding, 415]);
  }
});

test('rejects a body over 256 KiB with 413 and closes the connection', async () => {
  const padded = (bytes: number) => good.padEnd(bytes, ' ');
  const large = await api.post(path, padded(256 * 1024 + 1), json);
  expect([large.status, large.headers.connection]).toEqual([413, 'close']);
  expect((await api.post(`${path}?dryRun=true`, padded(256 * 1024), json)).status).toBe(200);
});

test('rejects a body of 5 MiB with 413 before it arrives completely', async () => {
  const server = await listening(appOf({ store }));
  const authorization = `Authorization: ${bearer(issuer.token({ scope: MY_SCOPES, env: '*' }))}`;
  const lines = ['Content-Type: application/json', authorization];
  const start = `POST /v1${path} HTTP/1.1`;
  const announced = await sendRaw(server.port, [...lines, 'Content-Length: 5242880'], start, '{');
  const part = `500000\r\n${'x'.repeat(256 * 1024 + 1)}`;
  const chunked = await sendRaw(server.port, [...lines, 'Transfer-Encoding: chunked'], start, part);
  await server.close();
  for (const answer of [announced, chunked]) {
    expect(answer.status).toBe(413);
    expect(answer.values('Connection')).toEqual(['close']);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'INVALID_REQUEST' });
  }
});

test('rejects 10,000 scopes with 400 and a bounded number of details', async () => {
  const scopes = Array.from({ length: 10_000 }, (_, i) => (i % 2 ? `s${i}` : {}));
  const grants = `${world.E}/applications/${world.writer.id}/grants`;
  const { status, body } = await api.post(grants, { resource: { name: 'reports' }, scopes });
  expect([status, body.code]).toEqual([400, 'INVALID_DATA']);
  expect(body.details.length).toBeLessThanOrEqual(50);
});

test('ignores unknown members', async () => {
  const more = { constructor: 1, version: 9, environment: { id: 'x' }, environmentId: 'x', _embedded: [], 'a.b': 1 };
  const tried = await api.post(`${path}?dryRun=true`, { ...more, name: 'letters' });
  const kept = Object.keys(tried.body.changes[0].after);
  expect(kept).not.toEqual(expect.arrayContaining(['constructor']));
  expect(tried.body.changes[0].after).toMatchObject({ version: 1, environmentId: world.params.environmentId });
});

test('ignores the body of GET and DELETE', async () => {
  expect((await api.send('GET', path, { body: '{"name":5}', headers: { 'Content-Type': 'text/plain' } })).status).toBe(
    200,
  );
  const gone = `${path}/${world.params.applicationId}`;
  expect((await api.send('DELETE', gone, { body: '{', headers: json })).status).toBe(404);
});
