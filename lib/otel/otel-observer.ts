import { type Meter, metrics } from '@opentelemetry/api';
import type { DecisionRecord } from '../enforcement/record.js';
import type { RoutedRequest } from '../usage/route-label.js';
import { DecisionMetrics } from './decision-metrics.js';
import { FetchMetrics } from './fetch-metrics.js';
import { type Fetch, type OtelObserverOptions, parseOtelObserverOptions } from './otel-observer-options.js';
import { StoreMetrics } from './store-metrics.js';

/** What OpenTelemetry learns of gates, keys, live grants and changes. */
export interface OtelObserver {
  /** For `onDecision` of a gate; has no `this`. Never throws. */
  readonly onDecision: (record: DecisionRecord, req: RoutedRequest) => void;
  /** For the option `fetch` of a verifier: `globalThis.fetch`, whose calls are counted. */
  readonly fetch: Fetch;
  /** The same for a `fetch` of your own. */
  observeFetch(fetch: Fetch): Fetch;
  /** The same store, whose loads, feed and changes are counted: for `liveGrants`, `grantsRouter` and your own changes. */
  observeStore<Store extends object>(store: Store): Store;
}

/**
 * Reports to OpenTelemetry: decisions as the metrics `scopegate.decisions` and `scopegate.decision.duration`, and as
 * attributes of the active span; fetches of keys as `scopegate.jwks.*`, live grants as `scopegate.live.*`, changes as
 * `scopegate.admin.changes`. Makes no spans.
 *
 * The attributes of metrics are few, and their number is bounded: outcome, reason, method, `http.route`. Neither metrics nor
 * spans get a client, a subject, a path or a token, unless `spanAttributesOf` says so. `error.type` is there for outages and
 * failed fetches only: a refused client is no error of the server.
 *
 * @example
 * ```ts
 * const observer = otelObserver();
 * const verifier = jwtVerifier({ ...domain, fetch: observer.fetch });
 * const gate = createGate({ verifier, onDecision: observer.onDecision });
 * ```
 *
 * @throws {TypeError} for wrong or unknown options
 */
export function otelObserver(options: OtelObserverOptions = {}): OtelObserver {
  const parsed = parseOtelObserverOptions(options);
  const meter = (parsed.meterProvider ?? metrics).getMeter('scopegate') as Meter;
  const decisions = new DecisionMetrics(meter, parsed);
  const fetches = new FetchMetrics(meter, parsed.clock);
  const stores = new StoreMetrics(meter, parsed.clock);
  return {
    onDecision: (record, req) => {
      try {
        decisions.record(record, req);
      } catch {
        // A function of the application threw. The request has been decided.
      }
    },
    fetch: fetches.observe((url, init) => globalThis.fetch(url, init)),
    observeFetch: (fetch) => fetches.observe(fetch),
    observeStore: (store) => stores.observe(store),
  };
}
