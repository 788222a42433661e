import { chdir } from 'node:process';
import { pathToFileURL } from 'node:url';
import type { TestClaims } from '../../lib/testing.js';
import { type FakeResource, Internet } from './internet.js';

/** What the tests ask of this process: it has the modules of one page, or of all. */
export type Task =
  | { readonly do: 'import'; readonly folder: string; readonly file: string }
  | { readonly do: 'resources'; readonly resources: readonly FakeResource[] }
  | { readonly do: 'keys'; readonly areAvailable: boolean }
  | { readonly do: 'token'; readonly url: string; readonly claims: TestClaims; readonly isExpired: boolean }
  | { readonly do: 'port'; readonly port: number };

export type Reply = { readonly value: unknown } | { readonly error: string };

const internet = new Internet();
const unhandled: string[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(describe(reason)));

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function perform(task: Task): Promise<unknown> {
  switch (task.do) {
    case 'import':
      chdir(task.folder);
      await import(pathToFileURL(`${task.folder}/${task.file}`).href);
      await new Promise((resolve) => setImmediate(resolve));
      if (unhandled.length > 0) throw new Error(unhandled.splice(0).join('\n'));
      return undefined;
    case 'resources':
      internet.resources = task.resources;
      return undefined;
    case 'keys':
      internet.hasKeys = task.areAvailable;
      return undefined;
    case 'token':
      return internet.token(task.url, task.claims, task.isExpired);
    case 'port':
      return internet.realPort(task.port);
  }
}

const proxyPort = await internet.replaceNetwork();
process.on('message', ({ id, task }: { id: number; task: Task }) => {
  perform(task).then(
    (value) => process.send?.({ id, reply: { value } }),
    (error) => process.send?.({ id, reply: { error: describe(error) } }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ proxyPort });
