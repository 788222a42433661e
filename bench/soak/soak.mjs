import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openPostgresStore } from 'scopegate/postgres';
import { openSqliteStore } from 'scopegate/sqlite';
import { endChildren, startChild } from '../common/processes.mjs';
import { withServers } from '../start-servers.mjs';
import { newKey, startKeyEndpoint } from './issuer.mjs';
import { growth, SHORTEST } from './memory.mjs';
import { formatLine, summarize, summed } from './report.mjs';
import { prepare } from './seed-data.mjs';

/**
 * Valid, invalid and administrative requests at full speed, while grants change and keys rotate: no valid request is refused,
 * no bad one accepted, and no server grows. Exit code 1 where one of them does not hold.
 *
 *   node bench/soak/soak.mjs [--minutes 10] [--store sqlite|postgres|both] [--json file] [--shared]
 *
 * With `--shared`, for a machine that has other work, a 503 response is counted and is no failure: a database or a server
 * that gets no processor time for a second cannot notify anyone.
 */
const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    store: { type: 'string', default: 'both' },
    json: { type: 'string' },
    shared: { type: 'boolean', default: false },
  },
});
const seconds = 60 * Number(flags.minutes);
const STORES = { sqlite: ['SQLite'], postgres: ['PostgreSQL'], both: ['SQLite', 'PostgreSQL'] }[flags.store];
if (!(seconds > 0)) throw new Error('--minutes: a number above 0');
if (STORES === undefined) throw new Error('--store: sqlite, postgres or both');

const LOADS = 2;
/** Of one database: two on PostgreSQL, so that changes have to cross from one process to the other. */
const SERVERS = { SQLite: 1, PostgreSQL: 2 };
/** Seconds between two samples, and between two rotations of keys. */
const SAMPLING = Math.min(5, Math.max(1, seconds / 60));
const ROTATION = 7;
/** Milliseconds until connections that the load has closed must be gone. */
const CLOSING = 5000;

process.on('exit', endChildren);
const runs = [];
await withServers(
  async ({ directory, server, open }) => {
    for (const store of STORES) {
      const run = await soak(store, directory, server, open);
      process.stdout.write(`${summarize(run)}\n`);
      runs.push(run);
    }
  },
  { postgres: STORES.includes('PostgreSQL') },
);
if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify(runs, undefined, 1));
if (runs.some(({ checks, faults }) => checks.failed > 0 || faults.length > 0)) process.exitCode = 1;

async function soak(store, directory, postgres, open) {
  const { endpoint, published, servers, loads } = await startAll(store, directory, postgres, open);
  const waited = monitorEventLoopDelay({ resolution: 10 });
  waited.enable();
  const watched = await watch(store, servers, loads, endpoint, published);
  for (const load of loads) await load.request('finish');
  const { samples, causes, faults, rotations, elapsed } = watched;
  const run = {
    store,
    seconds: Math.round(elapsed()),
    rotations,
    fetches: endpoint.fetches(),
    faults,
    stall: waited.max / 1e6,
  };
  const report = await reported(loads);
  for (const load of loads) await load.stop();
  await stopServers(servers, faults);
  endpoint.stop();
  return { ...run, ...report, servers: samples.map((list, i) => ({ outages: causes[i], ...judged(list, faults) })) };
}

async function startAll(store, directory, postgres, open) {
  const { openStore, ...opening } = await findDatabase(store, directory, postgres);
  const filled = await openStore();
  const places = await prepare(filled, LOADS);
  await filled.close();

  const endpoint = await startKeyEndpoint();
  open.push(async () => endpoint.stop());
  const published = [await newKey('RS256')];
  endpoint.publish(published);
  const servers = await started(new URL('server.mjs', import.meta.url), SERVERS[store], open);
  const ports = [];
  for (const server of servers) ports.push(await server.request('start', { ...opening, jwksUri: endpoint.url }));
  const loads = await started(new URL('load.mjs', import.meta.url), LOADS, open);
  for (const [i, load] of loads.entries())
    await load.request('start', { ports, key: published[0], shared: flags.shared, ...places[i] });
  return { endpoint, published, servers, loads };
}

/** Samples the servers and rotates the keys until the time is over. */
async function watch(store, servers, loads, endpoint, firstPublished) {
  const samples = servers.map(() => []);
  const causes = servers.map(() => ({}));
  const faults = [];
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  let published = firstPublished;
  let rotations = 0;
  while (elapsed() < seconds) {
    await delay(1000 * Math.min(SAMPLING, seconds - elapsed()));
    const at = elapsed();
    for (const [i, server] of servers.entries()) {
      const { errors, outages, ...sample } = await server.request('sample');
      causes[i] = outages;
      samples[i].push({ at, ...sample });
      faults.push(...errors.map((error) => `server ${i + 1}: ${error}`));
    }
    if (at > ROTATION * (rotations + 1)) published = await rotate(loads, endpoint, published, rotations++);
    const latest = samples.map((list) => list.at(-1));
    progress(formatLine(store, at, await reported(loads), latest));
  }
  return { samples, causes, faults, rotations, elapsed };
}

async function stopServers(servers, faults) {
  for (const [i, server] of servers.entries()) {
    const left = await untilClosed(server);
    if (left > 0) faults.push(`server ${i + 1}: ${left} connections are left`);
    await server.stop();
  }
}

async function findDatabase(store, directory, postgres) {
  if (store === 'SQLite') {
    const options = { file: join(directory, 'soak.db') };
    return { entry: 'scopegate/sqlite', opener: 'openSqliteStore', options, openStore: () => openSqliteStore(options) };
  }
  const options = { connectionString: await postgres.createDatabase('soak') };
  const openStore = () => openPostgresStore(options);
  return { entry: 'scopegate/postgres', opener: 'openPostgresStore', options, openStore };
}

async function started(file, number, open) {
  const children = [];
  for (let i = 0; i < number; i++) {
    const child = await startChild(file);
    open.push(child.stop);
    children.push(child);
  }
  return children;
}

/**
 * As an issuer rotates: a new key beside the one so far, which stays published until the next rotation. The new
 * one signs at once. Tokens of the old key no longer count as valid when its withdrawal begins.
 */
async function rotate(loads, endpoint, published, rotations) {
  const key = await newKey(rotations % 2 === 0 ? 'ES256' : 'RS256');
  const [current, former] = published;
  if (former !== undefined) for (const load of loads) await load.request('retire', former.kid);
  endpoint.publish([key, current]);
  for (const load of loads) await load.request('rotate', key);
  return [key, current];
}

async function reported(loads) {
  const reports = [];
  for (const load of loads) reports.push(await load.request('report'));
  return summed(reports);
}

async function untilClosed(server) {
  for (const deadline = performance.now() + CLOSING; ; await delay(50)) {
    const { connections } = await server.request('sample');
    if (connections === 0 || performance.now() > deadline) return connections;
  }
}

/** What grew is a fault. */
function judged(samples, faults) {
  if (seconds < SHORTEST) return { samples };
  const growths = growth(samples, seconds);
  faults.push(...growths.filter(({ isFlat }) => !isFlat).map(({ name }) => `${name} grew`));
  return { samples, growths };
}

function progress(text) {
  process.stderr.write(`${text}\n`);
}
