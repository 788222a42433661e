import { randomUUID } from 'node:crypto';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import type { Response } from 'supertest';
import { type AdminApi, adminApi, appOf } from '../express/admin/fixtures/admin-api.js';
import { contentsOf } from '../express/admin/fixtures/bad-input.js';
import { BODIES, createWorld, NOBODY, pathIn, type World } from '../express/admin/fixtures/world.js';
import { CHANGES, EACH, LISTS, ROUTES, type Route, SINGLES, WITH_BODY, withAt } from './fixtures/owasp-routes.js';

/** OWASP API1:2023, broken object level authorization. */

let store: GrantStore;
let api: AdminApi;
let own: World;
let foreign: World;
/** Confined to `own`. */
let caller: AdminApi;
let before: string;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
  own = await createWorld(store);
  foreign = await createWorld(store);
  caller = api.as({ env: own.params.environmentId });
  before = JSON.stringify(await contentsOf(store));
});
afterAll(() => store.close());

const contents = async () => JSON.stringify(await contentsOf(store));

/** What an answer says, but for what differs from one to the next. */
function said({ status, body, headers }: Response, ...ids: readonly string[]) {
  const { 'correlation-id': _, date: __, 'content-length': ___, ...rest } = headers;
  const { id: ____, ...problem } = body;
  const text = JSON.stringify({ status, problem, rest });
  return JSON.parse(ids.reduce((all, id) => all.replaceAll(id, '…'), text));
}

/** What a confined caller may not do at all, whatever the object. */
const GLOBAL = ROUTES.filter(({ id }) => ['createEnvironment', 'deleteEnvironment'].includes(id));

describe('API1: ids in the path', () => {
  test.each(EACH)('%s responds to an id of another environment as to an unknown id', async (_, route) => {
    for (const name of route.pathIds) {
      const id = foreign.params[name as keyof typeof foreign.params];
      for (const given of [id, id.toUpperCase()]) {
        const body = BODIES[route.id]?.(own);
        const there = await caller.send(route.method, pathIn(own, route.path, { [name]: given }), { body });
        const nowhere = await caller.send(route.method, pathIn(own, route.path, { [name]: NOBODY }), { body });
        expect([name, there.status]).toEqual([name, GLOBAL.includes(route) ? 403 : 404]);
        expect(said(there)).toEqual(said(nowhere));
      }
    }
    expect(await contents()).toBe(before);
  });
});

/** For each place of an id in a body what another environment has of that kind. */
const FOREIGN: Readonly<Record<string, () => string>> = {
  'createEnvironment id': () => foreign.params.environmentId,
  'createApplication id': () => foreign.reader.id,
  'application.id': () => foreign.writer.id,
  'resource.id': () => foreign.bills.id,
  'scopes[].id': () => foreign.x.id,
  'grants[].resource.id': () => foreign.bills.id,
  'grants[].scopes[].id': () => foreign.x.id,
};

/** An id of PingOne's, which is kept as it was sent: there is no object here that it could name. */
const NAMES_NO_OBJECT = ['license.id'];

describe('API1: ids in the body', () => {
  test.each(WITH_BODY)('%s responds to a foreign id in the body as to an unknown id', async (_, route) => {
    for (const place of route.bodyIds.filter((each) => !NAMES_NO_OBJECT.includes(each))) {
      const id = (FOREIGN[place] ?? FOREIGN[`${route.id} ${place}`])?.();
      expect({ [`${route.id} ${place}`]: id }).toEqual({ [`${route.id} ${place}`]: expect.any(String) });
      const send = (given: string) => askWith(route, withAt(BODIES[route.id]?.(own), place, given));
      const answers = [await send(`${id}`), await send(`${id}`.toUpperCase()), await send(NOBODY)];
      for (const answer of answers) {
        expect([place, answer.status]).toEqual([place, place === 'id' ? 403 : 400]);
        expect(said(answer, `${id}`, NOBODY)).toEqual(said(answers[2] as Response, `${id}`, NOBODY));
      }
    }
    expect(await contents()).toBe(before);
  });

  function askWith(route: Route, body: object): Promise<Response> {
    return caller.send(route.method, pathIn(own, route.path), { body });
  }
});

describe('API1: cursors', () => {
  const inEnvironment = LISTS.filter(([, { pathIds }]) => pathIds.length > 0);
  test.each(inEnvironment)('%s rejects a cursor of another environment', async (_, route) => {
    const there = pathIn(foreign, route.path);
    const { body } = await api.get(`${there}?limit=1`);
    const next = body._links.next?.href ?? (await api.get(`${foreign.E}/scopes?limit=1`)).body._links.next.href;
    const cursor = new URL(next).searchParams.get('cursor');
    const answer = await caller.get(`${pathIn(own, route.path)}?limit=1&cursor=${cursor}`);
    expect([answer.status, answer.body.details]).toEqual([400, [expect.objectContaining({ target: 'cursor' })]]);
    expect(answer.text).not.toContain(foreign.params.environmentId);
  });
});

