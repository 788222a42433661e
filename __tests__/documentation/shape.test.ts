import { type Page, proseOf, readPages } from './fixtures/pages.js';

const pages = readPages().filter(({ path }) => path.startsWith('docs/') && path !== 'docs/README.md');
const recipes = pages.filter(({ path }) => path.startsWith('docs/recipes/'));

/** What fits on a screen, in lines. */
const SCREEN = 30;

const LIMITS = /^(?:\*\*Limits\b|## Limits$)/;

/** Where a page says its limits: as a share of its lines, or of its prose where most of it is code. */
function placeOfLimits(page: Page): number | undefined {
  const places = [page.text, proseOf(page)].map((text) => {
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.findIndex((line) => LIMITS.test(line)) / lines.length;
  });
  const place = Math.min(...places);
  return place < 0 ? undefined : place;
}

test.each(pages.filter(({ blocks }) => blocks.length > 0))('$path shows code on its first screen', ({ blocks }) => {
  expect(blocks[0]?.line).toBeLessThan(SCREEN);
});

test.each(pages.filter((page) => placeOfLimits(page) !== undefined))('$path says its limits early', (page) => {
  expect(placeOfLimits(page)).toBeLessThan(1 / 3);
});

test.each(recipes)('$path says its limits', (page) => {
  expect(placeOfLimits(page)).toBeDefined();
});

test('a page that says its limits late is noticed', () => {
  const text = ['# Late', ...Array.from({ length: 6 }, () => 'words'), '**Limits.** None.'].join('\n');

  expect(placeOfLimits({ path: 'docs/late.md', text, blocks: [] })).toBeGreaterThan(1 / 3);
});
