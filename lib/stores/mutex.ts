import { StoreUnavailableError } from '../grants/errors.js';

/**
 * Runs one function at a time, first come, first served; the others wait without a connection. What else the process has to
 * do comes in between: on SQLite, nothing that a function awaits would let it.
 */
export type Mutex = <T>(run: () => Promise<T>) => Promise<T>;

/** @param timeout milliseconds after which a waiting call rejects with a {@link StoreUnavailableError} */
export function mutex(timeout: number): Mutex {
  const lock = new Lock(timeout);
  return async (run) => {
    await lock.acquire();
    try {
      return await run();
    } finally {
      lock.release();
    }
  };
}

class Lock {
  readonly #timeout: number;
  readonly #waiting = new Set<() => void>();
  #isBusy = false;

  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  acquire(): Promise<void> | undefined {
    if (this.#isBusy) return this.#wait();
    this.#isBusy = true;
    return undefined;
  }

  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#isBusy = false;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(enter);
        reject(new StoreUnavailableError('Timed out waiting for the write lock.'));
      }, this.#timeout);
      const enter = () => {
        clearTimeout(timer);
        setImmediate(resolve);
      };
      this.#waiting.add(enter);
    });
  }
}
