import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LiveGrants, liveGrants } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { answerOf, tokenOf } from '../stores/fixtures/live-answers.js';
import { run } from '../support/failover.js';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { type StoreProcess, useProcesses, type Writing } from '../support/processes.js';
import { context, createSetting, describeEachEngine, type Setting, type TestDatabase } from '../support/stores.js';
import { faultsOf, runSql } from '../support/tables.js';

jest.setTimeout(180_000);

const processes = useProcesses();

/** How a database is backed up while it is written to, is lost, and is restored. */
interface Way {
  readonly database: TestDatabase;
  backUp(): Promise<void>;
  lose(): Promise<void>;
  restore(): Promise<void>;
}

const directory = mkdtempSync(join(tmpdir(), 'scopegate-restore-'));
let server: Postgres | undefined;
afterAll(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** As docs/stores.md has it: a copy by SQLite itself, and files that are removed together. */
function sqliteWay(database: TestDatabase): Way {
  const copy = join(directory, 'backup.db');
  const files = ['', '-wal', '-shm'].map((suffix) => `${database.address}${suffix}`);
  const removeFiles = async () => {
    for (const file of files) rmSync(file, { force: true });
  };
  return {
    database,
    backUp: async () => void (await runSql(database, `vacuum into '${copy}'`)),
    lose: removeFiles,
    async restore() {
      await removeFiles();
      copyFileSync(copy, database.address);
    },
  };
}

/** With `pg_dump` and `pg_restore`, of the schema alone. */
function postgresWay(database: TestDatabase, bin: string): Way {
  const file = join(directory, 'backup.dump');
  const dump = (program: string, ...options: string[]) => void execFileSync(join(bin, program), options);
  return {
    database,
    backUp: async () => dump('pg_dump', '--format=custom', '--schema=scopegate', '--file', file, database.address),
    lose: async () => void (await run(database.address, 'drop schema scopegate cascade')),
    restore: async () => dump('pg_restore', '--exit-on-error', '--dbname', database.address, file),
  };
}

interface Drill {
  readonly setting: Setting;
  readonly writer: StoreProcess;
  readonly writing: Writing;
}

async function startWriting({ database }: Way, store: GrantStore): Promise<Drill> {
  const setting = await createSetting(store, ['a'], 'test', { trustScope: 'Account' });
  await store.grants.create(setting.applicationAt, { resource: setting.resource, scopes: [{ name: 'a' }] }, context);
  const writer = await processes.start();
  expect(await writer.open(database)).not.toHaveProperty('error');
  const writing = writer.write(setting, 2);
  await writing.more(10);
  return { setting, writer, writing };
}

/** All that was acknowledged before the backup is there, whole, and changes go on. */
async function expectRestored({ database }: Way, { setting }: Drill, acknowledged: readonly string[]): Promise<void> {
  expect(await faultsOf(database)).toEqual([]);
  const grants = (await runSql(database, 'select id from grants')).map(({ id }) => id);
  expect(grants).toEqual(expect.arrayContaining([...acknowledged]));
  const store = await database.open();
  await store.applications.revokeTokens(setting.applicationAt, undefined, context);
  await store.close();
}

describeEachEngine((engine) => {
  if (engine.name === 'SQLite') {
    test('a backup of SQLite that is taken while it is written to is restored whole', async () => {
      const way = sqliteWay(await engine.database());
      const store = await way.database.open();
      const drill = await startWriting(way, store);
      const acknowledged = [...drill.writing.acknowledged];
      await way.backUp();
      await drill.writing.more(10);
      await drill.writer.kill();
      await store.close();
      await way.lose();

      await way.restore();
      await expectRestored(way, drill, acknowledged);
    });
    return;
  }

  test('a backup of PostgreSQL is restored under live gates, which say so and start anew', async () => {
    server = await startPostgres();
    if (!existsSync(join(server.bin, 'pg_dump'))) {
      throw new Error('pg_dump is not installed (apt-get install postgresql-client): nothing can be restored.');
    }
    const way = postgresWay(await engine.database(), server.bin);
    const store = await way.database.open();
    const drill = await startWriting(way, store);
    const gaps: unknown[] = [];
    const gate: LiveGrants = liveGrants({
      source: store,
      maxStalenessMs: 1000,
      onFeedGap: (place) => gaps.push(place),
    });
    const ask = () => answerOf(gate, tokenOf(drill.setting));
    expect(await ask()).toBe('a');
    const acknowledged = [...drill.writing.acknowledged];
    await way.backUp();
    await drill.writing.more(10);
    while (gaps.length === 0 && (await ask()) !== 'a');
    await drill.writer.kill();
    await way.lose();
    while ((await ask()) === 'a'); // what is cached is used for a second

    await way.restore();
    while ((await ask()) !== 'a');
    await expectRestored(way, drill, acknowledged);
    while ((await ask()) !== 'application_revoked');
    expect(gaps).toHaveLength(1);
    gate.close();
    await store.close();
  });
});
