import { setImmediate as pause } from 'node:timers/promises';
import { median, rotate } from './statistics.mjs';

/**
 * Times contestants closely interleaved: a short sample of each, over and over. A pass gives the median of its samples,
 * so that one in which something else had the processor, or in which garbage was collected, does not count.
 *
 * @param contestants for each name a function that makes `calls` calls, and may return a promise
 * @param options.prepare comes before the samples that belong together, outside the measured time
 * @returns for each name, a list of nanoseconds for one call, with one number for each pass
 */
export async function interleave(contestants, { passes, samples, calls, prepare = () => undefined }) {
  const names = Object.keys(contestants);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let pass = -1; pass < passes; pass++) {
    const times = Object.fromEntries(names.map((name) => [name, []]));
    for (let i = 0; i < samples; i++) {
      prepare();
      for (const name of rotate(names, i)) {
        const began = process.hrtime.bigint();
        const pending = contestants[name]();
        if (pending !== undefined) await pending;
        times[name].push(Number(process.hrtime.bigint() - began) / calls);
      }
      await pause(); // for timers
    }
    if (pass < 0) continue; // warms up
    for (const name of names) results[name].push(median(times[name]));
  }
  return results;
}

/** A sample of many calls of a quick function. */
export function repeat(call, calls) {
  return () => {
    for (let i = 0; i < calls; i++) call();
  };
}
