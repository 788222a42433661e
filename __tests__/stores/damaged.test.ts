import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { causeOf, change, read } from '../support/outages.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import { createSetting, describeEachEngine, type Setting, type TestDatabase } from '../support/stores.js';
import { faultsOf, runSql } from '../support/tables.js';
import { makeRemains, outcomesOf, overwritten, type Remains, unclear } from './fixtures/crash-images.js';

jest.setTimeout(60_000);
const processes = useProcesses(afterAll);

describeEachEngine((engine) => {
  let database: TestDatabase;
  let store: GrantStore;
  let setting: Setting;
  beforeEach(async () => {
    database = await engine.database();
    store = await database.open();
    setting = await createSetting(store);
  });
  afterEach(() => store.close());

  const isPostgres = engine.name === 'PostgreSQL';
  const alter = isPostgres ? 'alter table scopegate.' : 'alter table ';

  test.each([
    ['a table', `${alter}environments rename to away`, `${alter}away rename to environments`],
    ['a column', `${alter}ledger rename environments to away`, `${alter}ledger rename away to environments`],
    ...(isPostgres
      ? [['the schema', 'alter schema scopegate rename to away', 'alter schema away rename to scopegate']]
      : []),
  ])('throws an outage while %s is missing, then recovers', async (_, take, giveBack) => {
    await runSql(database, take as string);

    for (const call of [read, change]) expect(await causeOf(call(store))).toMatch(/no such|does not exist/);

    await runSql(database, giveBack as string);
    await change(store);
    expect((await read(store)).count).toBe(2);
    expect(await faultsOf(database)).toEqual([]);
  });

  if (isPostgres) {
    test('throws an outage for calls that need revoked privileges until they are restored', async () => {
      const role = `app_${setting.environment.id.replaceAll('-', '')}`;
      const tables = 'all tables in schema scopegate';
      await runSql(
        database,
        `create role ${role} login`,
        `grant all on schema scopegate to ${role}`,
        `grant all on ${tables} to ${role}`,
      );
      const limited = await openPostgresStore({
        connectionString: database.address.replace(/\/\/\w+@/, `//${role}@`),
      });

      await runSql(database, `revoke insert on ${tables} from ${role}`);
      expect(await causeOf(change(limited))).toMatch(/^42501 permission denied/);
      expect((await read(limited)).count).toBe(1);

      await runSql(database, `grant insert on ${tables} to ${role}`);
      await change(limited);
      await limited.close();
      await runSql(database, `drop owned by ${role}`, `drop role ${role}`);
    });
  }

  test('throws an outage only for objects with unreadable stored JSON', async () => {
    await runSql(database, `update applications set grant_types = '["CLI'`);

    expect(await causeOf(store.applications.get(setting.applicationAt))).toMatch(/JSON/);
    await change(store);
    expect((await store.resources.get({ ...setting.at, resourceId: setting.resource.id }))?.name).toBe('reports');
  });

  test('throws an outage for changes when the ledger has no row', async () => {
    await runSql(database, 'delete from ledger');
    expect(await causeOf(change(store))).toMatch(/no result/);
  });
});

// At length: faults/stores-damage.faults.ts.
describe('damaged SQLite file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-damaged-'));
  let child: StoreProcess;
  let plain: Remains;
  let logged: Remains;
  beforeAll(async () => {
    child = await processes.start();
    plain = await makeRemains(join(directory, 'plain.db'), await processes.start(), 'file');
    logged = await makeRemains(join(directory, 'logged.db'), await processes.start(), 'log');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  let files = 0;
  const asked = ({ reads }: Remains, its: Remains['files']) => {
    return outcomesOf(child, join(directory, `${++files}.db`), its, reads);
  };

  test.each<[string, (main: Buffer) => Buffer, RegExp]>([
    ['a header of zeros', (main) => overwritten(main, 0, Buffer.alloc(100)), /file is not a database$/],
    ['its second half lost', (main) => main.subarray(0, main.length / 2), /database disk image is malformed$/],
    ['a schema of garbage', (main) => overwritten(main, 100, Buffer.alloc(500, 0x5a)), /malformed/],
  ])('refuses to open a file with %s', async (_, damage, message) => {
    const { opened } = await asked(plain, { '': damage(plain.files[''] as Buffer) });
    expect(opened.message).toMatch(message);
    expect(opened.message).toMatch(/^The database .* cannot be opened: /);
  });

  test('throws an outage for data in overwritten pages', async () => {
    const main = plain.files[''] as Buffer;
    const half = Math.floor(main.length / 2);
    const outcomes = await asked(plain, { '': overwritten(main, half, Buffer.alloc(main.length - half, 0x5a)) });
    expect(unclear(outcomes)).toEqual([]);
    expect(outcomes.answers?.filter(({ error }) => error === 'StoreUnavailableError')).not.toEqual([]);
  });

  test('keeps changes before a truncated log, and all changes with a damaged index', async () => {
    const log = logged.files['-wal'] as Buffer;
    const cut = await asked(logged, { ...logged.files, '-wal': log.subarray(0, log.length / 2) });
    expect(unclear(cut)).toEqual([]);
    const history = logged.reads.findIndex(([method]) => method === 'activities.list');
    const [all, left] = [logged.answers[history], cut.answers?.[history]].map((outcome) => outcome?.value.items);
    expect(left).toEqual(all.slice(all.length - left.length)); // newest first
    expect(left.length).toBeLessThan(all.length);

    const { answers } = await asked(logged, { ...logged.files, '-shm': Buffer.alloc(32_768, 0x5a) });
    expect(answers).toEqual(logged.answers);
  });
});
