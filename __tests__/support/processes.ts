import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { transformSync } from '@swc/core';
import type { Call, Outcome } from './call-results.js';
import { readSources, root } from './sources.js';
import type { Task } from './store-process.js';
import type { Setting, TestDatabase } from './stores.js';

/** Of the programs of the tests: what Node says of its own SQLite is none of theirs. */
export const FLAGS: string[] = ['--disable-warning=ExperimentalWarning'];

/** A process of its own with a store. Whatever it is asked is refused once it has ended. */
export interface StoreProcess {
  /** The value is the cursor key. */
  open(database: TestDatabase, options?: { watched: boolean }): Promise<Outcome>;
  /** Makes these calls at once. */
  call(...calls: readonly Call[]): Promise<Outcome[]>;
  /** Makes grants until it is killed. The list grows by the id of each that was acknowledged. */
  write(setting: Setting, lanes: number): Writing;
  do(task: Task | TokenCheck): Promise<Outcome>;
  /** Resolves once it has ended, however. */
  readonly ended: Promise<void>;
  kill(): Promise<void>;
  /** Closes the store and waits for the process to end by itself; resolves with what it printed on stderr. */
  end(): Promise<string>;
}

/** Checks a token with live grants: only for the program of another version, `faults/fixtures/version-process.mjs`. */
export interface TokenCheck {
  readonly do: 'check';
  readonly payload: object;
}

export interface Writing {
  readonly acknowledged: readonly string[];
  /** Resolves once so many more were acknowledged; rejects where the writer ends before. */
  more(count: number): Promise<void>;
}

/** What a child process runs. */
export interface Program {
  readonly path: string;
  remove(): void;
}

/** Gives the tests of a file processes. Those that still run after each test, or after all, are killed. */
export function useProcesses(killAfter: typeof afterEach = afterEach, build: () => Program = buildProgram) {
  let program: Program;
  const running = new Set<StoreProcess>();
  beforeAll(() => {
    program = build();
  });
  killAfter(async () => {
    await Promise.all([...running].map((each) => each.kill()));
    running.clear();
  });
  afterAll(() => program?.remove());

  async function start(): Promise<StoreProcess> {
    const child = fork(program.path, {
      execArgv: FLAGS,
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const started = handleOf(child);
    running.add(started);
    const exited = once(child, 'exit').then(() =>
      Promise.reject(new Error('The child process ended before it was ready.')),
    );
    await Promise.race([once(child, 'message'), exited]);
    exited.catch(() => undefined);
    return started;
  }
  return { start, startMany: (count: number) => Promise.all(Array.from({ length: count }, start)) };
}

/** The library and the program as JavaScript, in a folder of their own where `scopegate` means them. */
export function buildProgram(name = 'store-process'): Program {
  const folder = mkdtempSync(join(tmpdir(), 'scopegate-process-'));
  chmodSync(folder, 0o755);
  for (const { path, source } of [...readSources('lib'), ...readSources('__tests__/support')]) {
    const target = join(folder, path.replace(/\.(c?)ts$/, '.$1js'));
    const { code } = transformSync(source, {
      filename: path,
      swcrc: false,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: path.endsWith('.cts') ? 'commonjs' : 'es6' },
    });
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code.replaceAll(/(from ['"]\.[^'"]+)\.ts(?=['"])/g, '$1.js'));
  }
  const exports = { './*': './lib/*.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'scopegate', type: 'module', exports }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    path: join(folder, `__tests__/support/${name}.js`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function handleOf(child: ChildProcess): StoreProcess {
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const waiting = new Map<number, (outcome: Outcome | undefined) => void>();
  let tasks = 0;
  const ended = once(child, 'close').then(() => {
    for (const resolve of waiting.values()) resolve(undefined);
  });
  child.on('message', ({ id, outcome }: { id: number; outcome: Outcome }) => {
    waiting.get(id)?.(outcome);
    waiting.delete(id);
  });

  /** `undefined` where the process ends before it answers. */
  function attempt(task: Task | TokenCheck): Promise<Outcome | undefined> {
    const id = ++tasks;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      if (child.connected) child.send({ id, task }, () => undefined);
      else resolve(undefined);
    });
  }
  async function perform(task: Task | TokenCheck): Promise<Outcome> {
    const outcome = await attempt(task);
    if (outcome === undefined) throw new Error(`The process has ended:\n${stderr}`);
    return outcome;
  }
  async function outcomesOf(outcome: Promise<Outcome>): Promise<Outcome[]> {
    const { value, message } = await outcome;
    if (message !== undefined) throw new Error(message);
    return value;
  }

  return {
    open: ({ opening }, options) => perform({ do: 'open', opening, ...options }),
    call: (...calls) => outcomesOf(perform({ do: 'call', calls })),
    write(setting, lanes) {
      const acknowledged: string[] = [];
      lines.on('line', (id) => acknowledged.push(id));
      const failed = attempt({ do: 'write', setting, lanes }).then((outcome) => {
        throw new Error(`The writer has ended: ${outcome?.message ?? stderr}`);
      });
      failed.catch(() => undefined);
      return {
        acknowledged,
        async more(count) {
          const wanted = acknowledged.length + count;
          while (acknowledged.length < wanted) await Promise.race([once(lines, 'line'), failed]);
        },
      };
    },
    do: perform,
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async end() {
      await perform({ do: 'end' });
      await ended;
      return stderr;
    },
  };
}
