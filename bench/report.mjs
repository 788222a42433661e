import { cpus } from 'node:os';
import { median, summary } from './common/statistics.mjs';
import { addedCpu, decisionTime, noise, partOfCheck, ratioToBare } from './thresholds.mjs';

/** Formats the measurements, for people and for programs. */

export function machine() {
  return { node: process.version, cores: cpus().length, processor: cpus()[0]?.model ?? 'unknown' };
}

export function formatHead({ pinned, rounds }) {
  const { node, cores, processor } = machine();
  return lines(
    `Node ${node}, ${cores} × ${processor}`,
    pinned === undefined
      ? 'What is measured is not confined to a core: no taskset, or one core only.'
      : `What is measured has core ${pinned.measured}, the load core ${pinned.load}.`,
    `Tokens: RS256, 2048 bits. 1,000 that return in any order, and new ones. Rounds: ${rounds}.`,
  );
}

export function httpTable(http) {
  const spread = summary(noise(http));
  const busy = median(http.bare.reused.busy);
  return lines(
    '',
    'Over HTTP, Express',
    '',
    row(['', 'tokens that return', '', '', '', 'new tokens', '', '', ''], WIDE),
    row(['', 'of bare', '(middle half)', 'req/s', '+ µs CPU', 'of bare', '(middle half)', 'req/s', '+ µs CPU'], WIDE),
    ...Object.keys(http).map((name) => {
      const cells = ['reused', 'fresh'].flatMap((workload) => {
        const { median: ratio, from, to } = summary(ratioToBare(http, name, workload));
        const speed = Math.round(median(http[name][workload].perSecond));
        const cpu = median(addedCpu(http, name, workload));
        return [ratio.toFixed(2), `${from.toFixed(2)}–${to.toFixed(2)}`, String(speed), cpu.toFixed(1)];
      });
      return row([name, ...cells], WIDE);
    }),
    `Noise, bare Express to itself: ${spread.from.toFixed(2)} to ${spread.to.toFixed(2)} (middle half of the rounds). A bare request takes ${median(http.bare.reused.cpu).toFixed(1)} µs of CPU.`,
    busy < BUSY &&
      `The server was at work for ${Math.round(100 * busy)} % of the time only: something else kept it, or the load, from it. Go by the CPU time.`,
  );
}

/** Below this, throughput says little of the server. */
const BUSY = 0.9;

export function verificationTable(times) {
  return lines(
    '',
    'Verification of one token, without cache',
    '',
    row(['', 'µs', 'of crypto.verify'], NARROW),
    ...Object.keys(times).map((name) =>
      row([name, (median(times[name]) / 1000).toFixed(1), partOfCheck(times, name).toFixed(2)], NARROW),
    ),
  );
}

const MATCHERS = ['exact match, in a set', 'exact match, in the claim', 'covers()', 'decide()', 'picomatch', 'casbin'];

export function decisionTable(cases) {
  return lines(
    '',
    'A decision that permits, ns (ours: gate.require less gate.authenticate; what covers is the last, and the farthest above)',
    '',
    row(['held scopes, depth', 'gate', ...MATCHERS], MATCHING),
    ...cases.map(({ held, depth, times }) => {
      const figures = [decisionTime(times), ...MATCHERS.map((name) => times[name] && median(times[name]))];
      const cells = figures.map((figure) => (figure === undefined ? '–' : Math.round(figure).toLocaleString('en')));
      return row([`${held.toLocaleString('en')}, ${depth}`, ...cells], MATCHING);
    }),
  );
}

export function cacheTable(sizes) {
  if (sizes === undefined) return lines('', 'The token cache: this scopegate has none.');
  return lines(
    '',
    'The token cache (ES256)',
    '',
    row(['entries', 'hit, µs', 'miss, µs', 'refused, µs', 'bytes an entry', 'kept'], NARROW),
    ...sizes.map(({ size, times, bytes, kept }) => {
      const [hit, refused, uncached] = ['hit', 'refused', 'refused, cache off'].map(
        (name) => median(times[name]) / 1000,
      );
      const cells = [hit.toFixed(1), (refused - uncached).toFixed(1), refused.toFixed(1)];
      return row([size.toLocaleString('en'), ...cells, Math.round(bytes).toString(), kept.toFixed(2)], NARROW);
    }),
    'A miss is what looking for a token that is then refused adds to refusing it.',
  );
}

export function formatThresholds(goals) {
  return lines(
    '',
    ...goals.map(({ name, figure, limit, unit, bound, reached, floors = [] }) => {
      if (figure === undefined) return `not measured  ${name} (${bound} ${quantity(limit, unit)})`;
      const asked = [`${bound} ${limit}`, ...floors.map((floor) => `${floor.name}: ${quantity(floor.figure, unit)}`)];
      return `${reached ? 'reached     ' : 'NOT REACHED '}  ${name}: ${quantity(figure, unit)} (${asked.join('; ')})`;
    }),
  );
}

function quantity(figure, unit) {
  const number = unit === 'ns' ? Math.round(figure) : Number(figure.toFixed(2));
  return `${number} ${unit}`.trimEnd();
}

export function toJson(results, goals, method) {
  const head = { date: new Date().toISOString(), ...machine(), method };
  return `${JSON.stringify({ ...head, goals, ...results }, null, 2)}\n`;
}

const WIDE = [26, 9, 15, 8, 10];
const NARROW = [30, 16];
const MATCHING = [20, 8, ...MATCHERS.map((name) => Math.max(name.length, 10) + 2)];

/** The first cell at its left, the others at their right; the widths after the first come round again. */
function row([first, ...cells], [width, ...widths]) {
  return first
    .padEnd(width)
    .concat(...cells.map((cell, i) => cell.padStart(widths[i % widths.length])))
    .trimEnd();
}

function lines(...parts) {
  return parts
    .filter((part) => part !== false)
    .map((part) => `${part}\n`)
    .join('');
}
