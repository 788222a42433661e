import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endsAtClose } from '../../lib/stores/sqlite/driver.js';
import type { Outcome } from '../support/call-results.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import { context, newEnvironment, type TestDatabase } from '../support/stores.js';
import { faultsOf } from '../support/tables.js';

jest.setTimeout(60_000);

const { start } = useProcesses();
let directory: string;
let file: string;
let names = 0;
let acknowledged: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'scopegate-replaced-'));
  file = join(directory, 'it.db');
  acknowledged = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const databaseAt = (address: string): TestDatabase => ({
  ...({ address } as TestDatabase),
  opening: { entry: 'scopegate/sqlite', creator: 'openSqliteStore', options: { file: address } },
});

async function opened(path = file): Promise<StoreProcess> {
  const process = await start();
  const { message } = await process.open(databaseAt(path));
  expect(message).toBeUndefined();
  return process;
}

/** Changes one after the other; each is either acknowledged or an outage. */
async function changes(by: StoreProcess, count: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let i = 0; i < count; i++) {
    const name = `changed by one of several ${++names}`;
    const [outcome] = await by.call(['environments.create', newEnvironment(name), context]);
    if (outcome?.message === undefined) acknowledged.push(name);
    else expect(outcome.error).toBe('StoreUnavailableError');
    outcomes.push(outcome as Outcome);
  }
  return outcomes;
}

async function missingFor(process: StoreProcess): Promise<string[]> {
  const [outcome] = await process.call(['environments.list', { limit: 1000 }]);
  const found = new Set(outcome?.value?.items.map(({ name }: { name: string }) => name));
  return acknowledged.filter((name) => !found.has(name));
}

const removed = (suffixes: readonly string[]) => {
  for (const suffix of suffixes) rmSync(`${file}${suffix}`);
};

describe('a SQLite file that several processes use', () => {
  test.each([[['-wal']], [['-shm']], [['-wal', '-shm']]])(
    'its %j removed: nothing that any of them acknowledged is missing, and a restart mends it',
    async (suffixes) => {
      const first = await opened();
      await changes(first, 5);
      removed(suffixes);
      const after = await changes(first, 3);
      expect(new Set(after.map(({ error }) => error))).toEqual(
        new Set([endsAtClose() ? undefined : 'StoreUnavailableError']),
      );

      const second = await opened();
      for (let i = 0; i < 5; i++) for (const each of [second, first]) await changes(each, 2);
      await Promise.all([changes(first, 30), changes(second, 30)]);
      expect(acknowledged.length).toBeGreaterThanOrEqual(45);
      expect(await missingFor(second)).toEqual([]);

      await first.end();
      const third = await opened();
      for (const each of [third, second, third]) await changes(each, 2);
      for (const each of [second, third]) expect(await missingFor(each)).toEqual([]);
      await second.end();
      await third.end();
      expect(await missingFor(await opened())).toEqual([]);
      expect(await faultsOf(databaseAt(file))).toEqual([]);
    },
  );

  test('its log removed while two have it open: neither acknowledges what is lost', async () => {
    const first = await opened();
    const second = await opened();
    for (const each of [first, second, first]) await changes(each, 2);
    removed(['-wal', '-shm']);

    for (let i = 0; i < 10; i++) for (const each of [first, second]) await changes(each, 2);
    await first.end();
    await second.end();

    const third = await opened();
    await changes(third, 1);
    expect(await missingFor(third)).toEqual([]);
    expect(await faultsOf(databaseAt(file))).toEqual([]);
  });

  test('restored under two that are busy, renamed first: both refuse until the log is removed, then go on', async () => {
    const other = join(directory, 'another.db');
    const backup = await opened(other);
    await changes(backup, 3);
    await backup.end();
    const first = await opened();
    const second = await opened();
    for (const each of [first, second]) await changes(each, 5);
    acknowledged = [];

    renameSync(other, file);
    for (const each of [first, second]) {
      expect((await changes(each, 2)).map(({ error }) => error)).toEqual([
        'StoreUnavailableError',
        'StoreUnavailableError',
      ]);
    }
    removed(['-wal', '-shm']);

    await changes(second, 5);
    await Promise.all([changes(first, 30), changes(second, 30)]);
    expect(acknowledged).toHaveLength(65);
    for (const each of [first, second]) expect(await missingFor(each)).toEqual([]);
    const [outcome] = await second.call(['environments.list', { limit: 1000 }]);
    expect(outcome?.value?.count).toBe(68);
    await first.end();
    await second.end();
    expect(await missingFor(await opened())).toEqual([]);
    expect(await faultsOf(databaseAt(file))).toEqual([]);
  });
});
