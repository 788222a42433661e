import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { liveGrants } from 'scopegate';
import { openPostgresStore } from 'scopegate/postgres';
import { count, median } from './common/statistics.mjs';
import { postgresDatabase } from './databases.mjs';
import { loadApplications, toToken } from './live-data.mjs';
import { withServers } from './start-servers.mjs';

/**
 * A gate that knows no application yet, on PostgreSQL as it is and slowed down: all applications are asked for at once, and
 * again each second. Meanwhile an administrator reads, and a request of a known application is checked. Then 400 requests a
 * second over 300 applications, with 200 ms more for each message.
 *
 *   node bench/cold-gates.mjs [--applications 5000] [--delays 0,50,200] [--seconds 60]
 *
 * A slowed database is quick again after `--slow` seconds (10).
 */
const { values: flags } = parseArgs({
  options: {
    applications: { type: 'string', default: '5000' },
    delays: { type: 'string', default: '0,50,200' },
    seconds: { type: 'string', default: '60' },
    slow: { type: 'string', default: '10' },
  },
});
const applications = Number(flags.applications);
const longest = 1000 * Number(flags.seconds);
const slowFor = 1000 * Number(flags.slow);

await withServers(async ({ server, open }) => {
  const { connectionString, applicationId } = await loadBehindProxy(server);
  const proxy = await startProxy(server, open);
  const address = connectionString.replace(/host=[^&]*/, `host=${encodeURIComponent(proxy.directory)}`);
  for (const milliseconds of flags.delays.split(',').map(Number)) {
    await withGate(address, async (world) => report(milliseconds, await measureBurst(world, proxy, milliseconds)));
  }
  await withGate(address, async (world) => measureStream(world, proxy));

  async function withGate(connectionString, run) {
    proxy.slowDown(0);
    const store = await openPostgresStore({ connectionString });
    const watched = countQueries(store);
    const grants = liveGrants({ source: watched.source });
    try {
      await run({ store, watched, grants, applicationId });
    } finally {
      proxy.slowDown(0);
      grants.close();
      await store.close();
    }
  }
});

async function loadBehindProxy(server) {
  const database = await postgresDatabase(server, 'cold');
  const { applicationId } = await loadApplications(database, applications);
  return { connectionString: database.address.connectionString, applicationId };
}

async function startProxy(server, open) {
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-proxy-'));
  chmodSync(directory, 0o755);
  const name = '.s.PGSQL.5432';
  const script = fileURLToPath(new URL('delay-proxy.mjs', import.meta.url));
  const child = fork(script, [join(server.directory, name), join(directory, name)]);
  open.push(() => child.disconnect());
  await once(child, 'message');
  return { directory, slowDown: (milliseconds) => child.send(milliseconds) };
}

/** The store as a source that counts the queries that it has not answered. */
function countQueries(store) {
  const watched = { now: 0, most: 0, total: 0 };
  const applicationStatus = async (id) => {
    watched.total++;
    watched.most = Math.max(watched.most, ++watched.now);
    try {
      return await store.applicationStatus(id);
    } finally {
      watched.now--;
    }
  };
  watched.source = { applicationStatus, changes: store.changes };
  return watched;
}

/** Asks for all applications until each is permitted. The first one is known before. */
async function measureBurst({ store, watched, grants, applicationId }, proxy, milliseconds) {
  const tokens = Array.from({ length: applications }, (_, i) => toToken(applicationId(i)));
  const environments = await store.environments.list({ limit: 1 });
  const { id } = environments.items[0];
  await grants.check(tokens[0]);
  proxy.slowDown(milliseconds);
  await delay(500); // the feed has been read at this speed
  const began = performance.now();
  const reads = repeat(50, () => store.environments.get(id));
  const checks = repeat(20, async () => isPermitted(await grants.check(tokens[0])));
  const rounds = [];
  while (performance.now() - began < longest) {
    if (milliseconds > 0 && performance.now() - began > slowFor) proxy.slowDown(0);
    const permitted = await Promise.all(tokens.map(async (token) => isPermitted(await grants.check(token))));
    rounds.push(permitted.filter((each) => !each).length / applications);
    if (rounds.at(-1) === 0) break;
    await delay(1000); // Retry-After
  }
  const seconds = (performance.now() - began) / 1000;
  return {
    rounds,
    seconds,
    most: watched.most,
    total: watched.total,
    reads: await reads.end(),
    checks: await checks.end(),
  };
}

/** 400 requests a second over 300 applications, for 8 seconds. */
async function measureStream({ grants, applicationId }, proxy) {
  await grants.check(toToken(applicationId(0)));
  proxy.slowDown(200);
  const verdicts = [];
  for (let i = 0; i < 320; i++) {
    for (let j = 0; j < 10; j++) verdicts.push(grants.check(toToken(applicationId((10 * i + j) % 300))));
    await delay(25);
  }
  const refused = (await Promise.all(verdicts)).map((verdict) => !isPermitted(verdict));
  const late = refused.slice(-800);
  const share = (list) => percent(list.filter(Boolean).length / list.length);
  line(
    `400 requests a second over 300 applications, 200 ms more a message: 503 ${share(refused)}, of the last 800 ${share(late)}`,
  );
}

function isPermitted(verdict) {
  return verdict.ok;
}

/** Calls one after the other, with a pause in between; notes how long each takes, and which failed or refused. */
function repeat(pause, call) {
  let isOver = false;
  const took = [];
  let failed = 0;
  const running = (async () => {
    while (!isOver) {
      const began = performance.now();
      const result = await call().catch(() => false);
      took.push(performance.now() - began);
      if (result === false) failed++;
      await delay(pause);
    }
  })();
  return {
    async end() {
      isOver = true;
      await running;
      return { median: median(took), most: Math.max(...took), failed, calls: took.length };
    },
  };
}

function report(milliseconds, { rounds, seconds, most, total, reads, checks }) {
  const isDone = rounds.at(-1) === 0;
  line(`${count(applications)} applications at once, ${milliseconds} ms more a message:`);
  line(`  503 by round: ${rounds.slice(0, 12).map(percent).join(', ')}${rounds.length > 12 ? ' …' : ''}`);
  line(
    `  all known ${isDone ? `after ${seconds.toFixed(1)} s, ${rounds.length} rounds` : `not within ${seconds.toFixed(0)} s`}`,
  );
  line(`  queries: ${count(total)}, at once ${count(most)} at most`);
  for (const [name, { median, most, failed, calls }] of [
    ['admin read', reads],
    ['check of a known application', checks],
  ]) {
    line(`  ${name}: ${median.toFixed(1)} ms, ${most.toFixed(0)} ms at most; ${failed} of ${calls} failed`);
  }
}

function percent(share) {
  return `${(100 * share).toFixed(share > 0 && share < 0.01 ? 2 : 0)} %`;
}

function line(text) {
  process.stdout.write(`${text}\n`);
}
