import type { ChangeFeed, FeedPlace, LiveGrantsOptions } from 'scopegate';
import { loadDatabase } from '../../lib/stores/sqlite/driver.js';
import { deferred } from '../http/fixtures/domain.js';
import { context, newApplication } from '../support/stores.js';
import { databaseFile, grantTo, liveSetting, openStore, PAAS, STACK } from './fixtures/setting.js';

async function run(file: string, sql: string): Promise<void> {
  const raw = (await loadDatabase())(file);
  try {
    raw.exec(sql);
  } finally {
    raw.close();
  }
}

const backUp = (file: string) => run(file, `vacuum into '${file}.backup'`);

/** Puts the backup in place of everything, in the file as it is: the store keeps its connections. */
async function restore(file: string): Promise<void> {
  const raw = (await loadDatabase())(file);
  const tables = raw.prepare(`select name from sqlite_schema where type = 'table'`).all([]) as { name: string }[];
  raw.close();
  const copies = tables.map(
    ({ name }) => `delete from "${name}"; insert into "${name}" select * from backup."${name}";`,
  );
  await run(
    file,
    `pragma foreign_keys = off; attach '${file}.backup' as backup;
     begin immediate; ${copies.join('\n')} commit; detach backup`,
  );
}

/** Live grants that were told of an application, and of three changes behind the one that the backup ends with. */
async function backedUp(...granted: string[]) {
  const file = databaseFile();
  const setting = await liveSetting({ file });
  await setting.grant(...granted);
  await backUp(file);
  for (const name of ['one', 'two', 'three']) await setting.another(name);
  await setting.outcome();
  await setting.asked.feedRead();
  return {
    ...setting,
    file,
    /** The feed is away meanwhile; other changes take the numbers of those that are gone, the first of them a revocation. */
    async restoredElsewhere() {
      setting.asked.feedFailure = new Error('the connection is cut');
      await setting.asked.feedRead();
      await restore(file);
      const elsewhere = await openStore(file);
      await grantTo(elsewhere, setting, []);
      for (const name of ['four', 'five', 'six']) {
        await elsewhere.applications.create(setting.at, newApplication(name), context);
      }
      setting.asked.feedFailure = undefined;
    },
  };
}

describe('database restored from a backup', () => {
  test('discards the cache although the change numbers have caught up', async () => {
    const { asked, restoredElsewhere, atOnce, outcome } = await backedUp(PAAS);
    await restoredElsewhere();
    await asked.feedRead();
    expect(atOnce()).toBeUndefined();
    expect(await outcome()).toBe('application_revoked');
  });

  test('discards the cache although the feed was never read before', async () => {
    const file = databaseFile();
    const setting = await liveSetting({ file });
    const { asked, another, atOnce, outcome } = setting;
    await setting.grant(PAAS);
    await backUp(file);
    await another('lost with the tail');
    asked.feedFailure = new Error('not yet');
    expect(await outcome()).toEqual([PAAS]);
    await restore(file);
    await grantTo(await openStore(file), setting, []); // with the number of the change that was lost
    asked.feedFailure = undefined;
    await asked.feedRead();
    expect(atOnce()).toBeUndefined();
    expect(await outcome()).toBe('application_revoked');
  });

  test('discards what was read ahead of the feed from a history that was lost', async () => {
    const file = databaseFile();
    const setting = await liveSetting({ file });
    const { asked, at, another, clock, atOnce, outcome } = setting;
    await setting.grant(PAAS);
    expect(await outcome()).toEqual([PAAS]); // the feed is followed from here
    await backUp(file);
    asked.feedFailure = new Error('not yet');
    await another('lost with the tail');
    await another('lost as well');
    clock.time += 60_001;
    expect(await outcome()).toEqual([PAAS]); // ahead of the feed, by two changes
    await restore(file);
    const elsewhere = await openStore(file);
    await grantTo(elsewhere, setting, []); // with the number of the first change that was lost
    await elsewhere.applications.create(at, newApplication('other'), context);
    asked.feedFailure = undefined;
    await asked.feedRead();
    expect(atOnce()).toBeUndefined();
    expect(await outcome()).toBe('application_revoked');
  });

  test('discards what was read from a history that went further than the restored one', async () => {
    const file = databaseFile();
    const setting = await liveSetting({ file });
    const { asked, another, clock, atOnce, outcome } = setting;
    await setting.grant(PAAS);
    await outcome();
    await backUp(file);
    asked.feedFailure = new Error('not yet');
    await another('lost with the tail');
    clock.time += 60_001;
    await outcome();
    await restore(file);
    asked.feedFailure = undefined;
    await asked.feedRead();
    expect(atOnce()).toBeUndefined();
    expect(await outcome()).toEqual([PAAS]);
  });

  test('does not cache a read that started before the restore', async () => {
    const setting = await backedUp(PAAS);
    const { file, asked, clock, atOnce, outcome } = setting;
    clock.time += 60_001;
    const hold = deferred<void>();
    const before = asked.read;
    asked.late = hold.promise;
    const early = outcome();
    while (asked.read === before) await new Promise(setImmediate);
    asked.late = undefined;
    await restore(file);
    await asked.feedRead(); // a gap
    await grantTo(await openStore(file), setting, []);
    hold.resolve();
    await early;
    expect(atOnce()).toBeUndefined();
    expect(await outcome()).toBe('application_revoked');
  });

  test('caches the restored grants again after an environment change is lost', async () => {
    const { file, store, scopeAt, asked, atOnce, outcome } = await backedUp(PAAS, STACK);
    await store.scopes.delete(scopeAt(STACK), context);
    await outcome();
    await restore(file);
    await asked.feedRead();
    expect(await outcome()).toEqual([PAAS]);
    expect(atOnce()).toEqual([PAAS]);
    await asked.feedRead();
    expect(atOnce()).toEqual([PAAS]);
  });
});

