import { type LiveGrants, type LiveVerdict, StoreUnavailableError, scopeSet } from 'scopegate';
import { deferred } from '../http/fixtures/domain.js';
import { context } from '../support/stores.js';
import { ANALYTICS, live, liveSetting, outcome, PAAS, STACK, told } from './fixtures/setting.js';

const outage = new StoreUnavailableError('The database is away.');

/** What is left of a token for PAAS where STACK is granted. */
const LEFT = ['urn:opc:resource:consumer:paas:stack::read'];

/** Beyond it, nothing is believed; the feed is read three times within it. */
const BOUND = 60_000;

/** Only the polling of the feed is up to the test. */
const REAL = ['Date', 'performance', 'nextTick', 'setImmediate', 'queueMicrotask', 'setTimeout'] as const;

beforeEach(() => void jest.useFakeTimers({ doNotFake: [...REAL] }));
afterEach(() => void jest.useRealTimers());

async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

/** What a watched token was told. */
function watch(grants: LiveGrants, clientId: string, scopes: readonly string[] = [PAAS]) {
  const verdicts: (readonly string[] | string)[] = [];
  const causes: unknown[] = [];
  const end = grants.watch?.({ payload: { client_id: clientId }, scopes: scopeSet(scopes) }, (verdict: LiveVerdict) => {
    verdicts.push(told(verdict));
    if ('cause' in verdict) causes.push(verdict.cause);
  });
  return { verdicts, causes, last: () => verdicts.at(-1), end: () => end?.() };
}

/** An application that is granted a scope, and a watched token of it. */
async function watchedSetting(options: Parameters<typeof liveSetting>[0] = {}) {
  const clock = { wall: 1_900_000_000_000, time: 1_000_000, now: () => clock.wall, monotonic: () => clock.time };
  const setting = await liveSetting({ clock, maxStalenessMs: BOUND, ...options });
  await setting.grant(PAAS);
  await setting.outcome();
  const watched = watch(setting.grants, setting.clientId);
  await quiet();
  expect(watched.verdicts).toEqual([[PAAS]]);
  return {
    ...setting,
    clock,
    watched,
    /** Lets so much time pass, by both clocks, and the feed be polled as often. */
    async pass(milliseconds: number, sleeping = false) {
      clock.wall += milliseconds;
      if (!sleeping) clock.time += milliseconds;
      jest.advanceTimersByTime(BOUND / 3);
      await quiet();
    },
  };
}

describe('a store that is away', () => {
  test('ends what is watched when the bound has passed since the last reading of the feed', async () => {
    const { asked, pass, watched } = await watchedSetting();
    await pass(50_000); // the feed is read
    asked.feedFailure = asked.failure = outage;
    await pass(30_000);
    await pass(30_000);
    expect(watched.verdicts).toEqual([[PAAS]]);
    await pass(1);
    expect(watched.last()).toBe('grants_unavailable');
    expect(watched.causes).toEqual([outage]);
  });

  test('ends what is watched when the bound has passed although nothing is answered at all', async () => {
    const { asked, pass, watched } = await watchedSetting();
    asked.feedLate = new Promise(() => undefined);
    await pass(20_000);
    await pass(40_000);
    expect(watched.verdicts).toEqual([[PAAS]]);
    await pass(1);
    expect(watched.last()).toBe('grants_unavailable');
  });

  test('ends what is watched when the status cannot be loaded after a change', async () => {
    const { asked, grant, pass, watched } = await watchedSetting();
    asked.failure = outage;
    await grant(STACK);
    await pass(60_000); // the feed can still be read
    expect(watched.verdicts).toEqual([[PAAS]]);
    await pass(1);
    expect(watched.last()).toBe('grants_unavailable');
    expect(watched.causes.at(-1)).toBe(outage);
  });

  test('watched tokens get the verdict of the change that they missed, once the store is back', async () => {
    const { asked, grant, pass, watched } = await watchedSetting();
    asked.failure = outage;
    await grant(STACK);
    await pass(1000);
    asked.failure = undefined;
    await pass(1000);
    expect(watched.last()).toEqual(LEFT);
  });

  test('one reading of the feed confirms everything, also after the machine slept', async () => {
    const { asked, pass, watched } = await watchedSetting();
    const queries = asked.standings.length;
    for (const sleeping of [false, false, true]) await pass(50_000, sleeping);
    await pass(3_600_000, true);
    expect(watched.verdicts).toEqual([[PAAS]]);
    expect(asked.standings).toHaveLength(queries);
    asked.feedFailure = outage;
    await pass(3_600_000, true);
    expect(watched.last()).toBe('grants_unavailable');
  });
});

