import { elapsedBetween, type Instant } from '../../clock.js';
import { GenerationalCache } from '../../lru.js';
import type { ActiveToken } from './active-token.js';
import type { IntrospectionCacheBounds } from './introspection-verifier-options.js';

interface Entry {
  readonly token: ActiveToken;
  /** When the request was sent: the response is at least as new. */
  readonly asOf: Instant;
}

/** The memory of the cache, in characters of the responses. */
const MAX_CHARACTERS = 2 ** 25;

/** Caches accepted tokens by the digest of the whole token. The caller checks the times of a token at each hit. */
export class IntrospectionCache {
  readonly #maxAgeMs: number;
  readonly #entries: GenerationalCache<string, Entry>;

  constructor({ maxAgeMs, maxTokens }: IntrospectionCacheBounds) {
    this.#maxAgeMs = maxAgeMs;
    this.#entries = new GenerationalCache(maxTokens, { most: MAX_CHARACTERS, weightOf: ({ token }) => token.size });
  }

  get(digest: string, now: Instant): ActiveToken | undefined {
    const entry = this.#entries.get(digest);
    if (entry === undefined) return undefined;
    // Stated as what must hold, so that a clock that returns NaN accepts nothing.
    if (elapsedBetween(entry.asOf, now) < this.#maxAgeMs) return entry.token;
    this.#entries.delete(digest);
    return undefined;
  }

  set(digest: string, token: ActiveToken, asOf: Instant): void {
    this.#entries.set(digest, { token, asOf });
  }

  delete(digest: string): void {
    this.#entries.delete(digest);
  }
}
