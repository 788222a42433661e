import { type Clock, elapsedBetween, type Instant, LONG_AGO, readClock } from '../../clock.js';
import { VerifierUnavailableError } from '../verifier.js';
import type { Fetch } from './bounded-fetch.js';
import type { KeyPolicy } from './jwk.js';
import { JwkSet } from './jwk-set.js';
import { fetchJwks, type KeyAuthorization, type KeyLocation } from './jwks-endpoint.js';

/** The source of the keys of one issuer. */
export interface JwksSource {
  /** The keys that can be used without waiting; `undefined` where they must be {@link JwksSource.load}ed first. */
  current(): JwkSet | undefined;
  /** Gets the keys, and fetches them where needed. @throws {VerifierUnavailableError} where none are available */
  load(): Promise<JwkSet>;
  /** Fetches the keys again, or joins the fetch in flight. @throws {VerifierUnavailableError} where they are unavailable */
  refresh(): Promise<JwkSet>;
  /** When the request for the keys was sent, in monotonic milliseconds: they are at least as new. */
  readonly fetchedAt: number;
  /** Milliseconds since they were fetched, by the clock that says more; `undefined` where there are none. */
  ageMs(): number | undefined;
  /** A sentence for operators while the keys cannot be refreshed. */
  warning(): string | undefined;
}

export function staticJwks(jwks: JwkSet): JwksSource {
  const known = Promise.resolve(jwks);
  return {
    current: () => jwks,
    load: () => known,
    refresh: () => known,
    fetchedAt: Number.POSITIVE_INFINITY,
    ageMs: () => 0,
    warning: () => undefined,
  };
}

/** The options of `jwtVerifier()` about fetched keys. */
export interface RemoteJwksOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly keyAuthorization: KeyAuthorization | undefined;
  /** Milliseconds after which fetched keys are fetched again. */
  readonly cacheMaxAgeMs: number;
  /** Milliseconds after `cacheMaxAgeMs` for which known keys are used while the endpoint is down. */
  readonly outageToleranceMs: number;
}

/** The share of their maximum age after which keys are refreshed in the background. */
const REFRESH_AHEAD = 0.8;

/** The budget of fetches for unknown keys: how many at once, and the milliseconds after which each is available again. */
const BURST = 3;
const REFILL_MS = 2500;

/** A failed fetch, and the milliseconds after which there is another. */
interface Outage {
  readonly failure: unknown;
  readonly at: Instant;
  readonly pause: number;
}

/** The pause after a failed fetch, in milliseconds: doubled with each further failure. */
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

/**
 * The keys of a `jwks_uri`. There is one fetch at a time, which all requests that need it share.
 *
 * | age of the keys | what happens |
 * |---|---|
 * | below 80 % of `cacheMaxAgeMs` | they are used |
 * | below `cacheMaxAgeMs` | they are used, and refreshed in the background |
 * | beyond, endpoint up | they are fetched before they are used |
 * | beyond, endpoint down | they are used for `outageToleranceMs` more |
 *
 * A token with an unknown key causes a fetch, since issuers rotate keys. Such fetches have a small budget, and a request
 * that finds it empty waits for the next fetch: a flood of forged tokens costs the endpoint at most one fetch in 2.5 s, and
 * a new key is still found.
 *
 * Ages are those of the clock that says more: a monotonic clock stands still while the machine is suspended. A wall clock
 * that is set ahead therefore causes a fetch, and lets keys expire early while the endpoint is down.
 */
export class RemoteJwks implements JwksSource {
  readonly #location: KeyLocation;
  readonly #policy: KeyPolicy;
  readonly #options: RemoteJwksOptions;
  #jwks: JwkSet | undefined;
  #text = '';
  #asOf: Instant = LONG_AGO;
  #fetching: Promise<JwkSet> | undefined;
  /** Since the last fetch that succeeded. */
  #outage: Outage | undefined;
  #budget = BURST;
  #budgetAt = LONG_AGO.monotonic;

  constructor(location: KeyLocation, policy: KeyPolicy, options: RemoteJwksOptions) {
    this.#location = location;
    this.#policy = policy;
    this.#options = options;
  }

