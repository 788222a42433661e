import { usePrintingPage } from '../fixtures/printed.js';

const { page, runModule } = usePrintingPage('docs/documents.md');

const [planned, faults] = page.blocks.filter(({ language }) => language === 'text').map(({ code }) => code.trim());

test('the first run prints the plan of the page, and the second one plans nothing', () => {
  const first = runModule('apply.ts').trim().split('\n');
  const second = runModule('apply.ts').trim().split('\n');

  expect(first.slice(0, -1).join('\n')).toBe(planned);
  expect(second).toEqual(first.slice(-1)); // the export alone
});

test('the faults are those that the page shows', () => {
  expect(runModule('faults.ts').trim()).toBe(faults);
});
