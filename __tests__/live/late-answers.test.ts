import { StoreUnavailableError } from 'scopegate';
import { deferred } from '../http/fixtures/domain.js';
import { context } from '../support/stores.js';
import {
  databaseFile,
  grantTo,
  liveSetting,
  openStore,
  outcome,
  PAAS,
  TIMEOUT,
  useTimeouts,
} from './fixtures/setting.js';

const endTimeouts = useTimeouts();

type Setting = Awaited<ReturnType<typeof liveSetting>>;

/** An application whose request has given up on a query that the store has made, and will answer when `answer` is called. */
async function lateSetting() {
  const file = databaseFile();
  const setting = await liveSetting({ file, timeoutMs: TIMEOUT });
  const other = await setting.another('other');
  await setting.grant(PAAS);
  await outcome(setting.grants, { client_id: other.id }); // from now on, the feed is followed
  const { promise, resolve } = deferred<void>();
  const { asked } = setting;
  asked.late = promise;
  const refused = setting.outcome();
  await endTimeouts(asked);
  expect(await refused).toBe('grants_unavailable');
  expect(asked.read).toBe(2);
  asked.late = undefined;
  asked.standings.splice(0);
  return {
    ...setting,
    elsewhere: await openStore(file),
    answer: async () => {
      resolve();
      await new Promise(setImmediate);
    },
  };
}

describe('an answer that comes when no request waits for it any more', () => {
  test('is kept, so that the next request needs no query', async () => {
    const { answer, atOnce, asked } = await lateSetting();
    await answer();
    expect(atOnce()).toEqual([PAAS]);
    expect(asked.standings).toEqual([]);
  });

  test('is kept although the feed has told of a change elsewhere meanwhile', async () => {
    const { answer, atOnce, asked, elsewhere, at, application } = await lateSetting();
    await elsewhere.applications.create(at, { ...application, id: undefined, name: 'new' }, context);
    await asked.feedRead();
    await answer();
    expect(atOnce()).toEqual([PAAS]);
    expect(asked.standings).toEqual([]);
  });

  test('counts once the feed has confirmed it, where it is older than `maxStalenessMs` by itself', async () => {
    const { answer, atOnce, asked, clock } = await lateSetting();
    clock.time += 60_001;
    await answer();
    expect(atOnce()).toBeUndefined();
    const other = await lateSetting();
    other.clock.time += 60_001;
    await other.answer();
    await other.asked.feedRead();
    expect(other.atOnce()).toEqual([PAAS]);
    expect([...asked.standings, ...other.asked.standings]).toHaveLength(1); // of the check that had to ask
  });

  test.each<[string, (setting: Setting, elsewhere: Awaited<ReturnType<typeof openStore>>) => Promise<unknown>]>([
    ['of the application, in this process', ({ grant }) => grant()],
    ['of the application, in another process', (setting, elsewhere) => grantTo(elsewhere, setting, [])],
    ['of the environment, in this process', ({ store, scopeAt }) => store.scopes.delete(scopeAt(PAAS), context)],
    [
      'of the environment, in another process',
      ({ scopeAt }, elsewhere) => elsewhere.scopes.delete(scopeAt(PAAS), context),
    ],
  ])('is not used after a change %s', async (_, change) => {
    const setting = await lateSetting();
    await change(setting, setting.elsewhere);
    await setting.asked.feedRead();
    await setting.answer();
    await setting.asked.feedRead();
    expect(setting.atOnce()).toBeUndefined();
    expect(await setting.outcome()).toBe('application_revoked');
  });

  test('is not kept where it is of a state that the feed had left before the query began', async () => {
    const file = databaseFile();
    const { grant, grants, asked, another, clientId, atOnce, outcome: own } = await liveSetting({ file });
    const other = await another('other');
    await grant(PAAS);
    const behind = await asked.applicationStatus(clientId); // what a standby still says after the change below
    await outcome(grants, { client_id: other.id });
    await grant();
    await asked.feedRead();
    const { applicationStatus } = asked;
    asked.applicationStatus = async (id) => (id === clientId ? behind : applicationStatus(id));
    expect(await own()).toEqual([PAAS]); // a standby cannot be found out
    expect(atOnce()).toBeUndefined();
  });
});

