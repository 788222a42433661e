import { median } from '../common/statistics.mjs';

/**
 * Whether a process holds no more at the end of a run than it held in its second quarter: by then its code is compiled
 * and its bounded caches are full, so that what still grows grows with the number of requests.
 *
 * A leak of some ten bytes a request is more than the bound within two minutes. Below the bound lies what differs from
 * sample to sample: requests in progress, pages that the allocator has not given back, connections of a pool.
 */

/** What may be added, as a part of what there was, or in its unit, whichever is more. */
const BOUNDS = {
  heapUsed: { part: 0.1, least: 4 * 1024 * 1024 },
  external: { part: 0.1, least: 4 * 1024 * 1024 },
  rss: { part: 0.2, least: 32 * 1024 * 1024 },
  descriptors: { part: 0, least: 4 },
  connections: { part: 0, least: 4 },
};

/** Seconds below which a run says nothing about memory. */
export const SHORTEST = 90;

/** @param samples of one process, each with its time `at`, in the order of time */
export function growth(samples, seconds) {
  const quarter = (number) => samples.filter(({ at }) => Math.min(4, Math.ceil((4 * at) / seconds)) === number);
  const [second, last] = [quarter(2), quarter(4)];
  return Object.entries(BOUNDS).flatMap(([name, { part, least }]) => {
    const values = (list) => list.map((sample) => sample[name]).filter((value) => value !== undefined);
    if (values(second).length === 0 || values(last).length === 0) return [];
    const [before, after] = [median(values(second)), median(values(last))];
    const bound = Math.max(before * part, least);
    return [{ name, before, after, bound, isFlat: after - before <= bound }];
  });
}
