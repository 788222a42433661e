import { isPromise } from '../token/verifier.js';

/** Tells a listener of the application's. It fails alone, at once or later: the request has been decided. */
export function notifySafely(listener: () => unknown): void {
  try {
    ignoreRejection(listener());
  } catch {
    // Its failure is its own.
  }
}

/** Whatever becomes of it: a promise that nobody waits for must not end the process. */
export function ignoreRejection(value: unknown): void {
  if (isPromise(value)) Promise.resolve(value).catch(() => undefined);
}
