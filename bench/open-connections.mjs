import { writeFileSync } from 'node:fs';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createGate, liveGrants } from 'scopegate';
import { count, roundByRound, summary } from './common/statistics.mjs';
import { postgresDatabase, sqliteDatabase } from './databases.mjs';
import { startWriter } from './live-changes.mjs';
import { now } from './live-clock.mjs';
import { loadApplications, READ, toGrant, toToken } from './live-data.mjs';
import { withServers } from './start-servers.mjs';

/**
 * What open connections cost: the memory of a watched one, the time from a revocation in another process to the last
 * signal, and what they add to other requests of the gate.
 *
 *   node --expose-gc bench/open-connections.mjs [--connections 10000] [--rounds 11] [--json file]
 */
const { values: flags } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '11' },
    json: { type: 'string' },
  },
});
const [connections, rounds] = [flags.connections, flags.rounds].map(Number);
if (!(connections >= 1 && rounds >= 1)) throw new Error('--connections, --rounds: numbers above 0');
if (globalThis.gc === undefined) throw new Error('memory is measured with node --expose-gc');

const APPLICATIONS = 1000;
/** Requests in a batch of the request path, and batches in a round. */
const BATCH = 2000;
const BATCHES = 20;

const verifier = { verify: (_credentials, { prepared }) => prepared };

await withServers(run);

async function run({ directory, server, open }) {
  const figures = [];
  for (const database of [sqliteDatabase(directory, 'open'), await postgresDatabase(server, 'open')]) {
    process.stderr.write(`${database.engine}: loading ${count(APPLICATIONS)} applications\n`);
    const places = await loadApplications(database, APPLICATIONS);
    const store = await database.open();
    const writer = await startWriter(database);
    const [grants, patient] = [1000, 60_000].map((maxStalenessMs) => liveGrants({ source: store, maxStalenessMs }));
    open.push(() => store.close(), writer.stop);
    const world = { ...places, engine: database.engine, writer, createGate: () => createGate({ verifier, grants }) };
    // On a busy machine, a request waits for the store now and then, which is not what is measured there.
    const patientWorld = { ...world, createGate: () => createGate({ verifier, grants: patient }) };
    const measured = {
      engine: database.engine,
      bytes: await measureMemory(world),
      ofOne: await measureRevocations(world, 1),
      ofMany: await measureRevocations(world, 100),
      path: await measureRequestPath(patientWorld),
    };
    figures.push(measured);
    process.stdout.write(formatFigures(measured));
    grants.close();
    patient.close();
  }
  if (flags.json !== undefined)
    writeFileSync(flags.json, JSON.stringify({ connections, rounds, figures }, undefined, 2));
}

function requestOf(applicationId) {
  return { headers: { authorization: 'Bearer bench' }, prepared: toToken(applicationId) };
}

/** Sends a request through the gate; it may have to wait for the status of its application. */
function pass(requireRead, req) {
  return new Promise((resolve, reject) => {
    const end = () => reject(new Error('The gate refused a request.'));
    const res = { headersSent: false, writableEnded: false, setHeader: () => undefined, end };
    requireRead(req, res, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

/** Opens connections of so many applications; their number and their ends. */
async function openAll(world, applications) {
  const gate = world.createGate();
  const requireRead = gate.require(READ);
  const ids = Array.from({ length: applications }, (_, i) => world.applicationId(i));
  for (const id of ids) await passEventually(requireRead, requestOf(id));
  const accesses = [];
  for (let i = 0; i < connections; i++) {
    const req = requestOf(ids[i % applications]);
    await passEventually(requireRead, req);
    accesses.push(gate.watch(gate.auth(req)));
  }
  return { gate, ids, accesses };
}

/** The change that gave a grant back may arrive later than the request, and a busy store too late. */
async function passEventually(requireRead, req) {
  for (;;) {
    const passed = await pass(requireRead, req).then(
      () => true,
      () => false,
    );
    if (passed) return;
    await delay(20);
  }
}

/** What one connection takes, beyond the request and the context that the gate keeps of it anyway. */
async function measureMemory(world) {
  const gate = world.createGate();
  const requireRead = gate.require(READ);
  await passEventually(requireRead, requestOf(world.applicationId(0)));
  const requests = [];
  for (let i = 0; i < connections; i++) {
    requests.push(requestOf(world.applicationId(0)));
    await passEventually(requireRead, requests[i]);
  }
  const kept = requests.map((req) => gate.auth(req));
  const before = await usedMemory();
  const accesses = kept.map((auth) => gate.watch(auth));
  for (const { signal } of accesses) signal.addEventListener('abort', () => undefined);
  const during = await usedMemory();
  for (const access of accesses) access.end();
  accesses.length = 0;
  const after = await usedMemory();
  return { each: (during - before) / connections, left: (after - before) / connections, requests: requests.length };
}

async function usedMemory() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Milliseconds from the acknowledgement of the last revocation, by another process, to the first and the last signal. */
async function measureRevocations(world, applications) {
  const results = [];
  for (let round = -1; round < rounds; round++) {
    const { ids, accesses } = await openAll(world, applications);
    const times = [];
    const all = accesses.map(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            times.push(now());
            resolve();
          });
        }),
    );
    let acknowledged;
    for (const id of ids) ({ acknowledged } = await setGrants(world, id, []));
    await Promise.all(all);
    const last = times.at(-1);
    if (round >= 0) {
      const signals = last - times[0];
      results.push({ first: times[0] - acknowledged, last: last - acknowledged, toBare: signals / timeBareSignals() });
    }
    for (const [i, id] of ids.entries()) await setGrants(world, id, [toGrant(world.resourceId, i, true)]);
  }
  const summarize = (name) => summary(results.map((each) => each[name]));
  return { first: summarize('first'), last: summarize('last'), toBare: summarize('toBare') };
}

