import { existsSync, readFileSync } from 'node:fs';
import { isPostgres } from './authorization-server/database-address.js';
import { openRecords } from './authorization-server/records.js';
import { ensureBeginning, type Shown } from './first-start.js';
import { openAdministration } from './grants.js';
import { readSettings, type Settings } from './settings.js';
import { startDemo } from './start.js';
import { isLocalOnly, toShellScript } from './walk/curl.js';
import { runWalk, StepSender } from './walk/run.js';
import { signIn } from './walk/sign-in.js';
import { FILLED_BY_SENDER, parseWalkthrough, type Walkthrough } from './walk/walkthrough.js';

// npm run walk: sends every request of walkthrough.http and sign-in.http to a demo of its own, and shows each response.
// npm run walk -- --print: prints them as a shell script, for the demo that runs at PORT on DATABASE.
try {
  const settings = readSettings(process.env);
  if (process.argv.includes('--print')) console.log(await printScript(settings));
  else process.exitCode = await walk(settings);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Uses a database in memory and a free port, so that an earlier walk or a running demo does not matter. */
async function walk(settings: Settings): Promise<number> {
  const { server, closed, url, local } = await startDemo(
    { ...settings, port: 0, database: ':memory:' },
    () => undefined,
  );
  try {
    const variables = { ...findClient(settings, local?.shown), ...FILLED_BY_SENDER };
    const { life, session } = readWalkthroughs(url, settings, variables);
    const steps = life.steps.filter((step) => local !== undefined || !isLocalOnly(step, life));
    const unexpected = await runWalk(new StepSender(life, '1'), steps, console.log);
    if (local !== undefined) {
      const [name = ''] = local.shown.users;
      const person = { name, password: local.shown.password };
      const sender = new StepSender(session, '1', () => signIn(String(session.variables.get('link')), person));
      unexpected.push(...(await runWalk(sender, session.steps, console.log)));
    }
    console.log(
      unexpected.length === 0
        ? 'Every response was as expected.'
        : ['Not as expected:', ...unexpected.map((title) => `- ${title}`)].join('\n'),
    );
    return unexpected.length === 0 ? 0 : 1;
  } finally {
    server.close();
    server.closeAllConnections();
    await closed;
  }
}

async function printScript(settings: Settings): Promise<string> {
  const { domain, port, database } = settings;
  const shown = domain === undefined ? await readShown(database) : undefined;
  const client = shown?.operator ?? { clientId: '$CLIENT_ID', clientSecret: '$CLIENT_SECRET' };
  const url = `http://127.0.0.1:${port}`;
  const { life, session } = readWalkthroughs(url, settings, { ...client, ...FILLED_BY_SENDER });
  if (shown === undefined) return toShellScript(life);
  return toShellScript(life, { walkthrough: session, user: shown.users[0] ?? '', password: shown.password });
}

/** Seen from the build, dist/demo-app/walk.js. */
function readWalkthroughs(url: string, { domain, adminScope }: Settings, variables: Readonly<Record<string, string>>) {
  const all = {
    ...variables,
    host: url,
    issuer: (domain?.url ?? url).replace(/\/+$/, ''),
    ...(adminScope && { adminScope }),
  };
  const read = (file: string): Walkthrough =>
    parseWalkthrough(readFileSync(new URL(`../../demo-app/${file}`, import.meta.url), 'utf8'), all);
  return { life: read('walkthrough.http'), session: read('sign-in.http') };
}

function findClient({ domain }: Settings, shown: Shown | undefined) {
  if (shown !== undefined) return shown.operator;
  const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = process.env;
  if (clientId && clientSecret) return { clientId, clientSecret };
  throw new Error(
    `CLIENT_ID and CLIENT_SECRET are missing: an application of ${domain?.url} that may request the scopes.`,
  );
}

/** Reads what the demo on this database prints: the operator's secret and the password of its users. */
async function readShown(database: string): Promise<Shown> {
  if (!isPostgres(database) && !existsSync(database)) {
    throw new Error(`There is no ${database}: set DATABASE, or start the demo first.`);
  }
  const { store, environment } = await openAdministration(database);
  try {
    const records = await openRecords(database);
    return await ensureBeginning({ store, environmentId: environment.id }, records).finally(() => records.close());
  } finally {
    await store.close();
  }
}
