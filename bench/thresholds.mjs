import { median, roundByRound } from './common/statistics.mjs';
import { BEST_OF } from './common/variants.mjs';

/** What does no more than it must, for tokens that return and for new ones: no middleware can do better. */
const WARM_FLOORS = ['next() alone', 'SHA-256 alone'];
const COLD_FLOORS = ['crypto.verify alone'];

/**
 * The figures to reach, each judged by one number of this run. What a part of the bench did not measure is not judged.
 *
 * @returns `{ name, figure, limit, reached }`, with `figure` `undefined` where it was not measured; with `floors`, the same
 *   figure of what does no more than it must
 */
export function judgeThresholds({ hosts, socketFree, verification, decisions }) {
  const [usual, prepared] = [hosts?.usual, hosts?.prepared].map((host) => host?.[LIVE] && host.scopegate && host);
  return [
    beside(
      usual,
      WARM_FLOORS,
      warm,
      atLeast('warm, of the throughput of bare Express', 0.95, usual, warm('scopegate')),
    ),
    beside(
      usual,
      WARM_FLOORS,
      warm,
      atLeast('warm with live grants, of the throughput of bare Express', 0.95, usual, warm(LIVE)),
    ),
    beside(
      prepared,
      WARM_FLOORS,
      cost,
      atMost(
        'warm with live grants, CPU added to a request (prototypes made beforehand)',
        3,
        'µs',
        prepared,
        cost(LIVE),
      ),
    ),
    beside(
      usual,
      COLD_FLOORS,
      cold,
      atLeast('new tokens, of the throughput of bare Express', 0.7, usual, cold('scopegate')),
    ),
    atLeast('new tokens, times the throughput of the best peer', 1.1, usual, (host) => {
      const best = bestPeer(host);
      if (best === undefined) return undefined;
      const { perSecond } = host[best].fresh;
      return median(roundByRound(host.scopegate.fresh.perSecond, perSecond, (ours, theirs) => ours / theirs));
    }),
    atMost('new tokens, time with the cache to time without (no network)', 1.05, '', socketFree, ({ fresh }) => {
      return fresh[UNCACHED] && median(roundByRound(fresh.scopegate, fresh[UNCACHED], (on, off) => on / off));
    }),
    atMost('verification, to bare crypto.verify', 1.4, '', verification, (times) => partOfCheck(times, 'scopegate')),
    atMost('an expired token, to bare crypto.verify', 0.25, '', verification, (times) =>
      partOfCheck(times, 'scopegate: expired'),
    ),
    atMost('a token for another audience, to bare crypto.verify', 0.25, '', verification, (times) =>
      partOfCheck(times, 'scopegate: other audience'),
    ),
    atLeast('warm, time added by express-oauth2-jwt-bearer to ours (no network)', 10, socketFree, ({ reused }) =>
      median(roundByRound(added(reused, 'express-oauth2-jwt-bearer'), added(reused, 'scopegate'), (a, b) => a / b)),
    ),
    atLeast('new tokens, time added by express-oauth2-jwt-bearer to ours (no network)', 1.8, socketFree, ({ fresh }) =>
      median(roundByRound(added(fresh, 'express-oauth2-jwt-bearer'), added(fresh, 'scopegate'), (a, b) => a / b)),
    ),
    atMost('a decision that permits, at depth 8', 150, 'ns', decisions, (cases) =>
      Math.max(...cases.map(({ times }) => decisionTime(times))),
    ),
    atMost('a decision, with 10,000 held scopes to with one', FLAT, '', decisions, (cases) => {
      const deep = cases.filter(({ depth }) => depth === 8);
      return decisionTime(deep.at(-1).times) / decisionTime(deep[0].times);
    }),
  ];
}

/** A goal with the same figure of what it cannot go below. */
function beside(host, names, figureOf, goal) {
  const measured = names.filter((name) => host?.[name] !== undefined);
  return { ...goal, floors: measured.map((name) => ({ name, figure: figureOf(name)(host) })) };
}

const warm = (name) => (host) => median(ratioToBare(host, name, 'reused'));
const cold = (name) => (host) => median(ratioToBare(host, name, 'fresh'));
const cost = (name) => (host) => median(addedCpu(host, name, 'reused'));

const LIVE = 'scopegate, live grants';
const UNCACHED = 'scopegate, cache off';
/** Above this ratio something grows that should not. */
const FLAT = 1.5;

function atLeast(name, limit, measured, figureOf) {
  const figure = measured && figureOf(measured);
  return { name, figure, limit, unit: '', bound: 'at least', reached: figure >= limit };
}

function atMost(name, limit, unit, measured, figureOf) {
  const figure = measured && figureOf(measured);
  return { name, figure, limit, unit, bound: 'at most', reached: figure <= limit };
}

/** Bare Express is measured twice in each round; this is the mean. */
function bareIn(host, workload, figure) {
  return roundByRound(host.bare[workload][figure], host['bare again'][workload][figure], (a, b) => (a + b) / 2);
}

/** Throughput to that of bare Express in the same round. */
export function ratioToBare(host, name, workload) {
  return roundByRound(host[name][workload].perSecond, bareIn(host, workload, 'perSecond'), (a, b) => a / b);
}

/** Microseconds of CPU time that a request takes more than on bare Express in the same round. */
export function addedCpu(host, name, workload) {
  return roundByRound(host[name][workload].cpu, bareIn(host, workload, 'cpu'), (a, b) => a - b);
}

/** Microseconds of CPU time of a bare request, as Express is started everywhere and with its prototypes made beforehand. */
export function measureGain({ usual, prepared }) {
  const [before, after] = [usual, prepared].map((host) => median(bareIn(host, 'reused', 'cpu')));
  return { before, after, ratio: before / after };
}

/** Bare Express to itself: what of a ratio is noise. */
export function noise(host) {
  return ['reused', 'fresh'].flatMap((workload) => {
    const [first, second] = ['bare', 'bare again'].map((name) => host[name][workload].perSecond);
    return roundByRound(first, second, (a, b) => a / b);
  });
}

export function bestPeer(host) {
  const measured = BEST_OF.filter((name) => host[name] !== undefined);
  const speed = (name) => median(host[name].fresh.perSecond);
  return measured.toSorted((a, b) => speed(b) - speed(a))[0];
}

/** Nanoseconds that a request takes more than without guards, a number for each pass. */
export function added(times, name) {
  return roundByRound(times[name], times.bare, (a, b) => a - b);
}

export function partOfCheck(times, name) {
  return median(roundByRound(times[name], times['crypto.verify'], (a, b) => a / b));
}

/** Nanoseconds of our decision, where what covers is near the required scope and where it is far: the longer of them. */
export function decisionTime(times) {
  const difference = (name) => {
    return median(roundByRound(times[`require, ${name}`], times[`authenticate, ${name}`], (a, b) => a - b));
  };
  return Math.max(difference('near'), difference('far'));
}
