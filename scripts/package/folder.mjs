// A user's folder: the packed tarball, installed as users install it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
export const folder = mkdtempSync(join(tmpdir(), 'scopegate-'));
export const installed = join(folder, 'node_modules', manifest.name);

/** What users import: `scopegate`, `scopegate/admin`, … */
export const entryPoints = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace('.', manifest.name));

export function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', ...options });
  if (status === 0) return stdout;
  throw new Error([`${command} ${args.join(' ')}`, stdout, stderr, error?.message].filter(Boolean).join('\n'));
}

/** Runs a program in the user's folder; its last expression is what it prints. */
export function runProgram(source, { type = 'module', flags = [] } = {}) {
  return run(process.execPath, [...flags, '--no-warnings', `--input-type=${type}`, '-e', source]);
}

/** Runs a command of one of our own development dependencies. */
export function runTool(name, command, ...args) {
  const { bin } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  const program = typeof bin === 'string' ? bin : bin[command];
  return run(process.execPath, [join(root, 'node_modules', name, program), ...args]);
}

export function npm(...args) {
  return run('npm', [...args, '--no-audit', '--no-fund'], { shell: process.platform === 'win32' });
}

export function pack() {
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    shell: process.platform === 'win32',
  });
  return readdirSync(folder).find((name) => name.endsWith('.tgz'));
}

/** Packages that users have besides, taken from our own `node_modules`. */
export function link(...names) {
  for (const name of names) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), place, 'junction');
  }
}

export function removeFolder() {
  rmSync(folder, { recursive: true, force: true });
}
