import { readText } from '../support/sources.js';
import { type Page, readPage, readPages } from './pages.js';

// Tables lie on the page of their task. Until all have moved there, the README is the last place to look.
const places: readonly Page[] = [...readPages(), readPage('README.md')];

/** The rows of the table between `<!-- name -->` and the next comment, cell by cell, without its head. */
export function tableRows(name: string): string[][] {
  const table = new RegExp(`<!-- ${name} -->\n([\\s\\S]*?)<!-- /`);
  const section = places.map(({ text }) => table.exec(text)?.[1]).find((each) => each !== undefined);
  if (section === undefined) throw new Error(`No page has a table "${name}".`);
  return section
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.slice(2, -2).split(/ ?\| ?/));
}

/** The names of the tables of one kind, for example every `options: …`, each once. */
export function tablesOf(kind: string): string[] {
  const names = places.flatMap(({ text }) => [...text.matchAll(new RegExp(`<!-- ${kind}: (\\w+) -->`, 'g'))]);
  return [...new Set(names.map(([, name]) => name as string))];
}

/** The text of all pages. */
export const pagesText = [...places.map(({ text }) => text), readText('CONTRIBUTING.md')].join('\n');
