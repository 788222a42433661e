import { liveGrants } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { answerOf, tokenOf } from '../stores/fixtures/live-answers.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import { context, describeEachEngine, newApplication, newEnvironment, newResource } from '../support/stores.js';
import { faultsOf } from '../support/tables.js';
import { buildVersion, call, open, VERSION_0_1 } from './fixtures/versions.js';

jest.setTimeout(600_000);

const processes = useProcesses(afterEach, () => buildVersion(VERSION_0_1));

const keyed = { ...context, idempotency: { key: 'k', fingerprint: 'f' } };
const ALL = { limit: 100 };

/** What version 0.1 stored, and said of it. */
async function fill(by: StoreProcess) {
  const create = async (method: string, ...parameters: readonly unknown[]) =>
    (await call(by, method, ...parameters, context)).value;
  const environment = await create('createEnvironment', newEnvironment());
  const at = { environmentId: environment.id };
  const [resource, other] = [
    await create('createResource', at, newResource('reports')),
    await create('createResource', at, newResource('invoices')),
  ];
  for (const name of ['a', 'b', 'gone']) await create('createScope', { ...at, resourceId: resource.id }, { name });
  await create('createScope', { ...at, resourceId: other.id }, { name: 'a' });
  const applications = [];
  for (const name of ['reader', 'disabled', 'revoked', 'deleted']) {
    applications.push(await create('createApplication', at, newApplication(name, { trustScope: 'Account' })));
  }
  const paths = applications.map(({ id }) => ({ ...at, applicationId: id as string }));
  const [reader, disabled, revoked, deleted] = paths;
  const scopes = ['a', 'b', 'gone'].map((name) => ({ name }));
  for (const path of paths) await create('createGrant', path, { resource: { id: resource.id }, scopes });
  const { items } = await call(by, 'scopes', { ...at, resourceId: resource.id }, ALL);
  const gone = items.find(({ name }: { name: string }) => name === 'gone');
  await create('deleteScope', { ...at, resourceId: resource.id, scopeId: gone.id });
  await create('rotateSecret', reader, 'the first secret', undefined);
  await create('rotateSecret', reader, 'the second secret', undefined);
  const feed = await call(by, 'changesSince', { number: 0 });
  await create('replaceApplication', disabled, { ...newApplication('disabled'), enabled: false });
  await create('revokeTokens', revoked, undefined);
  await create('revokeTokens', reader, 'somebody else');
  await create('deleteApplication', deleted);
  const { value: repeated } = await call(by, 'createEnvironment', newEnvironment('repeated'), keyed);
  return { at, environment, resource, other, paths, reader: paths[0] as (typeof paths)[0], feed, repeated };
}

type Filled = Awaited<ReturnType<typeof fill>>;

/** Everything, by the names of version 0.1. */
async function readBefore(by: StoreProcess, { at, paths, feed }: Filled) {
  const lists = ['resources', 'scopes', 'applications'].map((method) => call(by, method, at, ALL));
  return {
    lists: await Promise.all(lists),
    activities: await call(by, 'activities', at, {}, ALL),
    grants: await Promise.all(paths.map((path) => call(by, 'grants', path, ALL))),
    standings: await Promise.all(
      paths.map(async ({ applicationId }) => {
        const { subjectsNotBefore, ...standing } = await call(by, 'standing', applicationId);
        return { ...standing, subjectsNotBefore: [...subjectsNotBefore] };
      }),
    ),
    feed: await call(by, 'changesSince', feed.position),
  };
}

/** The same, by those of this version. */
async function readNow(store: GrantStore, { at, paths, feed }: Filled): ReturnType<typeof readBefore> {
  const { number, mark } = feed.position;
  const since = await store.changes.since(`${number}.${mark}`);
  const standings = await Promise.all(
    paths.map(async ({ applicationId }) => {
      const { grants, position: _, subjectsNotBefore, ...status } = await store.applicationStatus(applicationId);
      return {
        ...status,
        scopes: grants.map(({ scope }) => scope),
        subjectsNotBefore: [...subjectsNotBefore],
      };
    }),
  );
  return {
    lists: await Promise.all([store.resources, store.scopes, store.applications].map((each) => each.list(at, ALL))),
    activities: await store.activities.list(at, {}, ALL),
    grants: await Promise.all(paths.map((path) => store.grants.list(path, ALL))),
    standings,
    feed: {
      events: since.events.map(({ affects, position: _, ...event }) => ({ ...event, concerns: affects })),
      hasMore: since.hasMore,
      isTorn: since.hasGap,
    },
  };
}

describeEachEngine((engine) => {
  test('opens what version 0.1 stored, all of it, and goes on from there', async () => {
    const database = await engine.database();
    const before = await open(await processes.start(), database);
    const filled = await fill(before);
    const told = await readBefore(before, filled);
    expect(await before.end()).toBe('');

    const store = await database.open(); // migrates
    const { at, reader, resource, other, repeated } = filled;
    const found = await readNow(store, filled);
    const { position: _, ...feed } = told.feed;
    expect(found).toMatchObject({ ...told, feed });
    const secrets = ['the first secret', 'the second secret', 'another'];
    const valid = await Promise.all(secrets.map((secret) => store.applications.hasSecret(reader, secret)));
    expect(valid).toEqual([true, true, false]);
    const again = await store.environments.create(newEnvironment('repeated'), keyed);
    expect(again).toMatchObject({ value: repeated, replayed: true });

    const live = liveGrants({ source: store });
    const answers = filled.paths.map(({ applicationId: id }) =>
      answerOf(live, tokenOf({ application: { id } as never })),
    );
    expect(await Promise.all(answers)).toEqual(['a b', ...Array(3).fill('application_revoked')]);
    live.close();

    const { number } = await store.applicationStatus(reader.applicationId);
    const second = { resource: { id: other.id }, scopes: [{ name: 'a' }] }; // a name that it holds by the other resource
    await store.grants.create(reader, second, context);
    await store.applications.rotateSecret(reader, 'the third secret', undefined, context);
    expect((await store.grants.list(reader, ALL))?.items).toHaveLength(2);
    expect(await store.applications.hasSecret(reader, 'the first secret')).toBe(true);
    await store.resources.delete({ ...at, resourceId: resource.id }, context);
    expect(await store.applicationStatus(reader.applicationId)).toMatchObject({ number: number + 3 });
    expect(await faultsOf(database)).toEqual([]);
    await store.close();
  });

  test('version 0.1 cannot share the tables: it still revokes, its grants and secrets fail, and it opens them no more', async () => {
    const database = await engine.database();
    const before = await open(await processes.start(), database);
    const { reader, resource, paths } = await fill(before);
    const store = await database.open(); // migrates

    const grants = [{ resource: { id: resource.id }, scopes: [{ name: 'a' }] }];
    const outcomes = await before.call(
      ...([
        ['setGrants', paths[1], [], context],
        ['revokeTokens', paths[2], undefined, context],
        ['setGrants', paths[1], grants, context],
        ['rotateSecret', reader, 'another', undefined, context],
      ] as never[]),
    );
    expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined, expect.any(String), 'StoreOutage']);
    expect((await before.open(database)).message).toContain(
      '004-repeated-scope-names, which this version of scopegate',
    );
    expect(await store.applications.hasSecret(reader, 'the second secret')).toBe(true);
    expect(await faultsOf(database)).toEqual([]);
    await store.close();
  });
});
