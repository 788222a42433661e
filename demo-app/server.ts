import { readSettings, type Settings } from './settings.js';
import { type Demo, startDemo } from './start.js';

/** Milliseconds that requests in progress may take after a signal to stop. */
const SHUTDOWN_TIMEOUT_MS = 5000;

try {
  const settings = readSettings(process.env);
  const demo = await startDemo(settings, console.log);
  const { server, closed } = demo;
  console.log(introduction(demo, settings));
  const stop = () => {
    server.close();
    void closed.then(() => process.exit(0));
    setTimeout(() => server.closeAllConnections(), SHUTDOWN_TIMEOUT_MS).unref();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  if (process.env.npm_lifecycle_event === 'start') whenOrphaned(stop);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

/** `npm start` puts a shell in between, which ends at a signal without passing it on. */
function whenOrphaned(stop: () => void): void {
  const { ppid } = process;
  const watch = setInterval(() => {
    if (process.ppid === ppid) return;
    clearInterval(watch);
    stop();
  }, 250);
  watch.unref();
}

/** Five lines: the address, how to sign in, and where to find the rest. */
function introduction({ url, local }: Demo, { domain }: Settings): string {
  const tokens =
    local === undefined
      ? `Tokens are those of ${domain?.url}, tenant ${domain?.tenant}; CLIENT_ID and CLIENT_SECRET name an application there.`
      : `Sign in as ${local.shown.users.join(' or ')}, password ${local.shown.password}`;
  return [
    `The demo is at ${url} (open it in a browser)${local ? `, its console at ${url}${local.shown.console.path}` : '.'}`,
    tokens,
    'npm run walk               sends every request to a demo of its own, and shows each response',
    'npm run walk -- --print    prints the requests as curl commands for this demo',
    'Decisions of the gate:',
  ].join('\n');
}
