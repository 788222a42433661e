import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from 'scopegate/sqlite';
import { warnIfMountPoint } from '../../lib/stores/sqlite/mount-point.js';

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'scopegate mount-')));
const file = join(directory, 'it.db');
writeFileSync(file, '');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let warnings: unknown[][];
beforeEach(() => {
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((...given) => void warnings.push(given));
});
afterEach(() => jest.restoreAllMocks());

const mountOf = (path: string) => `29 1 8:1 / / rw - ext4 /dev/a rw\n36 29 8:1 /x ${path} rw - ext4 /dev/a rw\n`;
const escaped = (path: string) => path.replaceAll(' ', '\\040');

const WARNING = [
  `The database file ${file} is a mount point. SQLite keeps a -wal and a -shm file beside it: mount the folder, not the file.`,
  { type: 'ScopegateWarning', code: 'SCOPEGATE_SQLITE_MOUNT' },
];

test('a database file that is listed as a mount point is warned of', () => {
  warnIfMountPoint(file, mountOf(escaped(file)));
  expect(warnings).toEqual([WARNING]);
});

test('a mounted folder, another mounted file, and a file that does not exist are not warned of', () => {
  for (const path of [directory, `${file}-wal`, '/']) warnIfMountPoint(file, mountOf(escaped(path)));
  warnIfMountPoint(join(directory, 'missing.db'), mountOf(escaped(join(directory, 'missing.db'))));
  warnIfMountPoint(file, '');
  warnIfMountPoint(file);
  expect(warnings).toEqual([]);
});

test('an opened store warns of nothing where its folder is an ordinary one', async () => {
  for (const each of [join(directory, 'new.db'), ':memory:']) await (await openSqliteStore({ file: each })).close();
  expect(warnings).toEqual([]);
});

test('an opened store warns once of a file that is mounted by itself', async () => {
  if (spawnSync('mount', ['--bind', file, file]).status !== 0) {
    process.stderr.write('No file can be mounted here: opening a mounted file is not tried.\n');
    return;
  }
  try {
    const store = await openSqliteStore({ file });
    await store.environments.list({ limit: 1 });
    await store.close();
    expect(warnings).toEqual([WARNING]);
  } finally {
    spawnSync('umount', ['--lazy', file]);
  }
});
