import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, systemClock } from '../../clock.js';
import { firstOf, isNotUpYet } from './errors.js';

/** The pause between two attempts, in milliseconds; each doubles it, up to the maximum. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1000;

/**
 * Opens a database that may start at the same time.
 *
 * @param timeout milliseconds after which no further attempt is made; 0 for one attempt
 * @throws the error of the last attempt, in a sentence where there were several; at once where waiting cannot help
 */
export async function openOnceUp<T>(
  open: () => Promise<T>,
  timeout: number,
  clock: Pick<Clock, 'monotonic'> = systemClock,
): Promise<T> {
  const deadline = clock.monotonic() + timeout;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    try {
      return await open();
    } catch (error) {
      if (timeout === 0 || !isNotUpYet(error)) throw error;
      const left = deadline - clock.monotonic();
      if (left <= 0) throw new Error(`it was not up within ${timeout} ms: ${readMessage(error)}`, { cause: error });
      await delay(Math.min(pause, left));
    }
  }
}

export function readMessage(error: unknown): string {
  return firstOf(error).message ?? String(error);
}
