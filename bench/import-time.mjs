// How long `import 'scopegate'` takes beside `import 'jose'`: each in a fresh process, in turns.
// npm run bench:import [rounds]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { rotate, roundByRound, summary } from './common/statistics.mjs';

const ROUNDS = Number(process.argv[2] ?? 40);
const MAX_RATIO = 1;

const root = fileURLToPath(new URL('..', import.meta.url));
const CONTESTANTS = ['scopegate', 'jose'];

/** Milliseconds of the import alone: the process itself starts before. */
function timeImport(specifier) {
  const program = `const began = performance.now();
    await import('${specifier}');
    process.stdout.write(String(performance.now() - began));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

const times = Object.fromEntries(CONTESTANTS.map((name) => [name, []]));
for (let round = -3; round < ROUNDS; round++) {
  for (const name of rotate(CONTESTANTS, Math.abs(round))) {
    const time = timeImport(name);
    if (round >= 0) times[name].push(time); // the first ones fill the caches of the file system
  }
}

const show = ({ median, from, to }, unit) =>
  `${median.toFixed(2)}${unit} (middle half ${from.toFixed(2)} to ${to.toFixed(2)})`;

console.log(`node ${process.version}, ${ROUNDS} fresh processes each, in turns`);
for (const name of CONTESTANTS) console.log(`import '${name}': ${show(summary(times[name]), ' ms')}`);
const ratio = summary(roundByRound(times.scopegate, times.jose, (ours, theirs) => ours / theirs));
console.log(`ratio: ${show(ratio, '')}; goal: at most ${MAX_RATIO}`);
