import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { liveGrants, StoreUnavailableError } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { connections } from '../../lib/stores/sqlite/connections.js';
import { endsAtClose, loadDatabase } from '../../lib/stores/sqlite/driver.js';
import { sqliteEngine } from '../../lib/stores/sqlite/engine.js';
import { causeOf, change, read } from '../support/outages.js';
import { context, createSetting, newEnvironment, type Setting, type TestDatabase } from '../support/stores.js';
import { faultsOf } from '../support/tables.js';
import { answerOf, ask, tokenOf } from './live-answers.js';

jest.setTimeout(60_000);

describe('a SQLite file that somebody touches while it is open', () => {
  let directory: string;
  let file: string;
  let store: GrantStore;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'scopegate-replaced-'));
    file = join(directory, 'it.db');
    store = await openSqliteStore({ file });
    await change(store);
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const remove = (suffixes: readonly string[]) => {
    for (const suffix of suffixes) rmSync(`${file}${suffix}`);
  };
  const removeLog = () => remove(['-wal', '-shm']);
  const faults = () => faultsOf({ address: file } as TestDatabase);
  const countOf = async (of: GrantStore) => (await read(of)).count;

  /** Another database, closed, with three environments. */
  async function another(): Promise<string> {
    const path = join(directory, 'another.db');
    const other = await openSqliteStore({ file: path });
    for (let i = 0; i < 3; i++) await change(other);
    await other.close();
    return path;
  }

  /** Asks until the answer is no longer that of a connection which has not looked yet. */
  async function readsSoon(expected: number | 'outage'): Promise<void> {
    const found = async () => {
      const [answer] = await Promise.allSettled([countOf(store)]);
      if (answer.status === 'fulfilled') return answer.value;
      expect(answer.reason).toBeInstanceOf(StoreUnavailableError);
      return 'outage';
    };
    while ((await found()) !== expected) await pause(5);
  }

  test('deleted: nothing is acknowledged, no other is made, and it goes on when the file is back', async () => {
    renameSync(file, `${file}.away`);

    expect(await causeOf(change(store))).toContain('it is not where it was');
    await readsSoon('outage');
    expect(existsSync(file)).toBe(false);

    renameSync(`${file}.away`, file);
    await change(store);
    expect(await countOf(store)).toBe(2);
    expect(await faults()).toEqual([]);
  });

  test('replaced, its log removed: the store goes on in the new file', async () => {
    const other = await another();
    removeLog();
    renameSync(other, file);

    await change(store);

    expect(await countOf(store)).toBe(4);
    const second = await openSqliteStore({ file });
    expect(await countOf(second)).toBe(4);
    await second.close();
    expect(await faults()).toEqual([]);
  });

  test('replaced: whoever only reads notices, too', async () => {
    const other = await another();
    removeLog();
    renameSync(other, file);

    await readsSoon(3);
  });

  test('replaced by something that is no database: an outage until it is one, and none is made', async () => {
    const other = await another();
    removeLog();
    writeFileSync(`${file}.notes`, 'no database at all\n'.repeat(500));
    renameSync(`${file}.notes`, file);
    expect(await causeOf(change(store))).toContain('file is not a database');
    rmSync(file);
    for (let i = 0; i < 2; i++) expect(await causeOf(change(store))).toContain('it is not where it was');
    await readsSoon('outage');
    expect(existsSync(file)).toBe(false);

    renameSync(other, file);
    await change(store);
    expect(await countOf(store)).toBe(4);
    expect(await faults()).toEqual([]);
  });

  test('replaced, its log still there: an outage, and the new file is left alone until the log is removed', async () => {
    const other = await another();
    const bytes = readFileSync(other);
    renameSync(other, file);

    for (let i = 0; i < 3; i++) {
      expect(await causeOf(change(store))).toContain('it was replaced, but not its -wal and -shm');
    }
    await readsSoon('outage');
    expect(readFileSync(file).equals(bytes)).toBe(true);

    removeLog();
    await change(store);
    expect(await countOf(store)).toBe(4);
    expect(await faults()).toEqual([]);
  });

  describe.each([[['-wal']], [['-shm']], [['-wal', '-shm']]])('only %j removed', (suffixes) => {
    const goesOn = endsAtClose();
    (goesOn ? test : test.skip)('what was acknowledged is kept', async () => {
      remove(suffixes);

      await change(store);
      await store.close();

      store = await openSqliteStore({ file });
      expect(await countOf(store)).toBe(2);
      expect(await faults()).toEqual([]);
    });

    (goesOn ? test : test.skip)(
      'a store that is idle does not keep the old log for another of its process',
      async () => {
        const idle = await openSqliteStore({ file });
        remove(suffixes);

        await change(store);

        expect(existsSync(`${file}-shm`)).toBe(true);
        expect(await countOf(idle)).toBe(2);
        await change(idle);
        expect(await countOf(store)).toBe(3);
        await idle.close();
      },
    );

    (goesOn ? test.skip : test)('where connections do not end: no store of the process opens that file', async () => {
      const other = await another();
      remove(suffixes);

      for (let i = 0; i < 2; i++) expect(await causeOf(change(store))).toContain('must be restarted');
      await readsSoon('outage');
      await expect(openSqliteStore({ file })).rejects.toThrow('must be restarted');

      for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
      renameSync(other, file);
      await change(store);
      expect(await countOf(store)).toBe(4);
    });

    (goesOn ? test.skip : test)('where connections do not end: nor does it after the store was closed', async () => {
      remove(suffixes);
      await store.close();

      await expect(openSqliteStore({ file })).rejects.toThrow('must be restarted');
    });
  });

  test('removed, and copied there anew in place: an outage while it is empty', async () => {
    const other = await another();
    remove(['', '-wal', '-shm']);
    writeFileSync(file, '');

    expect(await causeOf(change(store))).toContain('it is empty');
    await readsSoon('outage');

    writeFileSync(file, readFileSync(other));
    await change(store);
    expect(await countOf(store)).toBe(4);
    expect(await faults()).toEqual([]);
  });

  test('replaced after the store was closed: a late call does not open the new one', async () => {
    const open = await loadDatabase();
    let opened = 0;
    const { connect, close } = connections(() => {
      opened++;
      return open(file);
    }, file);
    const connection = connect(() => undefined);
    close();
    const other = await another();
    await store.close();
    rmSync(`${file}-wal`, { force: true });
    rmSync(`${file}-shm`, { force: true });
    renameSync(other, file);

    expect(() => connection.prepare('begin immediate').all([])).toThrow('database is not open');
    expect(opened).toBe(1);
  });

  test('a link that leads to another file now is followed there', async () => {
    const link = join(directory, 'link.db');
    symlinkSync(file, link);
    const linked = await openSqliteStore({ file: link });
    const other = await another();
    rmSync(link);
    symlinkSync(other, link);

    await change(linked);

    expect(await countOf(linked)).toBe(4);
    await linked.close();
    expect(await countOf(store)).toBe(1);
  });

  test('replaced amid a change: it is not acknowledged', async () => {
    const engine = await sqliteEngine(file, 100);
    const other = await another();

    const made = engine.transaction(async (tx) => {
      await tx.updateTable('ledger').set({ changed_at: 'now' }).execute();
      removeLog();
      renameSync(other, file);
    });

    await expect(made).rejects.toThrow('database is not open');
    await engine.transaction((tx) => tx.updateTable('ledger').set({ changed_at: '2000' }).execute());
    expect(await engine.reader.selectFrom('ledger').select('changed_at').execute()).toEqual([{ changed_at: '2000' }]);
    await engine.close();
  });

  test('replaced while several statements are reading: they fail rather than see two states', async () => {
    const engine = await sqliteEngine(file, 100);
    const other = await another();

    const reading = engine.readTransaction(async (tx) => {
      await sql`select 1 from ledger`.execute(tx);
      removeLog();
      renameSync(other, file);
      await engine.transaction((tx) => tx.updateTable('ledger').set({ changed_at: '2000' }).execute());
      return tx.selectFrom('environments').select('id').execute();
    });

    await expect(reading).rejects.toThrow('database is not open');
    expect(await engine.readTransaction((tx) => tx.selectFrom('environments').select('id').execute())).toHaveLength(3);
    await engine.close();
  });

  test('replaced by a backup from before a grant: live grants permit it no longer', async () => {
    const setting: Setting = await createSetting(store);
    await store.close();
    const backup = readFileSync(file);
    store = await openSqliteStore({ file });
    const granted = [{ resource: { name: 'reports' }, scopes: [{ name: 'a' }] }];
    await store.grants.setAll(setting.applicationAt, granted, context);
    const live = liveGrants({ store });
    expect(await answerOf(live, tokenOf(setting))).toBe('a');

    writeFileSync(`${file}.backup`, backup);
    removeLog();
    renameSync(`${file}.backup`, file);

    const story = await ask(live, tokenOf(setting), 'application_revoked', Promise.resolve(performance.now()));
    expect(story.answers.at(-1)).toBe('application_revoked');
    await store.environments.create(newEnvironment('after all'), context);
    live.close();
  });
});
