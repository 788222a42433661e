import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from 'scopegate/sqlite';
import { change, read } from '../support/outages.js';

test('the file of a store that is closed holds everything by itself, without its log', async () => {
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
