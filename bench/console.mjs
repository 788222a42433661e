import { parseArgs } from 'node:util';
import { count, median } from './common/statistics.mjs';
import { launchBrowser, MOST_PER_PAGE, openWindow } from './console/browser.mjs';
import { fill, findPlaces } from './console/data.mjs';
import { startDemo } from './console/demo.mjs';
import { actsOf, screensOf } from './console/screens.mjs';
import { postgresDatabase, sqliteDatabase } from './databases.mjs';
import { withServers } from './start-servers.mjs';

/**
 * How soon each screen of the console shows its own data, in Chromium, with 10,000 applications and 100,000 grants. Ends
 * with 1 where the console asks for more than a page of the admin API may have.
 *
 *   node bench/console.mjs [part of a name …] [--applications 10000] [--store sqlite|postgres] [--rounds 3] [--keep folder] [--pictures folder]
 *
 * `--keep` names a folder whose SQLite file is filled by the first run and used by others.
 *
 * A deep link begins where the issuer lets the person in, so that it includes loading the console and fetching a token. The
 * others begin on another screen.
 */
const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: {
    applications: { type: 'string', default: '10000' },
    store: { type: 'string', default: 'sqlite' },
    rounds: { type: 'string', default: '3' },
    keep: { type: 'string' },
    pictures: { type: 'string' },
  },
});
const [applications, rounds] = [flags.applications, flags.rounds].map(Number);
if (!(applications > 100 && rounds >= 1)) throw new Error('--applications: above 100; --rounds: 1 or more');
if (!['sqlite', 'postgres'].includes(flags.store)) throw new Error('--store: sqlite or postgres');

const HEAD = ['shown, ms', 'all, ms', 'requests', 'page', 'KB', 'nodes', 'task, ms'];
const isPostgres = flags.store === 'postgres';
await withServers(run, { postgres: isPostgres });

async function run({ directory, server, open }) {
  const database = isPostgres
    ? await postgresDatabase(server, 'console')
    : sqliteDatabase(flags.keep ?? directory, 'console');
  const world = await prepare(database);
  const demo = await startDemo(database.address.file ?? database.address.connectionString);
  open.push(() => demo.stop());
  const browser = await launchBrowser();
  open.push(() => browser.close());

  const window = await openWindow(browser, demo.url);
  await (await demo.beginSignIn(window.page)).click();
  await window.page.locator('.shell').waitFor();
  const size = `${count(world.applications)} applications, ${count(world.scopes)} scopes`;
  process.stdout.write(`${database.engine}: ${size}; medians of ${rounds}\n${formatLine('', '', HEAD)}`);
  const greedy = (await measureAll(world, window, demo)).filter(({ limit }) => limit > MOST_PER_PAGE);
  for (const { name, limit } of greedy) process.stderr.write(`${name}: asks for a page of ${count(limit)}\n`);
  if (greedy.length > 0) process.exitCode = 1;
}

/** Fills the store unless an earlier run did, and returns what the screens are opened with. */
async function prepare(database) {
  const store = await database.open();
  try {
    if ((await store.environments.list({ limit: 1 })).items.length === 0) {
      process.stderr.write(`filling a store with ${count(applications)} applications takes minutes\n`);
      await fill(store, applications);
    }
    return await findPlaces(store);
  } finally {
    await store.close();
  }
}

/** Without names, all. */
function isWanted(name) {
  return positionals.length === 0 || positionals.some((part) => name.includes(part));
}

/** Leads from screen to screen within the page. */
function navigate(page) {
  const go = (path) =>
    page.evaluate((hash) => {
      location.hash = hash;
    }, path);
  const leave = async (start, selector) => {
    await go(start);
    await page.locator(selector).first().waitFor({ state: 'detached' });
  };
  return { go, leave };
}

async function measureAll(world, window, demo) {
  const { page, measure } = window;
  const { go, leave } = navigate(page);
  const rows = [];
  const add = async (name, how, once) => {
    const found = [];
    for (let round = 0; round < rounds; round++) found.push(await once());
    rows.push({ name, how, ...summarize(found) });
    process.stdout.write(formatRow(rows.at(-1)));
    if (flags.pictures) await page.screenshot({ path: `${flags.pictures}/${name} ${how}.png`.replace(/[:,]/g, '') });
  };
  for (const { name, path, selector, start } of screensOf(world).filter((screen) => isWanted(screen.name))) {
    await add(name, 'deep link', async () => {
      await page.goto('about:blank');
      await page.goto(`${demo.url}/console/#${path}`);
      const allow = await demo.beginSignIn(page);
      return measure(() => allow.click(), selector);
    });
    await add(name, 'navigation', async () => {
      await leave(start, selector);
      return measure(() => go(path), selector);
    });
  }
  /** From another screen, so that what was shown before is gone. */
  const open = async (path, selector) => {
    await leave(`/e/${world.environmentId}/issuer`, selector);
    await go(path);
    await page.locator(selector).first().waitFor();
  };
  for (const [name, act] of actsOf(world, window, open)) if (isWanted(name)) await add(name, 'act', act);
  return rows;
}

function summarize(found) {
  const most = (name) => Math.max(...found.map((each) => each[name]));
  const middle = (name) => median(found.map((each) => each[name]));
  return {
    ...Object.fromEntries(['shown', 'whole', 'nodes', 'task'].map((name) => [name, middle(name)])),
    ...Object.fromEntries(['requests', 'limit', 'bytes'].map((name) => [name, most(name)])),
  };
}

function formatLine(name, how, columns) {
  return `${name.padEnd(40)}${how.padEnd(11)}${columns.map((text) => text.padStart(10)).join('')}\n`;
}

function formatRow({ name, how, shown, whole, requests, limit, bytes, nodes, task }) {
  return formatLine(name, how, [shown, whole, requests, limit, bytes / 1024, nodes, task].map(count));
}
