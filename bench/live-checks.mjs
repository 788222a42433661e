import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as delay, setImmediate as pause } from 'node:timers/promises';
import express from 'express';
import { createGate } from 'scopegate';
import { median } from './common/statistics.mjs';
import { READ, toToken } from './live-data.mjs';

/** What a warm check costs: alone, and as a part of the gate. */

/** Calls for which inputs are made at once: few enough to lie where those of a real request lie, near the processor. */
export const BATCH = 50;
export const BATCHES = 100;
const AT_ONCE = 100;

/** Makes all applications known; gives the bytes of heap that each takes. */
export async function warm({ applications, applicationId, grants }) {
  const before = heap();
  for (let first = 0; first < applications; first += AT_ONCE) {
    const ids = Array.from({ length: Math.min(AT_ONCE, applications - first) }, (_, i) => applicationId(first + i));
    await Promise.all(ids.map((id) => grants.check(toToken(id))));
    await pause(); // for the timer that reads the feed
  }
  const bytes = (heap() - before) / applications;
  assert.deepEqual(await cold({ applications, applicationId, grants }), [], 'all are warm');
  return bytes;
}

/** The numbers of the applications that are not cached or not confirmed: each needs a query. */
export async function cold({ applications, applicationId, grants }) {
  const numbers = [];
  for (let i = 0; i < applications; i++) {
    if (i % AT_ONCE === 0) await pause();
    if (i % (50 * AT_ONCE) === 0) await delay(5); // for the feed to be read
    if ('then' in grants.check(toToken(applicationId(i)))) numbers.push(i);
  }
  return numbers;
}

function heap() {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** Nanoseconds for one call of each contestant, a list of as many as there are rounds. */
export async function timeChecks(world, rounds) {
  const { applications, applicationId, grants } = world;
  const { anyId, busyId } = picks(world);
  const known = new Map();
  for (let i = 0; i < applications; i++) {
    known.set(toToken(applicationId(i)).payload.client_id, i);
    if (i % AT_ONCE === 0) await pause();
  }
  return inRounds(rounds, {
    empty: { call: (token) => token, inputs: () => toToken(anyId()) },
    map: { call: (token) => known.get(token.payload.client_id), inputs: () => toToken(anyId()) },
    check: { call: (token) => grants.check(token).scopes, inputs: () => toToken(anyId()) },
    checkBusy: { call: (token) => grants.check(token).scopes, inputs: () => toToken(busyId()) },
    // As a domain of OCI IAM spells the same id.
    checkBare: {
      call: (token) => grants.check(token).scopes,
      inputs: () => toToken(busyId().replaceAll('-', '')),
    },
  });
}

/** The same for a request on its way through the gate, from middleware to handler; the verifier's part is left out. */
export async function timeGates(world, rounds) {
  const { grants } = world;
  const { anyId, busyId } = picks(world);
  const app = express();
  const socket = new Socket();
  const res = Object.setPrototypeOf(new ServerResponse(new IncomingMessage(socket)), app.response);
  let passed = 0;
  const next = () => {
    passed++;
  };
  const verifier = { verify: (_credentials, { prepared }) => prepared };
  const contestant = (options, idOf = anyId) => {
    const middleware = createGate({ verifier, ...options }).require(READ);
    return {
      call({ req, res }) {
        const before = passed;
        middleware(req, res, next);
        return passed > before ? req : undefined;
      },
      inputs() {
        const req = new IncomingMessage(socket);
        Object.setPrototypeOf(req, app.request);
        Object.assign(req, { method: 'GET', url: '/reports', prepared: toToken(idOf()) });
        for (const [name, value] of HEADERS) {
          req.rawHeaders.push(name, value);
          req.headers[name.toLowerCase()] = value;
        }
        return { req, res };
      },
    };
  };
  const times = await inRounds(rounds, {
    gate: contestant({}),
    gateLive: contestant({ grants }),
    gateLiveBusy: contestant({ grants }, busyId),
    gateLiveBare: contestant({ grants }, () => busyId().replaceAll('-', '')),
  });
  socket.destroy();
  return times;
}

/** Of how many applications most requests may be: what is known of them stays near the processor. */
export const BUSY = 100;

function picks({ applications, applicationId }) {
  const anyId = () => applicationId(Math.floor(Math.random() * applications));
  const busy = Array.from({ length: BUSY }, anyId);
  return { anyId, busyId: () => busy[Math.floor(Math.random() * BUSY)] };
}

const HEADERS = [
  ['Host', 'api.example'],
  ['User-Agent', 'bench'],
  ['Accept', 'application/json'],
  ['Authorization', `Bearer ${'eyJhbGciOiJSUzI1NiJ9.'.repeat(50)}`],
];

/**
 * Every round takes all contestants, each in its turn first; inputs are made outside the measured time. A round's time is
 * the median of its batches: one in which something else had the processor, or which collected garbage, does not count.
 */
async function inRounds(rounds, contestants) {
  const names = Object.keys(contestants);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    await delay(5); // for the feed to be read
    const batches = Object.fromEntries(names.map((name) => [name, []]));
    for (let batch = 0; batch < BATCHES; batch++) {
      for (let i = 0; i < names.length; i++) {
        const name = names[(i + batch) % names.length];
        batches[name].push(timeBatch(name, contestants[name]));
      }
      await pause();
    }
    if (round < 0) continue; // warms up
    for (const name of names) times[name].push(median(batches[name]));
  }
  return times;
}

function timeBatch(name, { call, inputs }) {
  const made = Array.from({ length: BATCH }, inputs);
  let missed = 0;
  const began = process.hrtime.bigint();
  for (let i = 0; i < BATCH; i++) if (call(made[i]) === undefined) missed++;
  const time = Number(process.hrtime.bigint() - began) / BATCH;
  assert.equal(missed, 0, `${name} returns every time, synchronously`);
  return time;
}

/** The median of what one takes more than the other, in the same round. */
export function difference(more, less) {
  return median(more.map((time, round) => time - less[round]));
}
