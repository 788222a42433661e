import { context, describeEachEngine, newApplication } from '../../support/stores.js';
import { insertGrants, insertResources, insertScopes } from './fixtures/bulk.js';
import { all, contractStore, listed, ofNames, type Prepared, refused } from './fixtures/contract.js';

const series = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
const tooMany = (target: string, maximumValue: number) => ({
  kind: 'invalid_data',
  details: [{ code: 'SIZE_LIMIT_EXCEEDED', target, innerError: { maximumValue } }],
});

/** An application without a grant. */
async function newcomer({ store, at }: Prepared) {
  const { value } = await store.applications.create(at, newApplication('newcomer'), context);
  return { ...at, applicationId: value.id };
}

describeEachEngine((engine) => {
  describe('limits', () => {
    const given = contractStore(engine);

    test('allows at most 1000 scopes in a grant', async () => {
      const p = await given.prepare();
      const names = series('s', 1001);
      await insertScopes(given.database, p.resource, names);
      const full = ofNames(p.resource, ...names.slice(0, 1000));
      const { value } = await p.store.grants.replace(p.grantAt, full, context);
      expect(value.scopes).toHaveLength(1000);
      const more = () => p.store.grants.addScopes(p.grantAt, [{ name: 's-1000' }], context);
      expect(await refused(p.store, p.at, more)).toEqual(tooMany('scopes', 1000));

      const others = ofNames(p.resource, ...names.slice(1));
      expect((await p.store.grants.replace(p.grantAt, others, context)).value.scopes).toHaveLength(1000);
      await p.store.grants.removeScope(p.grantAt, value.scopes[7]?.id as string, context);
      expect((await p.store.grants.addScopes(p.grantAt, [{ name: 's-0' }], context)).value.scopes).toHaveLength(1000);
    });

    test('allows at most 5000 granted scopes for an application', async () => {
      const p = await given.prepare();
      const applicationAt = await newcomer(p);
      const resources = await insertResources(given.database, p.resource, series('r', 5));
      const grants = [];
      for (const { resourceId, scope } of resources) {
        const resource = { environmentId: p.environment.id, id: resourceId };
        const more = await insertScopes(given.database, resource, series(`of-${scope.name}`, 999));
        grants.push({ ...applicationAt, resourceId, scopes: [scope, ...more] });
      }
      const [last, ...others] = grants.toReversed();
      for (const grant of others) await insertGrants(given.database, p.environment, [grant]);
      await p.store.grants.create(
        applicationAt,
        { resource: { id: last?.resourceId as string }, scopes: [...(last?.scopes ?? [])] },
        context,
      );
      const more = () => p.store.grants.create(applicationAt, ofNames(p.second, 'd'), context);
      expect(await refused(p.store, p.at, more)).toEqual(tooMany('scopes', 5000));

      const [grant] = await listed(p.store.grants.list(applicationAt, all));
      const [scope] = grant?.scopes ?? [];
      await p.store.grants.removeScope(
        { ...applicationAt, grantId: grant?.id as string },
        scope?.id as string,
        context,
      );
      await expect(more()).resolves.toBeDefined();
    });

    test('allows at most 1000 grants for an application', async () => {
      const p = await given.prepare();
      const applicationAt = await newcomer(p);
      const resources = await insertResources(given.database, p.resource, series('r', 999));
      const grants = resources.map(({ resourceId, scope }) => ({ ...applicationAt, resourceId, scopes: [scope] }));
      await insertGrants(given.database, p.environment, grants);
      await p.store.grants.create(applicationAt, ofNames(p.resource, 'a'), context);
      const more = () => p.store.grants.create(applicationAt, ofNames(p.second, 'd'), context);
      const refusal = await more().catch(({ kind, details }) => ({ kind, details }));
      expect(refusal).toMatchObject(tooMany('resource', 1000));
      const held = await listed(p.store.grants.list(applicationAt, all));
      expect(held).toHaveLength(1000);

      await p.store.grants.delete({ ...applicationAt, grantId: held[500]?.id as string }, context);
      await expect(more()).resolves.toBeDefined();
      expect(await listed(p.store.grants.list(applicationAt, all))).toHaveLength(1000);
    });
  });
});
