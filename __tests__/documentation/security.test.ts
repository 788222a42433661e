import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readText, root } from '../support/sources.js';

const security = readText('SECURITY.md');

/** The cells of a table, row by row, without its head. */
function rowsUnder(heading: string): string[][] {
  const [, section = ''] = security.split(`## ${heading}\n`);
  const lines = (section.split('\n## ')[0] as string).split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => line.slice(2, -2).split(' | '));
}

const code = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, content]) => content as string);

test('every promise in SECURITY.md names tests that exist', () => {
  const promises = rowsUnder('Promises, and their tests');
  expect(promises.length).toBeGreaterThan(10);
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  for (const [promise, tests = ''] of promises) {
    const named = code(tests).filter((text) => /^(?:__tests__\/|npm )/.test(text));
    const missing = named.filter((text) =>
      text.startsWith('npm ') ? scripts[text.replace('npm run ', '')] === undefined : !existsSync(resolve(root, text)),
    );
    expect({ promise, isTested: named.length > 0, missing }).toEqual({ promise, isTested: true, missing: [] });
  }
});

test('SECURITY.md names only scripts that exist', () => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  const named = code(security).filter((text) => text.startsWith('npm run '));
  expect(named.length).toBeGreaterThan(2);
  expect(named.filter((text) => scripts[text.replace('npm run ', '')] === undefined)).toEqual([]);
});
