// What an observer of decisions adds to a request, in microseconds: the recorder of usage, and OpenTelemetry with the real
// SDK, with and without a recording span. A listener that does nothing is measured in the same run and taken off.
import assert from 'node:assert/strict';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { usageRecorder } from 'scopegate';
import { otelObserver } from 'scopegate/otel';
import { interleave, repeat } from './common/interleave.mjs';
import { median } from './common/statistics.mjs';

const CALLS = 1000;

const record = {
  outcome: 'permit',
  reason: 'covered',
  required: 'orders:read',
  held: ['orders:read', 'orders:write'],
  coverage: [{ required: 'orders:read', by: 'orders:read' }],
  issuer: 'https://issuer.example',
  client: '4f1f7b0e-8a0c-4f0e-9d51-0b1d3f6a7c22',
  subject: 'ada',
  audience: ['https://orders.example/'],
  durationMs: 0.02,
};
/** Of many routes and clients, as a busy process has them: a key that is always the same would stay in the caches. */
const clients = Array.from({ length: 50 }, (_, i) => `4f1f7b0e-8a0c-4f0e-9d51-0b1d3f6a7c${10 + i}`);
const routes = Array.from({ length: 20 }, (_, i) => ({ path: `/orders/:id/part-${i}` }));
const calls = Array.from({ length: CALLS }, (_, i) => [
  { ...record, client: clients[i % clients.length] },
  { method: 'GET', baseUrl: '/v1', route: routes[i % routes.length], params: { id: `${i}` } },
]);

const usage = usageRecorder({ store: { usage: { add: async () => {}, deleteBefore: async () => false } } });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
const { onDecision } = otelObserver({ meterProvider });
const span = new BasicTracerProvider().getTracer('bench').startSpan('request');
const inSpan = trace.setSpan(context.active(), span);

const listeners = {
  nothing: () => undefined,
  'usageRecorder()': usage.record,
  'otelObserver()': onDecision,
};

let at = 0;
const samples = Object.entries(listeners).map(([name, listener]) => [
  name,
  repeat(() => listener(...calls[at++ % CALLS]), CALLS),
]);
/** Each sample is in the context of one request, so that entering it is not measured. */
const inRequest = (sample) => () => context.with(inSpan, sample);
samples.push(
  ['nothing, in a span', inRequest(repeat(() => listeners.nothing(...calls[at++ % CALLS]), CALLS))],
  ['otelObserver(), in a span', inRequest(repeat(() => onDecision(...calls[at++ % CALLS]), CALLS))],
);
const times = await interleave(Object.fromEntries(samples), { passes: 3, samples: 60, calls: CALLS });
for (const [name, passes] of Object.entries(times)) {
  const nothing = median(times[name.endsWith('span') ? 'nothing, in a span' : 'nothing']);
  if (!name.startsWith('nothing')) console.log(`${name}: ${((median(passes) - nothing) / 1000).toFixed(3)} µs`);
}
assert.equal(usage.dropped, 0);
await usage.close();
await meterProvider.shutdown();
