let times = 1;

/** How often a property is tried: as often as its test says, and many times as often in `npm run test:faults`. */
export function runs(usually: number): number {
  return usually * times;
}

/** For all properties that are declared from now on. */
export function multiplyRuns(by: number): void {
  times = by;
}
