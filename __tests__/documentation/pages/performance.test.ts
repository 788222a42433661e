import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readText, root } from '../../support/sources.js';
import { readPage } from '../fixtures/pages.js';

const page = readPage('docs/performance.md');

test('each bar of the chart is as long as its figure says', () => {
  const bars = [...page.text.matchAll(/(█+) (\d\.\d\d)/g)].map(([, bar, figure]) => [bar?.length, Number(figure)]);

  expect(bars.length).toBeGreaterThan(10);
  for (const [length, figure] of bars) expect(length).toBe(Math.round((figure as number) * 20));
});

test('the page has a chart where the bench writes one', () => {
  expect(page.text).toMatch(/<!-- bench: peers -->\n```text\n[\s\S]*?```\n[\s\S]*?<!-- \/bench -->/);
  expect(readText('bench/performance-page.mjs')).toContain('docs/performance.md');
});

test('every command that the page names is one of the package', () => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  const named = [...page.text.matchAll(/`npm run ([\w:]+)/g)].map(([, name]) => name as string);

  expect(named.length).toBeGreaterThan(4);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  expect(existsSync(resolve(root, 'bench/bench.mjs'))).toBe(true);
});
