import { shownAfter, usePrintingPage } from '../fixtures/printed.js';

const { page, runModule } = usePrintingPage('docs/issuing-tokens.md');

test.each(['policy.ts', 'refresh.ts'])('%s prints what the page shows after it', (file) => {
  expect(JSON.parse(runModule(file))).toEqual(shownAfter(page, file));
});
