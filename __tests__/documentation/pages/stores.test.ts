import { usePrintingPage } from '../printed.js';

const { page, runModule, runShell } = usePrintingPage('docs/stores.md');

const RESTORE = page.blocks.find(({ language, code }) => language === 'sh' && code.startsWith('rm -f'))?.code as string;
const COUNT = `node -e "
  const { DatabaseSync } = require('@photostructure/sqlite');
  console.log(new DatabaseSync('seeded.db').prepare('select name from applications').all().length);
"`;

let printed: string;
beforeAll(() => {
  printed = runModule('seed.ts');
});

test('the script seeds an application with the scope that the page names', () => {
  expect(printed).toMatch(/state: 'enabled'/);
  expect(printed).toMatch(/scope: 'orders:read'/);
});

test('a seeded store is backed up and restored as the page says', () => {
  runModule('backup.ts');
  runShell('rm seeded.db*; printf "not a database, and with a log of its own" | tee seeded.db > seeded.db-wal');
  runShell(RESTORE);

  expect(runShell(COUNT).trim()).toBe('1');
});

test('a second seed is refused as a whole, since the name is taken', () => {
  expect(() => runModule('seed.ts')).toThrow(/AdminError/);
  expect(runShell(COUNT).trim()).toBe('1');
});
