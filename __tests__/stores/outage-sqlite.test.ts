import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from 'scopegate/sqlite';
import { causeOf, change, read } from '../support/outages.js';
import { useProcesses } from '../support/processes.js';
import { context, newEnvironment } from '../support/stores.js';

jest.setTimeout(120_000);

const processes = useProcesses();

describe('SQLite', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'scopegate-outage-'));
    file = join(directory, 'it.db');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('throws an outage when waiting for the lock exceeds busyTimeout', async () => {
    const store = await openSqliteStore({ file, busyTimeout: 50 });
    const holder = await processes.start();
    await holder.do({ do: 'run', file, sql: 'begin immediate' });

    expect(await causeOf(change(store))).toContain('database is locked');
    expect((await read(store)).count).toBe(0);

    await holder.do({ do: 'run', file, sql: 'rollback' });
    await change(store);
    expect((await read(store)).count).toBe(1);
    await store.close();
  });

  test('serves other calls while a change waits for the lock, and then applies it', async () => {
    const store = await openSqliteStore({ file, busyTimeout: 60_000 });
    const holder = await processes.start();
    await holder.do({ do: 'run', file, sql: 'begin immediate' });
    let isMade = false;
    const waiting = change(store).then(() => {
      isMade = true;
    });

    for (let i = 0; i < 20; i++) {
      expect((await read(store)).count).toBe(0);
      await new Promise(setImmediate);
    }
    expect(isMade).toBe(false);

    await holder.do({ do: 'run', file, sql: 'rollback' });
    await waiting;
    expect((await read(store)).count).toBe(1);
    await store.close();
  });

  test('refuses a file that is not a database and leaves it unchanged', async () => {
    writeFileSync(file, 'These are notes, and no database at all.\n'.repeat(100));
    const before = readFileSync(file);

    await expect(openSqliteStore({ file })).rejects.toThrow(
      `The database ${file} cannot be opened: file is not a database`,
    );
    expect(readFileSync(file)).toEqual(before);
  });

  test('reports a folder that does not exist', async () => {
    const missing = join(directory, 'missing', 'it.db');
    await expect(openSqliteStore({ file: missing })).rejects.toThrow(
      new RegExp(`^The database ${missing} cannot be opened: .*unable to open database file`),
    );
  });

  const opening = () => ({ entry: 'scopegate/sqlite', creator: 'openSqliteStore', options: { file } });

  test('refuses a new file without write permission', async () => {
    writeFileSync(file, '');
    const child = await processes.start();
    await child.do({ do: 'drop rights' });
    chmodSync(file, 0o444);
    chmodSync(directory, 0o555);

    const outcome = await child.do({ do: 'open', opening: opening() });

    chmodSync(directory, 0o755);
    expect(outcome.message).toBe(`The database ${file} cannot be opened: attempt to write a readonly database`);
  });

  test('serves reads from a read-only file, and throws an outage for changes', async () => {
    const store = await openSqliteStore({ file });
    await change(store);
    const child = await processes.start();
    await child.do({ do: 'drop rights' });
    chmodSync(file, 0o444);
    chmodSync(directory, 0o555);

    expect(await child.do({ do: 'open', opening: opening() })).not.toHaveProperty('error');
    const [found, changed] = await child.call(
      ['environments.list', { limit: 1 }],
      ['environments.create', newEnvironment('refused'), context],
    );

    chmodSync(directory, 0o755);
    expect(found).toMatchObject({ value: { count: 1 } });
    expect(changed).toMatchObject({ error: 'StoreUnavailableError' });
    await change(store);
    await store.close();
  });

  test('throws an outage when the file is damaged while it is open', async () => {
    const maker = await processes.start();
    await maker.do({ do: 'open', opening: opening() });
    await maker.call(['environments.create', newEnvironment('lost'), context]);
    await maker.do({ do: 'run', file, sql: 'pragma wal_checkpoint(truncate)' });
    await maker.kill();
    const store = await openSqliteStore({ file });
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0x55, 4096)); // the first page tells where the tables begin

    expect(await causeOf(read(store))).toContain('database disk image is malformed');
    await store.close();
  });
});
