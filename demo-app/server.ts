import { readFileSync } from 'node:fs';
import { curlCommand, curlFunctions, isLocalOnly } from './curl.js';
import { readSettings, type Settings } from './settings.js';
import { signInSteps } from './sign-in-steps.js';
import { type Demo, startDemo } from './start.js';
import { parseWalkthrough } from './walkthrough.js';

/** Seen from the build, dist/demo-app/server.js. */
const WALKTHROUGH = new URL('../../demo-app/walkthrough.http', import.meta.url);

/** How long requests under way may take once the program is signalled to stop. */
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

function introduction({ url, local }: Demo, { domain, adminScope }: Settings): string {
  const client = local?.shown.operator ?? { clientId: '$CLIENT_ID', clientSecret: '$CLIENT_SECRET' };
  const walkthrough = parseWalkthrough(readFileSync(WALKTHROUGH, 'utf8'), {
    host: url,
    issuer: (domain?.url ?? url).replace(/\/+$/, ''),
    ...client,
    ...(adminScope && { adminScope }),
  });
  const steps = walkthrough.steps.filter((step) => local !== undefined || !isLocalOnly(step, walkthrough));
  const functions = curlFunctions(walkthrough).filter((line) => local !== undefined || !line.startsWith('bad_token'));
  const tokens = domain
    ? `Tokens are those of ${domain.url}, tenant ${domain.tenant}. CLIENT_ID and CLIENT_SECRET stand for an application\n` +
      'of that domain that may request the scopes below.'
    : `Tokens are those of its own authorization server, ${local?.issuer}. The client secret and the password\n` +
      'below are kept in the database and printed at each start, as only a demo does.';
  return [
    `The demo listens on ${url}`,
    tokens,
    '',
    'Once in your shell:',
    ...functions.map((line) => `  ${line}`),
    '',
    ...steps.flatMap((step) => [
      `${step.title} → ${`${step.status} ${step.expected}`.trimEnd()}`,
      `  ${curlCommand(step, walkthrough)}`,
    ]),
    '',
    ...(local === undefined ? [] : [...signInSteps(url, local), '']),
    'What the gate decides:',
  ].join('\n');
}