/** Milliseconds for as many signals of Node that fire with an error of their own, and nothing else. */
function timeBareSignals() {
  const controllers = Array.from({ length: connections }, () => new AbortController());
  let last;
  for (const { signal } of controllers) {
    signal.addEventListener('abort', () => {
      last = now();
    });
  }
  const start = now();
  for (const controller of controllers) controller.abort(new Error('bench'));
  return last - start;
}

function setGrants({ writer, at }, applicationId, grants) {
  return writer.setGrants({ ...at, applicationId }, grants);
}

/** A request of the gate and `gate.auth`, where connections are open, to the same where none is. */
async function measureRequestPath(world) {
  const { gate: busy, accesses } = await openAll(world, 100);
  const idle = world.createGate();
  const contestants = [idle, busy, idle].map((gate) => ({ gate, requireRead: gate.require(READ) }));
  const nanoseconds = contestants.map(() => []);
  for (let round = -2; round < rounds; round++) {
    const batches = contestants.map(() => []);
    for (let batch = 0; batch < BATCHES; batch++) {
      await turn();
      for (let i = 0; i < contestants.length; i++) {
        const which = (i + batch) % contestants.length;
        batches[which].push(timeBatch(contestants[which], world));
      }
    }
    if (round >= 0) for (const [i, each] of batches.entries()) nanoseconds[i].push(summary(each).median);
  }
  for (const access of accesses) access.end();
  const [first, watched, second] = nanoseconds;
  return {
    nanoseconds: summary(first),
    toItself: summary(roundByRound(second, first, (a, b) => a / b)),
    watched: summary(roundByRound(watched, first, (a, b) => a / b)),
  };
}

function timeBatch({ gate, requireRead }, world) {
  const requests = Array.from({ length: BATCH }, (_, i) => requestOf(world.applicationId(i % 100)));
  const res = { headersSent: true, writableEnded: true };
  let passed = 0;
  const start = cpuTime();
  for (const req of requests) {
    requireRead(req, res, () => {
      if (gate.auth(req).token !== undefined) passed++;
    });
  }
  const taken = ((cpuTime() - start) * 1000) / BATCH;
  if (passed !== BATCH) throw new Error('The gate refused a request.');
  return taken;
}

/** Microseconds: those of a busy machine's other work do not count. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function formatFigures({ engine, bytes, ofOne, ofMany, path }) {
  const ms = ({ median, from, to }) => `${median.toFixed(0)} ms (${from.toFixed(0)} to ${to.toFixed(0)})`;
  const ratio = ({ median, from, to }) => `${median.toFixed(2)} (${from.toFixed(2)} to ${to.toFixed(2)})`;
  return [
    `${engine}, ${count(connections)} connections, ${rounds} rounds, medians and the middle half`,
    `  memory of a connection        ${count(bytes.each)} bytes; after its end ${count(bytes.left)}`,
    `  revocation of 1 application   first signal after ${ms(ofOne.first)}, last after ${ms(ofOne.last)}`,
    `  all signals to bare ones      ${ratio(ofOne.toBare)}`,
    `  of 100, one after the other   last after ${ms(ofMany.last)}, from the last acknowledgement`,
    `  other requests                ${path.nanoseconds.median.toFixed(0)} ns of CPU time; to the same without connections ${ratio(path.watched)}, that to itself ${ratio(path.toItself)}`,
    '',
  ].join('\n');
}
