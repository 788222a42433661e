import { usePrintingPage } from '../fixtures/printed.js';

const { page, runModule, runShell } = usePrintingPage('docs/stores.md');

const RESTORE = page.blocks.find(({ language, code }) => language === 'sh' && code.startsWith('rm -f'))?.code as string;

function runSql(sql: string, afterwards = ''): string {
  const open = `const db = new (require('@photostructure/sqlite').DatabaseSync)('seeded.db')`;
  return runShell(`node -e "${open}; console.log(db.prepare('${sql}').all().length); ${afterwards}"`).trim();
}

let printed: string;
beforeAll(() => {
  printed = runModule('seed.ts');
});

test('the script seeds an application with the scope that the page names', () => {
  expect(printed).toMatch(/state: 'enabled'/);
  expect(printed).toMatch(/scope: 'orders:read'/);
});

test('what a process left beside the file when it was killed does not survive a restore', () => {
  runModule('backup.ts');
  const scopes = runSql('select * from grant_scopes');
  const afterwards = `process.kill(process.pid, 'SIGKILL')`;
  expect(() => runSql('delete from grant_scopes returning *', afterwards)).toThrow();
  expect(runShell('ls')).toMatch(/^seeded\.db-wal$/m);
  runShell(RESTORE);

  expect([scopes, runSql('select * from grant_scopes')]).toEqual(['1', '1']);
});

test('a second seed is refused as a whole, since the name is taken', () => {
  expect(() => runModule('seed.ts')).toThrow(/AdminError/);
  expect(runSql('select * from applications')).toBe('1');
});
