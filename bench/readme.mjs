import { readFileSync, writeFileSync } from 'node:fs';
import { summary } from './common/statistics.mjs';
import { machine } from './report.mjs';
import { addedCpu, measureGain, noise, ratioToBare } from './thresholds.mjs';

/** The tables of README.md, between their marks, and what they were measured on. */

/** By how much bare Express may differ from itself, in the median of the rounds, before a table of ratios says nothing. */
const MOST_NOISE = 0.15;

const README = new URL('../README.md', import.meta.url);

export function writeReadme({ hosts, versions }, rounds) {
  if (hosts === undefined) throw new Error('--readme needs the part http');
  const { median: itself } = summary(noise(hosts.usual));
  if (Math.abs(itself - 1) > MOST_NOISE) {
    process.stderr.write(
      `README.md is left as it was: bare Express to itself is ${itself.toFixed(2)}. The machine is busy.\n`,
    );
    return;
  }
  let text = readFileSync(README, 'utf8');
  text = between(text, 'bench: peers', peersTable(hosts, rounds));
  text = between(text, 'bench: hosts', versionsTable(versions));
  writeFileSync(README, text);
}

function between(text, mark, content) {
  const [before, rest] = text.split(`<!-- ${mark} -->\n`);
  const after = rest?.split(`<!-- /${mark.split(':')[0]} -->`);
  if (after === undefined || after.length < 2) throw new Error(`README.md has no mark "${mark}"`);
  return `${before}<!-- ${mark} -->\n${content}<!-- /bench -->${after.slice(1).join('<!-- /bench -->')}`;
}

function peersTable({ usual, prepared }, rounds) {
  const names = Object.keys(usual).filter((name) => !name.startsWith('bare'));
  const share = (name, workload) => withSpread(ratioToBare(usual, name, workload), 2);
  const cpu = (name, workload) => withSpread(addedCpu(prepared, name, workload), 0);
  return [
    '| | of bare Express: tokens that return | new tokens | CPU added, µs: tokens that return | new tokens |',
    '|---|---|---|---|---|',
    ...names.map((name) => {
      const cells = [share(name, 'reused'), share(name, 'fresh'), cpu(name, 'reused'), cpu(name, 'fresh')];
      return `| ${name} | ${cells.join(' | ')} |`;
    }),
    '',
    `${date()}, Node ${machine().node}, ${machine().cores} cores (${machine().processor}), ${rounds} rounds, medians (and the middle half of the rounds); bare Express to itself: ${withSpread(noise(usual), 2)}.`,
    '',
  ].join('\n');
}

function withSpread(numbers, digits) {
  const { median, from, to } = summary(numbers);
  return `${median.toFixed(digits)} (${from.toFixed(digits)} to ${to.toFixed(digits)})`;
}

function versionsTable(versions) {
  return [
    '| Node | requests in the same CPU time, to Express as everybody starts it |',
    '|---|---|',
    ...versions.map(({ version, hosts }) => `| ${version} | ${measureGain(hosts).ratio.toFixed(1)} × |`),
    '',
  ].join('\n');
}

function date() {
  return new Date().toISOString().slice(0, 10);
}
