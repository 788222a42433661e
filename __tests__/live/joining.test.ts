import { deferred } from '../http/fixtures/domain.js';
import { context } from '../support/stores.js';
import {
  databaseFile,
  grantTo,
  liveSetting,
  openStore,
  outcome,
  PAAS,
  STACK,
  TIMEOUT,
  useTimeouts,
} from './fixtures/setting.js';

const endTimeouts = useTimeouts();

type Setting = Awaited<ReturnType<typeof liveSetting>>;

/** A check whose answer has been read, and comes when `answer` is called. Later ones are answered as usual. */
async function slowCheck({ asked, outcome }: Setting, scopes?: readonly string[]) {
  const { promise, resolve } = deferred<void>();
  const before = asked.read;
  asked.late = promise;
  const verdict = outcome({}, scopes);
  while (asked.read === before) await new Promise(setImmediate);
  asked.late = undefined;
  return { verdict, answer: resolve };
}

test.each<[string, (setting: Setting) => Promise<unknown>]>([
  ['the application', ({ grant }) => grant(STACK)],
  ['the environment', ({ store, scopeAt }) => store.scopes.delete(scopeAt(PAAS), context)],
])('a check after a change does not join an earlier read: %s', async (_, change) => {
  const setting = await liveSetting();
  await setting.grant(PAAS, STACK);
  const early = await slowCheck(setting, [PAAS, STACK]);
  await change(setting);
  const late = setting.outcome({}, [PAAS, STACK]);
  early.answer();
  await early.verdict;
  expect(await late).toEqual([STACK]);
});

test('nor one that began longer ago than `maxStalenessMs`', async () => {
  const file = databaseFile();
  const setting = await liveSetting({ file });
  await setting.grant(PAAS, STACK);
  const early = await slowCheck(setting, [PAAS, STACK]);
  await grantTo(await openStore(file), setting, [STACK]);
  setting.clock.time += 60_001;
  const late = setting.outcome({}, [PAAS, STACK]);
  early.answer();
  await early.verdict;
  expect(await late).toEqual([STACK]);
});

describe('an answer that comes when it is older than `maxStalenessMs`', () => {
  test.each<[string, (setting: Setting) => Promise<unknown>]>([
    ['nothing was changed', async () => undefined],
    ['the same store has acknowledged a change', ({ remove }) => remove()],
  ])('responds with grants_unavailable to every waiting check: %s', async (_, change) => {
    const setting = await liveSetting();
    await setting.grant(PAAS);
    const first = await slowCheck(setting);
    setting.clock.time += 59_000;
    const joined = setting.outcome();
    await change(setting);
    setting.clock.time += 1001;
    first.answer();
    expect([await first.verdict, await joined]).toEqual(['grants_unavailable', 'grants_unavailable']);
    expect(setting.asked.standings).toHaveLength(1);
  });

  test('nor does one that came after `timeoutMs`, whatever is read of the feed', async () => {
    const setting = await liveSetting({ timeoutMs: TIMEOUT });
    const { grant, another, asked, clock, grants, outcome: own, atOnce } = setting;
    await grant(PAAS);
    await outcome(grants, { client_id: (await another('other')).id }); // from now on, it watches
    const answer = deferred<void>();
    asked.late = answer.promise;
    const refused = own();
    await endTimeouts(asked);
    expect(await refused).toBe('grants_unavailable'); // read, not answered in time
    asked.late = undefined;
    await grant();
    clock.time += 1000;
    await asked.feedRead();
    asked.feedFailure = new Error('away');
    answer.resolve();
    await new Promise(setImmediate);
    expect(atOnce()).toBeUndefined();
    expect(await own()).toBe('application_revoked');
  });
});

test('a feed read that misses a change does not confirm an earlier slow response', async () => {
  const file = databaseFile();
  const setting = await liveSetting({ file });
  const { asked, clock, grants, another, atOnce } = setting;
  const other = await another('other');
  await setting.grant(PAAS);
  const slow = await slowCheck(setting);
  await grantTo(await openStore(file), setting, []); // revoked by another process
  clock.time += 59_000;
  await outcome(grants, { client_id: other.id }); // the feed is read from here on
  await asked.feedRead(); // and confirms what is known
  slow.answer();
  await slow.verdict;
  clock.time += 59_999;
  expect(atOnce() ?? (await setting.outcome())).toBe('application_revoked');
});

describe('after a timeout', () => {
  test('sends one new query to the store for all waiting checks', async () => {
    const { grant, asked, outcome } = await liveSetting({ timeoutMs: TIMEOUT });
    await grant(PAAS);
    asked.late = new Promise(() => undefined);
    for (let i = 1; i <= 2; i++) {
      const waiting = Array.from({ length: 20 }, () => outcome());
      await endTimeouts(asked);
      expect(await Promise.all(waiting)).toEqual(waiting.map(() => 'grants_unavailable'));
      expect(asked.standings).toHaveLength(i);
    }
  });

  test('still queries other applications', async () => {
    const { grant, grants, another, asked, outcome: own } = await liveSetting({ timeoutMs: TIMEOUT });
    await grant(PAAS);
    const other = await another('slow');
    const { applicationStatus } = asked;
    asked.applicationStatus = (id) => (id === other.id ? new Promise(() => undefined) : applicationStatus(id));
    const refused = outcome(grants, { client_id: other.id });
    await endTimeouts(asked);
    expect(await refused).toBe('grants_unavailable');
    expect(await own()).toEqual([PAAS]);
  });
});
