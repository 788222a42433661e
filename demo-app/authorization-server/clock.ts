/** Seconds since the epoch, as claims have them. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