  get fetchedAt(): number {
    return this.#asOf.monotonic;
  }

  ageMs(): number | undefined {
    return this.#jwks && this.#elapsedSince(this.#asOf);
  }

  current(): JwkSet | undefined {
    const { cacheMaxAgeMs, outageToleranceMs } = this.#options;
    const age = this.#elapsedSince(this.#asOf);
    if (age < cacheMaxAgeMs * REFRESH_AHEAD) return this.#jwks;
    if (age >= cacheMaxAgeMs + outageToleranceMs) return undefined;
    if (age >= cacheMaxAgeMs && !this.#isDown()) return undefined;
    if (!this.#isPaused()) this.#fetch().catch(() => undefined); // the next request that needs the keys reports it
    return this.#jwks;
  }

  warning(): string | undefined {
    if (!this.#outage || !this.#jwks) return undefined;
    const minutes = Math.floor(this.#elapsedSince(this.#asOf) / 60_000);
    return `The issuer's keys are ${minutes} min old and cannot be refreshed: ${getMessage(this.#outage.failure)}`;
  }

  async load(): Promise<JwkSet> {
    const known = this.current();
    if (known) return known;
    try {
      this.#throwWhilePaused();
      return await this.#fetch();
    } catch (failure) {
      const usable = this.current();
      if (usable) return usable;
      throw this.#toUnavailable(failure);
    }
  }

  async refresh(): Promise<JwkSet> {
    try {
      this.#throwWhilePaused();
      return await (this.#fetching ?? this.#fetch(this.#takeRefreshToken()));
    } catch (failure) {
      throw this.#toUnavailable(failure);
    }
  }

  /** Starts a fetch in `delay` milliseconds, or joins the fetch in flight. */
  #fetch(delay = 0): Promise<JwkSet> {
    this.#fetching ??= this.#fetchAfter(delay).finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchAfter(delay: number): Promise<JwkSet> {
    const { fetch, keyAuthorization, clock } = this.#options;
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    const startedAt = readClock(clock);
    try {
      const { text, value } = await fetchJwks(this.#location, fetch, keyAuthorization);
      if (!this.#jwks || text !== this.#text) this.#jwks = new JwkSet(value, this.#policy, this.#jwks);
      this.#text = text;
      this.#asOf = startedAt;
      this.#outage = undefined;
      return this.#jwks;
    } catch (failure) {
      const pause = this.#outage ? Math.min(this.#outage.pause * 2, MAX_BACKOFF_MS) : FIRST_BACKOFF_MS;
      this.#outage = { failure, at: readClock(clock), pause };
      throw failure;
    }
  }

  /** Takes a fetch from the budget for unknown keys, and returns the milliseconds until it is available. */
  #takeRefreshToken(): number {
    const now = this.#options.clock.monotonic();
    this.#budget = Math.min(BURST, this.#budget + (now - this.#budgetAt) / REFILL_MS);
    this.#budgetAt = now;
    this.#budget -= 1;
    return this.#budget >= 0 ? 0 : Math.ceil(-this.#budget * REFILL_MS);
  }

  /** Whether the endpoint failed recently. After a long pause that is unknown, and it is requested before old keys are used. */
  #isDown(): boolean {
    return this.#pauseLeft() > -MAX_BACKOFF_MS;
  }

  #isPaused(): boolean {
    return this.#pauseLeft() > 0;
  }

  #throwWhilePaused(): void {
    if (this.#isPaused()) throw this.#outage?.failure;
  }

  /** Milliseconds until the endpoint is requested again. */
  #pauseLeft(): number {
    return this.#outage ? this.#outage.pause - this.#elapsedSince(this.#outage.at) : LONG_AGO.now;
  }

  /** Milliseconds, by the clock that says more. */
  #elapsedSince(instant: Instant): number {
    return elapsedBetween(instant, readClock(this.#options.clock));
  }

  #toUnavailable(cause: unknown): VerifierUnavailableError {
    const retryAfter = this.#pauseLeft() / 1000;
    return new VerifierUnavailableError(`The issuer's JWKS is unavailable: ${getMessage(cause)}`, {
      retryAfter,
      cause,
    });
  }
}

function getMessage(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
