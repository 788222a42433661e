import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readText } from '../support/sources.js';

const page = readText('CONTRIBUTING.md');

test('every path that CONTRIBUTING names exists', () => {
  const paths = [...page.matchAll(/`((?:lib|__tests__|scripts|\.ci)\/[\w./-]*)`/g)].map(([, path]) => path as string);

  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(resolve(path)))).toEqual([]);
});

test('every command that CONTRIBUTING names is a script', () => {
  const { scripts } = JSON.parse(readText('package.json'));
  const commands = [...page.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name as string);

  expect(commands.filter((name) => scripts[name] === undefined)).toEqual([]);
});
