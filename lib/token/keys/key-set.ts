import type { Clock } from '../clock.js';
import { VerifierOutage } from '../verifier.js';
import type { Fetch } from './bounded-fetch.js';
import type { KeyPolicy } from './jwk.js';
import { fetchKeySet, type KeyAuthorization } from './key-endpoint.js';
import { KeyRing } from './key-ring.js';

/** Where the keys of one issuer come from. */
export interface KeySet {
  /** The keys that may be used without waiting; `undefined` when they must be {@link KeySet.load}ed first. */
  current(): KeyRing | undefined;
  /** The keys, fetched if need be. @throws {VerifierOutage} where there are none to be had */
  load(): Promise<KeyRing>;
  /** The keys, fetched anew or by the fetch under way. @throws {VerifierOutage} where they cannot be had */
  refresh(): Promise<KeyRing>;
  /** When the keys were asked for, in monotonic milliseconds: they are at least as new. */
  readonly asOf: number;
  /** What operators should know although there are keys, as a sentence. */
  warning(): string | undefined;
}

export function staticKeySet(ring: KeyRing): KeySet {
  const known = Promise.resolve(ring);
  return {
    current: () => ring,
    load: () => known,
    refresh: () => known,
    asOf: Number.POSITIVE_INFINITY,
    warning: () => undefined,
  };
}

export interface RemoteKeySetOptions {
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

/** From this part of their greatest age on, keys are renewed behind the requests that use them. */
const RENEWAL = 0.8;

/** Fetches that unknown keys may cause at once, and the milliseconds after which each is allowed again. */
const BURST = 3;
const REFILL = 2500;

/** The pause after a failed fetch, in milliseconds: doubled with each further failure. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

/**
 * The keys behind a `jwks_uri`. One fetch at a time, shared by whoever needs it.
 *
 * Fresh keys are used as they are; keys near their greatest age are renewed in the background; older ones are fetched
 * before they are used, except while the endpoint is down: then the known keys go on for `outageTolerance`. A token with
 * a key that is not known causes a fetch, since issuers rotate keys; such fetches have a small budget, and whoever comes
 * when it is spent waits for the next one, so that a flood of forged tokens costs the endpoint one fetch in 2.5 s at
 * most, and a genuine new key is still found.
 */
export class RemoteKeySet implements KeySet {
  readonly #options: RemoteKeySetOptions;
  #ring: KeyRing | undefined;
  #text = '';
  #asOf = Number.NEGATIVE_INFINITY;
  #fetching: Promise<KeyRing> | undefined;
  #failures = 0;
  #lastFailure: unknown;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #budget = BURST;
  #budgetAt = Number.NEGATIVE_INFINITY;

  constructor(options: RemoteKeySetOptions) {
    this.#options = options;
  }

  get asOf(): number {
    return this.#asOf;
  }

  current(): KeyRing | undefined {
    const { clock, maxAge, outageTolerance } = this.#options;
    const age = clock.monotonic() - this.#asOf;
    if (age < maxAge * RENEWAL) return this.#ring;
    if (age >= maxAge + outageTolerance) return undefined;
    if (age >= maxAge && !this.#isDown()) return undefined;
    if (!this.#isPaused()) this.#fetch().catch(() => undefined); // the next request that needs it is told
    return this.#ring;
  }

  warning(): string | undefined {
    if (this.#failures === 0 || this.#ring === undefined) return undefined;
    const minutes = Math.floor((this.#options.clock.monotonic() - this.#asOf) / 60_000);
    return `The issuer's keys are ${minutes} min old and cannot be renewed: ${messageOf(this.#lastFailure)}`;
  }

  async load(): Promise<KeyRing> {
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

  async refresh(): Promise<KeyRing> {
    try {
      if (this.#isPaused()) throw this.#lastFailure;
      return await (this.#fetching ?? this.#fetch(this.#turn()));
    } catch (failure) {
      throw this.#outage(failure);
    }
  }

  /** Starts the one fetch, `delay` milliseconds from now, or joins the one under way. */
  #fetch(delay = 0): Promise<KeyRing> {
    this.#fetching ??= this.#fetchAfter(delay).finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchAfter(delay: number): Promise<KeyRing> {
    const { url, fetch, authorization, policy, clock } = this.#options;
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    const startedAt = clock.monotonic();
    try {
      const { text, value } = await fetchKeySet(url, fetch, authorization);
      if (this.#ring === undefined || text !== this.#text) this.#ring = new KeyRing(value, policy, this.#ring);
      this.#text = text;
      this.#asOf = startedAt;
      this.#failures = 0;
      return this.#ring;
    } catch (failure) {
      this.#lastFailure = failure;
      this.#pausedUntil = clock.monotonic() + Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
      this.#failures++;
      throw failure;
    }
  }

  /** Milliseconds until the budget has a fetch for an unknown key, which is taken from it. */
  #turn(): number {
    const now = this.#options.clock.monotonic();
    this.#budget = Math.min(BURST, this.#budget + (now - this.#budgetAt) / REFILL);
    this.#budgetAt = now;
    this.#budget -= 1;
    return this.#budget >= 0 ? 0 : Math.ceil(-this.#budget * REFILL);
  }

  /** Whether the endpoint failed lately; after a long quiet nobody knows, and it is asked before old keys are used. */
  #isDown(): boolean {
    return this.#failures > 0 && this.#options.clock.monotonic() < this.#pausedUntil + LONGEST_PAUSE;
  }

  #isPaused(): boolean {
    return this.#options.clock.monotonic() < this.#pausedUntil;
  }

  #outage(cause: unknown): VerifierOutage {
    const pause = (this.#pausedUntil - this.#options.clock.monotonic()) / 1000;
    return new VerifierOutage(`The issuer's keys cannot be had: ${messageOf(cause)}`, { retryAfter: pause, cause });
  }
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
