import { context, describeEachEngine } from '../../support/stores.js';
import {
  all,
  contentsOf,
  contractStore,
  leavingAll,
  listed,
  NOBODY,
  names,
  ofNames,
  refused,
  SECOND,
} from './fixtures/contract.js';

describeEachEngine((engine) => {
  describe('the set of grants of an application', () => {
    const given = contractStore(engine);

    test('contains exactly the given grants', async () => {
      const { store, applicationAt, resource, second, grant } = await given.prepare();
      const { value: gone } = await store.grants.create(applicationAt, ofNames(second, 'd'), context);
      given.clock.time += SECOND;
      const wanted = [
        { resource: { name: 'openid' }, scopes: [{ name: 'email' }, { name: 'openid' }] },
        ofNames(resource, 'b', 'c'),
      ];
      const { value, activities } = await store.grants.setAll(applicationAt, wanted, context);
      expect(value.map(({ scopes }) => names(scopes))).toEqual([
        ['b', 'c'],
        ['openid', 'email'],
      ]);
      expect(value[0]).toMatchObject({ id: grant.id, version: 2, createdAt: grant.createdAt });
      expect(value).toMatchObject([{ updatedAt: given.clock.text() }, { version: 1, createdAt: given.clock.text() }]);
      expect(await listed(store.grants.list(applicationAt, all))).toEqual(value);
      expect(activities.map(({ type, targetId }) => `${type} ${targetId}`).sort()).toEqual([
        `GRANT.CREATED ${value[1]?.id}`,
        `GRANT.DELETED ${gone.id}`,
        `GRANT.UPDATED ${grant.id}`,
      ]);
    });

    test('changes nothing when the grants are already as given', async () => {
      const p = await given.prepare();
      const { value: second } = await p.store.grants.create(p.applicationAt, ofNames(p.second, 'd'), context);
      given.clock.time += SECOND;
      const wanted = [ofNames(p.second, 'd'), ofNames(p.resource, 'b', 'a')];
      const same = await leavingAll(p.store, p.at, () => p.store.grants.setAll(p.applicationAt, wanted, context));
      expect(same).toEqual({ value: [p.grant, second], activities: [], replayed: false });
    });

    test('changes one grant and leaves the other unchanged', async () => {
      const p = await given.prepare();
      const { value: second } = await p.store.grants.create(p.applicationAt, ofNames(p.second, 'd'), context);
      given.clock.time += SECOND;
      const wanted = [ofNames(p.second, 'd'), ofNames(p.resource, 'c')];
      const { value, activities } = await p.store.grants.setAll(p.applicationAt, wanted, context);
      expect(value[1]).toEqual(second);
      expect(activities.map(({ targetId }) => targetId)).toEqual([p.grant.id]);
    });

    test('the set of grants of an application can be empty', async () => {
      const p = await given.prepare();
      const { value } = await p.store.grants.setAll(p.applicationAt, [], context);
      expect(value).toEqual([]);
      expect((await contentsOf(p.store, p.at)).grants).toEqual([]);
      const again = await leavingAll(p.store, p.at, () => p.store.grants.setAll(p.applicationAt, [], context));
      expect(again.activities).toEqual([]);
    });

    test.each([
      ['to one that is new', []],
      ['to one that there is', ['d']],
    ])('moves a scope name from the grant of one resource %s', async (_, already) => {
      const p = await given.prepare();
      if (already.length > 0) await p.store.grants.create(p.applicationAt, ofNames(p.second, ...already), context);
      const wanted = [ofNames(p.second, 'a', 'd'), ofNames(p.resource, 'b')];
      const { value } = await p.store.grants.setAll(p.applicationAt, wanted, context);
      expect(value.map(({ resourceId, scopes }) => [resourceId, names(scopes)])).toEqual([
        [p.resource.id, ['b']],
        [p.second.id, ['a', 'd']],
      ]);
      expect(await listed(p.store.grants.list(p.applicationAt, all))).toEqual(value);
    });

    test('exchanges scope names between two resources', async () => {
      const p = await given.prepare();
      await p.store.scopes.create(p.secondAt, { name: 'b' }, context);
      await p.store.grants.setAll(p.applicationAt, [ofNames(p.resource, 'a'), ofNames(p.second, 'b')], context);
      const { value } = await p.store.grants.setAll(
        p.applicationAt,
        [ofNames(p.resource, 'b'), ofNames(p.second, 'a')],
        context,
      );
      expect(value.map(({ scopes }) => names(scopes))).toEqual([['b'], ['a']]);
      expect(value[0]?.id).toBe(p.grant.id);
      expect(await listed(p.store.grants.list(p.applicationAt, all))).toEqual(value);
    });

    test('moves a scope name from a grant that is removed', async () => {
      const p = await given.prepare();
      const { value } = await p.store.grants.setAll(p.applicationAt, [ofNames(p.second, 'a')], context);
      expect(value.map(({ resourceId }) => resourceId)).toEqual([p.second.id]);
      expect(await p.store.grants.get(p.grantAt)).toBeUndefined();
    });

    test('the set of grants of an application is refused as a whole with every problem and its position', async () => {
      const p = await given.prepare();
      const wanted = [
        ofNames(p.second, 'd'),
        { resource: { id: NOBODY }, scopes: [{ name: 'a' }] },
        ofNames(p.resource, 'a', 'd', 'c', 'x'),
        { resource: { name: 'nowhere' }, scopes: [{ name: 'a' }] },
      ];
      const refusal = await refused(p.store, p.at, () => p.store.grants.setAll(p.applicationAt, wanted, context));
      expect(refusal.kind).toBe('invalid_data');
      expect(refusal.details).toEqual(
        ['grants[1].resource.id', 'grants[2].scopes[1]', 'grants[2].scopes[3]', 'grants[3].resource.name'].map(
          (target) => ({ code: 'INVALID_VALUE', target }),
        ),
      );
    });

    test('rejects a repeated resource, however it is named', async () => {
      const p = await given.prepare();
      const wanted = [ofNames(p.second, 'd'), { resource: { name: 'stocks' }, scopes: [{ name: 'a' }] }];
      expect(await refused(p.store, p.at, () => p.store.grants.setAll(p.applicationAt, wanted, context))).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'UNIQUENESS_VIOLATION', target: 'grants[1].resource' }],
      });
    });

    test('the set of grants of an application may contain one scope name in the grants of several resources', async () => {
      const p = await given.prepare();
      const wanted = [ofNames(p.resource, 'a', 'b'), ofNames(p.second, 'd', 'a')];
      const { value } = await p.store.grants.setAll(p.applicationAt, wanted, context);
      expect(value.map(({ scopes }) => names(scopes).sort())).toEqual([
        ['a', 'b'],
        ['a', 'd'],
      ]);
      expect(await listed(p.store.grants.list(p.applicationAt, all))).toEqual(value);
    });

    test('the set of grants of an application does not affect other applications', async () => {
      const [p, other] = [await given.prepare(), await given.prepare()];
      const before = await contentsOf(p.store, other.at);
      await p.store.grants.setAll(p.applicationAt, [], context);
      expect(await contentsOf(p.store, other.at)).toEqual(before);
    });
  });
});
