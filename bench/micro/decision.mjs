import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import express from 'express';
import { createGate, decide, scopeSet } from 'scopegate';
import { interleave, repeat } from '../common/interleave.mjs';
import { median } from '../common/statistics.mjs';
import { globs, policies } from '../peers/matchers.mjs';

/**
 * A decision that permits, by how many scopes are held and how deep the required one lies. Ours is what `gate.require`
 * takes more than `gate.authenticate`, for a request that is authenticated already: the route's requirement compiled when
 * it was declared, the token's scopes when it was verified.
 */

const ROOT = 'urn:opc:resource:consumer';
const PASSES = 3;
const SAMPLES = 60;
/** Calls in one sample of what takes less than a microsecond or so. */
const CALLS = 1000;
/** Milliseconds for each of the others, which differ so much that interleaving is not needed. */
const SHARE = 200;
/** With more, loading them takes longer than all the rest. */
const MOST_POLICIES = 1000;

const CASES = [
  ...[1, 10, 100, 1000, 10_000].map((held) => ({ held, depth: 8 })),
  ...[1, 2, 4].map((depth) => ({ held: 100, depth })),
];

/**
 * What is quick is interleaved over all cases: whether a decision grows with what is held shows only where both are
 * measured in the same moment.
 *
 * @returns for each case, nanoseconds for one decision of each contestant, a number for each pass
 */
export async function measureDecisions() {
  const cases = [];
  for (const { held, depth } of CASES) cases.push(await createContestants(held, depth));
  const named = (place, name) => `${place}, ${name}`;
  const samples = cases.flatMap(({ quick }, place) =>
    Object.entries(quick).map(([name, call]) => [named(place, name), repeat(call, CALLS)]),
  );
  const all = await interleave(Object.fromEntries(samples), { passes: PASSES, samples: SAMPLES, calls: CALLS });
  return cases.map(({ quick, slow }, place) => ({
    ...CASES[place],
    times: {
      ...Object.fromEntries(Object.keys(quick).map((name) => [name, all[named(place, name)]])),
      ...Object.fromEntries(Object.entries(slow).map(([name, call]) => [name, [measureTime(call)]])),
    },
  }));
}

async function createContestants(held, depth) {
  const required = toScope(segments('s', depth));
  const others = Array.from({ length: held - 1 }, (_, i) =>
    toScope([`other-${i}`, ...segments('o', depth)].slice(0, 8)),
  );
  // The one that covers comes last, and is the farthest above the required one.
  const far = [...others, toScope(segments('s', 1))];
  const near = [...others, required];
  const matchers = { picomatch: globs(far), ...(held <= MOST_POLICIES && { casbin: await policies(far) }) };
  for (const [name, matcher] of Object.entries(matchers)) {
    assert.equal(matcher(required), true, name);
    assert.equal(matcher(toScope(['elsewhere'])), false, name);
  }
  return {
    quick: { ...gates('far', far, required), ...gates('near', near, required), ...lookUp(near, required) },
    slow: { ...uncompiled(far, required), ...inClaim(near, required), ...bound(matchers, required) },
  };
}

function segments(prefix, depth) {
  return Array.from({ length: depth }, (_, i) => `${prefix}${i + 1}`);
}

function toScope(path) {
  return `${ROOT}:${path.join(':')}::read`;
}

/** The gate with and without a decision, on a request that it has let through before. */
function gates(name, held, required) {
  const accessToken = { payload: {}, header: { alg: 'RS256' }, token: 'a', scopes: scopeSet(held) };
  const gate = createGate({ verifier: { verify: () => accessToken } });
  const app = express();
  const req = Object.setPrototypeOf(new IncomingMessage(new Socket()), app.request);
  const res = Object.setPrototypeOf(new ServerResponse(req), app.response);
  req.headers.authorization = 'Bearer a';
  req.rawHeaders.push('Authorization', 'Bearer a');
  let passed = 0;
  const next = () => {
    passed++;
  };
  const through = (middleware) => () => middleware(req, res, next);
  const contestants = {
    [`authenticate, ${name}`]: through(gate.authenticate),
    [`require, ${name}`]: through(gate.require(required)),
  };
  for (const call of Object.values(contestants)) call();
  assert.equal(passed, 2);
  return contestants;
}

function lookUp(held, required) {
  const exact = new Set(held);
  return {
    empty: () => undefined,
    'exact match, in a set': () => exact.has(required),
  };
}

/** The same with the required scope as a text, which is compiled at each call. */
function uncompiled(held, required) {
  const scopes = scopeSet(held);
  assert.equal(decide({ held: scopes, required }).effect, 'permit');
  return {
    'covers()': () => scopes.covers(required),
    'decide()': () => decide({ held: scopes, required }),
  };
}

/** As those do who have the claim only. */
function inClaim(held, required) {
  const claim = held.join(' ');
  return { 'exact match, in the claim': () => claim.split(' ').includes(required) };
}

function bound(matchers, required) {
  return Object.fromEntries(Object.entries(matchers).map(([name, matcher]) => [name, () => matcher(required)]));
}

/** Nanoseconds for one call: the median of calls one by one. */
function measureTime(call) {
  const times = [];
  for (const end = performance.now() + SHARE; performance.now() < end || times.length < 3; ) {
    const began = process.hrtime.bigint();
    call();
    times.push(Number(process.hrtime.bigint() - began));
  }
  return median(times.slice(times.length >> 1));
}
