import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The peers have a manifest of their own, so that the project's install and its lock stay as they are. It lies here and
 * not a level up because a file sees `scopegate` by name only if the nearest manifest is the project's.
 */
const here = fileURLToPath(new URL('.', import.meta.url));

export const { dependencies: PEERS } = manifest('package.json');

export function installPeers() {
  if (Object.entries(PEERS).every(([name, version]) => installed(name) === version)) return;
  process.stderr.write('Installing what is compared with, into bench/peers/node_modules\n');
  const { status } = spawnSync('npm', ['ci', '--prefix', here, '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('npm ci --prefix bench/peers failed');
}

function installed(name) {
  const path = `node_modules/${name}/package.json`;
  return existsSync(here + path) ? manifest(path).version : undefined;
}

function manifest(path) {
  return JSON.parse(readFileSync(here + path, 'utf8'));
}
