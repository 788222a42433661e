import fc from 'fast-check';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { type AdminApi, adminApi, appOf } from '../express/admin/fixtures/admin-api.js';
import { BODIES, createWorld, pathIn, type World } from '../express/admin/fixtures/world.js';
import { longRuns } from '../support/property-runs.js';
import { newApplication } from '../support/stores.js';
import { CHANGES, type Route } from './fixtures/owasp-routes.js';

/**
 * OWASP API6:2023, unrestricted access to sensitive flows: the one that gives rights. An application with every scope of
 * an administrator's cannot change what it is itself granted, in whatever way and order. (That it can give another
 * application any scope, and make its secret, is said in README.md.)
 */

let store: GrantStore;
let api: AdminApi;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  api = adminApi(appOf({ store }));
});
afterAll(() => store.close());

/** What the application is, and may have in a token; how a resource is described matters to nobody's token. */
async function standingOf({ params, reader }: World): Promise<unknown> {
  const { state, environmentId, grants } = await store.applicationStatus(reader.id);
  const page = await store.grants.list(params, { limit: 1000 });
  const resources = [];
  for (const { resourceId } of page?.items ?? []) {
    const resource = await store.resources.get({ ...params, resourceId });
    resources.push({ ...resource, description: undefined, tag: undefined, version: undefined, updatedAt: undefined });
  }
  const application = await store.applications.get(params);
  return {
    state,
    environmentId,
    scopes: grants.map(({ scope }) => scope).sort(),
    grants: page?.items,
    resources,
    application,
  };
}

/** Spellings of a client id that stand for the same application. */
const SPELLINGS: Readonly<Record<string, (id: string) => string>> = {
  'as it is': (id) => id,
  'in capitals': (id) => id.toUpperCase(),
  'as in OCI IAM': (id) => id.replaceAll('-', ''),
  'as in OCI IAM, in capitals': (id) => id.replaceAll('-', '').toUpperCase(),
};

/** What it may do to itself: its tokens are void afterwards. */
const LOWERING = ['revokeTokens'];

describe.each(Object.entries(SPELLINGS))('API6: an application with its client id %s', (_, spelled) => {
  test.each(CHANGES.filter(([, { pathIds }]) => pathIds.includes('applicationId')))(
    'an application may not call %s on itself',
    async (_, route) => {
      const world = await createWorld(store);
      const before = await standingOf(world);
      for (const env of ['*', world.params.environmentId]) {
        const itself = api.as({ client_id: spelled(world.reader.id), env });
        const sent = { body: BODIES[route.id]?.(world) };
        const { status } = await itself.send(route.method, pathIn(world, route.path), sent);
        expect([env, status]).toEqual([env, LOWERING.includes(route.id) ? 200 : 403]);
      }
      expect(await standingOf(world)).toEqual(before);
    },
  );
});

/** Objects and bodies of one change, drawn from what there is; numbers choose. */
interface Step {
  readonly route: Route;
  readonly choices: readonly number[];
  readonly everywhere: boolean;
  readonly spelling: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  route: fc.constantFrom(...CHANGES.map(([, route]) => route)),
  choices: fc.array(fc.nat(1000), { minLength: 12, maxLength: 12 }),
  everywhere: fc.boolean(),
  spelling: fc.nat(3),
});

const NAMES = ['a', 'b', 'c', 'x', 'reports', 'bills', 'urn:opc:resource:consumer::all', 'urn:opc:idm:__myscopes__'];

/** Its good body, but with ids and names of other objects, its own among them. */
function bodyOf({ route, choices }: Step, world: World): unknown {
  const { reader, writer, reports, bills, a, b, c, x } = world;
  const ids = [reader, writer, reports, bills, a, b, c, x].map(({ id }) => id);
  let used = 0;
  const chosen = <Item>(items: readonly Item[]): Item => items[(choices[used++ % 12] as number) % items.length] as Item;
  const good = BODIES[route.id]?.(world);
  return (
    good &&
    JSON.parse(JSON.stringify({ ...good, ...(route.bodyMembers?.includes('id') && { id: chosen(ids) }) }), revive)
  );

  function revive(key: string, value: unknown): unknown {
    if (key === 'id' && typeof value === 'string') return chosen(ids);
    if (key === 'name' && typeof value === 'string') return chosen(NAMES);
    return value;
  }
}

function pathOf({ route, choices }: Step, world: World): string {
  const { reader, writer, reports, bills, a, b, c, x, grant } = world;
  const kinds = {
    applicationId: [reader, reader, writer],
    resourceId: [reports, bills],
    scopeId: [a, b, c, x],
    grantId: [grant],
  };
  const params = Object.entries(kinds).map(([name, all], i) => {
    return [name, all[(choices[11 - i] as number) % all.length]?.id];
  });
  return pathIn(world, route.path, Object.fromEntries(params));
}

test('API6: no chain of changes lets an application change its own grants', async () => {
  const done = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async (steps) => {
      const world = await createWorld(store);
      const before = await standingOf(world);
      for (const each of steps) {
        const env = each.everywhere ? '*' : world.params.environmentId;
        const spelled = Object.values(SPELLINGS)[each.spelling] as (id: string) => string;
        const itself = api.as({ client_id: spelled(world.reader.id), env });
        const sent = { body: bodyOf(each, world) };
        const { status } = await itself.send(each.route.method, pathOf(each, world), sent);
        if (status < 300) done.add(each.route.id);
      }
      expect(await standingOf(world)).toEqual(before);
    }),
    { numRuns: longRuns(25), endOnFailure: true },
  );
  expect(done.size).toBeGreaterThan(5); // not because everything is refused
});

test('API6: an application cannot raise its rights by creating its own id again', async () => {
  const world = await createWorld(store);
  const other = await createWorld(store);
  const command = newApplication('twin', {});
  for (const spelled of Object.values(SPELLINGS)) {
    const itself = api.as({ client_id: spelled(world.reader.id), env: '*' });
    for (const { E } of [world, other]) {
      const { status } = await itself.post(`${E}/applications`, { ...command, id: world.reader.id });
      expect([400, 403]).toContain(status);
    }
    expect((await itself.delete(world.E)).status).toBe(403);
  }
  const { grants } = await store.applicationStatus(world.reader.id);
  expect(grants.map(({ scope }) => scope)).toEqual(['a', 'b']);
});
