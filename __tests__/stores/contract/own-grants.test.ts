import type { ChangeContext } from 'scopegate/admin';
import { context, describeEachEngine, newApplication, newResource } from '../../support/stores.js';
import { contractStore, leavingAll, ofNames, type Prepared, refusalOf } from './fixtures/contract.js';

type OwnChange = (p: Prepared, context: ChangeContext) => Promise<unknown>;

/** What would change what the application `reader` is granted, or itself. */
const OWN: Readonly<Record<string, OwnChange>> = {
  createGrant: (p, by) => p.store.grants.create(p.applicationAt, ofNames(p.second, 'd'), by),
  replaceGrant: (p, by) => p.store.grants.replace(p.grantAt, ofNames(p.resource, 'c'), by),
  deleteGrant: (p, by) => p.store.grants.delete(p.grantAt, by),
  addGrantScopes: (p, by) => p.store.grants.addScopes(p.grantAt, [{ name: 'c' }], by),
  removeGrantScope: (p, by) => p.store.grants.removeScope(p.grantAt, p.scopeAt.scopeId, by),
  setGrants: (p, by) => p.store.grants.setAll(p.applicationAt, [], by),
  replaceApplication: (p, by) => p.store.applications.replace(p.applicationAt, newApplication('mine'), by),
  deleteApplication: (p, by) => p.store.applications.delete(p.applicationAt, by),
  'replaceScope, another name': (p, by) => p.store.scopes.replace(p.scopeAt, { name: 'z' }, by),
  deleteScope: (p, by) => p.store.scopes.delete(p.scopeAt, by),
  deleteResource: (p, by) => p.store.resources.delete(p.resourceAt, by),
  'replaceResource, another audience': (p, by) => {
    return p.store.resources.replace(p.resourceAt, newResource('reports', { audience: 'payments' }), by);
  },
  'replaceResource, other tags': (p, by) => {
    const tags = [{ key: 'color', value: 'green' }];
    return p.store.resources.replace(p.resourceAt, newResource('reports', { tags }), by);
  },
  rotateSecret: (p, by) => p.store.applications.rotateSecret(p.applicationAt, 'hush', undefined, by),
  createSecret: (p, by) => p.store.secrets.create(p.applicationAt, { name: 'blue' }, 'hush', by),
  deleteEnvironment: (p, by) => p.store.environments.delete(p.environment.id, by),
};

/** What does not. */
const OTHERS: Readonly<Record<string, OwnChange>> = {
  'replaceScope, another description': (p, by) => {
    return p.store.scopes.replace(p.scopeAt, { name: 'a', description: 'described' }, by);
  },
  'replaceResource, another description': (p, by) => {
    return p.store.resources.replace(p.resourceAt, newResource('reports', { description: 'described' }), by);
  },
  'replaceScope of one that it does not hold': (p, by) => {
    return p.store.scopes.replace({ ...p.resourceAt, scopeId: p.scopes[2]?.id as string }, { name: 'z' }, by);
  },
  'deleteScope of one that it does not hold': (p, by) => {
    return p.store.scopes.delete({ ...p.resourceAt, scopeId: p.scopes[2]?.id as string }, by);
  },
  'deleteResource of which it holds nothing': (p, by) => p.store.resources.delete(p.secondAt, by),
  createScope: (p, by) => p.store.scopes.create(p.resourceAt, { name: 'z' }, by),
  createResource: (p, by) => p.store.resources.create(p.at, newResource('bills'), by),
  createApplication: (p, by) => p.store.applications.create(p.at, newApplication('writer'), by),
};

describeEachEngine((engine) => {
  describe('an application as the actor', () => {
    const given = contractStore(engine);
    const by = (client: string): ChangeContext => ({ ...context, actor: { client, subject: 'somebody' } });
    const forbidden = {
      kind: 'forbidden',
      details: [{ code: 'INSUFFICIENT_PERMISSIONS', target: undefined, innerError: undefined }],
    };

    test.each(Object.entries(OWN))('cannot change its own grants: %s', async (_, change) => {
      const p = await given.prepare();
      const { id } = p.application;
      await leavingAll(p.store, p.at, async () => {
        for (const client of [id, id.toUpperCase(), id.replaceAll('-', '')]) {
          expect(await refusalOf(change(p, by(client)))).toEqual(forbidden);
        }
        expect(await refusalOf(change(p, { ...by(id), dryRun: true }))).toEqual(forbidden);
      });
      await expect(change(p, by('another'))).resolves.toBeDefined();
    });

    test.each(Object.entries(OTHERS))(
      'an application as the actor can change what does not concern it: %s',
      async (_, change) => {
        const p = await given.prepare();
        await expect(change(p, by(p.application.id))).resolves.toMatchObject({ activities: [{}] });
      },
    );

    test('cannot create itself again after its deletion', async () => {
      const p = await given.prepare();
      const { id } = p.application;
      await p.store.applications.delete(p.applicationAt, context);
      const again = { ...newApplication('mine', { trustScope: 'Account' }), id };
      expect(await refusalOf(p.store.applications.create(p.at, again, by(id)))).toEqual(forbidden);
      await expect(p.store.applications.create(p.at, again, context)).resolves.toMatchObject({ value: { id } });
    });

    test('an application as the actor can change the grants of other applications', async () => {
      const p = await given.prepare();
      const { value: other } = await p.store.applications.create(p.at, newApplication('writer'), context);
      const otherAt = { ...p.at, applicationId: other.id };
      const mine = by(p.application.id);
      const { value: grant } = await p.store.grants.create(otherAt, ofNames(p.resource, 'a'), mine);
      await p.store.grants.setAll(otherAt, [ofNames(p.resource, 'a', 'b')], mine);
      await p.store.grants.removeScope({ ...otherAt, grantId: grant.id }, p.scopeAt.scopeId, mine);
      await p.store.applications.delete(otherAt, mine);
      expect(await p.store.applications.get(otherAt)).toBeUndefined();
    });

    test('an application as the actor does not restrict a user with the id of the application', async () => {
      const p = await given.prepare();
      const user = { ...context, actor: { client: 'console', subject: p.application.id } };
      await expect(p.store.grants.delete(p.grantAt, user)).resolves.toMatchObject({ activities: [{}] });
    });
  });
});
