// dist/: the library as ES modules and as CommonJS, each with its declarations and source maps, and the demo.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listFiles, reachableFrom } from './declarations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** The ES module of an entry point. */
function toEsModule(path) {
  return root + path.replace('./dist/cjs/', 'dist/esm/').replace('.d.ts', '.js');
}

/** The one file of the ES modules that is CommonJS stays a file of its own, beside the module that imports it. */
const COMMONJS_MODULE = 'require-express.cjs';

/** The declarations of the entry points, as CommonJS has them. */
const entryPoints = Object.values(manifest.exports).flatMap((entry) => entry.require?.types ?? []);

function compile(...flags) {
  const { status } = spawnSync(process.execPath, [compiler, ...flags], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`build: tsc ${flags.join(' ')} failed`);
    process.exit(1);
  }
}

/** Puts the finished OpenAPI document where it was computed, so that users need no zod-openapi. */
async function shipApiDescription() {
  const { describeApi } = await import(new URL('../dist/esm/admin/api-description.js', import.meta.url));
  const description = describeApi();
  description.info.version = manifest.version;
  const body = `function describeApi() {\n  return ${JSON.stringify(description)};\n}\n`;
  writeFileSync(`${root}dist/esm/admin/api-description.js`, `export ${body}`);
  writeFileSync(
    `${root}dist/cjs/admin/api-description.js`,
    `'use strict';\nexports.describeApi = describeApi;\n${body}`,
  );
  for (const format of ['esm', 'cjs']) {
    const composing = ['openapi', 'request-examples', 'tags'].flatMap((name) =>
      ['js', 'js.map', 'd.ts', 'd.ts.map'].map((end) => `${name}.${end}`),
    );
    for (const name of [...composing, 'api-description.js.map'])
      rmSync(`${root}dist/${format}/admin/${name}`, { force: true });
  }
}

/** The JSON Schema of a document of grants, for editors; only the build uses the module that makes it. */
async function shipDocumentSchema() {
  const { describeDocument } = await import(new URL('../dist/esm/admin/document/json-schema.js', import.meta.url));
  writeFileSync(`${root}dist/document.schema.json`, `${JSON.stringify(describeDocument(), null, 2)}\n`);
  for (const format of ['esm', 'cjs']) {
    for (const end of ['js', 'js.map', 'd.ts', 'd.ts.map'])
      rmSync(`${root}dist/${format}/admin/document/json-schema.${end}`, { force: true });
  }
}

/** The files of the console, in the module that serves them: nothing is read from a disk later. */
async function shipConsole() {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
  await buildPages('vite.app.config.ts');
  const folder = `${root}dist/console/`;
  const files = listFiles(folder, /./).map((file) => ({
    path: relative(folder, file).replaceAll('\\', '/'),
    type: types[extname(file)],
    text: readFileSync(file, 'utf8'),
  }));
  const body = JSON.stringify(files);
  writeFileSync(`${root}dist/esm/console/files.js`, `export const CONSOLE_FILES = ${body};\n`);
  writeFileSync(`${root}dist/cjs/console/files.js`, `'use strict';\nexports.CONSOLE_FILES = ${body};\n`);
  for (const format of ['esm', 'cjs']) rmSync(`${root}dist/${format}/console/files.js.map`, { force: true });
  rmSync(folder, { recursive: true });
}

/** Declarations that no entry point leads to are of no use to anybody, and name packages that users need not have. */
function dropUnreachableDeclarations(format) {
  const reachable = reachableFrom(entryPoints.map((path) => root + path.replace('./dist/cjs/', `dist/${format}/`)));
  for (const file of listFiles(`${root}dist/${format}`, /\.d\.c?ts$/)) if (!reachable.has(file)) rmSync(file);
}

/**
 * Makes a few files of the ES modules: to find and read each of a hundred is most of what an import takes. Entry points
 * share chunks, so that nothing is there twice. An import of a chunk for its side effects goes: none has any.
 */
async function joinModules() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [...entryPoints.map(toEsModule), `${root}${manifest.bin.scopegate}`],
    outdir: `${root}dist/esm`,
    chunkNames: 'shared/[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    external: [`*/${COMMONJS_MODULE}`],
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    write: false,
    logLevel: 'error',
  });
  const [commonjsModule] = listFiles(`${root}dist/esm`, new RegExp(`^${COMMONJS_MODULE}$`));
  const commonjsText = readFileSync(commonjsModule);
  for (const file of listFiles(`${root}dist/esm`, /\.c?js(?:\.map)?$/)) rmSync(file);
  mkdirSync(`${root}dist/esm/shared`);
  for (const { path, text } of outputFiles) {
    writeFileSync(path, markPureCalls(text).replace(/^import "\.[^"]+";$/gm, ''));
    if (path.endsWith('.js') && text.includes(COMMONJS_MODULE))
      writeFileSync(join(dirname(path), COMMONJS_MODULE), commonjsText);
  }
}

/** Bundlers know of `@__NO_SIDE_EFFECTS__` in the file of the function only, so each call of an options table says it. */
function markPureCalls(text) {
  const names = readFileSync(`${root}lib/options.ts`, 'utf8').matchAll(
    /__NO_SIDE_EFFECTS__ \*\/\nexport function (\w+)/g,
  );
  const calls = new RegExp(`([:[(,] ?)(?=(?:${[...names].map(([, name]) => name).join('|')})\\()`, 'g');
  return text.replace(calls, '$1/* @__PURE__ */ ');
}

const commonjs = '--module commonjs --moduleResolution bundler --verbatimModuleSyntax false --outDir dist/cjs'.split(
  ' ',
);

rmSync(`${root}dist`, { recursive: true, force: true });
compile('-p', 'tsconfig.json');
compile('-p', 'tsconfig.json', ...commonjs);
// By itself: a program has one declaration of req.auth only.
compile('-p', 'scripts/tsconfig.augment.json');
compile('-p', 'scripts/tsconfig.augment.json', ...commonjs);
writeFileSync(`${root}dist/cjs/package.json`, '{ "type": "commonjs" }\n');
for (const path of ['cli', 'cli.js', 'cli.js.map']) rmSync(`${root}dist/cjs/${path}`, { recursive: true, force: true }); // a program, not a module
await shipApiDescription();
await shipDocumentSchema();
dropUnreachableDeclarations('esm');
dropUnreachableDeclarations('cjs');
// Pages are built before the modules are joined: a bundler drops whole modules that need Node, but not parts of them.
await shipConsole();
if (existsSync(`${root}demo-app/server.ts`)) {
  compile('-p', 'demo-app');
  await buildPages('vite.config.ts');
}
await joinModules();

/** Pages from `console/`: those of the demo into dist/demo-app/pages, those of the package into dist/console. */
async function buildPages(config) {
  const { build } = await import('vite');
  await build({ configFile: `${root}console/${config}`, logLevel: 'error' }); // it warns of Node's modules, which no page uses in the end
}
