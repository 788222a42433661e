import type { DecisionRecord } from 'scopegate';
import { decisionStream } from 'scopegate/admin';
import { sendDecisions } from '../../../lib/admin/decisions/decision-events.js';
import type { StreamedDecision } from '../../../lib/admin/decisions/decision-stream.js';
import { representDecision } from '../../../lib/admin/representation/gate.js';
import { deferred } from '../../http/fixtures/domain.js';

const permit: DecisionRecord = { outcome: 'permit', reason: 'covered', durationMs: 1 };
const deny: DecisionRecord = { outcome: 'deny', reason: 'insufficient_scope', status: 403, durationMs: 1 };
const req = { method: 'GET', baseUrl: '/v1', route: { path: '/orders/:id' }, params: { id: '7' } };

type Told = readonly [name: string, data: object];

/** A reader of a stream, and what it was sent. */
function reading(
  stream: ReturnType<typeof decisionStream>,
  isShown: (decision: StreamedDecision) => boolean | Promise<boolean> = () => true,
  takes = () => true,
) {
  const told: Told[] = [];
  const end = sendDecisions({
    stream,
    isShown,
    represent: ({ number }) => ({ number }),
    send: ({ name, data }) => {
      if (takes()) told.push([name, data]);
      return takes();
    },
  });
  return { told, end, numbers: () => told.flatMap(([, data]) => ('number' in data ? [data.number] : [])) };
}

describe('decisionStream()', () => {
  test('keeps the latest decisions, and as many refusals whatever the load of permitted calls', () => {
    const stream = decisionStream({ maxRecords: 2 });
    stream.record(deny, req);
    for (let i = 0; i < 10; i++) stream.record(permit, req);
    expect(stream.recent().map(({ number }) => number)).toEqual([1, 10, 11]);
  });

  test('says since when all refusals are kept', () => {
    let now = 10;
    const stream = decisionStream({ maxRecords: 2, clock: { now: () => now } });
    for (const time of [20, 30, 40, 50]) {
      now = time;
      stream.record(permit, req);
    }
    expect(stream.refusalsSince).toBe(10);
    for (const [time, since] of [
      [60, 10],
      [70, 10],
      [80, 70],
      [90, 80],
    ] as const) {
      now = time;
      stream.record(deny, req);
      expect(stream.refusalsSince).toBe(since);
    }
  });

  test('names the route by its pattern, never by the path', () => {
    const stream = decisionStream({ clock: { now: () => 5 } });
    stream.record(permit, { ...req, url: '/orders/7?token=x' } as typeof req);
    stream.record(permit, { method: 'GET', baseUrl: '/tenants/12345' });
    expect(stream.recent()).toMatchObject([
      { method: 'GET', route: '/v1/orders/:id', time: 5 },
      { route: '/tenants/:value/*' },
    ]);
    expect(JSON.stringify(stream.recent())).not.toMatch(/orders\/7|token|12345/);
  });

  test('shows no member of a record but those that are named, and no thrown error', () => {
    const secret = { error: new Error('Bearer ey.secret'), token: 'ey.secret', payload: { card: '4111' } };
    const stream = decisionStream();
    stream.record({ ...deny, ...secret, client: 'c' }, req);
    const [shown] = stream.recent().map(representDecision);
    expect(JSON.stringify(shown)).not.toMatch(/secret|4111|error/);
    expect(shown).toMatchObject({ outcome: 'deny', reason: 'insufficient_scope', status: 403, client: 'c' });
  });

  test('a function of the application that throws fails no request, and shows nothing', () => {
    const fail = () => {
      throw new Error('boom');
    };
    const stream = decisionStream({ environmentOf: fail });
    stream.record(permit, req);
    decisionStream({ routeOf: fail }).record(permit, req);
    expect(stream.recent()).toEqual([]);
  });

  test('a reader too many is told so', () => {
    const stream = decisionStream({ maxReaders: 1 });
    const { end } = reading(stream);
    expect(reading(stream).end).toBeUndefined();
    end?.();
    expect(reading(stream).end).toBeDefined();
  });

  test.each([
    ['maxRecords', 0],
    ['maxPerSecond', 1.5],
    ['maxReaders', 1e9],
    ['environmentOf', 'x'],
    ['routeOf', 'x'],
    ['clock', {}],
    ['maxRecord', 5],
  ])('a wrong option throws at once: %s', (name, value) => {
    expect(() => decisionStream({ [name]: value })).toThrow(new RegExp(`decisionStream\\(\\).*"${name}"`));
  });
});

describe('a reader of the decisions', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('gets the process, what is kept, then each decision as it is made', () => {
    const stream = decisionStream();
    const startedAt = new Date(stream.process.startedAt).toISOString();
    stream.record(permit, req);
    const { told, end } = reading(stream);
    stream.record(deny, req);
    end?.();
    stream.record(deny, req);
    expect(told).toEqual([
      ['start', { process: { id: stream.process.id, startedAt, refusalsSince: startedAt } }],
      ['decision', { number: 1 }],
      ['decision', { number: 2 }],
    ]);
  });

  test('gets so many in a second, refusals rather than permitted calls, and a count of what was left out', () => {
    const stream = decisionStream({ maxPerSecond: 2 });
    const { told, numbers } = reading(stream);
    for (let i = 0; i < 10; i++) stream.record(permit, req);
    for (let i = 0; i < 10; i++) stream.record(deny, req);
    expect(numbers()).toEqual([1, 2, 11, 12, 13, 14, 15, 16, 17, 18]);
    jest.advanceTimersByTime(1000);
    expect(told.at(-1)).toEqual(['omitted', { permit: 8, deny: 2, outage: 0 }]);
    stream.record(permit, req);
    expect(numbers().at(-1)).toBe(21);
  });

  test('a slow reader loses decisions and keeps their count; nothing waits for it', () => {
    let isSlow = false;
    const stream = decisionStream();
    const { told, numbers } = reading(stream, undefined, () => !isSlow);
    isSlow = true;
    for (let i = 0; i < 5; i++) stream.record(deny, req);
    jest.advanceTimersByTime(3000);
    expect(numbers()).toEqual([]);
    isSlow = false;
    jest.advanceTimersByTime(1000);
    expect(told.at(-1)).toEqual(['omitted', { permit: 0, deny: 5, outage: 0 }]);
  });

  test('without decisions there is a sign of life', () => {
    const { told } = reading(decisionStream());
    jest.advanceTimersByTime(5000);
    expect(told.at(-1)).toEqual(['beat', {}]);
  });

  test('keeps the order while the store is asked whose a decision is, and shows none that the store cannot tell', async () => {
    jest.useRealTimers();
    const stream = decisionStream();
    const answers: ReturnType<typeof deferred<boolean>>[] = [];
    const { numbers, end } = reading(stream, ({ number }) => {
      if (number > 3) return true;
      const answer = deferred<boolean>();
      answers.push(answer);
      return answer.promise;
    });
    for (let i = 0; i < 4; i++) stream.record(permit, req);
    answers[2]?.resolve(true);
    answers[1]?.reject(new Error('down'));
    expect(numbers()).toEqual([]);
    answers[0]?.resolve(true);
    await new Promise(setImmediate);
    expect(numbers()).toEqual([1, 3, 4]);
    end?.();
  });

  test('what still waits when the reader leaves is not sent', async () => {
    jest.useRealTimers();
    const stream = decisionStream();
    const { numbers, end } = reading(stream, async () => true);
    stream.record(permit, req);
    end?.();
    await new Promise(setImmediate);
    expect(numbers()).toEqual([]);
  });
});
