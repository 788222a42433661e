import { StoreUnavailableError } from 'scopegate';
import { deferred } from '../http/fixtures/domain.js';
import { databaseFile, liveSetting, outcome, PAAS, TIMEOUT, useTimeouts } from './fixtures/setting.js';

const STRANGER = '9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3f';
const outage = new StoreUnavailableError('The database is away.');

describe('failing store', () => {
  test.each<[string, unknown]>([
    ['an outage', outage],
    ['any other error', new TypeError('a defect')],
    ['no error at all', 'away'],
  ])('responds with grants_unavailable after %s', async (_, failure) => {
    const { grants, asked, clientId } = await liveSetting({ unknownApplications: 'trust-token' });
    asked.failure = failure;
    const verdict = await grants.check({ payload: { client_id: clientId }, scopes: [] as never });
    expect(verdict).toEqual({ ok: false, reason: 'grants_unavailable', cause: failure });
  });

  test('uses cached grants until they expire, and refuses uncached applications', async () => {
    const { grant, asked, clock, grants, outcome: own, atOnce } = await liveSetting();
    await grant(PAAS);
    await own();
    asked.failure = outage;
    clock.time += 60_000;
    expect(atOnce()).toEqual([PAAS]);
    expect(await outcome(grants, { client_id: STRANGER })).toBe('grants_unavailable');
    clock.time += 1;
    expect(await own()).toBe('grants_unavailable');
  });

  test('pauses all queries briefly after a failure and then retries', async () => {
    const { grant, asked, clock, clientId, grants, outcome: own } = await liveSetting();
    await grant(PAAS);
    asked.failure = outage;
    expect(await own()).toBe('grants_unavailable');
    asked.failure = undefined;
    clock.time += 249;
    for (const id of [clientId, STRANGER]) expect(await outcome(grants, { client_id: id })).toBe('grants_unavailable');
    expect(asked.standings).toEqual([clientId]);
    clock.time += 1;
    expect(await own()).toEqual([PAAS]);
    expect(asked.standings).toEqual([clientId, clientId]);
  });

  test('fails all checks that wait for the same query', async () => {
    const { asked, outcome } = await liveSetting();
    asked.failure = outage;
    const checks = Array.from({ length: 60 }, () => outcome());
    expect(await Promise.all(checks)).toEqual(checks.map(() => 'grants_unavailable'));
    expect(asked.standings).toHaveLength(1);
  });

  test('measures the pause from the failure and not from the start of the query', async () => {
    const { asked, clock, outcome } = await liveSetting();
    const answer = deferred<never>();
    asked.late = answer.promise;
    const first = outcome();
    await new Promise(setImmediate);
    clock.time += 1000;
    answer.reject(outage);
    expect(await first).toBe('grants_unavailable');
    asked.late = undefined;
    clock.time += 249;
    expect(await outcome()).toBe('grants_unavailable');
    expect(asked.standings).toHaveLength(1);
  });
});

describe('unresponsive store', () => {
  const endTimeouts = useTimeouts();

  test('keeps a request no longer than `timeoutMs`', async () => {
    const { grant, grants, asked, clientId, clock } = await liveSetting({ timeoutMs: TIMEOUT });
    await grant(PAAS);
    asked.late = new Promise(() => undefined);
    const waiting = grants.check({ payload: { client_id: clientId }, scopes: [] as never });
    await endTimeouts(asked);
    const verdict = await waiting;
    expect(verdict).toEqual({ ok: false, reason: 'grants_unavailable', cause: expect.any(StoreUnavailableError) });
    asked.late = undefined;
    clock.time += 250;
    expect(await outcome(grants, { client_id: clientId })).toEqual([PAAS]);
  });

  test('waits for a slow store until `patience` ends', async () => {
    const { grant, asked, outcome } = await liveSetting({ timeoutMs: 60_000 });
    await grant(PAAS);
    const answer = deferred<void>();
    asked.late = answer.promise;
    const waiting = outcome();
    await new Promise(setImmediate);
    answer.resolve();
    expect(await waiting).toEqual([PAAS]);
  });
});

describe('closed store', () => {
  test.each([':memory:', 'a file'])('responds with grants_unavailable when the store is closed: %s', async (where) => {
    const { store, outcome } = await liveSetting(where === 'a file' ? { file: databaseFile() } : {});
    await store.close();
    expect(await outcome()).toBe('grants_unavailable');
  });

  test('responds with grants_unavailable for an uncached application', async () => {
    const { grant, store, outcome: own, grants } = await liveSetting();
    await grant(PAAS);
    await own();
    await store.close();
    expect(await outcome(grants, { client_id: STRANGER })).toBe('grants_unavailable');
  });
});

