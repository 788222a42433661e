import { count } from '../common/statistics.mjs';

/** Formats the result of a run. */

const MiB = 1024 * 1024;
const MOST_SHOWN = 20;
const BYTES = ['heapUsed', 'external', 'rss'];

/** The sums of what the processes of the load counted. */
export function summed(reports) {
  const tally = {};
  const checks = { passed: 0, failed: 0, open: 0, unavailable: 0 };
  for (const report of reports) {
    for (const [kind, statuses] of Object.entries(report.tally)) {
      tally[kind] ??= {};
      for (const [status, number] of Object.entries(statuses)) {
        tally[kind][status] = (tally[kind][status] ?? 0) + number;
      }
    }
    for (const name of Object.keys(checks)) checks[name] += report.checks[name];
  }
  const requests = Object.values(tally)
    .flatMap(Object.values)
    .reduce((sum, number) => sum + number, 0);
  return { tally, checks, requests, failures: reports.flatMap(({ failures }) => failures).slice(0, MOST_SHOWN) };
}

export function formatLine(store, seconds, { requests, checks }, samples) {
  const heap = samples.map(({ heapUsed }) => (heapUsed / MiB).toFixed(1)).join(' + ');
  return `${store}, ${Math.round(seconds)} s: ${count(requests)} requests, ${count(checks.passed)} passed, ${checks.failed} failed; heap ${heap} MiB`;
}

export function summarize({
  store,
  seconds,
  rotations,
  fetches,
  tally,
  checks,
  requests,
  failures,
  servers,
  faults,
  stall,
}) {
  const kinds = Object.entries(tally).map(([kind, statuses]) => {
    const parts = Object.entries(statuses).map(([status, number]) => `${status} × ${count(number)}`);
    return `  ${kind.padEnd(20)} ${parts.join(', ')}`;
  });
  const memory = servers.flatMap(({ growths, samples, outages }, i) => [
    `server ${i + 1}, ${samples.length} samples${growths === undefined ? '; the run was too short to judge memory' : ''}`,
    ...(growths ?? []).map(({ name, before, after, bound, isFlat }) => {
      const shown = (value) => (BYTES.includes(name) ? `${(value / MiB).toFixed(1)} MiB` : String(value));
      return `  ${name.padEnd(20)} ${shown(before)} → ${shown(after)} (may grow by ${shown(bound)})${isFlat ? '' : ', IT GREW'}`;
    }),
    ...Object.entries(outages).map(([cause, { count, first, last }]) => {
      return `  unavailable         ${count} times, from second ${first} to ${last}: ${cause}`;
    }),
    `  curve of the heap    ${curve(samples.map(({ heapUsed }) => heapUsed / MiB))} MiB`,
  ]);
  const lines = [
    `${store}: ${count(seconds)} s, ${count(requests)} requests (${count(requests / seconds)} a second), ${rotations} rotations of keys, ${fetches} fetches of them`,
    ...kinds,
    ...memory,
    ...failures.map((failure) => `FAILED ${JSON.stringify(failure)}`),
    ...faults.slice(0, MOST_SHOWN).map((fault) => `FAILED ${fault}`),
    `checks: ${count(checks.passed)} passed, ${count(checks.failed)} failed; ${count(checks.open)} responses may be either, since a change was in progress; ${count(checks.unavailable)} were unavailable (503)`,
    `longest time for which the machine let a process without work wait: ${Math.round(stall)} ms`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Sixteen of the samples, evenly. */
function curve(values) {
  const step = Math.max(1, values.length / 16);
  const shown = Array.from({ length: Math.min(16, values.length) }, (_, i) => values[Math.floor(i * step)]);
  return shown.map((value) => value.toFixed(1)).join(' ');
}
