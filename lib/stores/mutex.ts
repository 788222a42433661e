import { systemClock } from '../clock.js';
import { StoreUnavailableError } from '../grants/errors.js';

/**
 * Lets functions run one after another, first come, first served; the others wait without a connection. What else the
 * process has to do comes in between: on SQLite, nothing that a function awaits would let it.
 */
export interface Turns {
  /**
   * Runs `run` after those that came before with the same key; without a key, as soon as there is room. The next with the
   * key follows when `run` resolves; the room is free when what it resolved with is `durable`.
   *
   * @throws {StoreUnavailableError} after the time-out
   */
  take<T extends Finishing>(key: string | undefined, run: () => Promise<T>): Promise<T>;
}

interface Finishing {
  readonly durable: Promise<unknown>;
}

/**
 * @param timeout milliseconds for which a call waits
 * @param room how many run at the same time, whatever their keys
 */
export function turns(timeout: number, room: number): Turns {
  const all = new Lock(room);
  const locks = new Map<string, Lock>();
  return {
    async take(key, run) {
      const deadline = systemClock.monotonic() + timeout;
      if (key === undefined) return runWithRoom(all, deadline, run);
      const lock = locks.get(key) ?? new Lock(1);
      locks.set(key, lock);
      try {
        const release = await lock.acquire(deadline);
        return await runWithRoom(all, deadline, run).finally(release);
      } finally {
        if (lock.isFree) locks.delete(key);
      }
    },
  };
}

async function runWithRoom<T extends Finishing>(room: Lock, deadline: number, run: () => Promise<T>): Promise<T> {
  const release = await room.acquire(deadline);
  try {
    const value = await run();
    value.durable.then(release, release);
    return value;
  } catch (error) {
    release();
    throw error;
  }
}

class Lock {
  readonly #waiting = new Set<() => void>();
  #room: number;
  #users = 0;

  constructor(room: number) {
    this.#room = room;
  }

  get isFree(): boolean {
    return this.#users === 0;
  }

  /** @returns what lets the next one in */
  async acquire(deadline: number): Promise<() => void> {
    this.#users++;
    try {
      if (this.#room === 0) await this.#wait(deadline);
      else this.#room--;
    } catch (error) {
      this.#users--;
      throw error;
    }
    return () => this.#release();
  }

  #release(): void {
    this.#users--;
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#room++;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }

  #wait(deadline: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#waiting.delete(enter);
          reject(new StoreUnavailableError('Timed out waiting for the write lock.'));
        },
        Math.max(0, deadline - systemClock.monotonic()),
      );
      const enter = () => {
        clearTimeout(timer);
        setImmediate(resolve);
      };
      this.#waiting.add(enter);
    });
  }
}
