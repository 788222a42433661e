import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where the system has `taskset`, what is measured has one core to itself and the load has the others. Every child ends
 * with its parent, however that ends: it does when their channel closes.
 */

const children = new Set();

/** The numbers of the cores: one for what is measured, the others for the load; `undefined` where nothing can be pinned. */
export function cores() {
  const { status, stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const list = stdout.slice(stdout.lastIndexOf(':') + 1).trim();
  const numbers = list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  const [measured, ...load] = numbers;
  return load.length > 0 ? { measured, load: load.join(',') } : undefined;
}

/** Confines this process to the cores of the load. */
export function keepToLoadCores(pinned) {
  if (pinned !== undefined) confine(process.pid, pinned.load);
}

/** With all its threads. */
function confine(pid, list) {
  const { status, stderr } = spawnSync('taskset', ['-acp', String(list), String(pid)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`taskset: ${stderr}`);
}

/**
 * A child on the core for what is measured. `request` sends it a command with its arguments, and returns the response.
 * @param file the address of its module, which calls {@link respond}
 * @param node the program that runs it
 */
export async function startChild(file, pinned, node = process.execPath) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', fileURLToPath(file)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production' },
    serialization: 'advanced',
  });
  children.add(child);
  const ended = once(child, 'exit').then(([code, signal]) => {
    children.delete(child);
    return { error: `it ended: ${signal ?? code}` };
  });
  async function nextResponse() {
    const said = await Promise.race([once(child, 'message').then(([message]) => message), ended]);
    if (said.error !== undefined) throw new Error(`${basename(fileURLToPath(file))}: ${said.error}`);
    return said.answer;
  }
  await nextResponse();
  // Not before: a dozen of them would load their modules on one core.
  if (pinned !== undefined) confine(child.pid, pinned.measured);
  return {
    request(name, given) {
      child.send({ name, given });
      return nextResponse();
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

export function endChildren() {
  for (const child of children) child.kill('SIGKILL');
}

/** In a child: responds to the requests of its parent, and ends with it. */
export function respond(commands) {
  process.on('SIGINT', () => undefined); // a terminal signals every process; the parent handles it
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ name, given }) => {
    try {
      process.send({ answer: await commands[name](given) });
    } catch (error) {
      process.send({ error: error.stack });
    }
  });
  process.send({ answer: 'ready' });
}
