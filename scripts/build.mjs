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

/** Puts the finished OpenAPI document where it was computed, so that users need no zod-openapi. */
async function shipApiDescription() {
  const { describeApi } = await import(new URL('../dist/esm/admin/api-description.js', import.meta.url));
  const body = `function describeApi() {\n  return ${JSON.stringify(describeApi())};\n}\n`;
  writeFileSync(`${root}dist/esm/admin/api-description.js`, `export ${body}`);
  writeFileSync(
    `${root}dist/cjs/admin/api-description.js`,
    `'use strict';\nexports.describeApi = describeApi;\n${body}`,
  );
  for (const format of ['esm', 'cjs']) {
    const leftOver = ['openapi.js', 'openapi.js.map', 'openapi.d.ts', 'openapi.d.ts.map', 'api-description.js.map'];
    for (const name of leftOver) rmSync(`${root}dist/${format}/admin/${name}`, { force: true });
  }
}

const commonjs = '--module commonjs --moduleResolution bundler --verbatimModuleSyntax false --outDir dist/cjs'.split(
  ' ',
);

rmSync(`${root}dist`, { recursive: true, force: true });
compile('-p', 'tsconfig.json');
compile('-p', 'tsconfig.json', ...commonjs);
writeFileSync(`${root}dist/cjs/package.json`, '{ "type": "commonjs" }\n');
await shipApiDescription();
if (existsSync(`${root}demo-app/server.ts`)) compile('-p', 'demo-app');
