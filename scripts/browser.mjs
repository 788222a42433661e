// Finds Chromium for the browser tests and prints its path. Where there is none, root installs Debian's; anybody else is
// told how to. CHROMIUM_PATH names another one.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const USUAL = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const INSTALL = 'apt-get install -y --no-install-recommends chromium';

function find() {
  return [process.env.CHROMIUM_PATH, ...USUAL].find((path) => path && existsSync(path));
}

function install() {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).error) return;
  process.stderr.write('browser: no Chromium is installed, so it is installed now\n');
  const waiting = ['-o', 'DPkg::Lock::Timeout=300']; // another lane may install it at the same moment
  for (const args of [['update'], INSTALL.split(' ').slice(1)]) {
    const options = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', [...waiting, ...args], options);
  }
}

if (find() === undefined) install();
const path = find();
if (path === undefined) {
  process.stderr.write(
    `browser: not checked, the pages in a browser: install Chromium ("${INSTALL}") or set CHROMIUM_PATH\n`,
  );
} else {
  process.stdout.write(`${path}\n`);
}
