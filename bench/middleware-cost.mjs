import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { createGate } from 'scopegate';
import { connectionTo, send } from './common/connections.mjs';
import { createGuardedApp } from './common/guarded-app.mjs';
import { createVerifier, FLOORS } from './common/guards.mjs';
import { cores, endChildren, keepToLoadCores, respond, startChild } from './common/processes.mjs';
import { pickRandom, roundByRound, summary } from './common/statistics.mjs';
import { issuer as newIssuer } from './common/tokens.mjs';

/**
 * What a middleware adds to a request in CPU time: one Express application in one process, whose middleware is swapped
 * every 40 requests, so that all of them have the same heap, the same compiled code and the same moments of a machine.
 *
 *   node bench/middleware-cost.mjs [--rounds 300] [--json file]
 *
 * The load is another process, on other cores: in the same one, its CPU time is as much as what is measured, with its
 * noise. The server turns to the next middleware of a plan by itself, after 40 requests, and reads its CPU time as it
 * does. A request for the figures would be work in between: a message costs as much as a request, and that differently each time.
 */
const BATCH = 40;
const WARM_UP = 10_000;
/** So few that each has been seen twice, and is cached, before anything is measured. */
const KNOWN = 100;
/** With one request in flight on each. With one, 10 or 40 connections the differences spread more, and with pipelining. */
const CONNECTIONS = 4;

const NAMES = ['empty', 'digest', 'gate', 'gate + onDecision', 'new token: bare check', 'new token: gate'];
const DIFFERENCES = [
  { of: 'gate', to: 'digest', goal: 6 },
  { of: 'gate + onDecision', to: 'gate', goal: 5 },
  { of: 'new token: gate', to: 'new token: bare check', goal: 30 },
];

if (process.connected) respond({ start: startServer, planned, costs });
else await run();

// The process that is measured.

let [plan, turns, left, latestRecord] = [[], [], 0, undefined];

async function startServer(trust) {
  const verifier = createVerifier(trust);
  const gate = createGate({ verifier }).require(trust.required);
  const observed = createObservedGate(verifier).require(trust.required);
  const [empty, digest] = ['next() alone', 'SHA-256 alone'].map((name) => FLOORS[name](trust));
  const guards = [empty, digest, gate, observed, bareCheck(trust), gate];
  let guard;
  const swapped = (req, res, next) => {
    if (left-- === 0) {
      const { user, system } = process.cpuUsage();
      guard = guards[NAMES.indexOf(plan[turns.length])];
      turns.push(user + system);
      left = BATCH - 1;
    }
    guard(req, res, next);
  };
  const server = createServer(createGuardedApp([swapped]));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

function createObservedGate(verifier) {
  return createGate({
    verifier,
    onDecision: (record) => {
      latestRecord = record;
    },
  });
}

/** The least that reads a new token: nothing of its header, its times, its audience or its scopes is looked at. */
function bareCheck(trust) {
  const check = FLOORS['crypto.verify alone'](trust);
  return (req, res, next) => {
    check(req, res, () => {
      const token = req.headers.authorization.slice('Bearer '.length);
      const payload = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
      req.auth = { payload, token };
      next();
    });
  };
}

/** Takes the names of the middleware for each 40 requests to come. */
async function planned(names) {
  [plan, turns, left, latestRecord] = [names, [], 0, undefined];
}

/** @returns microseconds of a request, from one swap to the next: for all of the plan but its last part */
async function costs() {
  if (latestRecord === undefined) throw new Error('onDecision was not called');
  return turns.slice(1).map((at, i) => (at - turns[i]) / BATCH);
}

// The process that sends the load and reports.

async function run() {
  const { values: flags } = parseArgs({
    options: { rounds: { type: 'string', default: '300' }, json: { type: 'string' } },
  });
  const rounds = Number(flags.rounds);
  if (!(Number.isInteger(rounds) && rounds >= 10 && rounds <= 2000)) throw new Error('--rounds: 10 to 2000');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));
  process.on('exit', endChildren);

  const warmUp = Math.ceil(WARM_UP / (BATCH * NAMES.length));
  const orders = Array.from({ length: warmUp + rounds }, (_, round) => orderNames(round));
  const issuer = newIssuer();
  process.stderr.write(`Signing ${KNOWN + orders.length * BATCH} tokens\n`);
  const tokens = { known: await issuer.tokens(KNOWN), fresh: await issuer.tokens(orders.length * BATCH) };
  const pinned = cores();
  keepToLoadCores(pinned);
  const measured = await measure(issuer.trust, tokens, orders, pinned);

  const order = orders.flat();
  const counted = (name) => measured.filter((_, i) => i >= warmUp * NAMES.length && order[i] === name);
  const figures = Object.fromEntries(NAMES.map((name) => [name, counted(name)]));
  const differences = compare(figures);
  process.stdout.write(formatTable(figures, differences, rounds));
  if (flags.json !== undefined) {
    const settings = { node: process.version, rounds, batch: BATCH, connections: CONNECTIONS, pinned };
    writeFileSync(flags.json, JSON.stringify({ ...settings, unit: 'µs', differences, figures }, undefined, 1));
  }
}

/** Sends 40 requests for each name of the orders. @returns what {@link costs} does */
async function measure(trust, { known, fresh }, orders, pinned) {
  const server = await startChild(import.meta.url, pinned);
  const port = await server.request('start', trust);
  const connections = Array.from({ length: CONNECTIONS }, () => connectionTo(port));

  const wrong = known.slice(0, BATCH).map((token) => token.replace(/.{20}$/, (end) => [...end].reverse().join('')));
  const guarded = NAMES.slice(2);
  await server.request('planned', guarded);
  for (const _ of guarded) await send(connections, wrong, 401);

  await server.request('planned', [...orders.flat(), 'empty']);
  for (const [round, order] of orders.entries()) {
    const returning = Array.from({ length: BATCH }, () => pickRandom(known));
    // The bare check remembers nothing, so that both get the same tokens, and the gate has seen none of them.
    const unseen = fresh.slice(round * BATCH, (round + 1) * BATCH);
    for (const name of order) await send(connections, name.startsWith('new') ? unseen : returning, 200);
  }
  await send(connections, known.slice(0, BATCH), 200);
  const measured = await server.request('costs');
  for (const { close } of connections) close();
  await server.stop();
  return measured;
}

function compare(figures) {
  return DIFFERENCES.map(({ of, to, goal }) => {
    const difference = summary(roundByRound(figures[of], figures[to], (more, less) => more - less));
    return { name: `(${of}) − (${to})`, ...difference, goal, reached: difference.median <= goal };
  });
}

/** A Williams design: in six rounds each middleware follows each other one once, so that carry-over affects all alike. */
function orderNames(round) {
  return [0, 1, 5, 2, 4, 3].map((place) => NAMES[(place + round) % NAMES.length]);
}

function formatTable(figures, differences, rounds) {
  const line = ([name, ...cells]) => `${name.padEnd(46)}${cells.map((cell) => cell.padStart(10)).join('')}\n`;
  const row = ({ name, median, from, to }, ...more) =>
    line([name, ...[median, from, to].map((n) => n.toFixed(1)), ...more]);
  return [
    line([`µs of CPU a request (${process.version}, ${rounds} rounds)`, 'median', 'quartile', 'quartile', 'goal']),
    ...NAMES.map((name) => row({ name, ...summary(figures[name]) })),
    ...differences.map((each) => row(each, `≤ ${each.goal}`, ...(each.reached ? [] : ['missed']))),
  ].join('');
}