test('each change reaches a watched token, and so does the lack of a grant that it had before', async () => {
  const { grant, enable, remove, watched } = await watchedSetting();
  await grant(PAAS, STACK);
  await quiet();
  await grant(ANALYTICS);
  await quiet();
  await enable(false);
  await quiet();
  await enable(true);
  await quiet();
  await remove();
  await quiet();
  expect(watched.verdicts).toEqual([
    [PAAS],
    [PAAS],
    [ANALYTICS],
    'application_revoked',
    [ANALYTICS],
    'application_revoked',
  ]);
});

test('a change that arrives while the status is loaded causes it to be loaded again', async () => {
  const { asked, grant, watched } = await watchedSetting();
  const first = deferred<void>();
  asked.late = first.promise;
  await grant(PAAS, STACK);
  await quiet();
  asked.late = undefined;
  await grant(STACK);
  first.resolve();
  await quiet();
  expect(watched.last()).toEqual(LEFT);
});

test('a change that is reported again while the status is loaded causes no other query', async () => {
  const { asked, grant, watched } = await watchedSetting();
  asked.standings.length = 0;
  const first = deferred<void>();
  asked.late = first.promise;
  await grant(STACK);
  await asked.feedRead();
  first.resolve();
  await quiet();
  expect(watched.last()).toEqual(LEFT);
  expect(asked.standings).toHaveLength(1);
});

test('an application is watched for as long as its connections last, without a request', async () => {
  const { asked, grant, pass, watched, clock } = await watchedSetting();
  for (let minutes = 0; minutes < 5; minutes++) await pass(61_000);
  expect(asked.watchers).toBe(1);
  await grant(STACK);
  await quiet();
  expect(watched.last()).toEqual(LEFT);
  watched.end();
  clock.time += 61_000;
  clock.wall += 61_000;
  jest.advanceTimersByTime(BOUND / 3);
  await asked.unwatched();
});

test('what was ended gets nothing more, and other connections of its application still do', async () => {
  const { grants, grant, clientId, watched } = await watchedSetting();
  const others = [watch(grants, clientId), watch(grants, clientId)];
  others[0]?.end();
  watched.end();
  watched.end();
  await grant(STACK);
  await quiet();
  expect([watched, ...others].map(({ verdicts }) => verdicts)).toEqual([[[PAAS]], [], [[PAAS], LEFT]]);
});

test('a token is watched whose application is no longer cached', async () => {
  const { another, grants, grant, clientId, watched } = await watchedSetting({ maxApplications: 2 });
  for (const name of ['one', 'two', 'three']) await outcome(grants, { client_id: (await another(name)).id });
  await grant(PAAS, STACK);
  await quiet();
  expect(watched.verdicts).toEqual([[PAAS], [PAAS]]);
  const later = watch(grants, clientId);
  await quiet();
  expect(later.verdicts).toEqual([[PAAS]]);
});

test('a change of a whole environment loads each watched application once, few at a time', async () => {
  const { another, asked, at, grants, store, watched } = await watchedSetting();
  const ids: string[] = [];
  for (let i = 0; i < 30; i++) ids.push((await another(`application ${i}`)).id);
  for (const id of ids) await outcome(grants, { client_id: id });
  const others = ids.map((id) => watch(grants, id));
  await quiet();
  asked.standings.length = 0;
  const held = deferred<void>();
  asked.late = held.promise;
  await store.environments.delete(at.environmentId, context);
  await quiet();
  expect(asked.standings.length).toBeLessThanOrEqual(8);
  asked.late = undefined;
  held.resolve();
  for (let i = 0; i < 10; i++) await quiet();
  expect(new Set(asked.standings).size).toBe(31);
  expect(asked.standings).toHaveLength(31);
  for (const { last } of [watched, ...others]) expect(last()).toBe('application_revoked');
});

