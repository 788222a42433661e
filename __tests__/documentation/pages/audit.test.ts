import { usePrintingPage } from '../fixtures/printed.js';

const { runModule, runShell } = usePrintingPage('docs/audit.md');

test('the export has one line for each activity, and the erasure goes through what is left', () => {
  runModule('export.ts');
  const lines = runShell('cat former-customer.jsonl').trim().split('\n');

  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { type: 'ENVIRONMENT.CREATED', actor: { client: 'offboarding' } },
  ]);
  expect(runModule('erase.ts')).toBe('');
});
