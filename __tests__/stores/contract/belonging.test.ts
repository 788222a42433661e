import { context, describeEachEngine } from '../../support/stores.js';
import { CHANGES, type Place } from './fixtures/changes.js';
import { all, contentsOf, contractStore, NOBODY, type Prepared, refusalOf } from './fixtures/contract.js';
import { READS } from './fixtures/reads.js';

const IDS: Readonly<Record<keyof Place, readonly string[]>> = {
  at: ['environmentId'],
  resourceAt: ['environmentId', 'resourceId'],
  scopeAt: ['environmentId', 'resourceId', 'scopeId'],
  applicationAt: ['environmentId', 'applicationId'],
  grantAt: ['environmentId', 'applicationId', 'grantId'],
};

const placed = CHANGES.flatMap((change) => (change.place === undefined ? [] : [{ ...change, place: change.place }]));
const withIds = <Item extends { readonly place: keyof Place }>(items: readonly Item[]) => {
  return items.flatMap((item) => IDS[item.place].map((id) => ({ ...item, id })));
};

/** The same with one id of a place exchanged. */
function elsewhere(p: Prepared, place: keyof Place, id: string, value: string): Prepared {
  return { ...p, [place]: { ...p[place], [id]: value } };
}

describeEachEngine((engine) => {
  describe('unknown and foreign objects', () => {
    const given = contractStore(engine);
    // Nothing here is ever changed: all tests look at the same two environments, and in the end they are as they were.
    let p: Prepared;
    let other: Prepared;
    let before: unknown[];
    const contents = () => Promise.all([p, other].map(({ store, at }) => contentsOf(store, at)));
    beforeAll(async () => {
      p = await given.prepare();
      other = await given.prepare();
      await p.store.applications.rotateSecret(p.applicationAt, 'hush', undefined, context);
      await p.store.applications.hasSecret(p.applicationAt, 'hush'); // its use is noted, and not again within a minute
      before = await contents();
    });

    test.each(withIds(placed))('$method is refused when the $id is unknown', async ({ place, id, make }) => {
      const refusal = await refusalOf(make(elsewhere(p, place, id, NOBODY), context));
      expect(refusal).toEqual({ kind: 'not_found', details: [] });
    });

    test.each(placed.filter(({ place }) => place !== 'at'))(
      '$method is refused when the environment is a different one',
      async ({ place, make }) => {
        const there = elsewhere(p, place, 'environmentId', other.environment.id);
        expect(await refusalOf(make(there, context))).toEqual({ kind: 'not_found', details: [] });
      },
    );

    test.each(placed)('$method is refused as not found and not as stale', async ({ place, make }) => {
      const nowhere = elsewhere(p, place, IDS[place].at(-1) as string, NOBODY);
      const refusal = await refusalOf(make(nowhere, { ...context, ifMatch: [] }));
      expect(refusal.kind).toBe('not_found');
    });

    test.each(withIds(READS))('$method at $place finds nothing if $id is unknown', async ({ place, id, read }) => {
      expect(await read(p)).toBeDefined();
      expect(await read(elsewhere(p, place, id, NOBODY))).toBeUndefined();
    });

    test.each(READS.filter(({ place }) => place !== 'at'))(
      '$method at $place returns nothing when the environment is a different one',
      async ({ place, read }) => {
        expect(await read(elsewhere(p, place, 'environmentId', other.environment.id))).toBeUndefined();
      },
    );

    test('finds neither a secret nor a holder for unknown objects', async () => {
      expect(await p.store.applications.hasSecret(p.applicationAt, 'hush')).toBe(true);
      expect(
        await p.store.applications.hasSecret({ ...p.applicationAt, environmentId: other.environment.id }, 'hush'),
      ).toBe(false);
      expect(await p.store.applications.hasSecret({ ...p.at, applicationId: NOBODY }, 'hush')).toBe(false);
      const held = { scopeId: p.scopeAt.scopeId };
      expect((await p.store.scopes.holders(p.at, held, all)).items).toHaveLength(1);
      expect((await p.store.scopes.holders(other.at, held, all)).items).toEqual([]);
      expect((await p.store.scopes.holders({ environmentId: NOBODY }, { scopeNames: ['a'] }, all)).items).toEqual([]);
    });

    test('finds a scope only under its own resource', async () => {
      expect(await p.store.scopes.get({ ...p.scopeAt, resourceId: p.second.id })).toBeUndefined();
      const there = { ...p.scopeAt, resourceId: p.second.id };
      const refusal = await refusalOf(p.store.scopes.delete(there, context));
      expect(refusal.kind).toBe('not_found');
    });

    test('finds a grant only under its own application', async () => {
      const there = { ...p.grantAt, applicationId: other.application.id };
      expect(await p.store.grants.get(there)).toBeUndefined();
      const refusal = await refusalOf(p.store.grants.delete(there, context));
      expect(refusal.kind).toBe('not_found');
    });

    test('leaves the store unchanged after all refusals', async () => {
      expect(await contents()).toEqual(before);
    });
  });
});