test('everything is loaded again where the feed does not continue', async () => {
  const { asked, pass, watched } = await watchedSetting();
  const { since } = asked.changes;
  asked.changes.since = async (from) => ({ ...(await since(from)), events: [], hasGap: true });
  asked.standings.length = 0;
  await pass(1000);
  expect(asked.standings).toHaveLength(1);
  expect(watched.verdicts).toEqual([[PAAS], [PAAS]]);
});

test('a grant that ends by its date ends what is watched', async () => {
  const end = 1_900_000_100_000;
  const { asked, clock, clientId, grant } = await liveSetting();
  await grant(PAAS, STACK);
  const time = { wall: end - 1000, now: () => time.wall, monotonic: () => clock.time };
  const source = {
    changes: asked.changes,
    applicationStatus: async (id: string) => {
      const status = await asked.applicationStatus(id);
      return {
        ...status,
        grants: status.grants.map((each) => (each.scope === PAAS ? { ...each, expiresAt: end } : each)),
      };
    },
  };
  const grants = live({ source, clock: time, maxStalenessMs: BOUND });
  const watched = watch(grants, clientId);
  await quiet();
  time.wall = end - 1;
  jest.advanceTimersByTime(BOUND / 3);
  await quiet();
  expect(watched.verdicts).toEqual([[PAAS]]);
  time.wall = end;
  jest.advanceTimersByTime(BOUND / 3);
  await quiet();
  expect(watched.verdicts).toEqual([[PAAS], LEFT]);
});

test('live grants that are closed end what is watched, then and later', async () => {
  const { grants, grant, clientId, watched } = await watchedSetting();
  grants.close();
  expect(watched.last()).toBe('grants_unavailable');
  const later = watch(grants, clientId);
  expect(later.verdicts).toEqual([]);
  await grant(STACK);
  await quiet();
  expect([watched.verdicts.length, later.verdicts]).toEqual([2, ['grants_unavailable']]);
});

test.each([
  ['no application', undefined, 'application_unknown'],
  ['no UUID', 'somebody', 'application_unknown'],
  ['a UUID that the source does not know', '9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3f', 'application_unknown'],
])('a watched token gets the verdict of a check: %s', async (_, clientId, expected) => {
  const { grants } = await watchedSetting();
  const { verdicts } = watch(grants, clientId as string);
  expect(verdicts).toEqual([]);
  await quiet();
  expect(verdicts).toEqual([expected]);
});

/** Watches a token again each time that it is refused, and counts how often that was before others had their turn. */
async function watchAgain(end: (setting: Awaited<ReturnType<typeof watchedSetting>>) => unknown): Promise<number> {
  const setting = await watchedSetting();
  const token = { payload: { client_id: setting.clientId }, scopes: scopeSet([PAAS]) };
  let calls = 0;
  const counted = deferred<number>();
  const listener = (verdict: LiveVerdict) => {
    if (verdict.ok || ++calls > 1000) return;
    if (calls === 1) queueMicrotask(() => counted.resolve(calls));
    if (verdict.reason === 'grants_unavailable' || calls < 100) setting.grants.watch?.(token, listener);
  };
  setting.grants.watch?.(token, listener);
  await quiet();
  await end(setting);
  await counted.promise;
  await new Promise(setImmediate);
  return calls > 100 ? calls : counted.promise;
}

test.each<[string, Parameters<typeof watchAgain>[0]]>([
  ['revoked', ({ grant }) => grant()],
  ['of live grants that were closed', ({ grants }) => grants.close()],
])('a listener may watch a token again each time: %s', async (_, end) => {
  expect(await watchAgain(end)).toBeLessThanOrEqual(2);
});
