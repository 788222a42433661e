import { context, type MeterProvider as Provider, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import express, { type RequestHandler } from 'express';
import { createGate, jwtVerifier, liveGrants, VerifierUnavailableError } from 'scopegate';
import { type OtelObserverOptions, otelObserver } from 'scopegate/otel';
import { openSqliteStore } from 'scopegate/sqlite';
import request from 'supertest';
import { bearer, domainOptions, issuer } from '../http/fixtures/domain.js';
import { context as change, createSetting } from '../support/stores.js';

const spans = new InMemorySpanExporter();
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).getTracer('test');

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());
beforeEach(() => spans.reset());

/** An observer with the real SDK, and what it exports. */
function observed(options: Partial<OtelObserverOptions> = {}) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  afterAllProviders.push(meterProvider);
  const time = { now: 0 };
  const clock = { now: () => time.now, monotonic: () => time.now };
  const observer = otelObserver({ meterProvider: meterProvider as Provider, clock, ...options });
  const read = async (name: string) => {
    await meterProvider.forceFlush();
    const metrics =
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [];
    const found = metrics.find(({ descriptor }) => descriptor.name === name);
    return (found?.dataPoints ?? []).map(({ attributes, value }) => ({
      ...attributes,
      value: typeof value === 'number' ? value : (value as { count: number }).count,
    }));
  };
  return { observer, read, time };
}
const afterAllProviders: MeterProvider[] = [];
afterAll(() => Promise.all(afterAllProviders.map((provider) => provider.shutdown())));

/** As the instrumentation of HTTP does: a span for each request. */
const traced: RequestHandler = (req, res, next) => {
  const span = tracer.startSpan(`${req.method} request`);
  res.on('finish', () => span.end());
  context.with(trace.setSpan(context.active(), span), next);
};

const verifier = jwtVerifier(domainOptions);
const token = (claims: object = {}) =>
  bearer(issuer.token({ scope: 'orders:read', sub: 'ada', client_id: 'shop', ...claims }));

function appOf(
  onDecision: ReturnType<typeof otelObserver>['onDecision'],
  own: Parameters<typeof createGate>[0] = { verifier },
) {
  const gate = createGate({ ...own, onDecision });
  const router = express.Router();
  router.get('/orders/:id', gate.require('orders:read'), (_req, res) => res.end());
  router.delete('/orders/:id', gate.require('orders:write'), (_req, res) => res.end());
  return express().use(traced).use('/v1', router);
}

test('counts decisions by outcome, reason, method and route with its mount path', async () => {
  const { observer, read } = observed();
  const app = appOf(observer.onDecision);
  await request(app).get('/v1/orders/7').set('Authorization', token()).expect(200);
  await request(app).get('/v1/orders/8').set('Authorization', token()).expect(200);
  await request(app).delete('/v1/orders/8').set('Authorization', token()).expect(403);
  await request(app).get('/v1/orders/7').expect(401);

  const labels = (outcome: string, reason: string, method: string) => ({
    'scopegate.outcome': outcome,
    'scopegate.reason': reason,
    'http.request.method': method,
    'http.route': '/v1/orders/:id',
  });
  const found = await read('scopegate.decisions');
  expect(found).toHaveLength(3);
  expect(found).toEqual(
    expect.arrayContaining([
      { ...labels('permit', 'covered', 'GET'), value: 2 },
      { ...labels('deny', 'insufficient_scope', 'DELETE'), value: 1 },
      { ...labels('deny', 'no_credentials', 'GET'), value: 1 },
    ]),
  );
  expect((await read('scopegate.decision.duration')).map(({ value }) => value).sort()).toEqual([2, 2]);
});

test('describes the decision on the active span, makes none, and takes a refusal for no error', async () => {
  const { observer } = observed();
  const app = appOf(observer.onDecision);
  await request(app).get('/v1/orders/7').set('Authorization', token()).expect(200);
  await request(app).delete('/v1/orders/7').set('Authorization', token()).expect(403);
  await request(app).get('/v1/orders/7').set('Authorization', 'Bearer nonsense').expect(401);

  expect(spans.getFinishedSpans().map(({ name, attributes }) => [name, attributes])).toEqual([
    ['GET request', { 'scopegate.outcome': 'permit', 'scopegate.reason': 'covered' }],
    ['DELETE request', { 'scopegate.outcome': 'deny', 'scopegate.reason': 'insufficient_scope' }],
    ['GET request', { 'scopegate.outcome': 'deny', 'scopegate.reason': 'token_malformed' }],
  ]);
});

test('an outage has the type of an error', async () => {
  const { observer } = observed();
  const down = { verify: () => Promise.reject(new VerifierUnavailableError('down')) };
  await request(appOf(observer.onDecision, { verifier: down }))
    .get('/v1/orders/7')
    .set('Authorization', 'Bearer a')
    .expect(503);
  const [span] = spans.getFinishedSpans();
  expect(span?.attributes).toEqual({
    'scopegate.outcome': 'outage',
    'scopegate.reason': 'verifier_unavailable',
    'error.type': 'verifier_unavailable',
  });
});

