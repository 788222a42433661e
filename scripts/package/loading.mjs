// What Node loads, in a folder that has nothing but the package and its two dependencies.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { entryPoints, installed, manifest, root, runProgram } from './folder.mjs';

/** Entry points that need no package at all, and those that use the two dependencies. */
const ALONE = [
  'scopegate',
  'scopegate/explain',
  'scopegate/express-oauth2-jwt-bearer',
  'scopegate/console',
  'scopegate/mcp',
  'scopegate/routes',
  'scopegate/testing',
];
const STORES = ['scopegate/sqlite', 'scopegate/postgres'];

const TRACE = `import { writeSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  writeSync(1, found.url + '\\n');
  return found;
}`;
const traced = (specifier) => `
import { register } from 'node:module';
register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(TRACE)}`)});
await import('${specifier}');`;

export function loadsOwnFilesOnly() {
  const own = pathToFileURL(installed).href;
  const counts = ALONE.map((specifier) => {
    const found = runProgram(traced(specifier)).split('\n');
    const urls = [...new Set(found)].filter((url) => url.startsWith('file:'));
    const foreign = urls.filter((url) => !url.startsWith(`${own}/dist/esm/`));
    if (urls.length === 0) throw new Error(`the trace of ${specifier} is empty`);
    if (foreign.length > 0) throw new Error(`import '${specifier}' loads ${foreign.join(', ')}`);
    return `${specifier} ${urls.length}`;
  });
  return `modules: ${counts.join(', ')}`;
}

export function requiresOwnFilesOnly() {
  for (const specifier of ALONE) {
    const entry = join(installed, manifest.exports[specifier.replace(manifest.name, '.')].require.default);
    const print = 'process.stdout.write(JSON.stringify(Object.keys(require.cache)))';
    const files = JSON.parse(runProgram(`require(${JSON.stringify(entry)}); ${print}`, { type: 'commonjs' }));
    const foreign = files.filter((file) => !file.startsWith(join(installed, 'dist', 'cjs')));
    if (files.length === 0 || foreign.length > 0)
      throw new Error(`require('${specifier}') loads ${foreign.join(', ')}`);
  }
}

export function loadsStoresWithoutDrivers() {
  for (const specifier of STORES) runProgram(`await import('${specifier}');`);
}

export function namesMissingPackages() {
  const message = `.then(() => 'done', ({ message }) => message).then((text) => process.stdout.write(text));`;
  const hasSqlite = process.getBuiltinModule?.('node:sqlite') !== undefined;
  const cases = [
    [
      'scopegate/postgres',
      `openPostgresStore({ connectionString: 'postgres://127.0.0.1:1/none' })`,
      "The database cannot be opened: it needs the package pg: npm install 'pg@^8.16'",
    ],
    [
      'scopegate/sqlite',
      `openSqliteStore({ file: ':memory:' }).then((store) => store.close())`,
      hasSqlite
        ? 'done'
        : `The database :memory: cannot be opened: Node ${process.versions.node} has no node:sqlite, so it needs the package @photostructure/sqlite: npm install '@photostructure/sqlite@^1.2'`,
    ],
    [
      'scopegate/express-oauth2-jwt-bearer',
      `senderConstrainedVerifier({ issuer: 'https://a.example', audience: 'a', jwksUri: 'https://a.example/keys' }).ready()`,
      "senderConstrainedVerifier() needs the package express-oauth2-jwt-bearer: npm install 'express-oauth2-jwt-bearer@^1.10'",
    ],
  ];
  for (const [specifier, call, expected] of cases) {
    const commonjs = JSON.stringify(
      join(installed, manifest.exports[specifier.replace(manifest.name, '.')].require.default),
    );
    const asked = {
      import: runProgram(`import * as entry from '${specifier}'; entry.${call}${message}`),
      require: runProgram(`require(${commonjs}).${call}${message}`, { type: 'commonjs' }),
    };
    for (const [manner, text] of Object.entries(asked)) {
      if (text !== expected) throw new Error(`${manner} of ${specifier} says\n  ${text}\nnot\n  ${expected}`);
    }
  }
}

/** The admin API loads without Express, and says what it needs when a router is made. */
export function namesMissingExpress() {
  const print = 'try { grantsRouter(); } catch ({ message }) { process.stdout.write(message); }';
  const commonjs = JSON.stringify(join(installed, manifest.exports['./admin'].require.default));
  const texts = [
    runProgram(`import { grantsRouter } from 'scopegate/admin'; ${print}`),
    runProgram(`const { grantsRouter } = require(${commonjs}); ${print}`, { type: 'commonjs' }),
  ];
  const expected = "grantsRouter() needs the package express: npm install 'express@^5'";
  for (const text of texts)
    if (text !== expected) throw new Error(`grantsRouter() says\n  ${text}\nnot\n  ${expected}`);
}

/** `require` reaches the ES modules by `module-sync`, and the CommonJS ones where a Node has been told otherwise. */
export function exportsTheSameEverywhere() {
  const print = 'process.stdout.write(Object.keys(entry).filter((name) => name !== "__esModule").sort().join(" "))';
  for (const specifier of entryPoints) {
    const imported = runProgram(`import * as entry from '${specifier}'; ${print}`);
    const required = `const entry = require('${specifier}'); ${print}`;
    const synchronous = runProgram(required, { type: 'commonjs' });
    const commonjs = runProgram(required, { type: 'commonjs', flags: ['--no-experimental-require-module'] });
    if (imported === '' && specifier !== 'scopegate/augment') throw new Error(`${specifier} exports nothing`);
    if (imported !== synchronous || imported !== commonjs) {
      throw new Error(`${specifier} exports\n  ${imported}\n  ${synchronous}\n  ${commonjs}`);
    }
  }
}

export function isOneCopyForBoth() {
  const program = `
    const entry = require('scopegate');
    import('scopegate').then((other) => process.stdout.write(String(other.createGate === entry.createGate)));`;
  if (runProgram(program, { type: 'commonjs' }) !== 'true') throw new Error('import and require give two copies');
}

/** The ES module and the CommonJS one side by side, as bundles, Jest and two versions have them. */
export function twoCopiesAgree() {
  runProgram(readFileSync(join(root, 'scripts/package/two-copies.mjs'), 'utf8'));
}
