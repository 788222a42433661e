import { elapsedBetween, type Instant, readClock } from '../clock.js';
import { StoreUnavailableError } from '../grants/errors.js';
import { TOO_LATE } from './in-flight-loads.js';
import type { ParsedLiveGrantsOptions } from './live-grants-options.js';

/** How live grants are: see `gate.health`. */
export interface GrantsHealth {
  /**
   * Whether the source responded to a `ping` within `timeoutMs`. A source without `ping` is well while `ageMs` is not above
   * `maxStalenessMs`.
   */
  readonly ok: boolean;
  /**
   * Milliseconds since what is cached was last known to be right. Absent where nothing is cached: before the first request,
   * a minute after the last, and after the feed had a gap.
   */
  readonly ageMs?: number | undefined;
  /** Why the source did not respond. For operators: it may name hosts. */
  readonly error?: string | undefined;
}

/** @param feedReadAt when the feed was last read to its end */
export async function readGrantsHealth(
  { source, clock, timeoutMs, maxStalenessMs }: ParsedLiveGrantsOptions,
  feedReadAt: Instant,
): Promise<GrantsHealth> {
  const error = await findOutage(async () => source.ping?.(), timeoutMs);
  const elapsed = elapsedBetween(feedReadAt, readClock(clock));
  const ageMs = Number.isFinite(elapsed) ? elapsed : undefined;
  const isBelieved = source.ping !== undefined || ageMs === undefined || ageMs <= maxStalenessMs;
  return { ok: error === undefined && isBelieved, ageMs, error };
}

async function findOutage(ping: () => Promise<unknown>, timeoutMs: number): Promise<string | undefined> {
  try {
    await withTimeout(timeoutMs, ping());
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function withTimeout<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreUnavailableError(TOO_LATE)), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
