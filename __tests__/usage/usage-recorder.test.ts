import { anyOf, type DecisionRecord, type UsageCount, type UsageRecorderOptions, usageRecorder } from 'scopegate';

const CLIENT = '4f1f7b0e-8a0c-4f0e-9d51-0b1d3f6a7c22';
const HOUR_MS = 3_600_000;
const AT = Date.parse('2031-05-01T12:10:00.000Z');

const permit: DecisionRecord = {
  outcome: 'permit',
  reason: 'covered',
  required: 'orders:read',
  held: ['orders:read'],
  coverage: [{ required: 'orders:read', by: 'orders:read' }],
  client: CLIENT,
  audience: ['orders'],
  durationMs: 1,
};
const route = { path: '/:id' };
const req = { method: 'GET', baseUrl: '/orders', route, headers: {} };

function setting(options: Partial<UsageRecorderOptions> = {}) {
  const added: UsageCount[] = [];
  const deleted: number[] = [];
  const time = { now: AT };
  const failures: unknown[] = [];
  const usage = {
    failing: false,
    add: async (counts: readonly UsageCount[]) => {
      if (usage.failing) throw new Error('down');
      added.push(...counts);
    },
    deleteBefore: async (before: number) => {
      deleted.push(before);
      return deleted.length === 1;
    },
  };
  const recorder = usageRecorder({
    store: { usage },
    clock: { now: () => time.now },
    onError: (error) => failures.push(error),
    ...options,
  });
  return { added, deleted, time, failures, usage, recorder };
}

const counted = {
  applicationId: CLIENT,
  audience: ['orders'],
  route: 'GET /orders/:id',
  required: 'orders:read',
  covered: ['orders:read'],
};

test('counts the calls of one kind together, by the hour, and writes each once', async () => {
  const { recorder, added, time } = setting();
  for (let i = 0; i < 3; i++) recorder.record(permit, req);
  time.now += HOUR_MS;
  recorder.record(permit, req);
  await recorder.flush();
  await recorder.flush();
  await recorder.close();

  const hour = Math.floor(AT / HOUR_MS) * HOUR_MS;
  expect(added).toEqual([
    { ...counted, time: hour, calls: 3 },
    { ...counted, time: hour + HOUR_MS, calls: 1 },
  ]);
});

