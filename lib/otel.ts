export { type OtelObserver, otelObserver } from './otel/otel-observer.js';
export type { MeterProviderLike, OtelObserverOptions } from './otel/otel-observer-options.js';
