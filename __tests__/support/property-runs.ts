import fc from 'fast-check';

let times = 1;

/** How often a property is tried: as often as its test says, and many times as often in `npm run test:faults`. */
export function runs(usually: number): number {
  return usually * times;
}

/**
 * How often a long property is tried: a part of it in `npm test`, and in full in the integration lane, where
 * `jest.config.mjs` says so.
 */
export function longRuns(usually: number): number {
  const { partOfLongRuns = 1 } = globalThis as { partOfLongRuns?: number };
  return Math.ceil(runs(usually) * partOfLongRuns);
}

/** How often each property of a file is tried that names no number itself. */
export function tryEachProperty(usually: number): void {
  fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: runs(usually) });
}

/** For all properties that are declared from now on. */
export function multiplyRuns(by: number): void {
  times = by;
}
