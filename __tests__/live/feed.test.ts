import { loadDatabase } from '../../lib/stores/sqlite/driver.js';
import { deferred } from '../http/fixtures/domain.js';
import { context, newApplication } from '../support/stores.js';
import { databaseFile, grantTo, live, liveSetting, openStore, outcome, PAAS, STACK } from './fixtures/setting.js';

/** Live grants on one store object of a file, and another store object on it. */
async function twoProcesses() {
  const file = databaseFile();
  const setting = await liveSetting({ file });
  const elsewhere = await openStore(file);
  await setting.grant(PAAS);
  expect(await setting.outcome()).toEqual([PAAS]);
  return {
    ...setting,
    file,
    elsewhere,
    grantElsewhere: (...names: readonly string[]) => grantTo(elsewhere, setting, names),
  };
}

describe('change through another store', () => {
  type Setting = Awaited<ReturnType<typeof twoProcesses>>;
  const REVOKED = 'application_revoked';

  test.each<[string, (setting: Setting) => Promise<unknown>, unknown]>([
    ['no grant', ({ grantElsewhere }) => grantElsewhere(), REVOKED],
    ['another grant', ({ grantElsewhere }) => grantElsewhere(STACK), [STACK]],
    ['a scope deleted', ({ elsewhere, scopeAt }) => elsewhere.scopes.delete(scopeAt(PAAS), context), REVOKED],
    [
      'a scope renamed',
      ({ elsewhere, scopeAt }) => elsewhere.scopes.replace(scopeAt(PAAS), { name: 'x' }, context),
      [],
    ],
    ['deleted', ({ elsewhere, applicationAt }) => elsewhere.applications.delete(applicationAt, context), REVOKED],
    [
      'the environment deleted',
      ({ elsewhere, environment }) => elsewhere.environments.delete(environment.id, context),
      REVOKED,
    ],
    [
      'a revocation',
      ({ elsewhere, applicationAt }) => elsewhere.applications.revokeTokens(applicationAt, undefined, context),
      REVOKED,
    ],
  ])('takes effect when the feed is read: %s', async (_, change, expected) => {
    const setting = await twoProcesses();
    await change(setting);
    await setting.asked.feedRead();
    expect(setting.atOnce({}, [PAAS, STACK])).toBeUndefined();
    expect(await setting.outcome({}, [PAAS, STACK])).toEqual(expected);
    await setting.asked.feedRead();
    expect(setting.atOnce({}, [PAAS, STACK])).toEqual(expected);
    expect(setting.asked.standings).toHaveLength(2);
  });

  test('causes only a feed query when it concerns another application', async () => {
    const { elsewhere, at, asked, atOnce } = await twoProcesses();
    await elsewhere.applications.create(at, newApplication('other'), context);
    await asked.feedRead();
    expect(atOnce()).toEqual([PAAS]);
    expect(asked.standings).toHaveLength(1);
  });

  test('takes effect among several changes that the feed returns in portions', async () => {
    const { elsewhere, at, asked, grantElsewhere, atOnce, outcome } = await twoProcesses();
    asked.portion = 1;
    const hold = deferred<void>();
    asked.feedLate = hold.promise;
    for (const name of ['one', 'two']) await elsewhere.applications.create(at, newApplication(name), context);
    await grantElsewhere();
    asked.feedLate = undefined;
    hold.resolve();
    while (atOnce() !== undefined) await asked.feedRead();
    expect(await outcome()).toBe('application_revoked');
  });

  test('takes effect in every live grants of a store', async () => {
    const { asked, clock, clientId, grantElsewhere } = await twoProcesses();
    const both = [
      live({ source: asked, clock, maxStalenessMs: 60_000 }),
      live({ source: asked, clock, maxStalenessMs: 60_000 }),
    ];
    for (const grants of both) expect(await outcome(grants, { client_id: clientId })).toEqual([PAAS]);
    await grantElsewhere();
    for (const grants of both) {
      while (!('then' in grants.check({ payload: { client_id: clientId }, scopes: [] as never })))
        await asked.feedRead();
      expect(await outcome(grants, { client_id: clientId })).toBe('application_revoked');
    }
  });

  test('triggers a read of the feed long before the next scheduled one', async () => {
    const file = databaseFile();
    const { asked, grant, outcome: own, atOnce, applicationAt } = await liveSetting({ file });
    await grant(PAAS);
    await own();
    const elsewhere = await openStore(file);
    await elsewhere.applications.delete(applicationAt, context);
    while (atOnce() !== undefined) await asked.feedReadByItself();
    expect(await own()).toBe('application_revoked');
  });
});