test('nothing identifies a person, a client or a token unless the application adds it to its spans', async () => {
  const { observer, read } = observed();
  const asked = observed({ spanAttributesOf: ({ client }) => ({ 'app.client': client ?? '' }) });
  for (const { onDecision } of [observer, asked.observer]) {
    await request(appOf(onDecision)).get('/v1/orders/7').set('Authorization', token()).expect(200);
  }
  const [plain, more] = spans.getFinishedSpans().map(({ attributes }) => JSON.stringify(attributes));
  const series = JSON.stringify([await read('scopegate.decisions'), await asked.read('scopegate.decisions')]);
  for (const secret of ['ada', 'shop', '/7', 'eyJ']) expect(`${plain}${series}`).not.toContain(secret);
  expect(more).toContain('"app.client":"shop"');
});

test('the number of series is bounded, whatever methods and routes arrive', async () => {
  const { observer, read } = observed({ routeOf: ({ baseUrl }) => baseUrl });
  const record = { outcome: 'deny', reason: 'no_credentials', durationMs: 1 } as const;
  for (let i = 0; i < 5000; i++) observer.onDecision(record, { method: `M${i % 7}`, baseUrl: `/${i}` });
  const found = await read('scopegate.decisions');
  expect(found.length).toBeLessThanOrEqual(1001);
  expect(found.reduce((sum, { value }) => sum + value, 0)).toBe(5000);
  expect(new Set(found.map((each) => (each as Record<string, unknown>)['http.request.method']))).toEqual(
    new Set(['_OTHER', undefined]),
  );
});

test('does not fail a request where a function of the application throws', () => {
  const { observer } = observed({
    routeOf: () => {
      throw new Error('mine');
    },
  });
  expect(() => observer.onDecision({ outcome: 'permit', reason: 'covered', durationMs: 1 }, {})).not.toThrow();
});

test('counts fetches of keys, how long they took, how old the keys are, and why they failed', async () => {
  const { observer, read, time } = observed();
  const answers: (() => Promise<Response>)[] = [
    async () => new Response('{}'),
    async () => new Response('', { status: 500 }),
    () => Promise.reject(new TypeError('refused')),
  ];
  const fetch = observer.observeFetch(() => (answers.shift() as () => Promise<Response>)());
  await fetch('https://keys.example/jwks', {});
  time.now += 5000;
  await fetch('https://keys.example/jwks', {});
  await expect(fetch('https://keys.example/jwks', {})).rejects.toThrow('refused');

  const host = { 'server.address': 'keys.example', value: 1 };
  const expected = [host, { ...host, 'error.type': '500' }, { ...host, 'error.type': 'TypeError' }];
  expect(await read('scopegate.jwks.fetches')).toEqual(expected);
  expect(await read('scopegate.jwks.fetch.duration')).toEqual(expected);
  expect(await read('scopegate.jwks.age')).toEqual([{ ...host, value: 5 }]);
});

test('counts loads, lag and age of live grants, and committed changes by their type', async () => {
  const { observer, read, time } = observed();
  const opened = await openSqliteStore({ file: ':memory:' });
  const store = observer.observeStore(opened);
  const { applicationAt, application, resource } = await createSetting(store, ['a', 'b', 'c'], 'test', {
    trustScope: 'Account',
  });
  const grants = liveGrants({ source: store });
  const gate = createGate({ verifier, grants });
  const app = express().get('/', gate.require('a'), (_req, res) => res.end());
  const wanted = { resource: { id: resource.id }, scopes: [{ name: 'a' }] };
  await store.grants.create(applicationAt, wanted, { ...change, dryRun: true });
  await store.grants.create(applicationAt, wanted, change);
  const authorization = token({ scope: 'a', client_id: application.id });
  await request(app).get('/').set('Authorization', authorization).expect(200);
  await store.changes.since('');
  time.now += 2000;

  const changes = await read('scopegate.admin.changes');
  expect(changes).toContainEqual({ 'scopegate.change.type': 'GRANT.CREATED', value: 1 });
  expect(changes).toContainEqual({ 'scopegate.change.type': 'SCOPE.CREATED', value: 3 });
  expect(await read('scopegate.live.loads')).toEqual([{ value: 1 }]);
  expect(await read('scopegate.live.load.duration')).toEqual([{ value: 1 }]);
  expect((await read('scopegate.live.feed.lag'))[0]?.value).toBeGreaterThan(0);
  expect(await read('scopegate.live.age')).toEqual([{ value: 2 }]);
  grants.close();
  await store.close();
  await expect(store.applicationStatus(application.id)).rejects.toThrow();
  expect(await read('scopegate.live.loads')).toContainEqual({ 'error.type': 'StoreUnavailableError', value: 1 });
});

test.each<[object, string]>([
  [{ meterProvider: {} }, '"meterProvider" must be a MeterProvider of OpenTelemetry'],
  [{ routeOf: '/a' }, '"routeOf" must be a function'],
  [{ meter: {} }, 'has no option "meter"'],
])('the observer rejects wrong options at creation: %j', (options, message) => {
  expect(() => otelObserver(options as never)).toThrow(message);
});
