import { readText } from './support/sources.js';

const manifest = JSON.parse(readText('package.json'));

interface Conditions {
  readonly 'module-sync': unknown;
  readonly import: { readonly types: string; readonly default: string };
  readonly require: { readonly types: string };
}

const entryPoints = Object.entries<Conditions>(manifest.exports)
  .filter(([name]) => name !== './package.json')
  .map(([name, target]) => ({ name: name.replace('.', 'scopegate'), path: name, target }));

function sourceOf(compiled: string): string {
  return compiled.replace('./dist/esm/', 'lib/').replace(/\.js$/, '.ts');
}

test.each(entryPoints)('$name resolves to one module for ESM, CommonJS, Jest and TypeScript', ({ path, target }) => {
  const inCommonjs = JSON.parse(JSON.stringify(target.import).replaceAll('/esm/', '/cjs/'));
  const source = sourceOf(target.import.default);

  expect(Object.keys(target)).toEqual(['module-sync', 'import', 'require']); // Node takes the first that it knows
  expect(target['module-sync']).toEqual(target.import);
  expect(target.require).toEqual(inCommonjs);
  expect(source).toBe(`lib/${path === '.' ? 'index' : path.slice(2)}.ts`);
  expect(readText(source)).toMatch(/^(?:export|declare global)\b/m);
});

test('TypeScript finds every entry point without "exports" as well, as node10 resolves', () => {
  const [main, ...others] = entryPoints.map(({ path, target }) => [path.slice(2), [target.require.types]]);

  expect([manifest.types]).toEqual(main?.[1]);
  expect(manifest.typesVersions).toEqual({ '*': Object.fromEntries(others) });
});

test('a gate needs two packages, and every other is an optional peer of any version', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(expect.arrayContaining(['kysely', 'zod']));
  expect(new Set(Object.values(manifest.peerDependencies))).toEqual(new Set(['*']));
  expect(Object.keys(manifest.peerDependenciesMeta)).toEqual(Object.keys(manifest.peerDependencies));
});

test('the consumer that checks the packed types imports every entry point', () => {
  const consumer = readText('scripts/consumer.ts');
  // Another owner of req.auth is there, and a program has one.
  const together = entryPoints.filter(({ name }) => name !== 'scopegate/augment');
  for (const { name } of together) expect(consumer).toContain(`from '${name}'`);
});
