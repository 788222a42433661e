import { median, roundByRound } from './common/statistics.mjs';
import { BEST_OF } from './common/variants.mjs';

/** The minimum of work, for tokens that return and for new ones: no middleware can do less. */
const WARM_FLOORS = ['next() alone', 'SHA-256 alone'];
const COLD_FLOORS = ['crypto.verify alone'];

/**
 * The figures to reach, each judged by one number of this run. What a part of the bench did not measure is not judged.
 *
 * @returns `{ name, figure, limit, reached }`, with `figure` `undefined` where it was not measured; with `floors`, the same
 *   figure of what does no more than it must
 */
export function judgeThresholds({ http: measured, verification, decisions }) {
  const http = measured?.[LIVE] && measured.scopegate && measured;
  return [
    beside(http, WARM_FLOORS, warm, atLeast('warm, of the throughput of bare Express', 0.95, http, warm('scopegate'))),
    beside(
      http,
      WARM_FLOORS,
      warm,
      atLeast('warm with live grants, of the throughput of bare Express', 0.95, http, warm(LIVE)),
    ),
    beside(
      http,
      COLD_FLOORS,
      cold,
      atLeast('new tokens, of the throughput of bare Express', 0.7, http, cold('scopegate')),
    ),
    atLeast('new tokens, times the throughput of the best peer', 1.1, http, (http) => {
      const best = bestPeer(http);
      if (best === undefined) return undefined;
      const { perSecond } = http[best].fresh;
      return median(roundByRound(http.scopegate.fresh.perSecond, perSecond, (ours, theirs) => ours / theirs));
    }),
    atMost('verification, to bare crypto.verify', 1.4, '', verification, (times) => partOfCheck(times, 'scopegate')),
    atMost('an expired token, to bare crypto.verify', 0.25, '', verification, (times) =>
      partOfCheck(times, 'scopegate: expired'),
    ),
    atMost('a token for another audience, to bare crypto.verify', 0.25, '', verification, (times) =>
      partOfCheck(times, 'scopegate: other audience'),
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
function beside(http, names, figureOf, goal) {
  const measured = names.filter((name) => http?.[name] !== undefined);
  return { ...goal, floors: measured.map((name) => ({ name, figure: figureOf(name)(http) })) };
}

const warm = (name) => (http) => median(ratioToBare(http, name, 'reused'));
const cold = (name) => (http) => median(ratioToBare(http, name, 'fresh'));

const LIVE = 'scopegate, live grants';
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
function bareIn(http, workload, figure) {
  return roundByRound(http.bare[workload][figure], http['bare again'][workload][figure], (a, b) => (a + b) / 2);
}

/** Throughput to that of bare Express in the same round. */
export function ratioToBare(http, name, workload) {
  return roundByRound(http[name][workload].perSecond, bareIn(http, workload, 'perSecond'), (a, b) => a / b);
}

/** Microseconds of CPU time that a request takes more than on bare Express in the same round. */
export function addedCpu(http, name, workload) {
  return roundByRound(http[name][workload].cpu, bareIn(http, workload, 'cpu'), (a, b) => a - b);
}

/** Bare Express to itself: the noise of a ratio. */
export function noise(http) {
  return ['reused', 'fresh'].flatMap((workload) => {
    const [first, second] = ['bare', 'bare again'].map((name) => http[name][workload].perSecond);
    return roundByRound(first, second, (a, b) => a / b);
  });
}

export function bestPeer(http) {
  const measured = BEST_OF.filter((name) => http[name] !== undefined);
  const speed = (name) => median(http[name].fresh.perSecond);
  return measured.toSorted((a, b) => speed(b) - speed(a))[0];
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
