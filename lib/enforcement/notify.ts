import { isPromise } from '../token/verifier.js';

/** Calls a listener of the application. It may throw or reject: the request has been decided. */
export function notifySafely(listener: () => unknown): void {
  try {
    ignoreRejection(listener());
  } catch {
    // An observer must not fail the request.
  }
}

/** Handles the rejection of a promise that nobody awaits, since it would end the process. */
export function ignoreRejection(value: unknown): void {
  if (isPromise(value)) Promise.resolve(value).catch(() => undefined);
}
