// The package as TypeScript sees it: each way of resolving it, with the oldest TypeScript and with ours.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryPoints, folder, root, runTool } from './folder.mjs';

const STRICT = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false, types: ['node'] };

/** For each: the compiler, its settings, and the names of the files that import everything. */
const RESOLUTIONS = {
  'TypeScript 5.4, node10': ['typescript-5', { module: 'commonjs', moduleResolution: 'node10' }, ['all.ts']],
  'TypeScript 5.4, node16': ['typescript-5', { module: 'node16' }, ['all.mts', 'all.cts']],
  'TypeScript 5.4, bundler': ['typescript-5', { module: 'es2022', moduleResolution: 'bundler' }, ['all.ts']],
  'TypeScript 7, nodenext': ['typescript', { module: 'nodenext' }, ['all.mts', 'all.cts']],
  'TypeScript 7, bundler': ['typescript', { module: 'es2022', moduleResolution: 'bundler' }, ['all.ts']],
};

/** Compiles an import of every entry point. No package but `@types/node` is there: declarations name none. */
export function resolvesEverywhere() {
  const imports = entryPoints.map((specifier, at) => `import * as e${at} from '${specifier}';\n`).join('');
  const uses = `export type All = [${entryPoints.map((_, at) => `typeof e${at}`).join(', ')}];\n`;
  const failures = Object.entries(RESOLUTIONS).flatMap(([name, [compiler, settings, files]]) => {
    for (const file of files) writeFileSync(join(folder, file), imports + uses);
    return compile(name, compiler, { ...STRICT, target: 'es2022', lib: ['es2022'], ...settings }, files);
  });
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

/** Compiles what a user writes, beside Express and another owner of `req.auth`. */
export function compilesConsumerAs(...extensions) {
  const files = extensions.map((extension) => `consumer.${extension}`);
  for (const file of files) copyFileSync(join(root, 'scripts/consumer.ts'), join(folder, file));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const settings = { ...STRICT, module: 'nodenext', target: 'es2022', exactOptionalPropertyTypes: false };
  const failures = compile('the consumer', 'typescript', settings, files);
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

function compile(name, compiler, compilerOptions, files) {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  try {
    runTool(compiler, 'tsc', '-p', 'tsconfig.json');
    return [];
  } catch (error) {
    return [`${name}: ${error.message}`];
  }
}