test('a request that joins a slow query is permitted once the feed has confirmed what it found', async () => {
  const { grant, grants, another, asked, clock, outcome: own } = await liveSetting({ maxStalenessMs: 60_000 });
  await grant(PAAS);
  await outcome(grants, { client_id: (await another('other')).id });
  const { promise, resolve } = deferred<void>();
  asked.late = promise;
  const first = own();
  clock.time += 40_000;
  const joined = own();
  await asked.feedRead();
  clock.time += 40_000;
  resolve();
  expect([await first, await joined]).toEqual([[PAAS], [PAAS]]);
  expect(asked.standings).toHaveLength(2);
});

/** As many applications, and what holds the answers of the store. */
async function manySetting(count: number, maxQueries: number) {
  const time = { at: Date.now() };
  const clock = { monotonic: () => time.at, now: () => time.at };
  const setting = await liveSetting({ maxQueries, timeoutMs: TIMEOUT, clock });
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push((await setting.another(`application ${i}`)).id);
  const { promise, resolve } = deferred<void>();
  setting.asked.late = promise;
  const check = (id: string | undefined) => outcome(setting.grants, { client_id: id });
  const checkAll = () => Promise.all(ids.map(check));
  const giveUp = async (verdicts = checkAll()) => {
    await endTimeouts(setting.asked);
    return verdicts;
  };
  return { ...setting, time, ids, check, checkAll, giveUp, answer: resolve };
}

describe('many applications that are not cached', () => {
  test('are read by `maxQueries` queries at a time, in the order of their requests', async () => {
    const { asked, ids, checkAll, answer } = await manySetting(6, 2);
    const all = checkAll();
    await new Promise(setImmediate);
    expect(asked.standings).toEqual(ids.slice(0, 2));
    answer();
    expect(await all).toEqual(ids.map(() => 'application_revoked'));
    expect(asked.standings).toEqual(ids);
  });

  test('never make a query that no request waits for any more', async () => {
    const { asked, ids, check, giveUp, answer } = await manySetting(6, 2);
    expect(await giveUp()).toEqual(ids.map(() => 'grants_unavailable'));
    asked.late = undefined;
    const last = check(ids.at(-1)); // waits behind the two that the store has not answered
    answer();
    expect(await last).toBe('application_revoked');
    expect(asked.standings).toEqual([...ids.slice(0, 2), ids.at(-1)]);
  });

  test('are known one round after the other, although each round times out', async () => {
    const { asked, ids, giveUp, atOnce, answer } = await manySetting(6, 2);
    const answers = [answer];
    const isKnown = (id: string) => atOnce({ client_id: id }) !== undefined;
    for (let round = 1; round <= 3; round++) {
      await giveUp();
      expect(asked.standings).toEqual(ids.slice(0, 2 * round));
      const { promise, resolve } = deferred<void>();
      asked.late = promise;
      answers.push(resolve);
      answers.shift()?.();
      await new Promise(setImmediate);
      const known = ids.slice(0, 2 * round);
      expect(known.every(isKnown)).toBe(true);
    }
    expect(asked.standings).toEqual(ids);
  });

  test('are refused at once where 5,000 wait already', async () => {
    const { grants, asked } = await liveSetting({ maxQueries: 1 });
    const { promise, reject } = deferred<void>();
    asked.late = promise;
    const stranger = (i: number) => `9b2f0c0e-6f0e-4a6b-8a55-${i.toString(16).padStart(12, '0')}`;
    const check = (i: number) => grants.check({ payload: { client_id: stranger(i) }, scopes: [] as never });
    const waiting = Array.from({ length: 5001 }, (_, i) => check(i));
    const cause = new StoreUnavailableError('5000 applications are already waiting for the store.');
    expect(await check(5001)).toEqual({ ok: false, reason: 'grants_unavailable', cause });
    reject(new StoreUnavailableError('The database is away.'));
    await Promise.all(waiting);
    expect(asked.standings).toHaveLength(1);
  });

  test('are read again once the store has not answered for five times `timeoutMs`', async () => {
    const { asked, time, ids, check, giveUp } = await manySetting(2, 1);
    const [silent, next] = ids;
    expect(await giveUp(Promise.all([check(silent)]))).toEqual(['grants_unavailable']);
    asked.late = undefined;
    time.at += 5 * TIMEOUT + 1;
    expect(await check(next)).toBe('application_revoked');
    expect(asked.standings).toEqual([silent, next]);
  });

  test('fail together when the store fails, without a query for each', async () => {
    const { asked, ids, checkAll, answer } = await manySetting(6, 2);
    asked.failure = new StoreUnavailableError('The database is away.');
    expect(await checkAll()).toEqual(ids.map(() => 'grants_unavailable'));
    expect(asked.standings).toEqual(ids.slice(0, 2));
    answer();
  });
});
