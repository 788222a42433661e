import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from 'scopegate/sqlite';
import { change, read } from '../support/outages.js';

test('a closed store leaves all data in its file without the write-ahead log', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-closed-'));
  const store = await openSqliteStore({ file: join(directory, 'it.db') });
  await change(store);
  await store.close();
  copyFileSync(join(directory, 'it.db'), join(directory, 'copy.db'));
  const copy = await openSqliteStore({ file: join(directory, 'copy.db') });
  expect((await read(copy)).count).toBe(1);
  await copy.close();
  rmSync(directory, { recursive: true });
});
