import type { Clock } from '../../clock.js';
import { VerifierUnavailableError } from '../verifier.js';
import type { Fetch } from './bounded-fetch.js';
import type { KeyPolicy } from './jwk.js';
import { JwkSet } from './jwk-set.js';
import { fetchJwks, type KeyAuthorization } from './jwks-endpoint.js';

/** Where the keys of one issuer come from. */
export interface JwksSource {
  /** The keys that may be used without waiting; `undefined` when they must be {@link JwksSource.load}ed first. */
  current(): JwkSet | undefined;
  /** The keys, fetched if need be. @throws {VerifierUnavailableError} where none are available */
  load(): Promise<JwkSet>;
  /** The keys, refetched, or from the fetch in flight. @throws {VerifierUnavailableError} where they are unavailable */
  refresh(): Promise<JwkSet>;
  /** When the keys were asked for, in monotonic milliseconds: they are at least as new. */
  readonly fetchedAt: number;
  /** What operators should know although there are keys, as a sentence. */
  warning(): string | undefined;
}

export function staticJwks(jwks: JwkSet): JwksSource {
  const known = Promise.resolve(jwks);
  return {
    current: () => jwks,
    load: () => known,
    refresh: () => known,
    fetchedAt: Number.POSITIVE_INFINITY,
    warning: () => undefined,
  };
}

export interface RemoteJwksOptions {
  readonly url: string;
  readonly policy: KeyPolicy;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly authorization: KeyAuthorization | undefined;
  /** Milliseconds after which fetched keys are fetched again. */
  readonly maxAge: number;
  /** Milliseconds beyond `maxAge` for which known keys are used while the endpoint is down. */
  readonly outageTolerance: number;
}

/** From this share of their maximum age on, keys are refreshed in the background. */
const REFRESH_AHEAD = 0.8;

/** Fetches that unknown keys may cause at once, and the milliseconds after which each is allowed again. */
const BURST = 3;
const REFILL_MS = 2500;

/** The pause after a failed fetch, in milliseconds: doubled with each further failure. */
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

/**
 * The keys behind a `jwks_uri`. One fetch at a time, shared by all requests that need it.
 *
 * Fresh keys are used as they are; keys near their greatest age are renewed in the background; older ones are fetched
 * before they are used, except while the endpoint is down: then the known keys go on for `outageTolerance`. A token with
 * a key that is not known causes a fetch, since issuers rotate keys; such fetches have a small budget, and a request that
 * finds it spent waits for the next one, so that a flood of forged tokens costs the endpoint one fetch in 2.5 s at
 * most, and a genuine new key is still found.
 */
export class RemoteJwks implements JwksSource {
  readonly #options: RemoteJwksOptions;
  #jwks: JwkSet | undefined;
  #text = '';
  #asOf = Number.NEGATIVE_INFINITY;
  #fetching: Promise<JwkSet> | undefined;
  #failures = 0;
  #lastFailure: unknown;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #budget = BURST;
  #budgetAt = Number.NEGATIVE_INFINITY;

  constructor(options: RemoteJwksOptions) {
    this.#options = options;
  }

  get fetchedAt(): number {
    return this.#asOf;
  }

  current(): JwkSet | undefined {
    const { clock, maxAge, outageTolerance } = this.#options;
    const age = clock.monotonic() - this.#asOf;
    if (age < maxAge * REFRESH_AHEAD) return this.#jwks;
    if (age >= maxAge + outageTolerance) return undefined;
    if (age >= maxAge && !this.#isDown()) return undefined;
    if (!this.#isPaused()) this.#fetch().catch(() => undefined); // the next request that needs it is told
    return this.#jwks;
  }

  warning(): string | undefined {
    if (this.#failures === 0 || this.#jwks === undefined) return undefined;
    const minutes = Math.floor((this.#options.clock.monotonic() - this.#asOf) / 60_000);
    return `The issuer's keys are ${minutes} min old and cannot be renewed: ${messageOf(this.#lastFailure)}`;
  }

  async load(): Promise<JwkSet> {
    const known = this.current();
    if (known !== undefined) return known;
    try {
      if (this.#isPaused()) throw this.#lastFailure;
      return await this.#fetch();
    } catch (failure) {
      const stillGood = this.current();
      if (stillGood !== undefined) return stillGood;
      throw this.#outage(failure);
    }
  }

  async refresh(): Promise<JwkSet> {
    try {
      if (this.#isPaused()) throw this.#lastFailure;
      return await (this.#fetching ?? this.#fetch(this.#takeRefreshToken()));
    } catch (failure) {
      throw this.#outage(failure);
    }
  }

  /** Starts the one fetch, `delay` milliseconds from now, or joins the one under way. */
  #fetch(delay = 0): Promise<JwkSet> {
    this.#fetching ??= this.#fetchAfter(delay).finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchAfter(delay: number): Promise<JwkSet> {
    const { url, fetch, authorization, policy, clock } = this.#options;
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    const startedAt = clock.monotonic();
    try {
      const { text, value } = await fetchJwks(url, fetch, authorization);
      if (this.#jwks === undefined || text !== this.#text) this.#jwks = new JwkSet(value, policy, this.#jwks);
      this.#text = text;
      this.#asOf = startedAt;
      this.#failures = 0;
      return this.#jwks;
    } catch (failure) {
      this.#lastFailure = failure;
      this.#pausedUntil = clock.monotonic() + Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, MAX_BACKOFF_MS);
      this.#failures++;
      throw failure;
    }
  }

  /** Milliseconds until the budget has a fetch for an unknown key, which is taken from it. */
  #takeRefreshToken(): number {
    const now = this.#options.clock.monotonic();
    this.#budget = Math.min(BURST, this.#budget + (now - this.#budgetAt) / REFILL_MS);
    this.#budgetAt = now;
    this.#budget -= 1;
    return this.#budget >= 0 ? 0 : Math.ceil(-this.#budget * REFILL_MS);
  }

  /** Whether the endpoint failed lately; after a long quiet nobody knows, and it is asked before old keys are used. */
  #isDown(): boolean {
    return this.#failures > 0 && this.#options.clock.monotonic() < this.#pausedUntil + MAX_BACKOFF_MS;
  }

  #isPaused(): boolean {
    return this.#options.clock.monotonic() < this.#pausedUntil;
  }

  #outage(cause: unknown): VerifierUnavailableError {
    const pause = (this.#pausedUntil - this.#options.clock.monotonic()) / 1000;
    return new VerifierUnavailableError(`The issuer's JWKS is unavailable: ${messageOf(cause)}`, {
      retryAfter: pause,
      cause,
    });
  }
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