test('reading the feed keeps the cache fresh without another query', async () => {
  const { asked, clock, atOnce } = await twoProcesses();
  for (let i = 0; i < 5; i++) {
    clock.time += 50_000;
    await asked.feedRead();
    clock.time += 10_000;
    expect(atOnce()).toEqual([PAAS]);
  }
  expect(asked.standings).toHaveLength(1);
});

test('a feed read keeps the cache fresh from its start time, not from its end', async () => {
  const { asked, clock, atOnce } = await twoProcesses();
  const hold = deferred<void>();
  asked.feedLate = hold.promise;
  asked.wake();
  clock.time += 60_001;
  asked.feedFailure = new Error('no more of it');
  asked.feedLate = undefined;
  hold.resolve();
  await asked.feedRead();
  expect(atOnce()).toBeUndefined();
});

test('a partially read feed does not refresh the cache', async () => {
  const { elsewhere, at, asked, clock, atOnce } = await twoProcesses();
  asked.feedFailure = new Error('not now');
  await asked.feedRead();
  for (const name of ['one', 'two']) await elsewhere.applications.create(at, newApplication(name), context);
  asked.portion = 1;
  const hold = deferred<void>();
  asked.feedLate = hold.promise;
  asked.feedFailure = undefined;
  clock.time += 40_000;
  asked.wake();
  asked.feedFailure = new Error('not the second portion');
  hold.resolve();
  await asked.feedRead();
  clock.time += 20_001;
  expect(atOnce()).toBeUndefined();
});

describe('unavailable feed', () => {
  test('nothing is believed beyond `maxStalenessMs`, and each check asks for itself', async () => {
    const { asked, clock, grantElsewhere, outcome, atOnce } = await twoProcesses();
    asked.feedFailure = new Error('the feed is away');
    await asked.feedRead();
    await grantElsewhere(STACK);
    await asked.feedRead();
    clock.time += 60_000;
    expect(atOnce({}, [PAAS, STACK])).toEqual([PAAS]); // the bound has not passed
    for (let i = 1; i <= 3; i++) {
      clock.time += 60_001;
      expect(atOnce()).toBeUndefined();
      expect(await outcome({}, [PAAS, STACK])).toEqual([STACK]);
      expect(asked.standings).toHaveLength(1 + i);
    }
    asked.feedFailure = undefined;
    await asked.feedRead();
    clock.time += 60_000;
    expect(atOnce({}, [PAAS, STACK])).toEqual([STACK]);
  });

  test('reads the feed again after an outage and applies the missed changes', async () => {
    const { asked, grantElsewhere, outcome, atOnce } = await twoProcesses();
    asked.feedFailure = new Error('the feed is away');
    await asked.feedRead();
    await grantElsewhere();
    await asked.feedRead();
    expect(atOnce()).toEqual([PAAS]);
    asked.feedFailure = undefined;
    await asked.feedRead();
    expect(await outcome()).toBe('application_revoked');
  });
});

test('discards the whole cache when the feed has lost older changes', async () => {
  const { file, asked, elsewhere, at, another, grants, grantElsewhere, outcome: own, atOnce } = await twoProcesses();
  const other = await another('other');
  expect(await outcome(grants, { client_id: other.id })).toBe('application_revoked');
  asked.feedFailure = new Error('the connection is cut');
  await asked.feedRead();
  await grantElsewhere();
  const raw = (await loadDatabase())(file);
  raw.exec('delete from changes');
  raw.close();
  await elsewhere.applications.create(at, newApplication('the latest'), context);
  expect(atOnce()).toEqual([PAAS]);
  asked.feedFailure = undefined;
  await asked.feedRead();
  expect(atOnce()).toBeUndefined();
  expect(await own()).toBe('application_revoked');
  expect(atOnce({ client_id: other.id })).toBeUndefined();
  await asked.feedRead();
  expect(atOnce()).toBe('application_revoked');
});

test('does not cache a concurrent read when the feed has lost changes', async () => {
  const { file, asked, clock, elsewhere, at, grantElsewhere, outcome: own, atOnce } = await twoProcesses();
  asked.feedFailure = new Error('the connection is cut');
  await asked.feedRead();
  clock.time += 60_001;
  const hold = deferred<void>();
  asked.late = hold.promise;
  const early = own();
  await new Promise(setImmediate); // the store has been read
  await grantElsewhere();
  const raw = (await loadDatabase())(file);
  raw.exec('delete from changes');
  raw.close();
  await elsewhere.applications.create(at, newApplication('the latest'), context);
  asked.late = undefined;
  asked.feedFailure = undefined;
  await asked.feedRead();
  hold.resolve();
  await early;
  expect(atOnce()).toBeUndefined();
  expect(await own()).toBe('application_revoked');
});
