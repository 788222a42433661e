import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay, setImmediate as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { liveGrants } from 'scopegate';
import { count } from './common/statistics.mjs';
import { postgresDatabase, sqliteDatabase } from './databases.mjs';
import { context } from './grants-data.mjs';
import { loadApplications, toGrant, toToken } from './live-data.mjs';
import { withServers } from './start-servers.mjs';

/**
 * An hour's worth of mixed load, faster than by the clock: at 100 checks and one change a second, which are 360,000 checks
 * and 3,600 changes, done as fast as they go. The checks wander through 20,000 applications, of which the gate keeps 5,000,
 * so that applications come and go all the time; the changes take grants away, and give them back. Prints ten samples, and
 * ends with exit code 1 where the last third has more memory or descriptors than the second.
 *
 *   node --expose-gc bench/churn.mjs [--applications 20000] [--minutes 60] [--store sqlite|postgres|both]
 *
 * `--minutes` are those of the load, not of the clock.
 */
const { values: flags } = parseArgs({
  options: {
    applications: { type: 'string', default: '20000' },
    minutes: { type: 'string', default: '60' },
    store: { type: 'string', default: 'both' },
  },
});
const applications = Number(flags.applications);
const seconds = 60 * Number(flags.minutes);
const CHECKS_PER_SECOND = 100;
const SAMPLES = 10;
/** Growth that garbage collection and caches of the driver explain. */
const MAX_GROWTH_MB = 8;
if (globalThis.gc === undefined) throw new Error('memory is measured with node --expose-gc');
if (!(seconds > SAMPLES) || !(applications % 10 === 0)) throw new Error('--minutes above 0, --applications: of tens');

await withServers(async ({ directory, server }) => {
  const databases = {
    sqlite: () => sqliteDatabase(directory, 'churn'),
    postgres: () => postgresDatabase(server, 'churn'),
  };
  const names = flags.store === 'both' ? Object.keys(databases) : [flags.store];
  for (const name of names) await measure(await databases[name]());
});

async function measure(database) {
  const { at, resourceId, applicationId } = await loadApplications(database, applications);
  const store = await database.open();
  const grants = liveGrants({ source: store, maxApplications: applications / 4 });
  const world = { store, grants, at, resourceId, applicationId };
  process.stdout.write(
    `${database.engine}, ${count(applications)} applications, ${count(seconds * CHECKS_PER_SECOND)} checks\n`,
  );
  const samples = [];
  for (let i = 0; i < SAMPLES; i++) samples.push(await sample(world, i));
  grants.close();
  await store.close();
  assertFlat(samples);
}

async function sample(world, i) {
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const began = performance.now();
  const from = Math.floor((i * seconds) / SAMPLES);
  const to = Math.floor(((i + 1) * seconds) / SAMPLES);
  let refused = 0;
  for (let second = from; second < to; second++) refused += await runSecond(world, second);
  loop.disable();
  await delay(100);
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  const found = { heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20, descriptors: readdirSync('/proc/self/fd').length };
  const took = (performance.now() - began) / 1000;
  process.stdout.write(
    `  ${i + 1}/${SAMPLES}: heap ${found.heap.toFixed(1)} MB, rss ${found.rss.toFixed(0)} MB, descriptors ${found.descriptors}, ` +
      `event loop p99 ${(loop.percentile(99) / 1e6).toFixed(1)} ms, ${took.toFixed(1)} s, 503 ${refused}\n`,
  );
  return found;
}

/** One change, and the checks of one second: half of them of applications that were checked a moment ago. */
async function runSecond({ store, grants, at, resourceId, applicationId }, second) {
  const changed = (second * 7) % applications;
  const granted = [toGrant(resourceId, changed, second % 2 === 0)];
  const change = store.grants.setAll({ ...at, applicationId: applicationId(changed) }, granted, context);
  const numbers = Array.from({ length: CHECKS_PER_SECOND }, (_, i) => {
    return (i % 2 === 0 ? second * 50 + i : Math.max(0, second * 50 - 10 * i)) % applications;
  });
  const verdicts = await Promise.all(numbers.map((number) => grants.check(toToken(applicationId(number)))));
  await change;
  await pause();
  return verdicts.filter(({ reason }) => reason === 'grants_unavailable').length;
}

function assertFlat(samples) {
  const [, second, last] = [0, 1, 2].map((third) =>
    samples.slice(Math.ceil((third * SAMPLES) / 3), Math.ceil(((third + 1) * SAMPLES) / 3)),
  );
  const most = (list, name) => Math.max(...list.map((each) => each[name]));
  assert.ok(most(last, 'heap') <= most(second, 'heap') + MAX_GROWTH_MB, 'memory is flat');
  assert.ok(most(last, 'descriptors') <= most(second, 'descriptors'), 'descriptors are flat');
}
