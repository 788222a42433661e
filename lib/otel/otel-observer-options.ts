import { CLOCK, type Clock } from '../clock.js';
import type { DecisionRecord } from '../enforcement/record.js';
import { callback, type OptionRules, optional, readOptions } from '../options.js';
import type { RoutedRequest } from '../usage/route-label.js';

/** The part of the Fetch API that verifiers use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A `MeterProvider` of OpenTelemetry. */
export interface MeterProviderLike {
  getMeter(name: string): object;
}

/** Reads something of a request. (Declared as a method, so that a function of an `express.Request` is one.) */
type RouteReader = { read(req: RoutedRequest): string | undefined }['read'];
type AttributeReader = {
  read(record: DecisionRecord, req: RoutedRequest): Readonly<Record<string, string | number | boolean>>;
}['read'];

export interface OtelObserverOptions {
  /** Where the instruments are made. Default the global one, which must be registered before this call. */
  readonly meterProvider?: MeterProviderLike | undefined;
  /**
   * Returns the pattern of the path for `http.route`, where the request does not say it as Express does; never the path.
   * Default: mount path and `req.route.path` of Express.
   */
  readonly routeOf?: RouteReader | undefined;
  /**
   * Returns further attributes of the active span, such as the client. They are not on metrics: each value would be a
   * series of its own. Default none, so that nothing identifies a person or a client.
   */
  readonly spanAttributesOf?: AttributeReader | undefined;
  /** For ages and durations. Default the system's. */
  readonly clock?: Clock | undefined;
}

const OPTIONS = {
  meterProvider: optional([isMeterProvider, 'a MeterProvider of OpenTelemetry']),
  routeOf: callback(),
  spanAttributesOf: callback(),
  clock: CLOCK,
} as const satisfies OptionRules<OtelObserverOptions>;

function isMeterProvider(value: unknown): boolean {
  return typeof (Object(value) as Partial<MeterProviderLike>).getMeter === 'function';
}

export function parseOtelObserverOptions(options: OtelObserverOptions) {
  return readOptions('otelObserver()', options, OPTIONS);
}

export type ParsedOtelObserverOptions = ReturnType<typeof parseOtelObserverOptions>;
