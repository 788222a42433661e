import { liveGrants } from 'scopegate';
import type { ChangeEvent, FeedPosition } from 'scopegate/admin';
import { MIGRATIONS } from '../../lib/stores/migrations/migrate.js';
import { AGELESS, answerOf, tokenOf } from '../stores/fixtures/live-answers.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import {
  context,
  describeEachEngine,
  newApplication,
  newEnvironment,
  newResource,
  type Setting,
  type TestDatabase,
} from '../support/stores.js';
import { faultsOf, runSql } from '../support/tables.js';
import { buildVersion, call, findVersionBefore, open } from './fixtures/versions.js';

jest.setTimeout(600_000);

const processesBefore = useProcesses(afterEach, () => buildVersion(findVersionBefore()));
const processesNow = useProcesses();

/** Made by the version before: opening the store here would migrate it. */
async function createSettingBy(maker: StoreProcess): Promise<Setting> {
  const { value: environment } = await call(maker, 'environments.create', newEnvironment(), context);
  const at = { environmentId: environment.id };
  const { value: resource } = await call(maker, 'resources.create', at, newResource('reports'), context);
  const { value: scope } = await call(
    maker,
    'scopes.create',
    { ...at, resourceId: resource.id },
    { name: 'a' },
    context,
  );
  const command = newApplication('reader', { trustScope: 'Account' });
  const { value: application } = await call(maker, 'applications.create', at, command, context);
  const applicationAt = { ...at, applicationId: application.id };
  return { at, environment, resource, scopes: [scope], application, applicationAt };
}

const grantOf = ({ resource }: Setting) => ({ resource: { id: resource.id }, scopes: [{ name: 'a' }] });

const migrationsOf = async (database: TestDatabase): Promise<string[]> =>
  (await runSql(database, 'select name from scopegate_migrations order by name')).map(({ name }) => name);

/** The whole feed after a position, as one version reads it. */
async function readFeed(
  position: FeedPosition,
  since: (position: FeedPosition) => Promise<{ events: readonly ChangeEvent[]; hasMore: boolean; hasGap: boolean }>,
): Promise<ChangeEvent[]> {
  const { events, hasMore, hasGap } = await since(position);
  expect(hasGap).toBe(false);
  return [...events, ...(hasMore ? await readFeed(events.at(-1)?.position as FeedPosition, since) : [])];
}

async function untilRevoked(ask: () => Promise<string>): Promise<void> {
  while ((await ask()) !== 'application_revoked') await new Promise(setImmediate); // a cached answer takes no turn
}

describeEachEngine((engine) => {
  test('the version before and this one write to one database while it is migrated, and lose nothing', async () => {
    const database = await engine.database();
    const before = await open(await processesBefore.start(), database);
    const reader = await open(await processesBefore.start(), database);
    const setting = await createSettingBy(reader);
    const { number, position } = await call(reader, 'applicationStatus', setting.application.id);
    const writing = before.write(setting, 2);
    await writing.more(5);

    const now = await open(await processesNow.start(), database); // migrates
    expect(await migrationsOf(database)).toEqual(MIGRATIONS.map(({ name }) => name));
    const writingNow = now.write(setting, 2);
    await Promise.all([writing.more(20), writingNow.more(20)]);
    await Promise.all([before.kill(), now.kill()]);

    const grants = (await runSql(database, 'select id from grants')).map(({ id }) => id);
    expect(grants).toEqual(expect.arrayContaining([...writing.acknowledged, ...writingNow.acknowledged]));
    expect(await faultsOf(database)).toEqual([]);

    const store = await database.open();
    const feed = await readFeed(position, store.changes.since);
    expect(feed).toHaveLength((await store.applicationStatus(setting.application.id)).number - number);
    expect(await readFeed(position, (place) => call(reader, 'changes.since', place))).toEqual(feed);
    await store.close();
  });

  test('each version reads what the other wrote, and live grants of each follow the changes of both', async () => {
    const database = await engine.database();
    const before = await open(await processesBefore.start(), database);
    const setting = await createSettingBy(before);
    const { at, applicationAt, application } = setting;
    const { value: grant } = await call(before, 'grants.create', applicationAt, grantOf(setting), context);
    await call(before, 'applications.rotateSecret', applicationAt, 'of the version before', undefined, context);
    const askBefore = async (of: Pick<Setting, 'application'>) =>
      (await before.do({ do: 'check', payload: tokenOf(of).payload })).value;
    expect(await askBefore(setting)).toBe('a');

    const store = await database.open(); // migrates
    const live = liveGrants({ source: store, maxStalenessMs: AGELESS });
    const ask = (of: Pick<Setting, 'application'>) => answerOf(live, tokenOf(of));
    expect(await ask(setting)).toBe('a');
    expect(await store.grants.get({ ...applicationAt, grantId: grant.id })).toMatchObject(grant);
    expect(await store.applications.hasSecret(applicationAt, 'of the version before')).toBe(true);

    const command = newApplication('other', { trustScope: 'Account' });
    const { value: other } = await store.applications.create(at, command, context);
    const otherAt = { ...at, applicationId: other.id };
    const { value: otherGrant } = await store.grants.create(otherAt, grantOf(setting), context);
    await store.applications.rotateSecret(applicationAt, 'of this version', undefined, context);
    expect(await askBefore({ application: other })).toBe('a');
    expect(otherGrant).toMatchObject(await call(before, 'grants.get', { ...otherAt, grantId: otherGrant.id }));
    for (const secret of ['of the version before', 'of this version']) {
      expect(await call(before, 'applications.hasSecret', applicationAt, secret)).toBe(true);
    }

    expect(await ask({ application: other })).toBe('a');
    await store.applications.revokeTokens(applicationAt, undefined, context);
    await call(before, 'applications.revokeTokens', otherAt, undefined, context);
    for (const each of [application, other]) {
      await untilRevoked(() => askBefore({ application: each }));
      await untilRevoked(() => ask({ application: each }));
    }
    expect(await faultsOf(database)).toEqual([]);
    live.close();
    await store.close();
  });
});
