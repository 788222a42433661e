import { Ajv2020 } from 'ajv/dist/2020.js';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import request from 'supertest';
import type { Operation } from '../../../lib/admin/operations/operation.js';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { PERMISSIONS } from '../../../lib/admin/permissions.js';
import { REQUEST_EXAMPLES } from '../../../lib/admin/request-examples.js';
import { parseBody, parsePatch } from '../../../lib/admin/validation.js';
import { type AdminApi, adminApi, appOf } from './fixtures/admin-api.js';
import type { DescribedOperation, OpenApi } from './fixtures/described.js';
import { BODIES, createWorld, NOBODY, pathIn, type World } from './fixtures/world.js';

let store: GrantStore;
let api: AdminApi;
let document: OpenApi;

beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  const app = appOf({ store });
  api = adminApi(app);
  document = (await request(app).get('/v1/openapi.json')).body;
});
afterAll(() => store.close());

interface OAuth2 {
  readonly flows: { readonly clientCredentials: { readonly scopes: Readonly<Record<string, string>> } };
}

const described = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([verb, operation]) => ({ path, verb, operation })),
  );

describe('OpenAPI document', () => {
  test('the OpenAPI document is OpenAPI 3.1 and describes this router', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.info).toMatchObject({ title: expect.any(String), version: '0.0.0' }); // the build has the version
    expect(document.servers).toEqual([{ url: '/v1' }]);
  });

  test('every operation has the permissions that it needs as scopes of the scheme oauth2', () => {
    const { oauth2, ...others } = document.components.securitySchemes as Readonly<Record<string, OAuth2>>;
    expect(others).toEqual({});
    expect(oauth2).toMatchObject({ type: 'oauth2', flows: { clientCredentials: { tokenUrl: expect.any(String) } } });
    expect(Object.keys(oauth2?.flows.clientCredentials.scopes ?? {})).toEqual(PERMISSIONS);
    const security = new Map(described().map(({ operation }) => [operation.operationId, operation.security]));
    for (const { id, permissions } of OPERATIONS)
      expect([id, security.get(id)]).toEqual([id, [{ oauth2: permissions }]]);
  });

  test('every operation has one of the declared tags, and every tag has operations', () => {
    const used = described().map(({ operation: { tags } }) => tags);
    expect(used.filter((tags) => tags.length !== 1)).toEqual([]);
    expect([...new Set(used.flat())].toSorted()).toEqual(document.tags.map(({ name }) => name).toSorted());
    expect(document.tags.every(({ description }) => description.endsWith('.'))).toBe(true);
  });

  test('every body of a request has an example that its schema and the operation accept', () => {
    const bodies = described().flatMap(({ operation: { operationId, requestBody } }) =>
      Object.values(requestBody?.content ?? {}).map((media) => ({ operationId, ...media })),
    );
    expect(bodies.length).toBeGreaterThan(15);
    expect(new Set(bodies.map(({ operationId }) => operationId))).toEqual(new Set(Object.keys(REQUEST_EXAMPLES)));
    for (const { operationId, example } of bodies) {
      const { body, method } = OPERATIONS.find(({ id }) => id === operationId) as Required<Operation>;
      const read = method === 'PATCH' ? parsePatch : parseBody;
      expect([operationId, read(body, example)]).toEqual([operationId, expect.any(Object)]); // or it throws
    }
  });

  test('describes every operation and nothing else', () => {
    const expected = OPERATIONS.map(({ id, method, path }) => `${id}: ${method.toLowerCase()} ${path}`);
    const found = described().map(({ operation, verb, path }) => `${operation.operationId}: ${verb} ${path}`);
    expect(found.sort()).toEqual(expected.sort());
    expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length);
  });

  test('declares each path parameter once and describes every response', () => {
    for (const { path, operation } of described()) {
      const { parameters = [], responses } = operation;
      const names = parameters.filter((each) => each.in === 'path').map(({ name }) => name);
      expect([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)).toEqual(names);
      expect(parameters.filter((each) => each.in === 'path').every(({ required }) => required)).toBe(true);
      const places = parameters.map((each) => `${each.in} ${each.name}`);
      expect(new Set(places).size).toBe(places.length);
      expect(parameters.every((each) => ['path', 'query', 'header'].includes(each.in))).toBe(true);
      expect(Object.keys(responses).every((status) => /^[2-5]\d\d$/.test(status))).toBe(true);
      expect(Object.values(responses).every(({ description }) => description !== '')).toBe(true);
    }
  });

  test('names the permissions of each operation', () => {
    const text = new Map(described().map(({ operation }) => [operation.operationId, operation.description]));
    for (const { id, permissions } of OPERATIONS) expect(text.get(id)).toBe(`Permissions: ${permissions.join(', ')}.`);
  });

  test('uses only JSON Schema 2020-12, and every $ref resolves', () => {
    const ajv = new Ajv2020({ strict: false });
    const refs = new Set(JSON.stringify(document).match(/(?<="\$ref":")[^"]+/g));
    expect(refs.size).toBeGreaterThan(5);
    for (const ref of refs) {
      const [, name = ''] = /^#\/components\/schemas\/(\w+)$/.exec(ref) ?? [];
      expect(document.components.schemas).toHaveProperty(name);
    }
    const inline = described().flatMap(({ operation: { parameters = [], requestBody, responses } }) => [
      ...parameters.map(({ schema }) => schema),
      ...[requestBody, ...Object.values(responses)].flatMap((each) => each?.content?.['application/json'].schema ?? []),
    ]);
    const schemas = [...Object.values(document.components.schemas), ...inline];
    expect(schemas.length).toBeGreaterThan(300);
    for (const schema of schemas) expect(ajv.validateSchema(schema)).toBe(true);
  });

  test('allows no undeclared members in response objects', () => {
    const { schemas } = document.components;
    const open = Object.entries(schemas).filter(([name]) => !['Tag', 'TagOutput'].includes(name));
    for (const [name, schema] of open) expect([name, schema]).toEqual([name, closed]);
  });

  test('differs only in the address when the router is mounted elsewhere', async () => {
    const at = async (app: ReturnType<typeof appOf>, path: string) => (await request(app).get(path)).body;
    expect(await at(appOf({ store }, '/'), '/openapi.json')).toEqual({ ...document, servers: [{ url: '/' }] });
    expect(await at(appOf({ store, baseUrl: 'https://admin.example/x' }), '/v1/openapi.json')).toEqual({
      ...document,
      servers: [{ url: 'https://admin.example/x' }],
    });
  });

  test('requires no token and responds to HEAD without a body', async () => {
    const head = await request(appOf({ store })).head('/v1/openapi.json');
    expect(head.status).toBe(200);
    expect(head.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(head.text).toBeUndefined();
  });
});

