import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { transformSync } from '@swc/core';
import { readSources, root } from '../support/sources.js';
import { moduleFiles, type Page } from './pages.js';

/**
 * A folder in which the blocks of the pages are modules as a reader would have them: `scopegate` is the library as
 * JavaScript, and every other package is one of this repository. Nothing there goes through Jest.
 */
export interface Workspace {
  readonly folder: string;
  /** Whether a page reads the address of a PostgreSQL database from the environment. */
  readonly usesDatabase: boolean;
  /** Where the modules of a page are. */
  folderOf(page: Page): string;
  /** What TypeScript says of all of them. An empty text: nothing. */
  compile(): string;
  remove(): void;
}

export function createWorkspace(pages: readonly Page[]): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'scopegate-pages-'));
  const folderOf = ({ path }: Page) => join(folder, 'pages', path.replace(/\.md$/, '').replaceAll('/', '-'));
  const exports = { '.': './lib/index.js', './*': './lib/*.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'scopegate', type: 'module', exports }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const program = readSources('__tests__/documentation', /\/(?:internet|page-process)\.ts$/);
  for (const { path, source } of [...readSources('lib', /\.c?ts$/), ...program])
    writeModule(join(folder, path), source);
  for (const page of pages) {
    mkdirSync(folderOf(page), { recursive: true });
    for (const { file, block } of moduleFiles(page)) {
      const path = join(folderOf(page), file);
      // The lines of the module are those of the page, so that an error names the right one.
      const source = `${'\n'.repeat(block.line - 1)}${block.code}\nexport {};\n`;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, source);
      writeModule(path, source);
    }
  }
  return {
    folder,
    usesDatabase: pages.some(({ text }) => text.includes('DATABASE_URL')),
    folderOf,
    compile: () =>
      groupByProgram(pages)
        .map((group, i) => compileProgram(folder, group.map(folderOf), i))
        .join(''),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The library is the same in each workspace of a test file. */
const compiled = new Map<string, string>();

/** Where a `.ts` or `.cts` file would be, writes the `.js` or `.cjs` file that Node loads. */
function writeModule(path: string, source: string): void {
  const code = compiled.get(source) ?? toJavaScript(path, source);
  compiled.set(source, code);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path.replace(/ts$/, 'js'), code);
}

function toJavaScript(path: string, source: string): string {
  const { code } = transformSync(source, {
    filename: path,
    swcrc: false,
    // Nest's decorators are those of TypeScript, not of the language.
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: path.endsWith('.cts') ? 'commonjs' : 'es6' },
  });
  return code;
}

/** Packages that add members to Express's request: a page that uses one is a program of its own. */
const AUGMENTS_EXPRESS =
  /from '(?:express-oauth2-jwt-bearer|express-jwt|passport|scopegate\/express-oauth2-jwt-bearer)'|scopegate\/augment/;

function groupByProgram(pages: readonly Page[]): Page[][] {
  const augments = (page: Page) =>
    page.blocks.some(({ language, code }) => language === 'ts' && AUGMENTS_EXPRESS.test(code));
  const withModules = pages.filter((page) => moduleFiles(page).length > 0);
  return [withModules.filter((page) => !augments(page)), ...withModules.filter(augments).map((page) => [page])].filter(
    (group) => group.length > 0,
  );
}

/** As strict as a reader's program is likely to be. */
function compileProgram(folder: string, include: readonly string[], number: number): string {
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    noUnusedLocals: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [resolve(root, 'node_modules/@types')],
    paths: { scopegate: [resolve(root, 'lib/index.ts')], 'scopegate/*': [resolve(root, 'lib/*.ts')] },
  };
  const config = join(folder, `tsconfig-${number}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions, include: include.map((each) => `${each}/**/*.ts`) }));
  const compiler = resolve(root, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr, error } = spawnSync(process.execPath, [compiler, '-p', config], { cwd: folder });
  return `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`;
}
