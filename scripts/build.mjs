import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

function compile(...flags) {
  const { status } = spawnSync(process.execPath, [compiler, ...flags], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`build: tsc ${flags.join(' ')} failed`);
    process.exit(1);
  }
}

const commonjs = '--module commonjs --moduleResolution bundler --verbatimModuleSyntax false --outDir dist/cjs'.split(
  ' ',
);

rmSync(`${root}dist`, { recursive: true, force: true });
compile('-p', 'tsconfig.json');
compile('-p', 'tsconfig.json', ...commonjs);
writeFileSync(`${root}dist/cjs/package.json`, '{ "type": "commonjs" }\n');
if (existsSync(`${root}demo-app/server.ts`)) compile('-p', 'demo-app');
