/** The two clocks that verification reads; a parameter, so that tests can move time. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch, for `exp`, `nbf` and `iat`. */
  now(): number;
  /** Milliseconds that never run backwards, for the ages of what is kept. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
