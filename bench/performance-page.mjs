import { readFileSync, writeFileSync } from 'node:fs';
import { summary } from './common/statistics.mjs';
import { machine } from './report.mjs';
import { noise, ratioToBare } from './thresholds.mjs';

/** The chart of docs/performance.md, between its marks, and what it was measured on. */

/** How much bare Express may differ from itself, in the median of the rounds, before a chart of ratios is meaningless. */
const MOST_NOISE = 0.15;

const PAGE = new URL('../docs/performance.md', import.meta.url);

export function writePerformancePage({ http }, rounds) {
  if (http === undefined) throw new Error('--page needs the part http');
  const { median: itself } = summary(noise(http));
  if (Math.abs(itself - 1) > MOST_NOISE) {
    process.stderr.write(
      `docs/performance.md is left as it was: bare Express to itself is ${itself.toFixed(2)}. The machine is busy.\n`,
    );
    return;
  }
  writeFileSync(PAGE, replaceRegion(readFileSync(PAGE, 'utf8'), formatChart(http, rounds)));
}

function replaceRegion(text, content) {
  const region = /(<!-- bench: peers -->\n)[\s\S]*?(<!-- \/bench -->)/;
  if (!region.test(text)) throw new Error('docs/performance.md has no mark "bench: peers"');
  return text.replace(region, (_, start, end) => `${start}${content}${end}`);
}

function formatChart(http, rounds) {
  const names = Object.keys(http).filter((name) => !name.startsWith('bare'));
  const spread = summary(noise(http));
  const { node, cores, processor } = machine();
  return [
    '```text',
    formatRow('', 'tokens that come back', 'new tokens'),
    ...names.map((name) =>
      formatRow(name, ...['reused', 'fresh'].map((load) => formatBar(summary(ratioToBare(http, name, load)).median))),
    ),
    '```',
    '',
    `${new Date().toISOString().slice(0, 10)}, Node ${node}, ${cores} cores (${processor}), medians of ${rounds} rounds. Bare Express to itself: ${spread.median.toFixed(2)}, and from ${spread.from.toFixed(2)} to ${spread.to.toFixed(2)} in the middle half of the rounds.`,
    '',
  ].join('\n');
}

/** A block for each twentieth of bare Express. */
function formatBar(ratio) {
  return `${'█'.repeat(Math.round(ratio * 20))} ${ratio.toFixed(2)}`;
}

function formatRow(name, known, fresh) {
  return `${name.padEnd(27)}${known.padEnd(29)}${fresh}`.trimEnd();
}
