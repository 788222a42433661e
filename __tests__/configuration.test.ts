import { readText } from './support/sources.js';

const manifest = JSON.parse(readText('package.json'));
const [express5, express4] = manifest.jest.projects;

const entryPoints = Object.entries<{ import: { types: string; default: string }; require: unknown }>(manifest.exports)
  .filter(([name]) => name !== './package.json')
  .map(([name, target]) => ({ name: name.replace('.', 'scopegate'), path: name, target }));

function sourceOf(compiled: string): string {
  return compiled.replace('./dist/esm/', 'lib/').replace(/\.js$/, '.ts');
}

test.each(entryPoints)('$name is the same module in every form', ({ name, target }) => {
  const inCommonjs = JSON.parse(JSON.stringify(target.import).replaceAll('/esm/', '/cjs/'));
  const { paths } = JSON.parse(readText('__tests__/tsconfig.json')).compilerOptions;
  const source = sourceOf(target.import.default);

  expect(target.require).toEqual(inCommonjs);
  expect(express5.moduleNameMapper[`^${name}$`]).toBe(`<rootDir>/${source}`);
  expect(paths[name]).toEqual([`../${source}`]);
  expect(readText(source)).toContain('export');
});

test('the consumer that checks the packed types imports every entry point', () => {
  const consumer = readText('.ci/consumer.ts');
  for (const { name } of entryPoints) expect(consumer).toContain(`from '${name}'`);
});

test('the two jest projects differ in their tests and in Express only', () => {
  const { displayName: _4, testMatch: _tests4, moduleNameMapper: map4, ...shared4 } = express4;
  const { displayName: _5, testMatch: _tests5, moduleNameMapper: map5, ...shared5 } = express5;

  expect(shared4).toEqual(shared5);
  expect(map4).toEqual({ ...map5, '^express(/.*)?$': 'express-4$1' });
});
