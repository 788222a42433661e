import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { liveGrants } from 'scopegate';
import { count } from './common/statistics.mjs';
import { postgresDatabase, sqliteDatabase } from './databases.mjs';
import { measureChanges, startWriter, withFeedBell } from './live-changes.mjs';
import { timeChecks, timeGates, warm } from './live-checks.mjs';
import { loadApplications } from './live-data.mjs';
import { collectFigures, formatTable, toJson } from './live-report.mjs';
import { withServers } from './start-servers.mjs';
import { logStatements } from './statements.mjs';

/**
 * What live grants cost: a warm check, and a change that another process makes, with ten to a hundred thousand
 * applications, on both stores.
 *
 *   node --expose-gc bench/live.mjs [applications …] [--rounds 11] [--changes 10] [--json file]
 */
const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '11' },
    changes: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
});
const sizes = positionals.length > 0 ? positionals.map(Number) : [10, 10_000, 100_000];
const [rounds, changes] = [flags.rounds, flags.changes].map(Number);
if (!sizes.every((size) => size > 0 && size % 10 === 0)) throw new Error('applications: multiples of 10');
if (!(rounds >= 1 && changes >= 1)) throw new Error('--rounds, --changes: numbers above 0');
if (globalThis.gc === undefined) throw new Error('memory is measured with node --expose-gc');

await withServers(run);

async function run({ directory, server, open }) {
  const worlds = [];
  for (const applications of [...sizes].sort((a, b) => b - a)) {
    const name = `a${applications}`;
    for (const database of [sqliteDatabase(directory, name), await postgresDatabase(server, name)]) {
      progress(`${database.engine}: loading ${count(applications)} applications`);
      const places = await loadApplications(database, applications);
      const raw = await database.raw();
      const description = await raw.description();
      await raw.close();
      worlds.push({ ...places, applications, engine: database.engine, database, description });
    }
  }
  const statements = await logStatements();
  const figures = [];
  for (const world of worlds.reverse()) figures.push(collectFigures(world, await measure(world, statements, open)));
  progress('');
  const method = { rounds, changes: 2 * changes };
  process.stdout.write(formatTable({ figures, worlds, method }));
  if (flags.json !== undefined) writeFileSync(flags.json, toJson({ figures, worlds, method }));
}

/** One after the other, so that nothing else is watched meanwhile. */
async function measure({ engine, database, ...places }, statements, open) {
  const { applications } = places;
  const title = `${engine}, ${count(applications)} applications`;
  const store = await database.open();
  const bell = withFeedBell(store);
  // Between half of them and all are kept, so that twice as many hold them all.
  const grants = liveGrants({ source: bell, maxApplications: Math.max(100_000, 2 * applications) });
  const writer = await startWriter(database);
  const close = async () => {
    await writer.stop();
    grants.close();
    await store.close();
  };
  open.push(close);
  const world = { ...places, grants, bell };
  progress(`${title}: warming up`);
  const bytes = await warm(world);
  progress(`${title}: checks`);
  statements.start();
  const began = performance.now();
  const times = { ...(await timeChecks(world, rounds)), ...(await timeGates(world, rounds)) };
  const warmStatements = { seconds: (performance.now() - began) / 1000, sent: statements.stop() };
  progress(`${title}: changes`);
  const taken = await measureChanges(world, writer, statements, changes);
  open.splice(open.indexOf(close), 1);
  await close();
  return { bytes, times, warmStatements, taken };
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text) process.stderr.write(`${text}\n`);
}
