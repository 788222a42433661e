import type { ChangeContext } from 'scopegate/admin';
import { context, describeEachEngine, newApplication } from '../../support/stores.js';
import { runSql } from '../../support/tables.js';
import { all, contractStore, exported, ids, NOBODY, type Prepared } from './fixtures/contract.js';

const MARY = 'mary@example.org';
const by = (actor: object): ChangeContext => ({ ...context, actor });

describeEachEngine((engine) => {
  const given = contractStore(engine);
  const historyOf = (p: Prepared) => exported(p.store, p.at);

  describe('export', () => {
    test('has the whole history of an environment, oldest first, over many batches', async () => {
      const p = await given.prepare();
      await p.store.transaction(context, async (tx) => {
        for (let i = 0; i < 1100; i++) await tx.applications.create(p.at, newApplication(`application ${i}`));
      });
      const history = (await p.store.activities.list(p.at, {}, all))?.items ?? [];
      expect(history.length).toBeGreaterThan(1100);
      expect(await historyOf(p)).toEqual(history.toReversed());
    });

    test('is still there after the environment was deleted, and ends with its deletion', async () => {
      const [p, other] = [await given.prepare(), await given.prepare()];
      const before = await historyOf(p);
      const { activities } = await p.store.environments.delete(p.environment.id, context);

      const after = await historyOf(p);
      expect(after.slice(0, before.length)).toEqual(before);
      expect(ids(after.slice(before.length))).toEqual(ids(activities));
      expect(after.every(({ environmentId }) => environmentId !== other.environment.id)).toBe(true);
    });

    test('is empty for an environment that never existed', async () => {
      expect(await exported(given.store, { environmentId: NOBODY })).toEqual([]);
    });
  });

  describe('erase', () => {
    test('replaces an identifier as actor and as the subject of a revocation, and nothing else', async () => {
      const p = await given.prepare();
      await p.store.applications.create(p.at, newApplication('by mary'), by({ client: 'console', subject: MARY }));
      await p.store.applications.create(p.at, newApplication('by client'), by({ client: MARY }));
      await p.store.applications.create(p.at, newApplication('by another'), by({ subject: `${MARY}.au` }));
      await p.store.applications.create(p.at, newApplication(MARY), context);
      await p.store.applications.revokeTokens(p.applicationAt, MARY, by({ subject: 'support' }));
      const before = await historyOf(p);
      const status = await p.store.applicationStatus(p.application.id);

      expect(await p.store.activities.erase(p.at, MARY)).toBe(3);

      const erased = { actor: { client: 'console', subject: 'erased' } };
      const expected = before.map((each) => {
        if (each.actor.subject === MARY) return { ...each, ...erased };
        if (each.actor.client === MARY) return { ...each, actor: { client: 'erased' } };
        return each.type === 'REVOCATION.CREATED' ? { ...each, after: { ...each.after, subject: 'erased' } } : each;
      });
      expect(await historyOf(p)).toEqual(expected);
      expect((await p.store.activities.list(p.at, { actor: MARY }, all))?.items).toEqual([]);
      expect(await p.store.applicationStatus(p.application.id)).toEqual(status); // the revocation is in force
      expect(await p.store.activities.erase(p.at, MARY)).toBe(0);
    });

    test('leaves no trace of the identifier in the rows of the history', async () => {
      const p = await given.prepare();
      const hard = `o'"\\Brien\u2028%_`;
      await p.store.applications.create(p.at, newApplication('one'), by({ subject: hard }));
      await p.store.applications.revokeTokens(p.applicationAt, hard, by({ client: hard, subject: hard }));
      expect(await p.store.activities.erase(p.at, hard)).toBe(2);
      const rows = await runSql(
        given.database,
        `select * from activities where environment_id = '${p.environment.id}'`,
      );
      expect(JSON.stringify(rows)).not.toContain('Brien');
    });

    test('reaches all batches, and an environment that was deleted, but no other environment', async () => {
      const [p, other] = [await given.prepare(), await given.prepare()];
      await p.store.transaction(by({ subject: MARY }), async (tx) => {
        for (let i = 0; i < 1100; i++) await tx.applications.create(p.at, newApplication(`application ${i}`));
      });
      await other.store.applications.create(other.at, newApplication('other'), by({ subject: MARY }));
      await p.store.environments.delete(p.environment.id, by({ subject: MARY }));

      expect(await p.store.activities.erase(p.at, MARY)).toBe(1101);
      expect((await historyOf(p)).some(({ actor }) => actor.subject === MARY)).toBe(false);
      expect((await historyOf(other)).at(-1)?.actor.subject).toBe(MARY);
    });

    test('erases two identifiers of one activity at the same time', async () => {
      const p = await given.prepare();
      for (let i = 0; i < 20; i++) {
        await p.store.applications.create(p.at, newApplication(`${i}`), by({ client: 'one', subject: 'two' }));
      }
      await Promise.all(['one', 'two'].map((identifier) => p.store.activities.erase(p.at, identifier)));
      const actors = (await historyOf(p)).slice(-20).map(({ actor }) => actor);
      expect(actors).toEqual(Array(20).fill({ client: 'erased', subject: 'erased' }));
    });

    test.each(['', undefined, 7])('refuses the identifier %j', async (identifier) => {
      const p = await given.prepare();
      await expect(p.store.activities.erase(p.at, identifier as string)).rejects.toThrow(TypeError);
    });
  });

  test('ping resolves while the database responds, and rejects once the store is closed', async () => {
    const store = await given.database.open();
    expect(await store.ping()).toBeUndefined();
    await store.close();
    await expect(store.ping()).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  });
});
