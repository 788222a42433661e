import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../support/sources.js';

/** The demo as `npm start` builds and runs it, in a folder of its own, so that no earlier build matters. */
export interface BuiltDemo {
  /** Runs the server with these variables and no others, until it has introduced itself or ended. */
  run(env?: Readonly<Record<string, string>>): Promise<RunningServer>;
  /** Runs another program of the demo to its end. */
  runToEnd(program: string, env: Readonly<Record<string, string>>): Promise<EndedProgram>;
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
  /** What it printed for the commands: an application that may ask for the scopes of the walk-through, and a password. */
  readonly operator: { readonly id: string; readonly secret: string };
  readonly password: string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

const LAST_LINE = /^What the gate decides:$/m;

export function buildDemo(): BuiltDemo {
  const folder = mkdtempSync(join(tmpdir(), 'scopegate-demo-'));
  for (const part of ['demo-app', 'lib', 'package.json', 'scripts', 'tsconfig.json']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  linkPackages(join(folder, 'node_modules'));
  const build = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`The demo cannot be built: ${build.stdout}${build.stderr}`);

  const running = new Set<RunningServer>();
  return {
    async run(env = {}) {
      const child = spawn(process.execPath, ['dist/demo-app/server.js'], { cwd: folder, env: { PORT: '0', ...env } });
      const server = await introduced(child);
      running.add(server);
      return server;
    },
    async runToEnd(program, env) {
      const child = spawn(process.execPath, [`dist/demo-app/${program}.js`], { cwd: folder, env });
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

async function introduced(child: ChildProcess): Promise<RunningServer> {
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
  const [, url = ''] = /^The demo listens on (.*)$/m.exec(stdout) ?? [];
  const [, id = '', secret = ''] = /^ {2}token\(\) \{ curl -s -u "([^:]+):([^"]+)"/m.exec(stdout) ?? [];
  const [, password = ''] = /, password ([\w-]+):/.exec(stdout) ?? [];
  return {
    process: child,
    output: () => ({ stdout, stderr }),
    printed,
    url,
    operator: { id, secret },
    password,
    ended,
  };
}
