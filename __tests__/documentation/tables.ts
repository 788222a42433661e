import { readText } from '../support/sources.js';
import { readPages } from './pages.js';

const pages = readPages();

/** The rows of the table between `<!-- name -->` and the next comment, cell by cell, without its head. */
export function tableRows(name: string): string[][] {
  const table = new RegExp(`<!-- ${name} -->\n([\\s\\S]*?)<!-- /`);
  const [section, ...others] = pages.flatMap(({ text }) => table.exec(text)?.[1] ?? []);
  if (section === undefined) throw new Error(`No page has a table "${name}".`);
  if (others.length > 0) throw new Error(`Several pages have a table "${name}".`);
  return section
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.slice(2, -2).split(/ ?\| ?/));
}

/** The names of the tables of one kind, for example every `options: …`. */
export function tablesOf(kind: string): string[] {
  return pages.flatMap(({ text }) =>
    [...text.matchAll(new RegExp(`<!-- ${kind}: (\\w+) -->`, 'g'))].map(([, name]) => name as string),
  );
}

/** The text of all pages. */
export const pagesText = [...pages.map(({ text }) => text), readText('CONTRIBUTING.md')].join('\n');
