import { StoreUnavailableError } from '../../grants/errors.js';
import type { ConnectionUse } from '../engine.js';

/** How many connections gates leave to administration, where there are enough. */
const RESERVED = 2;

interface Waiting {
  readonly use: ConnectionUse;
  enter(): void;
}

/**
 * Shares out the connections of a pool, so that gates starve nobody: however much they ask for, one connection is left to
 * the change feed, and two to administration, which may take all that are free. Who has to wait holds no connection; the
 * feed is served first, and the others in their order.
 *
 * Small pools reserve less: one of three for administration, and of one or two none.
 */
export class ConnectionBudget {
  readonly #size: number;
  readonly #timeout: number;
  readonly #forFeed: number;
  readonly #forAdministration: number;
  readonly #taken: Record<ConnectionUse, number> = { administration: 0, gate: 0, feed: 0 };
  readonly #waiting = new Set<Waiting>();

  /** @param timeout milliseconds after which a waiting call rejects with a {@link StoreUnavailableError} */
  constructor(size: number, timeout: number) {
    this.#size = size;
    this.#timeout = timeout;
    this.#forFeed = size > 1 ? 1 : 0;
    this.#forAdministration = Math.min(RESERVED, Math.floor((size - 1) / 2));
  }

  /** @returns gives the connection back; call it once */
  async take(use: ConnectionUse): Promise<() => void> {
    if (!this.#mayTake(use)) await this.#wait(use);
    else this.#taken[use]++;
    return () => this.#release(use);
  }

  #mayTake(use: ConnectionUse): boolean {
    const { administration, gate, feed } = this.#taken;
    if (administration + gate + feed >= this.#size) return false;
    if (use === 'administration') return true;
    if (gate + feed >= this.#size - this.#forAdministration) return false;
    if (use === 'feed') return true;
    const forOthers = this.#forFeed + this.#forAdministration;
    return gate < this.#size - forOthers && administration + gate < this.#size - this.#forFeed;
  }

  #wait(use: ConnectionUse): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new StoreUnavailableError('Timed out waiting for a connection.'));
      }, this.#timeout);
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const waiting = { use, enter };
      this.#waiting.add(waiting);
    });
  }

  #release(use: ConnectionUse): void {
    this.#taken[use]--;
    const ready = [...this.#waiting].filter((each) => this.#mayTake(each.use));
    const next = ready.find((each) => each.use === 'feed') ?? ready[0]; // one connection was given back
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#taken[next.use]++;
    next.enter();
  }
}
