import type { Clock } from '../../clock.js';
import { GenerationalCache } from '../../lru.js';
import { VerifierUnavailableError } from '../verifier.js';

/** How many requests for unknown tokens are sent. */
export interface UnknownTokenLimits {
  /** At once. */
  readonly burst: number;
  /** In the long run. */
  readonly perSecond: number;
}

/** The number of accepted tokens that are remembered by their digest. */
const MAX_ACCEPTED = 20_000;

/** The most requests in flight, for tokens of whatever kind. */
const MAX_IN_FLIGHT = 1000;

/**
 * Limits the requests that a flood of unknown tokens causes. A token is unknown until it is accepted. Each request for an
 * unknown token takes one from a budget, and gives it back where the token is active: so clients with good tokens are
 * limited by nothing but the number of requests in flight, and a flood leaves requests for accepted tokens alone.
 */
export class UnknownTokenLimit {
  readonly #limits: UnknownTokenLimits;
  readonly #clock: Clock;
  readonly #accepted = new GenerationalCache<string, true>(MAX_ACCEPTED);
  #budget: number;
  #budgetAt: number;
  #inFlight = 0;

  constructor(limits: UnknownTokenLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#budget = limits.burst;
    this.#budgetAt = clock.monotonic();
  }

  /**
   * Admits a request for the token with this digest.
   *
   * @returns a function to call with what the response says: whether the token is active, `undefined` where it says nothing
   * @throws {VerifierUnavailableError} where too many requests are in flight, or too many tokens were unknown
   */
  admit(digest: string): (isActive: boolean | undefined) => void {
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      throw new VerifierUnavailableError(
        `Token introspection is unavailable: ${this.#inFlight} requests are already waiting.`,
        { retryAfter: 3 },
      );
    }
    const isKnown = this.#accepted.get(digest) === true;
    if (!isKnown) this.#takeFromBudget();
    this.#inFlight++;
    return (isActive) => {
      this.#inFlight--;
      if (isActive === false) this.#accepted.delete(digest);
      if (isActive !== true) return;
      this.#accepted.set(digest, true);
      if (!isKnown) this.#budget = Math.min(this.#limits.burst, this.#budget + 1);
    };
  }

  #takeFromBudget(): void {
    const { burst, perSecond } = this.#limits;
    const now = this.#clock.monotonic();
    this.#budget = Math.min(burst, this.#budget + ((now - this.#budgetAt) / 1000) * perSecond);
    this.#budgetAt = now;
    if (this.#budget < 1) {
      throw new VerifierUnavailableError(
        'Token introspection is limited: too many unknown tokens came lately ("unknownTokens").',
        { retryAfter: (1 - this.#budget) / perSecond },
      );
    }
    this.#budget -= 1;
  }
}
