import { MIGRATIONS } from '../../lib/stores/migrations/migrate.js';
import type { Call } from '../support/call-results.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import {
  context,
  describeEachEngine,
  newApplication,
  newEnvironment,
  newResource,
  type Setting,
} from '../support/stores.js';
import { faultsOf, runSql } from '../support/tables.js';

jest.setTimeout(180_000);

const latest = MIGRATIONS.at(-1)?.name as string;

/** A build that lacks the latest migration, as the version before it. */
const processesBefore = useProcesses(afterEach, (path, source) => {
  if (path !== 'lib/stores/migrations/migrate.ts') return source;
  const lines = source.split('\n');
  return lines.filter((line) => !line.includes(`name: '${latest}'`)).join('\n');
});
const processesNow = useProcesses();

/** Fails unless the other process has said that it made the change. */
async function make(from: StoreProcess, call: Call) {
  const [outcome] = await from.call(call);
  expect(outcome).toEqual({ value: expect.objectContaining({ activities: expect.anything() }) });
  return outcome?.value.value;
}

/** What a writer writes to, made by the version before: opening the store here would migrate it. */
async function createSettingBy(maker: StoreProcess): Promise<Setting> {
  const environment = await make(maker, ['environments.create', newEnvironment(), context]);
  const at = { environmentId: environment.id };
  const resource = await make(maker, ['resources.create', at, newResource('reports'), context]);
  const scope = await make(maker, ['scopes.create', { ...at, resourceId: resource.id }, { name: 'a' }, context]);
  return { at, environment, resource, scopes: [scope] } as unknown as Setting;
}

describeEachEngine((engine) => {
  test('two versions change one database side by side while it is migrated, and lose nothing', async () => {
    const database = await engine.database();
    const open = async (child: StoreProcess) => {
      expect(await child.open(database)).not.toHaveProperty('error');
      return child;
    };
    const migrations = async () =>
      (await runSql(database, 'select name from scopegate_migrations')).map((row) => row.name);
    const before = await open(await processesBefore.start());
    const alsoBefore = await open(await processesBefore.start());
    const setting = await createSettingBy(alsoBefore);
    const writing = before.write(setting, 2);
    await writing.more(5);
    expect(await migrations()).not.toContain(latest);

    const now = await open(await processesNow.start()); // migrates
    expect(await migrations()).toContain(latest);
    const writingNow = now.write(setting, 2);
    await Promise.all([writing.more(10), writingNow.more(10)]);
    const store = await database.open();
    const application = await make(alsoBefore, ['applications.create', setting.at, newApplication('before'), context]);
    const seen = await store.applications.get({ ...setting.at, applicationId: application.id });
    expect(seen).toMatchObject({ name: 'before' });
    await store.close();

    await Promise.all([before.kill(), now.kill()]);
    const grants = (await runSql(database, 'select id from grants')).map(({ id }) => id);
    expect(grants).toEqual(expect.arrayContaining([...writing.acknowledged, ...writingNow.acknowledged]));
    expect(await faultsOf(database)).toEqual([]);
  });
});
