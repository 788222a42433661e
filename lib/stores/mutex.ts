import { StoreUnavailableError } from '../grants/errors.js';

/** Lets one at a time through, in the order of their coming; the rest wait here, without a connection. */
export type Mutex = <T>(run: () => Promise<T>) => Promise<T>;

/** @param patience milliseconds after which one who waits is sent away with a {@link StoreUnavailableError} */
export function mutex(patience: number): Mutex {
  const waiting = new Set<() => void>();
  let isBusy = false;

  function arrival(): Promise<void> | undefined {
    if (!isBusy) {
      isBusy = true;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(enter);
        reject(new StoreUnavailableError('Other changes take too long.'));
      }, patience);
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      waiting.add(enter);
    });
  }

  function departure(): void {
    const [next] = waiting;
    if (next === undefined) {
      isBusy = false;
    } else {
      waiting.delete(next);
      next();
    }
  }

  return async (run) => {
    await arrival();
    try {
      return await run();
    } finally {
      departure();
    }
  };
}
