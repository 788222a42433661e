import { StoreOutage } from '../grants/problem.js';

/** Lets one at a time through, in the order of their coming; the rest wait here, without a connection. */
export interface TurnQueue {
  /** Sends away with a {@link StoreOutage} who has waited for as long as the queue has patience. */
  pass<T>(run: () => Promise<T>): Promise<T>;
  /** Comes through behind all who wait now, however long that takes. */
  passLast<T>(run: () => Promise<T>): Promise<T>;
}

/** @param patience in milliseconds */
export function turnQueue(patience: number): TurnQueue {
  const waiting = new Set<() => void>();
  let isBusy = false;

  function arrival(isPatient: boolean): Promise<void> | undefined {
    if (!isBusy) {
      isBusy = true;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(enter);
        reject(new StoreOutage('Other changes take too long.'));
      };
      const timer = isPatient ? undefined : setTimeout(leave, patience);
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

  async function through<T>(run: () => Promise<T>, isPatient: boolean): Promise<T> {
    await arrival(isPatient);
    try {
      return await run();
    } finally {
      departure();
    }
  }

  return { pass: (run) => through(run, false), passLast: (run) => through(run, true) };
}