describe('own change in a database that was restored', () => {
  type Setting = Awaited<ReturnType<typeof ahead>>;

  /** Live grants that have read so many changes more than the backup ends with, and cannot read the feed any more. */
  async function ahead(count: number, options: Partial<LiveGrantsOptions> = {}) {
    const file = databaseFile();
    const setting = await liveSetting({ file, ...options });
    await setting.grant(PAAS);
    await backUp(file);
    for (let i = 0; i < count; i++) await setting.another(`lost ${i}`);
    expect(await setting.outcome()).toEqual([PAAS]);
    await setting.asked.feedRead();
    setting.asked.feedFailure = new Error('the connection is cut');
    await restore(file);
    expect(setting.atOnce()).toEqual([PAAS]);
    return setting;
  }

  const CHANGES: readonly [string, (setting: Setting) => Promise<unknown>, unknown][] = [
    ['the grant is deleted', ({ grant }) => grant(), 'application_revoked'],
    [
      'the scope is deleted',
      ({ store, scopeAt }) => store.scopes.delete(scopeAt(PAAS), context),
      'application_revoked',
    ],
    [
      'tokens are revoked',
      ({ store, applicationAt }) => store.applications.revokeTokens(applicationAt, undefined, context),
      'application_revoked',
    ],
  ];
  const CASES = CHANGES.flatMap(([name, change, expected]) => {
    return [1, 2, 5].map((count) => [count, name, change, expected] as const);
  });

  test.each(CASES)('takes effect at once although %i changes were lost: %s', async (count, _, change, expected) => {
    const setting = await ahead(count);
    await change(setting);
    expect(setting.atOnce()).toBeUndefined();
    expect(await setting.outcome()).toBe(expected);
  });

  test.each([1, 3])(
    'an own change in a restored database is not undone by a query from before the restore, with %i changes lost',
    async (count) => {
      const file = databaseFile();
      const { asked, grant, another, atOnce, outcome } = await liveSetting({ file });
      await grant(PAAS);
      await backUp(file);
      for (let i = 0; i < count; i++) await another(`lost ${i}`);
      asked.feedFailure = new Error('the connection is cut');
      const hold = deferred<void>();
      asked.late = hold.promise;
      const early = outcome();
      while (asked.read < 1) await new Promise(setImmediate);
      asked.late = undefined;
      await restore(file);
      await grant(); // with the number of the first change that was lost
      hold.resolve();
      await early;
      expect(atOnce()).toBeUndefined();
      expect(await outcome()).toBe('application_revoked');
    },
  );

  test('tells `onFeedGap` of the change that is gone', async () => {
    const onFeedGap = jest.fn();
    const setting = await ahead(1, { onFeedGap });
    const { number, position } = await setting.store.applicationStatus(setting.clientId);
    expect(onFeedGap).not.toHaveBeenCalled();
    await setting.grant();
    expect(onFeedGap.mock.calls).toEqual([[{ number: number + 1, position: expect.any(String) }]]);
    expect(onFeedGap.mock.calls[0][0].position).not.toBe(position);
  });
});

test.each<[string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('no');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no'))],
  ['returns', () => undefined],
])('starts anew after a gap where `onFeedGap` %s', async (_, answer) => {
  const file = databaseFile();
  const places: FeedPlace[] = [];
  const onFeedGap = (place: FeedPlace) => {
    places.push(place);
    return answer();
  };
  const { store, grant, asked, clientId, atOnce, outcome, another } = await liveSetting({ file, onFeedGap });
  await grant(PAAS);
  await backUp(file);
  await another('lost with the tail');
  await outcome();
  const { number, position } = await store.applicationStatus(clientId);
  await restore(file);
  await asked.feedRead();
  expect(places).toEqual([{ number, position }]);
  expect(atOnce()).toBeUndefined();
  expect(await outcome()).toEqual([PAAS]);
  await asked.feedRead();
  expect(atOnce()).toEqual([PAAS]);
  expect(places).toHaveLength(1);
});

test('discards the cache when the ledger is ahead of an empty feed', async () => {
  const file = databaseFile();
  const setting = await liveSetting({ file });
  const { asked, atOnce, outcome } = setting;
  await setting.grant(PAAS);
  await outcome();
  asked.feedFailure = new Error('the connection is cut');
  await asked.feedRead();
  await grantTo(await openStore(file), setting, []);
  await run(file, 'delete from changes');
  asked.feedFailure = undefined;
  await asked.feedRead();
  expect(atOnce()).toBeUndefined();
  expect(await outcome()).toBe('application_revoked');
});

test('a lost feed does not undo an invalidation by the same store during a read', async () => {
  const { store, grant, asked, clock, clientId, atOnce, outcome } = await liveSetting();
  await grant(PAAS);
  await outcome();
  clock.time += 60_001;
  const { position } = await store.applicationStatus(clientId);
  const feed = deferred<ChangeFeed>();
  asked.changes.since = () => feed.promise; // it says how things are now, later
  const hold = deferred<void>();
  asked.late = hold.promise;
  const early = outcome();
  while (asked.read < 2) await new Promise(setImmediate);
  asked.late = undefined;
  asked.wake();
  await grant(); // nothing
  feed.resolve({ events: [], hasMore: false, hasGap: true, position });
  await new Promise(setImmediate);
  hold.resolve();
  await early;
  expect(atOnce()).toBeUndefined();
  expect(await outcome()).toBe('application_revoked');
});
