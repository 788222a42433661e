import type { ChangeEvent } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import type { Call } from '../support/call-results.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import { context, createSetting, describeEachEngine, newEnvironment, type Setting } from '../support/stores.js';
import { openTables } from '../support/tables.js';

jest.setTimeout(120_000);

const ENVIRONMENTS = 3;
const CHANGES = 12;
const processes = useProcesses(afterAll);

describeEachEngine((engine) => {
  let store: GrantStore;
  let other: StoreProcess;
  let database: Awaited<ReturnType<typeof engine.database>>;
  let settings: Setting[];
  beforeAll(async () => {
    database = await engine.database();
    store = await database.open();
    other = await processes.start();
    expect(await other.open(database)).not.toHaveProperty('error');
    settings = [];
    for (let i = 0; i < ENVIRONMENTS; i++) settings.push(await createSetting(store, ['a', 'b'], `environment ${i}`));
  });
  afterAll(() => store?.close());

  test('a follower of the feed sees each change of each environment once, in the order of its environment', async () => {
    const { position: start } = await store.changes.since('');
    const seen: ChangeEvent[] = [];
    let isOver = false;
    const following = (async () => {
      let position = start;
      for (let isLast = false; !isLast; ) {
        isLast = isOver;
        const feed = await store.changes.since(position);
        expect(feed.hasGap).toBe(false);
        seen.push(...feed.events);
        position = feed.position;
        await new Promise(setImmediate);
      }
    })();

    const rename = (id: string, name: string): Call => ['environments.replace', id, newEnvironment(name), context];
    const names = Array.from({ length: CHANGES }, (_, i) => `${i}`);
    const writing = settings.flatMap(({ at, environment }, i) => [
      Promise.all(
        names.map((name) => store.environments.replace(environment.id, newEnvironment(`${i} ${name}`), context)),
      ),
      other.call(...names.map((name) => rename(at.environmentId, `${i} other ${name}`))),
    ]);
    await Promise.all(writing);
    isOver = true;
    await following;

    const numbers = seen.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] as number) + i));
    expect(seen).toHaveLength(ENVIRONMENTS * CHANGES * 2);
    for (const { at } of settings) {
      const history = (await store.activities.list(at, {}, { limit: 1000 }))?.items ?? [];
      const dates = history.map(({ recordedAt }) => recordedAt);
      expect(dates).toEqual(dates.toSorted().reverse());
      const marks = seen.filter(({ environmentId }) => environmentId === at.environmentId);
      const ids = marks.map(({ position }) => position.replace(/^\d+\./, ''));
      expect(ids).toEqual(
        history
          .slice(0, ids.length)
          .map(({ id }) => id)
          .reverse(),
      );
    }
  });

  // SQLite has one writer at a time.
  if (engine.name === 'PostgreSQL') {
    test('a change that holds its environment does not make those of another environment wait', async () => {
      const [one, two] = settings as [Setting, Setting];
      const rename: Call = ['environments.replace', two.environment.id, newEnvironment('free'), context];
      await store.transaction(context, async (tx) => {
        await tx.environments.replace(one.environment.id, newEnvironment('held'));
        expect(await other.call(rename)).toMatchObject([{ value: { replayed: false } }]);
      });
      expect(await store.environments.get(one.environment.id)).toMatchObject({ name: 'held' });
    });

    test('a process of version 0.1 and this one make their changes one after another, with numbers without gaps', async () => {
      const { environment } = settings[0] as Setting;
      const former = await openTables(database);
      try {
        await former.run('begin');
        const [{ number }] = await former.run('select number, changed_at from ledger where id = 1 for update');
        let isMade = false;
        const made = store.environments.replace(environment.id, newEnvironment('after'), context).then(() => {
          isMade = true;
        });
        await waitForLock(former);
        expect(isMade).toBe(false);
        const next = Number(number) + 1;
        await former.run(
          `insert into changes (number, mark, environment_id, concerns) values (${next}, 'former', '${environment.id}', 'none')`,
        );
        await former.run(`update ledger set number = ${next} where id = 1`);
        await former.run('commit');
        await made;

        const marks = await former.run(`select number, mark from changes where number >= ${next} order by number`);
        expect(marks).toMatchObject([{ mark: 'former' }, { number: next + 1 }]);
      } finally {
        await former.close();
      }
    });
  }
});

/** Until another session of the database waits for a lock. */
async function waitForLock(tables: Awaited<ReturnType<typeof openTables>>): Promise<void> {
  for (;;) {
    const waiting = await tables.run(
      "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (waiting.length > 0) return;
    await new Promise(setImmediate);
  }
}
