import { closeSync, fdatasyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { count, median } from './common/statistics.mjs';
import { postgresDatabase, sqliteDatabase } from './databases.mjs';
import { BLOCK, COVERING, context, load, verify } from './grants-data.mjs';
import { compare, formatTable, toJson } from './grants-report.mjs';
import { withServers } from './start-servers.mjs';

/**
 * Grants administration at a thousand and at a million grants, on both stores.
 *
 *   node bench/grants.mjs [grants] [--rounds 11] [--json file]        or the environment variable GRANTS
 */
const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '11' }, json: { type: 'string' } },
});
const SMALL = 1000;
const large = Number(positionals[0] ?? process.env.GRANTS ?? 1_000_000);
const rounds = Number(flags.rounds);
if (!(large > SMALL) || large % BLOCK !== 0) throw new Error(`grants: a multiple of ${BLOCK} above ${SMALL}`);
if (!(rounds >= 1 && rounds < 30)) throw new Error('--rounds: a number from 1 to 29');

const PAGE = 100;
const CALLS = 50;
const INSERTS = 200;
const LONGEST_BATCH = 2000;
const INSERT = 'insert of one grant, durable';

/** Half of these calls or more go to pages of the disk that nobody has read before. */
const ANY = 'grant by id, any of all';
/** From how many the others are picked: again and again the same ones, as callers do. */
const PICKED = 100;

/** Each gives what one call is, for one database. */
const READS = {
  'grant by id': ({ store, at, pickedGrant }) => {
    return () => store.grants.get({ ...at, ...pickedGrant() });
  },
  [ANY]: ({ store, at, anyGrant }) => {
    return () => store.grants.get({ ...at, ...anyGrant() });
  },
  'grants of an application (4)': ({ store, at, pickedGrant }) => {
    return () => store.grants.list({ ...at, applicationId: pickedGrant().applicationId }, { limit: PAGE });
  },
  'applications: first page': ({ store, at }) => {
    return () => store.applications.list(at, { limit: PAGE });
  },
  'applications: last page': ({ store, at, grants, applicationId }) => {
    const position = { direction: 'after', key: applicationId(grants - PAGE - 1) };
    return () => store.applications.list(at, { limit: PAGE, position });
  },
  'applications: count, one item': ({ store, at }) => {
    return () => store.applications.list(at, { limit: 1 });
  },
  'holders, direct: first page': ({ store, at, popularId }) => {
    return () => store.scopes.holders(at, { scopeId: popularId }, { limit: PAGE });
  },
  'holders, hierarchical: first page': ({ store, at }) => {
    return () => store.scopes.holders(at, { scopeNames: COVERING }, { limit: PAGE });
  },
  'activities: newest page': ({ store, at }) => {
    return () => store.activities.list(at, {}, { limit: PAGE });
  },
  'activities of an application': ({ store, at, pickedGrant }) => {
    return () => store.activities.list(at, { applicationId: pickedGrant().applicationId }, { limit: PAGE });
  },
};

await withServers(run);

async function run({ directory, server, open }) {
  const worlds = await loadWorlds(directory, server, open);
  for (const world of worlds) {
    progress(`${world.engine}: verifying ${count(world.grants)} grants`);
    await verify(world);
  }
  await measureReads(worlds);
  const disk = await measureInserts(worlds, directory);
  progress('');
  const results = compare(worlds, [...Object.keys(READS), INSERT]);
  const method = { rounds, calls: CALLS, inserts: INSERTS, page: PAGE, picked: PICKED };
  const reported = { worlds, results, disk: median(disk), method, insert: INSERT, cold: ANY };
  process.stdout.write(formatTable(reported));
  if (flags.json !== undefined) writeFileSync(flags.json, toJson(reported));
}

/** Each engine, with many grants and with few. */
async function loadWorlds(directory, server, open) {
  const worlds = [];
  for (const grants of [large, SMALL]) {
    for (const database of [sqliteDatabase(directory, `g${grants}`), await postgresDatabase(server, `g${grants}`)]) {
      progress(`${database.engine}: loading ${count(grants)} grants`);
      const places = await load(database, grants);
      const store = await database.open();
      open.push(() => store.close());
      const raw = await database.raw();
      const facts = { description: await raw.description(), bytes: await raw.size() };
      await raw.close();
      const picked = Array.from({ length: PICKED }, () => places.anyGrant());
      const pickedGrant = () => picked[Math.floor(Math.random() * PICKED)];
      worlds.push({ ...places, ...facts, pickedGrant, engine: database.engine, database, store, times: {} });
    }
  }
  return worlds;
}

async function measureReads(worlds) {
  for (let round = 0; round <= rounds; round++) {
    progress(`reads, round ${round} of ${rounds}`);
    for (const [name, callOf] of Object.entries(READS)) {
      for (const world of rotate(worlds, round)) {
        const time = await meanTime(callOf(world), CALLS);
        if (round > 0) note(world, name, time); // round 0 warms up
      }
    }
  }
}

/** @returns what a sync of the disk took in each round */
async function measureInserts(worlds, directory) {
  const disk = [];
  for (const world of worlds) world.idle = world.idleApplications();
  for (let round = 0; round <= rounds; round++) {
    progress(`inserts, round ${round} of ${rounds}`);
    disk.push(syncTime(directory));
    for (const world of rotate(worlds, round)) {
      const { store, at, idle, others } = world;
      const grant = others[round % others.length];
      const insert = () => store.grants.create({ ...at, applicationId: idle.next().value }, grant, context);
      const time = await meanTime(insert, INSERTS);
      if (round > 0) note(world, INSERT, time);
    }
  }
  return disk;
}

function rotate(list, round) {
  return list.map((_, i) => list[(i + round) % list.length]);
}

/** Milliseconds for one call, one after the other; fewer calls where they would take all day. */
async function meanTime(call, times) {
  const began = performance.now();
  for (let done = 1; ; done++) {
    await call();
    const time = performance.now() - began;
    if (done === times || time > LONGEST_BATCH) return time / done;
  }
}

/** Milliseconds that this disk takes to make 4 KiB durable: what no durable insert can go below. */
function syncTime(directory) {
  const file = openSync(join(directory, 'sync'), 'w');
  const block = Buffer.alloc(4096, 1);
  const began = performance.now();
  for (let i = 0; i < 100; i++) {
    writeSync(file, block);
    fdatasyncSync(file);
  }
  const time = (performance.now() - began) / 100;
  closeSync(file);
  return time;
}

function note({ times }, name, time) {
  times[name] ??= [];
  times[name].push(time);
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text) process.stderr.write(`${text}\n`);
}
