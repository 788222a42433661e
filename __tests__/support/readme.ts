import { readText } from './sources.js';

export const readme = readText('README.md');

/** The rows of the table between `<!-- name -->` and the next closing comment, cell by cell, without its head. */
export function tableRows(name: string): string[][] {
  const section = new RegExp(`<!-- ${name} -->\n([\\s\\S]*?)<!-- /`).exec(readme)?.[1];
  if (section === undefined) throw new Error(`README.md has no table "${name}".`);
  return section
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => row.slice(2, -2).split(/ ?\| ?/));
}

/** The names of the tables of one kind, for example every `options: …`. */
export function tablesOf(kind: string): string[] {
  return [...readme.matchAll(new RegExp(`<!-- ${kind}: (\\w+) -->`, 'g'))].map(([, name]) => name as string);
}

/** The code blocks in one language. */
export function codeBlocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, code]) => code as string,
  );
}
