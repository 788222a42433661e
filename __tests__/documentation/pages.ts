import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { readSources, readText, root } from '../support/sources.js';
import { renderAdminApiPage } from './admin-api-page.js';

/** A fenced code block of a page. */
export interface Block {
  readonly language: string;
  /** What follows the language, for example `file=app.ts`. */
  readonly info: string;
  readonly code: string;
  /** The line of the page on which the code begins, counted from 1. */
  readonly line: number;
}

export interface Page {
  /** From the root of the repository, for example `docs/gate.md`. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

export function readPage(path: string): Page {
  const text = readText(path);
  return { path, text, blocks: parseBlocks(text) };
}

/** Made by the build, and so not among the files of the repository. */
const GENERATED = 'docs/admin-api.md';

/** The README and every page of `docs/`. */
export function readPages(): Page[] {
  const written = readSources('docs', /\.md$/).filter(({ path }) => path !== GENERATED);
  const text = renderAdminApiPage();
  return [
    readPage('README.md'),
    ...written.map(({ path }) => readPage(path)),
    { path: GENERATED, text, blocks: parseBlocks(text) },
  ];
}

export function parseBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const [, fence, language, info] = /^(```+)(\w*) ?(.*)$/.exec(lines[i] as string) ?? [];
    if (fence === undefined) continue;
    const end = lines.indexOf(fence, i + 1);
    if (end < 0) throw new Error(`The code block on line ${i + 1} has no end.`);
    const code = lines.slice(i + 1, end).join('\n');
    blocks.push({ language: language as string, info: info as string, code, line: i + 2 });
    i = end;
  }
  return blocks;
}

/** The file of each `ts` block: the name in its info string, else its place among the `ts` blocks of the page. */
export function moduleFiles({ blocks }: Page): { file: string; block: Block }[] {
  return blocks
    .filter(({ language }) => language === 'ts')
    .map((block, i) => ({ file: /\bfile=(\S+)/.exec(block.info)?.[1] ?? `block-${i + 1}.ts`, block }));
}

/** The page without its code blocks, for links and words. */
export function proseOf({ text }: Page): string {
  return text.replace(/^(```+)[\s\S]*?^\1$/gm, '');
}

/** The anchors of a page's headings, as GitHub and npm write them, and those of `<a id="…">`. */
export function anchorsOf(page: Page): string[] {
  const seen = new Map<string, number>();
  const headings = [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, title]) => {
    const slug = slugOf(title as string);
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return [...headings, ...[...page.text.matchAll(/<a (?:id|name)="([^"]+)">/g)].map(([, id]) => id as string)];
}

function slugOf(title: string): string {
  return title
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

export interface Link {
  readonly from: string;
  /** From the root of the repository; the page itself for a link that is only an anchor. */
  readonly path: string;
  readonly anchor: string | undefined;
}

/** The links of a page that stay in the repository. */
export function localLinksOf(page: Page): Link[] {
  return [...proseOf(page).matchAll(/\]\(([^()\s]+(?:\([^()\s]*\))?)\)/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#');
      return { from: page.path, path: file === '' ? page.path : posix.join(posix.dirname(page.path), file), anchor };
    });
}

/** What is wrong with the links of these pages. */
export function brokenLinks(pages: readonly Page[]): string[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  return pages.flatMap(localLinksOf).flatMap(({ from, path, anchor }) => {
    if (!existsSync(resolve(root, path)) && !byPath.has(path)) return [`${from} links to ${path}, which is not there.`];
    const page = byPath.get(path);
    if (anchor === undefined) return [];
    if (page === undefined) return [`${from} links to an anchor of ${path}, which is not a page.`];
    return anchorsOf(page).includes(anchor) ? [] : [`${from} links to ${path}#${anchor}; there is no such heading.`];
  });
}

/** The pages that no chain of links reaches from the first. */
export function unreachedPages(pages: readonly Page[]): string[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const [start] = pages;
  const reached = new Set<string>();
  const waiting = start === undefined ? [] : [start.path];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const page = byPath.get(path);
    if (reached.has(path) || page === undefined) continue;
    reached.add(path);
    waiting.push(...localLinksOf(page).map((link) => link.path));
  }
  return pages.map(({ path }) => path).filter((path) => !reached.has(path));
}
