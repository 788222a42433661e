import { context, describeEachEngine } from '../../support/stores.js';
import { contentsOf, contractStore, ids, leavingAll, names, ofNames, refused, SECOND } from './fixtures/contract.js';

describeEachEngine((engine) => {
  describe('scopes of a grant', () => {
    const given = contractStore(engine);

    test('replaces the scopes of a grant', async () => {
      const p = await given.prepare();
      given.clock.time += SECOND;
      const { value } = await p.store.grants.replace(p.grantAt, ofNames(p.resource, 'c', 'b'), context);
      const scopes = p.scopes.slice(1).map(({ id, name }) => ({ id, name }));
      expect(value).toEqual({ ...p.grant, scopes, version: 2, tag: expect.any(String), updatedAt: given.clock.text() });
      expect(await p.store.grants.get(p.grantAt)).toEqual(value);
    });

    test.each([{ name: 'stocks' }, 'id'])(
      'rejects a resource other than that of the stored grant (%j)',
      async (reference) => {
        const p = await given.prepare();
        const resource = reference === 'id' ? { id: p.second.id } : (reference as { name: string });
        const replace = () => p.store.grants.replace(p.grantAt, { resource, scopes: [{ name: 'd' }] }, context);
        expect(await refused(p.store, p.at, replace)).toEqual({
          kind: 'invalid_data',
          details: [{ code: 'INVALID_VALUE', target: 'resource.id', innerError: { allowedValues: [p.resource.id] } }],
        });
      },
    );

    test('adds scopes to the existing ones', async () => {
      const p = await given.prepare();
      given.clock.time += SECOND;
      const added = [{ name: 'a' }, { name: 'c' }, { id: p.scopes[2]?.id as string }];
      const { value } = await p.store.grants.addScopes(p.grantAt, added, context);
      const scopes = p.scopes.map(({ id, name }) => ({ id, name }));
      expect(value).toEqual({ ...p.grant, scopes, version: 2, tag: expect.any(String), updatedAt: given.clock.text() });
      expect(await p.store.grants.get(p.grantAt)).toEqual(value);
    });

    test('rejects added scopes of another resource', async () => {
      const p = await given.prepare();
      const [, d] = p.secondScopes;
      const scopes = [{ name: 'c' }, { id: d?.id as string }, { name: 'd' }];
      expect(await refused(p.store, p.at, () => p.store.grants.addScopes(p.grantAt, scopes, context))).toEqual({
        kind: 'invalid_data',
        details: [1, 2].map((i) => ({ code: 'INVALID_VALUE', target: `scopes[${i}]` })),
      });
    });

    test.each(['addGrantScopes', 'replaceGrant'] as const)(
      '%s takes a scope name that another grant of the application has',
      async (method) => {
        const p = await given.prepare();
        const { value: grant } = await p.store.grants.create(p.applicationAt, ofNames(p.second, 'd'), context);
        const secondGrantAt = { ...p.applicationAt, grantId: grant.id };
        const { value } =
          method === 'addGrantScopes'
            ? await p.store.grants.addScopes(secondGrantAt, [{ name: 'a' }], context)
            : await p.store.grants.replace(secondGrantAt, ofNames(p.second, 'a'), context);
        expect(value.scopes).toContainEqual({ id: p.secondScopes[0]?.id, name: 'a' });
        expect(await p.store.grants.get(p.grantAt)).toEqual(p.grant);
      },
    );

    test('removes a scope from one grant and leaves its name in another', async () => {
      const p = await given.prepare();
      const { value: second } = await p.store.grants.create(p.applicationAt, ofNames(p.second, 'a', 'd'), context);
      await p.store.grants.removeScope(p.grantAt, p.scopeAt.scopeId, context);
      expect((await p.store.grants.get(p.grantAt))?.scopes.map(({ name }) => name)).toEqual(['b']);
      expect(await p.store.grants.get({ ...p.applicationAt, grantId: second.id })).toEqual(second);
    });

    test('removes scopes one by one', async () => {
      const p = await given.prepare();
      given.clock.time += SECOND;
      const { value, activities } = await p.store.grants.removeScope(p.grantAt, p.scopeAt.scopeId, context);
      expect(value).toBeUndefined();
      const [, b] = p.grant.scopes;
      const after = { ...p.grant, scopes: [b], version: 2, tag: expect.any(String), updatedAt: given.clock.text() };
      expect(activities).toMatchObject([{ type: 'GRANT.UPDATED', before: p.grant, after }]);
      expect(await p.store.grants.get(p.grantAt)).toEqual(after);
    });

    test('rejects the removal of all scopes', async () => {
      const p = await given.prepare();
      const [a, b] = ids(p.grant.scopes) as [string, string];
      await p.store.grants.removeScope(p.grantAt, a, context);
      expect(await refused(p.store, p.at, () => p.store.grants.removeScope(p.grantAt, b, context))).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'CONSTRAINT_VIOLATION', target: 'scopes' }],
      });
    });

    test('rejects the removal of a scope that the grant lacks', async () => {
      const p = await given.prepare();
      for (const scope of [p.scopes[2], p.secondScopes[0]]) {
        const remove = () => p.store.grants.removeScope(p.grantAt, scope?.id as string, context);
        expect(await refused(p.store, p.at, remove)).toEqual({ kind: 'not_found', details: [] });
      }
    });

    test('releases the names of removed scopes for other grants', async () => {
      const p = await given.prepare();
      await p.store.grants.removeScope(p.grantAt, p.scopeAt.scopeId, context);
      const { value } = await p.store.grants.create(p.applicationAt, ofNames(p.second, 'a'), context);
      expect(names(value.scopes)).toEqual(['a']);
    });

    test('writes nothing when the scopes are already as requested', async () => {
      const p = await given.prepare();
      given.clock.time += SECOND;
      const changes = [
        () => p.store.grants.replace(p.grantAt, ofNames(p.resource, 'b', 'a', 'b'), context),
        () => p.store.grants.addScopes(p.grantAt, [{ name: 'b' }], context),
        () => p.store.grants.addScopes(p.grantAt, [], context),
      ];
      for (const change of changes) {
        const same = await leavingAll(p.store, p.at, change);
        expect(same).toEqual({ value: p.grant, activities: [], replayed: false });
      }
      expect((await contentsOf(p.store, p.at)).grants).toEqual([p.grant]);
    });
  });
});