test('keeps clients, audiences, methods, mount paths, routes and requirements apart', async () => {
  const { recorder, added } = setting();
  const other = '0f3c9a1e5b7d4c2f8a6e1d3b5c7f9a2e'; // as an OCI domain writes it
  recorder.record(permit, req);
  recorder.record({ ...permit, client: other }, req);
  recorder.record({ ...permit, audience: ['orders', 'bills'] }, req);
  recorder.record(permit, { ...req, method: 'POST' });
  recorder.record(permit, { ...req, baseUrl: '/v2/orders' });
  recorder.record(permit, { ...req, route: { path: '/' } });
  recorder.record({ ...permit, required: 'orders:all' }, req);
  recorder.record({ ...permit, reason: 'authenticated', required: undefined } as never, req);
  await recorder.close();

  expect(added.map(({ calls }) => calls)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  expect(added[1]?.applicationId).toBe('0f3c9a1e-5b7d-4c2f-8a6e-1d3b5c7f9a2e');
  expect(added.map((count) => count.route)).toContain('GET /orders');
  expect(added.at(-1)).toMatchObject({ covered: [] });
});

test('counts every alternative that the token covers, also one that was not granted then', async () => {
  const { recorder, added } = setting();
  const required = anyOf('orders:read', 'orders:write', 'orders:delete');
  recorder.record({ ...permit, required, held: ['orders:read', 'orders:write'] }, req);
  await recorder.close();

  expect(added).toEqual([
    { ...counted, required, covered: ['orders:read', 'orders:write'], time: expect.any(Number), calls: 1 },
  ]);
});

test.each<[string, DecisionRecord, object]>([
  ['a refusal', { outcome: 'deny', reason: 'insufficient_scope', client: CLIENT, durationMs: 1 }, req],
  ['an outage', { outcome: 'outage', reason: 'grants_unavailable', client: CLIENT, durationMs: 1 }, req],
  ['an anonymous call', { outcome: 'permit', reason: 'anonymous', durationMs: 1 }, req],
  ['a client whose id is no id of an application', { ...permit, client: 'dashboard' }, req],
  ['a token without a client', { ...permit, client: undefined } as never, req],
  [
    'middleware that only authenticates',
    { ...permit, reason: 'authenticated', required: undefined } as never,
    { method: 'GET' },
  ],
])('does not count %s', async (_, record, request) => {
  const { recorder, added } = setting();
  recorder.record(record, request);
  await recorder.close();
  expect(added).toEqual([]);
});

test('counts middleware that requires a scope before any route by its mount path', async () => {
  const { recorder, added } = setting();
  recorder.record(permit, { method: 'GET', baseUrl: '/v1' });
  await recorder.close();
  expect(added.map((count) => count.route)).toEqual(['GET /v1/*']);
});

test('asks the application for the route and for the client where it has functions for them', async () => {
  const { recorder, added } = setting({ routeOf: () => '/its/own', applicationOf: ({ subject }) => subject });
  recorder.record({ ...permit, subject: CLIENT, client: 'somebody else' }, req);
  await recorder.close();
  expect(added).toMatchObject([{ applicationId: CLIENT, route: 'GET /its/own' }]);
});

test('does not fail a request where a function of the application throws', async () => {
  const { recorder, added } = setting({
    routeOf: () => {
      throw new Error('mine');
    },
  });
  expect(() => recorder.record(permit, req)).not.toThrow();
  await recorder.close();
  expect([added, recorder.dropped]).toEqual([[], 1]);
});

test('keeps no more entries than it may, counts what it drops, and makes room soon', async () => {
  const { recorder, added } = setting({ maxEntries: 2 });
  for (const name of ['a', 'b', 'c', 'd']) recorder.record(permit, { ...req, route: { path: `/${name}` } });
  expect(recorder.dropped).toBe(2);
  await new Promise(setImmediate);
  await recorder.flush();
  expect(added).toHaveLength(2);
  recorder.record(permit, { ...req, route: { path: '/e' } });
  await recorder.close();
  expect([added.length, recorder.dropped]).toEqual([3, 2]);
});

test('keeps what could not be written, adds to it, and writes it later', async () => {
  const { recorder, added, usage, failures } = setting();
  usage.failing = true;
  recorder.record(permit, req);
  await recorder.flush();
  recorder.record(permit, req);
  await recorder.flush();
  expect(failures).toMatchObject([{ message: 'down' }, { message: 'down' }]);
  usage.failing = false;
  await recorder.close();
  expect(added).toMatchObject([{ calls: 2 }]);
});

test('never rejects, even if the last write fails and the listener throws', async () => {
  const { recorder, usage } = setting({
    onError: () => {
      throw new Error('mine');
    },
  });
  usage.failing = true;
  recorder.record(permit, req);
  await expect(recorder.close()).resolves.toBeUndefined();
});

test('counts nothing after it was closed', async () => {
  const { recorder, added } = setting();
  await recorder.close();
  recorder.record(permit, req);
  await recorder.flush();
  expect(added).toEqual([]);
});

test('deletes what is older than its retention until nothing is left of it', async () => {
  const { recorder, deleted } = setting({ retentionDays: 7 });
  recorder.record(permit, req);
  await recorder.close();
  expect(deleted).toEqual([AT - 7 * 24 * HOUR_MS, AT - 7 * 24 * HOUR_MS]);
});

test('writes by itself after its interval', async () => {
  const written = new Promise<readonly UsageCount[]>((resolve) => {
    const usage = { add: async (counts: readonly UsageCount[]) => resolve(counts), deleteBefore: async () => false };
    const recorder = usageRecorder({ store: { usage }, intervalMs: 10 });
    recorder.record(permit, req);
  });
  expect(await written).toMatchObject([{ calls: 1 }]);
});

test.each<[object, string]>([
  [{}, '"store" must be a store such as await openSqliteStore({ file }), not undefined'],
  [{ intervalMs: 0 }, '"intervalMs" must be milliseconds, 10 to 2147483647, not 0'],
  [{ maxEntries: 1.5 }, '"maxEntries" must be a whole number, 1 to 1000000, not 1.5'],
  [{ retentionDays: Number.NaN }, '"retentionDays" must be days, 1 to 3650, not NaN'],
  [{ routeOf: '/a' }, '"routeOf" must be a function'],
  [{ interval: 5 }, 'has no option "interval". Did you mean "intervalMs"?'],
])('the recorder rejects wrong options at creation: %j', (options, message) => {
  const { usage } = setting();
  const store = Object.keys(options).length === 0 ? undefined : { usage };
  expect(() => usageRecorder({ store, ...options } as never)).toThrow(message);
});
