import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BUILT_DEMO } from '../support/built-demo-setup.js';
import { root } from '../support/sources.js';

/** The demo as `npm start` builds and runs it, in a folder of its own with its own databases. */
export interface BuiltDemo {
  /** Runs the server with these variables and no others, until it has introduced itself or ended. */
  run(env?: Readonly<Record<string, string>>): Promise<RunningServer>;
  /** Runs another program of the demo to its end. */
  runToEnd(program: string, env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<EndedProgram>;
  /** Ends what still runs. */
  remove(): Promise<void>;
}

export interface EndedProgram {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningServer {
  readonly process: ChildProcess;
  /** Everything printed so far. */
  readonly output: () => { readonly stdout: string; readonly stderr: string };
  /** Resolves once that was printed. */
  readonly printed: (pattern: RegExp) => Promise<void>;
  readonly url: string;
  /** An application that may request the scopes of the walk-through, as `npm run walk -- --print` shows it. */
  readonly operator: { readonly id: string; readonly secret: string };
  /** The printed password of its users. */
  readonly password: string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

const LAST_LINE = /^Decisions of the gate:$/m;

/** Takes the build that the integration lane made at its start. */
export function openBuiltDemo(): BuiltDemo {
  const built = process.env[BUILT_DEMO];
  if (built === undefined) throw new Error('The demo is built for the integration projects only.');
  const folder = mkdtempSync(join(tmpdir(), 'scopegate-demo-'));
  for (const part of ['demo-app', 'dist', 'package.json']) {
    cpSync(join(built, part), join(folder, part), { recursive: true });
  }
  linkPackages(join(folder, 'node_modules'));

  const running = new Set<RunningServer>();
  return {
    async run(env = {}) {
      const child = spawn(process.execPath, ['dist/demo-app/server.js'], { cwd: folder, env: { PORT: '0', ...env } });
      const server = await introduced(child, async () =>
        readOperator((await this.runToEnd('walk', env, '--print')).stdout),
      );
      running.add(server);
      return server;
    },
    async runToEnd(program, env, ...args) {
      const child = spawn(process.execPath, [`dist/demo-app/${program}.js`, ...args], { cwd: folder, env });
      const [stdout, stderr, [code, signal]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ]);
      return { status: code ?? signal, stdout, stderr };
    },
    async remove() {
      for (const server of running) server.process.kill('SIGKILL');
      await Promise.all([...running].map(({ ended }) => ended));
      rmSync(folder, { recursive: true });
    },
  };
}

// `express` is the one that this jest project tests with.
function linkPackages(folder: string): void {
  mkdirSync(folder);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    const source =
      name === 'express' ? dirname(require.resolve('express/package.json')) : join(root, 'node_modules', name);
    symlinkSync(source, join(folder, name));
  }
}

function readOperator(script: string): RunningServer['operator'] {
  const [, id = '', secret = ''] = /^token\(\) \{ curl -s -u "([^:]+):([^"]+)"/m.exec(script) ?? [];
  return { id, secret };
}

async function introduced(
  child: ChildProcess,
  findOperator: () => Promise<RunningServer['operator']>,
): Promise<RunningServer> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text) => {
    stdout += text;
  });
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const printed = async (pattern: RegExp) => {
    while (!pattern.test(stdout) && child.stdout !== null) await once(child.stdout, 'data');
  };
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  await Promise.race([printed(LAST_LINE), ended]);
  const [, url = ''] = /^The demo is at (\S+)/m.exec(stdout) ?? [];
  const [, password = ''] = /, password ([\w-]+)$/m.exec(stdout) ?? [];
  return {
    process: child,
    output: () => ({ stdout, stderr }),
    printed,
    url,
    operator: password === '' ? { id: '', secret: '' } : await findOperator(),
    password,
    ended,
  };
}
