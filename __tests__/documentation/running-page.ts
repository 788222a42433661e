import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestClaims } from '../../lib/testing.js';
import { createDatabase } from '../support/postgres.js';
import { FLAGS } from '../support/processes.js';
import { SHARED_DIRECTORY } from '../support/shared-postgres.js';
import { root } from '../support/sources.js';
import type { FakeResource } from './internet.js';
import type { Reply, Task } from './page-process.js';
import { type Block, moduleFiles, type Page, readPage } from './pages.js';
import { createWorkspace, type Workspace } from './workspace.js';

/** The modules of pages in a process of their own, with a network that ends in that process. */
export interface RunningPage {
  /** Imports every module of a page, one after the other; what they threw, by file. */
  importModules(page: Page): Promise<{ file: string; error: string }[]>;
  /** Imports one module of a page. */
  importModule(page: Page, file: string): Promise<void>;
  setResources(resources: readonly FakeResource[]): Promise<void>;
  /** Makes the key endpoints of all issuers respond, or fail with 503. */
  setKeysAvailable(areAvailable: boolean): Promise<void>;
  /** A token of the issuer at this address. */
  token(url: string, claims: TestClaims, options?: { isExpired?: boolean }): Promise<string>;
  /** The address of what listens on this port of the page. */
  address(port: number): Promise<string>;
  /** Runs blocks in one shell; the output of each. */
  runShell(blocks: readonly Block[], env?: Readonly<Record<string, string>>): Promise<string[]>;
  /** Sends a signal to the process. */
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export async function startPage(
  workspace: Workspace,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningPage> {
  const child = fork(join(workspace.folder, '__tests__/documentation/page-process.js'), {
    execArgv: FLAGS,
    cwd: workspace.folder,
    env: { PATH: process.env.PATH ?? '', ...(workspace.usesDatabase && (await databaseUrl())), ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced', // a claim that is undefined leaves one out
  });
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close');
  const failed = ended.then(() => Promise.reject(new Error(`The process of the page has ended:\n${stderr}`)));
  failed.catch(() => undefined);
  const [{ proxyPort }] = (await Promise.race([once(child, 'message'), failed])) as [{ proxyPort: number }];
  const perform = performIn(child, failed);

  async function importModule(page: Page, file: string): Promise<void> {
    await perform({ do: 'import', folder: workspace.folderOf(page), file: file.replace(/\.ts$/, '.js') });
  }

  return {
    importModule,
    async importModules(page) {
      const errors: { file: string; error: string }[] = [];
      for (const { file } of moduleFiles(page).filter(({ file }) => !file.endsWith('.test.ts'))) {
        await importModule(page, file).catch(({ message }: Error) => errors.push({ file, error: message }));
      }
      return errors;
    },
    setResources: async (resources) => {
      await perform({ do: 'resources', resources });
    },
    setKeysAvailable: async (areAvailable) => {
      await perform({ do: 'keys', areAvailable });
    },
    token: async (url, claims, { isExpired = false } = {}) =>
      (await perform({ do: 'token', url, claims, isExpired })) as string,
    address: async (port) => `http://127.0.0.1:${await perform({ do: 'port', port })}`,
    runShell: (blocks, variables = {}) => runShell(blocks, proxyPort, variables),
    signal(name) {
      child.kill(name);
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Gives the tests of a file one page, with its modules and a process that runs them. */
export function usePage(path: string, env?: Readonly<Record<string, string>>) {
  const page = readPage(path);
  let workspace: Workspace;
  let running: RunningPage;
  beforeAll(async () => {
    workspace = createWorkspace([page]);
    running = await startPage(workspace, env);
  });
  afterAll(async () => {
    await running?.stop();
    workspace?.remove();
  });
  return { page, running: () => running };
}

/** For pages about PostgreSQL: a database of the server that the suites share. */
async function databaseUrl(): Promise<Record<string, string>> {
  const directory = process.env[SHARED_DIRECTORY];
  return directory === undefined ? {} : { DATABASE_URL: await createDatabase(directory) };
}

function performIn(child: ChildProcess, failed: Promise<never>) {
  const waiting = new Map<number, (reply: Reply) => void>();
  let tasks = 0;
  child.on('message', ({ id, reply }: { id: number; reply: Reply }) => {
    waiting.get(id)?.(reply);
    waiting.delete(id);
  });
  return async function perform(task: Task): Promise<unknown> {
    const id = ++tasks;
    const replied = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    child.send({ id, task });
    const reply = await Promise.race([replied, failed]);
    if ('error' in reply) throw new Error(reply.error);
    return reply.value;
  };
}

const MARK = '=====';

async function runShell(
  blocks: readonly Block[],
  proxyPort: number,
  variables: Readonly<Record<string, string>>,
): Promise<string[]> {
  const curl = `curl() { ${quoted(process.execPath)} ${quoted(join(root, '__tests__/documentation/curl.mjs'))} ${proxyPort} "$@"; }`;
  const script = [curl, ...blocks.map(({ code }) => `${code}\nprintf '%s' '${MARK}'`)].join('\n');
  const shell = spawn('bash', ['-e', '-c', script], {
    env: { PATH: process.env.PATH ?? '', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  shell.stdout.on('data', (text) => {
    stdout += text;
  });
  shell.stderr.on('data', (text) => {
    stderr += text;
  });
  const [status] = await once(shell, 'close');
  if (status !== 0) throw new Error(`The shell ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout.split(MARK).slice(0, -1);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