describe('watching the store', () => {
  /** What live grants do every twenty seconds: that is when they see how long ago the last request was. */
  const STEP = 20_000;
  beforeEach(() => {
    jest.useFakeTimers({
      doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date', 'setTimeout'],
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('stops a minute after the last check and resumes with a new query', async () => {
    const { grant, asked, clock, outcome } = await liveSetting();
    await grant(PAAS);
    expect(asked.watchers).toBe(0);
    await outcome();
    expect(asked.watchers).toBe(1);
    clock.time += 60_000;
    jest.advanceTimersByTime(STEP);
    expect(asked.feeds).toHaveLength(1);
    expect(asked.watchers).toBe(1);
    clock.time += 1;
    jest.advanceTimersByTime(STEP);
    expect(asked.watchers).toBe(0);
    jest.advanceTimersByTime(10 * STEP);
    expect(asked.feeds).toHaveLength(1);
    await grant();
    expect(await outcome()).toBe('application_revoked');
    expect(asked.watchers).toBe(1);
    expect(asked.standings).toHaveLength(2);
    jest.advanceTimersByTime(STEP);
    expect(asked.feeds).toHaveLength(2);
  });

  test('continues while there are checks', async () => {
    const { grant, asked, clock, outcome } = await liveSetting();
    await grant(PAAS);
    for (let i = 0; i < 10; i++) {
      await outcome();
      clock.time += 40_000;
      jest.advanceTimersByTime(2 * STEP);
      expect(asked.watchers).toBe(1);
    }
  });

  test.each([':memory:', 'a file'])('applies a change that was made while not watching: %s', async (where) => {
    const setting = await liveSetting(where === 'a file' ? { file: databaseFile() } : {});
    const { grant, asked, clock, outcome, atOnce } = setting;
    await grant(PAAS);
    await outcome();
    clock.time += 60_000;
    await asked.feedRead(); // confirmed a moment ago
    clock.time += 1;
    jest.advanceTimersByTime(STEP);
    expect(asked.watchers).toBe(0);
    await grant();
    expect(atOnce()).toBeUndefined();
    expect(await outcome()).toBe('application_revoked');
    await asked.feedRead();
    expect(atOnce()).toBe('application_revoked');
  });

  test('does not read past changes from the feed when it resumes', async () => {
    const { store, grant, another, asked, clock, clientId, outcome } = await liveSetting();
    await grant(PAAS);
    await outcome();
    clock.time += 60_001;
    jest.advanceTimersByTime(STEP);
    expect(asked.watchers).toBe(0);
    for (let i = 0; i < 5; i++) await another(`another ${i}`);
    await outcome();
    await asked.feedRead();
    expect(asked.feeds).toEqual([(await store.applicationStatus(clientId)).position]);
  });

  test('does not cache a read that was in progress when watching stopped', async () => {
    const { grant, asked, clock, outcome, atOnce } = await liveSetting();
    await grant(PAAS);
    const hold = deferred<void>();
    asked.late = hold.promise;
    const early = outcome();
    while (asked.read === 0) await new Promise(setImmediate);
    asked.late = undefined;
    clock.time += 60_001;
    jest.advanceTimersByTime(STEP);
    expect(asked.watchers).toBe(0);
    await grant();
    hold.resolve();
    await early;
    expect(atOnce()).toBeUndefined();
    expect(await outcome()).toBe('application_revoked');
  });
});

describe('close()', () => {
  test('stops watching for good, so that later checks query the store', async () => {
    const { grant, grants, asked, clock, outcome } = await liveSetting();
    await grant(PAAS);
    await outcome();
    grants.close();
    grants.close();
    expect(asked.watchers).toBe(0);
    await grant();
    clock.time += 60_001;
    expect(await outcome()).toBe('application_revoked');
    expect(asked.watchers).toBe(0);
  });

  test('makes each later check query the store', async () => {
    const { grant, grants, outcome, atOnce } = await liveSetting();
    await grant(PAAS);
    await outcome();
    grants.close();
    for (const [granted, expected] of [[[], 'application_revoked'] as const, [[PAAS], [PAAS]] as const]) {
      await grant(...granted);
      expect(atOnce()).toBeUndefined();
      expect(await outcome()).toEqual(expected);
    }
  });

  test('close() has no effect before the first check', async () => {
    const { grant, grants, asked, outcome } = await liveSetting();
    await grant(PAAS);
    grants.close();
    expect(await outcome()).toEqual([PAAS]);
    expect(asked.watchers).toBe(0);
  });

  test('completes a check that is in progress', async () => {
    const { grant, grants, asked, outcome } = await liveSetting();
    await grant(PAAS);
    const answer = deferred<void>();
    asked.late = answer.promise;
    const waiting = outcome();
    grants.close();
    answer.resolve();
    expect(await waiting).toEqual([PAAS]);
  });
});
