import { usePrintingPage } from '../fixtures/printed.js';

const { page, runModule } = usePrintingPage('docs/decisions.md');

test('the example prints what its comments say', () => {
  const [block] = page.blocks;
  const said = [...(block?.code ?? '').matchAll(/\); \/\/ (\w+)$/gm)].map(([, value]) => value);

  expect(said.length).toBe(3);
  expect(runModule('block-1.ts').trim().split('\n')).toEqual(said);
});
