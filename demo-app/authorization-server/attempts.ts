import { createHash } from 'node:crypto';

/** How many wrong passwords in a row cost nothing, and the wait after each further one: 5 s, 10 s, 20 s … 15 minutes. */
const FREE = 5;
const FIRST_WAIT = 5;
const LONGEST_WAIT = 15 * 60;

/** All names share this many counters, so that memory is bounded and an unknown name is treated like any other. */
const COUNTERS = 4096;

/** Slows down password guessing. Each process counts for itself, and forgets when it ends. */
export interface Attempts {
  /** Seconds to wait before the next attempt for this name; 0 if there is no wait. */
  wait(name: string): number;
  /** How many more wrong passwords are free. */
  left(name: string): number;
  failed(name: string): void;
  succeeded(name: string): void;
}

/** @param now seconds since the epoch */
export function limitAttempts(now: () => number): Attempts {
  const failures = new Uint32Array(COUNTERS);
  const last = new Float64Array(COUNTERS);
  const getCounter = (name: string) => createHash('sha256').update(name).digest().readUInt16BE() % COUNTERS;

  return {
    wait(name) {
      const counter = getCounter(name);
      const count = failures[counter] ?? 0;
      if (count < FREE) return 0;
      const cost = Math.min(FIRST_WAIT * 2 ** (count - FREE), LONGEST_WAIT);
      return Math.max(0, Math.ceil((last[counter] ?? 0) + cost - now()));
    },
    left: (name) => Math.max(0, FREE - (failures[getCounter(name)] ?? 0)),
    failed(name) {
      const counter = getCounter(name);
      failures[counter] = (failures[counter] ?? 0) + 1;
      last[counter] = now();
    },
    succeeded(name) {
      failures[getCounter(name)] = 0;
    },
  };
}
