import { StoreUnavailableError } from 'scopegate';
import { describeEachEngine } from '../support/stores.js';
import { runSql } from '../support/tables.js';

jest.setTimeout(120_000);

const AT = Date.parse('2026-01-01T00:00:00Z');
const LATER = AT + 60_000;

describeEachEngine((engine) => {
  async function opened() {
    const time = { now: AT };
    const clock = { now: () => time.now };
    const database = await engine.database();
    const store = await database.open({ clock });
    const keys = async () => (await runSql(database, 'select key from used_proofs order by key')).map(({ key }) => key);
    return { database, store, time, keys, clock };
  }

  test('remembers a key once, whichever call comes first', async () => {
    const { database, store, clock } = await opened();
    const other = await database.open({ clock });
    const calls = Array.from({ length: 20 }, (_, i) => (i % 2 ? store : other).replays.remember('a', LATER));

    expect((await Promise.all(calls)).filter(Boolean)).toHaveLength(1);
    expect(await other.replays.remember('b', LATER)).toBe(true);
    expect(await store.replays.remember('b', LATER)).toBe(false);
    expect(await store.replays.remember('A', LATER)).toBe(true);
    await Promise.all([store.close(), other.close()]);
  });

  test('remembers keys in a database that is opened again', async () => {
    const { database, store, clock } = await opened();
    await store.replays.remember('a', LATER);
    await store.close();
    const again = await database.open({ clock });

    expect(await again.replays.remember('a', LATER)).toBe(false);
    await again.close();
  });

  test('deletes expired keys after a while, and no others', async () => {
    const { store, time, keys } = await opened();
    for (const key of ['a', 'b']) await store.replays.remember(key, LATER);
    await store.replays.remember('c', LATER + 60_000);
    time.now = LATER + 1;
    for (let i = 0; i < 100; i++) await store.replays.remember(`new-${i}`, LATER + 120_000);
    await store.close(); // waits for the deletion

    const left = await keys();
    expect(left).toHaveLength(101);
    expect(left).toContain('c');
    expect(left).not.toContain('a');
  });

  test('a used proof is no change: it is in no history and no feed', async () => {
    const { database, store } = await opened();
    await store.replays.remember('a', LATER);

    expect(await runSql(database, 'select number from ledger')).toEqual([{ number: 0 }]);
    await store.close();
  });

  test('the used proofs are unavailable after the store is closed', async () => {
    const { store } = await opened();
    await store.close();

    await expect(store.replays.remember('a', LATER)).rejects.toThrow(StoreUnavailableError);
  });

  test('the used proofs are unavailable where their table is missing', async () => {
    const { database, store } = await opened();
    await runSql(database, 'alter table used_proofs rename to elsewhere');

    await expect(store.replays.remember('a', LATER)).rejects.toThrow(StoreUnavailableError);
    await store.close();
  });
});
