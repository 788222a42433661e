import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { GateTask } from './gate-process.js';
import { buildProgram, FLAGS } from './processes.js';
import type { Machine } from './suspensions.js';

/** A process of its own with an Express application. */
export interface GateProcess {
  readonly pid: number;
  readonly origin: string;
  do(task: GateTask): Promise<unknown>;
  /** What it printed on stderr so far; a process that has crashed says so there. */
  readonly stderr: string;
  readonly isRunning: boolean;
  /** Sends SIGTERM. */
  terminate(): void;
  /** Resolves once it has ended, with the code that it ended with; `null` where it was killed. */
  readonly ended: Promise<number | null>;
}

/** Gives the tests of a file processes with gates. Those that still run after all tests are killed. */
export function useGateProcesses() {
  let program: ReturnType<typeof buildProgram>;
  const running = new Set<ChildProcess>();
  beforeAll(() => {
    program = buildProgram('gate-process');
  });
  afterAll(async () => {
    await Promise.all([...running].map(kill));
    program?.remove();
  });

  return async function start(machine?: Machine): Promise<GateProcess> {
    const { execArgv = [], env = process.env } = machine?.forkOptions(program.path) ?? {};
    const child = fork(program.path, {
      execArgv: [...FLAGS, ...execArgv],
      env,
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    running.add(child);
    return await handleOf(child);
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function handleOf(child: ChildProcess): Promise<GateProcess> {
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(reason: Error): void }>();
  let tasks = 0;
  const ended = once(child, 'close').then(([code]) => {
    for (const { reject } of waiting.values()) reject(new Error(`The process has ended:\n${stderr}`));
    return code as number | null;
  });
  const [{ port }] = (await Promise.race([
    once(child, 'message'),
    ended.then((code) => Promise.reject(new Error(`The process did not start (${code}):\n${stderr}`))),
  ])) as [{ port: number }];
  child.on('message', ({ id, value }: { id: number; value: unknown }) => {
    waiting.get(id)?.resolve(value);
    waiting.delete(id);
  });
  return {
    pid: child.pid as number,
    origin: `http://127.0.0.1:${port}`,
    do(task) {
      const id = ++tasks;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.send({ id, task }, (error) => error && reject(error));
      });
    },
    get stderr() {
      return stderr;
    },
    get isRunning() {
      return child.exitCode === null && child.signalCode === null;
    },
    terminate: () => void child.kill('SIGTERM'),
    ended,
  };
}
