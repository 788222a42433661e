/** The two clocks that verification reads; a parameter, so that tests can move time. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch, for `exp`, `nbf` and `iat`. */
  now(): number;
  /** Milliseconds that never run backwards, for the age of cached values. They may stand still while the machine is suspended. */
  monotonic(): number;
}

/** A moment, by both clocks. */
export interface Instant {
  readonly now: number;
  readonly monotonic: number;
}

/** Before every other instant. */
export const LONG_AGO: Instant = { now: Number.NEGATIVE_INFINITY, monotonic: Number.NEGATIVE_INFINITY };

export function readClock(clock: Clock): Instant {
  return { now: clock.now(), monotonic: clock.monotonic() };
}

/**
 * Milliseconds that have passed, by the clock that says more: a monotonic clock stands still while the machine is
 * suspended, and a wall clock may be set back.
 */
export function elapsedBetween(start: Instant, end: Instant): number {
  return Math.max(end.now - start.now, end.monotonic - start.monotonic);
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** The rule of the option `clock`. */
export const CLOCK = [isClock, 'an object with now() and monotonic()', systemClock] as const;

function isClock(value: unknown): boolean {
  const { now, monotonic } = Object(value) as Partial<Clock>;
  return typeof now === 'function' && typeof monotonic === 'function';
}
