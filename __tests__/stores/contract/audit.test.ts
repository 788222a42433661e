import { setImmediate } from 'node:timers/promises';
import type { Activity, GrantStore } from 'scopegate/admin';
import { deferred } from '../../http/fixtures/domain.js';
import { context, createSetting, describeEachEngine, newApplication, newEnvironment } from '../../support/stores.js';
import { openTables, runSql } from '../../support/tables.js';
import { DAY, ids, type StandingClock } from './fixtures/contract.js';

type AuditOptions = NonNullable<Parameters<typeof import('scopegate/sqlite')['openSqliteStore']>[0]> & object;
type Options = Pick<AuditOptions, 'onChange' | 'activities'> & { readonly clock?: StandingClock };

/** Collects what a store reports. */
function collector() {
  const seen: Activity[] = [];
  let onReport = () => undefined as unknown;
  return {
    seen,
    onChange: (change: Activity) => {
      seen.push(change);
      onReport();
    },
    async count(least: number): Promise<void> {
      while (seen.length < least) {
        await new Promise<void>((resolve) => {
          onReport = resolve as () => unknown;
        });
      }
    },
  };
}

describeEachEngine((engine) => {
  let database: Awaited<ReturnType<typeof engine.database>>;
  const stores: GrantStore[] = [];
  beforeEach(async () => {
    database = await engine.database();
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  async function open(options: Options = {}): Promise<GrantStore> {
    const store = await database.open(options as object);
    stores.push(store);
    return store;
  }

  describe('onChange', () => {
    test('gets the activities of each change after it was committed, in their order', async () => {
      const { seen, onChange, count } = collector();
      const store = await open({ onChange });
      const { at } = await createSetting(store);
      const { activities } = await store.applications.create(at, newApplication('one'), context);
      await count(activities.length + 1);
      while (seen.at(-1)?.id !== activities.at(-1)?.id) await count(seen.length + 1);

      const history = (await store.activities.list(at, {}, { limit: 100 }))?.items ?? [];
      expect(seen).toEqual(history.toReversed());
    });

    test('gets nothing of a dry run, a refused change, a repetition, and what was before the store opened', async () => {
      const { at } = await createSetting(await open());
      const { seen, onChange, count } = collector();
      const store = await open({ onChange });
      const byKey = { ...context, idempotency: { key: 'k', fingerprint: 'f' } };
      await store.applications.create(at, newApplication('dry'), { ...context, dryRun: true });
      await expect(store.environments.create(newEnvironment('test'), context)).rejects.toThrow();
      for (let i = 0; i < 2; i++) await store.applications.create(at, newApplication('once'), byKey);
      await store.applications.create(at, newApplication('last'), context);

      await count(2);
      expect(seen.map(({ after }) => (after as { name: string }).name)).toEqual(['once', 'last']);
    });

    test('gets the changes of other processes', async () => {
      const { seen, onChange, count } = collector();
      await open({ onChange });
      const { activities } = await (await open()).environments.create(newEnvironment('elsewhere'), context);

      await count(1);
      expect(seen).toEqual(activities);
    });

    test('blocks no change, not even while it never ends', async () => {
      const asked = deferred<void>();
      const store = await open({
        onChange() {
          asked.resolve();
          return new Promise(() => undefined);
        },
      });
      const { at } = await createSetting(store);
      await asked.promise;

      await store.applications.create(at, newApplication('next'), context);
      expect(await store.applications.list(at, { limit: 10 })).toMatchObject({ count: 2 });
    });

    test('is called again with a change that it failed for, and the failure is a warning', async () => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      const seen: string[] = [];
      const succeeded = deferred<void>();
      const store = await open({
        onChange({ id, type }) {
          seen.push(id);
          if (seen.length === 1) throw new Error('the log is away');
          if (type === 'APPLICATION.CREATED') succeeded.resolve();
        },
      });
      const { at } = await createSetting(store);
      await succeeded.promise;

      expect(warn.mock.calls).toEqual([
        [expect.stringContaining('the log is away'), { type: 'ScopegateWarning', code: 'SCOPEGATE_ON_CHANGE' }],
      ]);
      warn.mockRestore();
      const history = (await store.activities.list(at, {}, { limit: 100 }))?.items ?? [];
      expect(seen).toEqual([seen[0], ...ids(history.toReversed())]);
    });

    test('has got all changes of its own store when that is closed', async () => {
      const { seen, onChange } = collector();
      const store = await open({
        async onChange(change) {
          await setImmediate();
          onChange(change);
        },
      });
      await createSetting(store);
      for (let i = 0; i < 20; i++) await store.environments.create(newEnvironment(`one more ${i}`), context);

      await store.close();

      const rows = await runSql(database, 'select id from activities order by number');
      expect(ids(seen)).toEqual(rows.map(({ id }) => id));
    });
  });

  describe('retention', () => {
    const countRows = async (table: string) =>
      Number((await runSql(database, `select count(*) as n from ${table}`))[0]?.n);

    test('deletes what is older than keepDays in batches, of deleted environments too, and leaves the feed', async () => {
      const clock = { time: Date.parse('2031-01-01T00:00:00.000Z'), now: () => clock.time, text: () => '' };
      const old = await open({ clock });
      const { at } = await createSetting(old);
      const { value: gone } = await old.environments.create(newEnvironment('gone'), context);
      await old.environments.delete(gone.id, context);
      await old.transaction(context, async (tx) => {
        for (let i = 0; i < 1200; i++) await tx.applications.create(at, newApplication(`application ${i}`));
      });
      const changes = await countRows('changes');
      clock.time += 30 * DAY;
      const { activities } = await old.environments.create(newEnvironment('kept'), context);

      const store = await open({ clock, activities: { keepDays: 30 } });
      expect(await countRows('activities')).toBeGreaterThan(0); // it does not wait
      clock.time += 1;
      await (await open({ clock, activities: { keepDays: 30 } })).ping();
      const tables = await openTables(database);
      while (Number((await tables.run('select count(*) as n from activities'))[0]?.n) > 1) await setImmediate();
      await tables.close();

      expect(await runSql(database, 'select id from activities')).toEqual([{ id: activities[0]?.id }]);
      expect(await countRows('activity_applications')).toBe(0);
      expect(await countRows('changes')).toBe(changes + 1);
      expect(await store.applications.list(at, { limit: 1 })).toMatchObject({ count: 1201 });
    });

    test('keeps everything without keepDays', async () => {
      const clock = { time: Date.parse('2001-01-01T00:00:00.000Z'), now: () => clock.time, text: () => '' };
      const { at } = await createSetting(await open({ clock }));
      const before = await countRows('activities');
      clock.time += 10_000 * DAY;
      const store = await open({ clock });
      await store.applications.create(at, newApplication('new'), context);
      expect(await countRows('activities')).toBe(before + 1);
    });
  });

  test.each([
    [{ onChange: 'log' }, '"onChange" must be a function'],
    [{ activities: 30 }, 'takes an object of options'],
    [{ activities: {} }, '"activities.keepDays" must be a number of days, 1 to 36500, not undefined'],
    [{ activities: { keepDays: 0.5 } }, '"activities.keepDays" must be a number of days'],
    [{ activities: { keepDays: 30, keepdays: 30 } }, 'Did you mean "keepDays"?'],
  ])('a store refuses the options %j', async (options, message) => {
    await expect(open(options as never)).rejects.toThrow(message);
  });
});
