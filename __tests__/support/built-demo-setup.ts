import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import setUp from './global-setup.ts';

/** Names the folder of the build. */
export const BUILT_DEMO = 'SCOPEGATE_TEST_BUILT_DEMO';

const SOURCES = ['console', 'demo-app', 'lib', 'package.json', 'scripts', 'tsconfig.json'];

// Jest loads this file without its map of names, so that an import has the name that the file has.

/** Before all tests of an integration project: what all suites share, and one build of library and demo for all suites. */
export default async function start(): Promise<void> {
  await setUp();
  process.env[BUILT_DEMO] ??= buildDemo();
}

/** In a folder of its own, so that no earlier build matters. */
function buildDemo(): string {
  const root = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'scopegate-build-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const part of SOURCES) {
    if (existsSync(join(root, part))) cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const build = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`The demo cannot be built: ${build.stdout}${build.stderr}`);
  return folder;
}
