import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from '../support/sources.js';
import { brokenLinks, type Page, parseBlocks, proseOf, readPage, readPages, unreachedPages } from './fixtures/pages.js';

const pages = readPages();
const others = ['CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'].filter((path) => existsSync(resolve(root, path)));

test('every relative link and every anchor of the pages leads somewhere', () => {
  expect(brokenLinks([...pages, ...others.map(readPage)])).toEqual([]);
});

test('every page is reached from the README by links', () => {
  expect(unreachedPages(pages)).toEqual([]);
});

test.each(pages)('every file of this repository that $path names exists', (page) => {
  const named = [...proseOf(page).matchAll(/`((?:lib|__tests__|scripts|bench|demo-app|docs|\.ci)\/[\w./-]*)`/g)];

  expect(named.map(([, path]) => path as string).filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
});

describe('the check of the links', () => {
  const page = (path: string, text: string): Page => ({ path, text, blocks: parseBlocks(text) });

  test('a link to a missing page, and one to a missing heading, are named', () => {
    const one = page('docs/one.md', '# One\n[two](two.md) [there](#one) [gone](gone.md) [no](two.md#no)');

    expect(brokenLinks([one, page('docs/two.md', '# Two')])).toEqual([
      'docs/one.md links to docs/gone.md, which is not there.',
      'docs/one.md links to docs/two.md#no; there is no such heading.',
    ]);
  });

  test('a link in a code block is no link', () => {
    expect(brokenLinks([page('docs/one.md', '```md\n[gone](gone.md)\n```')])).toEqual([]);
  });

  test('a page that only an unreached page links to is named', () => {
    const start = page('README.md', '[one](docs/one.md)');

    expect(unreachedPages([start, page('docs/one.md', '# One'), page('docs/two.md', '[three](three.md)')])).toEqual([
      'docs/two.md',
    ]);
  });
});
