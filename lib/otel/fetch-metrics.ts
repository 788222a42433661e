import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import type { Clock } from '../clock.js';
import type { Fetch } from './otel-observer-options.js';

/** Hosts whose age is known; there is one for each issuer. */
const MAX_HOSTS = 100;

/** Counts what a verifier fetches: keys and metadata of issuers. */
export class FetchMetrics {
  readonly #fetches: Counter;
  readonly #duration: Histogram;
  readonly #clock: Clock;
  /** When the last successful fetch ended, by host. */
  readonly #succeeded = new Map<string, number>();

  constructor(meter: Meter, clock: Clock) {
    this.#clock = clock;
    this.#fetches = meter.createCounter('scopegate.jwks.fetches', {
      unit: '{fetch}',
      description: 'Fetches of keys and metadata of issuers; with error.type where they failed.',
    });
    this.#duration = meter.createHistogram('scopegate.jwks.fetch.duration', {
      unit: 's',
      description: 'How long a fetch of keys or metadata took, until its headers.',
      advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] },
    });
    meter
      .createObservableGauge('scopegate.jwks.age', {
        unit: 's',
        description: 'How long ago keys or metadata were fetched successfully.',
      })
      .addCallback((result) => {
        for (const [host, time] of this.#succeeded) {
          result.observe((clock.monotonic() - time) / 1000, { 'server.address': host });
        }
      });
  }

  observe(fetch: Fetch): Fetch {
    return async (url, init) => {
      const host = new URL(url).hostname;
      const startedAt = this.#clock.monotonic();
      try {
        const response = await fetch(url, init);
        this.#end(host, startedAt, response.ok ? undefined : String(response.status));
        return response;
      } catch (error) {
        this.#end(host, startedAt, error instanceof Error ? error.name : '_OTHER');
        throw error;
      }
    };
  }

  #end(host: string, startedAt: number, errorType: string | undefined): void {
    const now = this.#clock.monotonic();
    const attributes = { 'server.address': host, ...(errorType !== undefined && { 'error.type': errorType }) };
    this.#fetches.add(1, attributes);
    this.#duration.record((now - startedAt) / 1000, attributes);
    const isKnown = this.#succeeded.has(host) || this.#succeeded.size < MAX_HOSTS;
    if (errorType === undefined && isKnown) this.#succeeded.set(host, now);
  }
}
