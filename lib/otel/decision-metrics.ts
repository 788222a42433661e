import { type Histogram, type Meter, type ObservableResult, trace } from '@opentelemetry/api';
import type { DecisionRecord } from '../enforcement/record.js';
import { type RoutedRequest, RouteLabels } from '../usage/route-label.js';
import type { ParsedOtelObserverOptions } from './otel-observer-options.js';

/** Different sets of attributes, half of what the SDK keeps. Further ones are counted without their route and method. */
const MAX_SERIES = 1000;
/** The methods of RFC 9110 and RFC 5789; OpenTelemetry counts others as `_OTHER`. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

interface Series {
  readonly attributes: Readonly<Record<string, string>>;
  count: number;
}

/**
 * Counts decisions, and describes them on the active span. The count is kept here and read when metrics are collected: an
 * `add` of the SDK for each request would take several times as long.
 */
export class DecisionMetrics {
  readonly #options: ParsedOtelObserverOptions;
  readonly #labels = new RouteLabels();
  readonly #series = new Map<string, Series>();
  readonly #duration: Histogram;
  /** One object for each outcome, since the SDK recognizes none. */
  readonly #outcomes = new Map(
    (['permit', 'deny', 'outage'] as const).map((outcome) => [outcome, { 'scopegate.outcome': outcome }]),
  );

  constructor(meter: Meter, options: ParsedOtelObserverOptions) {
    this.#options = options;
    meter
      .createObservableCounter('scopegate.decisions', {
        unit: '{decision}',
        description: 'Decisions of gates, by outcome, reason and route.',
      })
      .addCallback((result) => this.#observe(result));
    this.#duration = meter.createHistogram('scopegate.decision.duration', {
      unit: 's',
      description: 'How long a decision took, waiting for keys and grants included.',
      advice: { explicitBucketBoundaries: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] },
    });
  }

  record(record: DecisionRecord, req: RoutedRequest): void {
    this.#count(record, req);
    this.#duration.record(record.durationMs / 1000, this.#outcomes.get(record.outcome));
    const span = trace.getActiveSpan();
    if (span === undefined) return;
    span.setAttribute('scopegate.outcome', record.outcome);
    span.setAttribute('scopegate.reason', record.reason);
    if (record.outcome === 'outage') span.setAttribute('error.type', record.reason);
    const { spanAttributesOf } = this.#options;
    if (spanAttributesOf !== undefined) span.setAttributes(spanAttributesOf(record, req));
  }

  #count(record: DecisionRecord, req: RoutedRequest): void {
    const { routeOf } = this.#options;
    const route = routeOf === undefined ? this.#labels.find(req) : routeOf(req);
    const key = `${record.reason} ${req.method} ${route}`;
    const series = this.#series.get(key) ?? this.#addSeries(key, record, req.method, route);
    series.count++;
  }

  #addSeries(key: string, { outcome, reason }: DecisionRecord, method: string | undefined, route: unknown): Series {
    const attributes = { 'scopegate.outcome': outcome, 'scopegate.reason': reason };
    if (this.#series.size >= MAX_SERIES) {
      const rest = this.#series.get(reason) ?? { attributes, count: 0 };
      this.#series.set(reason, rest);
      return rest;
    }
    const known = method !== undefined && METHODS.has(method);
    const name = known ? method : '_OTHER';
    const place = known ? key : `${reason} _OTHER ${route}`;
    const series = this.#series.get(place) ?? {
      attributes: {
        ...attributes,
        'http.request.method': name,
        ...(typeof route === 'string' && { 'http.route': route }),
      },
      count: 0,
    };
    this.#series.set(place, series);
    return series;
  }

  #observe(result: ObservableResult): void {
    for (const { attributes, count } of this.#series.values()) result.observe(count, attributes);
  }
}