const closed = expect.objectContaining({ additionalProperties: false });

interface Request {
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization?: string | null;
}

const opaque = { 'Content-Type': 'application/json' };

/** For each refusal a request that meets it; `undefined` where an operation cannot. */
const REFUSALS: Readonly<Record<number, (operation: Operation, world: World) => Request | undefined>> = {
  400: (operation, world) => ({ path: `${pathIn(world, operation.path)}?nonsense=1` }),
  401: () => ({ authorization: null }),
  403: () => ({ authorization: 'as somebody without scopes' }),
  404: ({ path }, world) =>
    path === '/environments' ? undefined : { path: pathIn(world, path, { environmentId: NOBODY }) },
  412: ({ id, method, path }) => {
    if (id === 'setGrants' || !['PUT', 'PATCH', 'DELETE'].includes(method) || path === '/environments')
      return undefined;
    return { headers: { 'If-Match': '"999"' } };
  },
  413: ({ body }) => (body ? { body: `{"name":"${'x'.repeat(300_000)}"}`, headers: opaque } : undefined),
  415: ({ body }) => (body ? { body: '<name/>', headers: { 'Content-Type': 'application/xml' } } : undefined),
};

describe('responses of every operation', () => {
  const each = OPERATIONS.map((operation) => [operation.id, operation] as const);
  const noScope = (world: World) => api.as({ scope: 'openid', env: world.params.environmentId });

  async function ask(world: World, operation: Operation, asked: Request = {}) {
    const { path = pathIn(world, operation.path), authorization, ...rest } = asked;
    const sent = { body: BODIES[operation.id]?.(world), ...rest };
    if (authorization === undefined) return api.send(operation.method, path, sent);
    if (authorization === null) return api.send(operation.method, path, { ...sent, authorization });
    return noScope(world).send(operation.method, path, sent);
  }

  test.each(each)('%s responds as the document describes', async (_, operation) => {
    const world = await createWorld(store);
    for (const [status, refusal] of Object.entries(REFUSALS)) {
      const asked = refusal(operation, world);
      if (asked === undefined) continue;
      const answer = await ask(world, operation, asked);
      expect([operation.id, answer.status]).toEqual([operation.id, Number(status)]);
    }
    const offered = OPERATIONS.filter(({ path }) => path === operation.path).map(({ method }) => method);
    const other = (['PATCH', 'POST', 'DELETE'] as const).find((method) => !offered.includes(method));
    const refused = await api.send(other ?? 'PUT', pathIn(world, operation.path));
    expect(refused.status).toBe(405);
    expect(refused.headers.allow?.split(', ')).toContain(operation.method);
    expect((await ask(world, operation)).status).toBe(operation.status);
  });

  test('every operation with a body rejects a malformed or missing body', async () => {
    for (const operation of OPERATIONS.filter(({ body }) => body !== undefined)) {
      const world = await createWorld(store);
      for (const body of [
        [],
        'null',
        '{"name":5,"previous":5,"subject":5,"scopes":5,"grants":5}',
        '{"a":1,"a":2}',
        '{',
        '"text"',
        '5',
      ]) {
        const answer = await ask(world, operation, { body, headers: opaque });
        expect([operation.id, body, answer.status]).toEqual([operation.id, body, 400]);
      }
      const none = await ask(world, operation, { body: undefined });
      expect([operation.id, none.status]).toEqual([operation.id, operation.bodyOptional ? operation.status : 400]);
    }
  });

  test('the walk meets every documented refusal except outages', () => {
    const met = (operation: DescribedOperation) => Object.keys(operation.responses).filter((status) => status >= '400');
    const statuses = new Set(described().flatMap(({ operation }) => met(operation)));
    const walked = [...Object.keys(REFUSALS), '405', '422', '500', '503'];
    expect([...statuses].sort()).toEqual(walked.sort());
  });
});