describe('API1: lists and filters', () => {
  test.each(LISTS)('%s lists nothing of another environment', async (_, route) => {
    const { text } = await caller.get(`${pathIn(own, route.path)}?limit=1000`);
    for (const id of idsOf(foreign)) expect(text).not.toContain(id);
    expect(text).toContain(own.params.environmentId);
  });

  test.each(LISTS.filter(([, { queryIds }]) => queryIds.length > 0))('%s finds no foreign object', async (_, route) => {
    for (const name of route.queryIds) {
      for (const id of idsOf(foreign)) {
        const { status, body } = await caller.get(`${pathIn(own, route.path)}?${name}=${id}`);
        expect([name, status, body.size]).toEqual([name, 200, 0]);
      }
    }
  });

  const filtered = LISTS.filter(([, { queryNames }]) => queryNames.includes('filter'));
  test.each(filtered)('%s finds no foreign object by a filter', async (_, route) => {
    const list = pathIn(own, route.path);
    for (const id of idsOf(foreign)) {
      for (const attribute of ['id', 'resource.id']) {
        const filter = `${attribute} eq "${id}" or ${attribute} eq "${id.toUpperCase()}"`;
        const { status, body } = await caller.get(`${list}?filter=${encodeURIComponent(filter)}`);
        if (status === 400) expect([attribute, body.details[0].code]).toEqual(['resource.id', 'INVALID_FILTER']);
        else expect([attribute, status, body.size]).toEqual([attribute, 200, 0]);
      }
    }
    const names = encodeURIComponent('name sw ""');
    const { text } = await caller.get(`${list}?filter=${names}`);
    for (const id of idsOf(foreign)) expect(text).not.toContain(id);
  });

  function idsOf(world: World): string[] {
    const { reports, bills, a, b, c, x, reader, writer, grant } = world;
    return [world.params.environmentId, ...[reports, bills, a, b, c, x, reader, writer, grant].map(({ id }) => id)];
  }
});

describe('API1: conditional requests', () => {
  test.each(SINGLES)('%s: If-None-Match reveals nothing about an object of another environment', async (_, route) => {
    const there = await api.get(pathIn(foreign, route.path));
    for (const tag of [there.headers.etag ?? '"1"', '*']) {
      const answer = await caller.get(pathIn(foreign, route.path), { 'If-None-Match': tag });
      expect(said(answer)).toEqual(said(await caller.get(pathIn(own, route.path, { environmentId: NOBODY }))));
      expect(answer.status).toBe(404);
    }
  });

  const conditional = EACH.filter(
    ([, route]) => ['PUT', 'PATCH', 'DELETE'].includes(route.method) && !GLOBAL.includes(route),
  );
  test.each(conditional)('%s: If-Match reveals nothing about an object of another environment', async (_, route) => {
    for (const tag of ['"1"', '"999"', '*']) {
      const sent = { body: BODIES[route.id]?.(own), headers: { 'If-Match': tag } };
      const answer = await caller.send(route.method, pathIn(foreign, route.path), sent);
      expect([tag, answer.status]).toEqual([tag, 404]);
    }
    expect(await contents()).toBe(before);
  });
});

describe('API1: Idempotency-Key', () => {
  const posting = CHANGES.filter(([, route]) => route.method === 'POST' && !GLOBAL.includes(route));

  test.each(posting)('%s treats a key used in another environment as new', async (_, route) => {
    const [here, there] = [await createWorld(store), await createWorld(store)];
    const headers = { 'Idempotency-Key': randomUUID() };
    const bodies = new Map([here, there].map((world) => [world, BODIES[route.id]?.(world)]));
    const ask = (confinedTo: World, at: World) => {
      const sent = { body: bodies.get(confinedTo), headers };
      return api.as({ env: confinedTo.params.environmentId }).send('POST', pathIn(at, route.path), sent);
    };
    const first = await ask(there, there);
    expect(first.status).toBeLessThan(300);
    expect((await ask(here, there)).status).toBe(404);
    const second = await ask(here, here);
    expect([second.status, second.headers['idempotency-replayed']]).toEqual([first.status, undefined]);
    expect(second.text).not.toContain(there.params.environmentId);
    expect((await ask(here, here)).headers['idempotency-replayed']).toBe('true');
  });
});
