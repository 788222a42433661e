import type { Clock } from '../../clock.js';
import type { ReplayStore } from '../../grants/replay-store.js';
import { VerifierUnavailableError } from '../../token/verifier.js';

/** More than a process can verify within six minutes. They take about 100 MB. */
const MAX_KEYS = 1_000_000;

/**
 * Remembers keys in this process. Bounded: where all that it remembers still counts, it remembers no more, and requests
 * get 503. To forget one instead would let it be used again.
 */
export class MemoryReplayStore implements ReplayStore {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #maxKeys: number;
  /** Keys with the second in which they expire, in the order in which they came. */
  readonly #keys = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now'>, maxKeys = MAX_KEYS) {
    this.#clock = clock;
    this.#maxKeys = maxKeys;
  }

  remember(key: string, expiresAt: number): boolean {
    const now = this.#clock.now() / 1000;
    this.#forgetExpired(now);
    const known = this.#keys.get(key);
    if (known !== undefined && known > now) return false;
    if (this.#keys.size >= this.#maxKeys && known === undefined) throw this.#isFull(now);
    this.#keys.delete(key); // to the end of the order
    this.#keys.set(key, Math.ceil(expiresAt / 1000));
    return true;
  }

  /** Those that came first, up to the first that counts: a later one that expires before it goes with it. */
  #forgetExpired(now: number): void {
    for (const [key, expiresAt] of this.#keys) {
      if (expiresAt > now) return;
      this.#keys.delete(key);
    }
  }

  #isFull(now: number): VerifierUnavailableError {
    const [expiresAt = now] = this.#keys.values();
    return new VerifierUnavailableError(
      `${this.#maxKeys} DPoP proofs are remembered, which is the maximum: give "dpop.replayStore" a store, or shorten "dpop.iatOffset".`,
      { retryAfter: expiresAt - now },
    );
  }
}
