import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../dist/demo-app/server.js', import.meta.url));

/** The built demo on this database: admin API, authorization server and console, in a process of their own. */
export async function startDemo(database) {
  const env = { PATH: process.env.PATH ?? '', PORT: '0', DATABASE: database };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let printed = '';
  child.stdout.on('data', (text) => {
    printed = (printed + text).slice(-10_000);
  });
  const introduced = async () => {
    while (!/^Decisions of the gate:$/m.test(printed)) await once(child.stdout, 'data');
  };
  const isOver = ended.then(() => {
    throw new Error(`The demo ended:\n${printed}`);
  });
  await Promise.race([introduced(), isOver]);
  isOver.catch(() => undefined);
  const [, url] = /^The demo is at (\S+)/m.exec(printed);
  const [, password] = /, password ([\w-]+)$/m.exec(printed);
  return {
    url,
    /** From the first screen of the console to the button that lets the person in. */
    async beginSignIn(page) {
      const signIn = page.getByRole('button', { name: 'Sign in', exact: true });
      const allow = page.getByRole('button', { name: 'Allow', exact: true });
      const field = page.getByLabel('Password', { exact: true });
      await signIn.click();
      await field.or(allow).waitFor();
      if (await field.isVisible()) {
        await page.getByLabel('Name').fill('first-user');
        await field.fill(password);
        await signIn.click();
      }
      await allow.waitFor();
      return allow;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
