import { StoreUnavailableError } from '../grants/errors.js';

/** Runs one function at a time, first come, first served; the others wait without a connection. */
export type Mutex = <T>(run: () => Promise<T>) => Promise<T>;

/** @param timeout milliseconds after which a waiting call rejects with a {@link StoreUnavailableError} */
export function mutex(timeout: number): Mutex {
  const waiting = new Set<() => void>();
  let isBusy = false;

  function acquire(): Promise<void> | undefined {
    if (!isBusy) {
      isBusy = true;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(enter);
        reject(new StoreUnavailableError('Timed out waiting for the write lock.'));
      }, timeout);
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      waiting.add(enter);
    });
  }

  function release(): void {
    const [next] = waiting;
    if (next === undefined) {
      isBusy = false;
    } else {
      waiting.delete(next);
      next();
    }
  }

  return async (run) => {
    await acquire();
    try {
      return await run();
    } finally {
      release();
    }
  };
}
