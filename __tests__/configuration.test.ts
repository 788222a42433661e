import { readText } from './support/sources.js';

const manifest = JSON.parse(readText('package.json'));

const entryPoints = Object.entries<{ import: { types: string; default: string }; require: unknown }>(manifest.exports)
  .filter(([name]) => name !== './package.json')
  .map(([name, target]) => ({ name: name.replace('.', 'scopegate'), path: name, target }));

function sourceOf(compiled: string): string {
  return compiled.replace('./dist/esm/', 'lib/').replace(/\.js$/, '.ts');
}

test.each(entryPoints)('$name resolves to one module for ESM, CommonJS, Jest and TypeScript', ({ path, target }) => {
  const inCommonjs = JSON.parse(JSON.stringify(target.import).replaceAll('/esm/', '/cjs/'));
  const source = sourceOf(target.import.default);

  expect(target.require).toEqual(inCommonjs);
  expect(source).toBe(`lib/${path === '.' ? 'index' : path.slice(2)}.ts`);
  expect(readText(source)).toContain('export');
});

test('the consumer that checks the packed types imports every entry point', () => {
  const consumer = readText('scripts/consumer.ts');
  for (const { name } of entryPoints) expect(consumer).toContain(`from '${name}'`);
});
