import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { unprivilegedAccount } from './postgres.js';

/** A real PgBouncer before a real server, reached by a Unix socket only. */
export interface Pooler {
  /** The connection string that leads through the pooler. */
  through(connectionString: string): string;
  stop(): Promise<void>;
}

const PORT = 6432;
const USER = 'tester';

/** Where PgBouncer is; `undefined` where it is not installed. */
export function findPgBouncer(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path));
}

/** @param settings lines of `pgbouncer.ini`, such as `pool_mode = transaction` */
export async function startPooler(program: string, server: string, settings: readonly string[]): Promise<Pooler> {
  const account = unprivilegedAccount();
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-pooler-'));
  chmodSync(directory, 0o755);
  const file = (name: string, text: string) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const users = file('users.txt', `"${USER}" ""\n`);
  const configuration = [
    '[databases]',
    `* = host=${server} port=5432`,
    '[pgbouncer]',
    `unix_socket_dir = ${directory}`,
    `listen_port = ${PORT}`,
    'auth_type = trust',
    `auth_file = ${users}`,
    ...settings,
  ];
  const path = file('pgbouncer.ini', `${configuration.join('\n')}\n`);
  if (account.uid !== undefined) chownSync(directory, account.uid, account.gid as number);

  const child = spawn(program, [path], { ...account, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text) => {
    log += text;
  });
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error(`pgbouncer ended:\n${log}`);
  });
  failed.catch(() => undefined);
  await Promise.race([waitUntilReady(directory), failed]);
  return {
    through: (connectionString) =>
      connectionString.replace(/host=[^&]*&port=\d+/, `host=${encodeURIComponent(directory)}&port=${PORT}`),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function waitUntilReady(directory: string): Promise<void> {
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
