import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { isUuid } from '../../uuid.js';
import {
  assertEqual,
  assertRefused,
  assertUnchanged,
  type Checks,
  NO_ID,
  newName,
  toGrantCommand,
} from './prepared.js';

/** Creating, reading, replacing and deleting each kind of object. */
export const objectChecks: Checks = {
  'completes what is created with a name alone': async ({ environment, resource, application }) => {
    assert.equal(environment.type, 'SANDBOX');
    assert.equal(resource.audience, resource.name);
    assertEqual([resource.type, resource.accessTokenValiditySeconds], ['CUSTOM', 3600]);
    assertEqual([application.enabled, application.grantTypes], [true, ['CLIENT_CREDENTIALS']]);
    for (const { id, version } of [environment, resource, application]) {
      assert.ok(isUuid(id), `${id} is no UUID in lower case`);
      assert.equal(version, 1);
    }
  },

  'reads each object as it was created': async (p) => {
    const { value: grant } = await p.store.grants.create(p.applicationAt, toGrantCommand(p, 'a', 'b'), p.context);
    assertEqual(await p.store.environments.get(p.environment.id), p.environment);
    assertEqual(await p.store.resources.get(p.resourceAt), p.resource);
    assertEqual(await p.store.scopes.get({ ...p.resourceAt, scopeId: p.a.id }), p.a);
    assertEqual(await p.store.applications.get(p.applicationAt), p.application);
    assertEqual(await p.store.grants.get({ ...p.applicationAt, grantId: grant.id }), grant);
    assertEqual(grant.scopes.map(({ id, name }) => `${id} ${name}`).sort(), getNames([p.a, p.b]));
  },

  'creates the built-in resources with each environment': async ({ store, at }) => {
    const resources = await store.resources.list(at, { limit: 10 });
    assertEqual(resources?.items.map(({ type }) => type).sort(), ['CUSTOM', 'OPENID_CONNECT', 'PINGONE_API']);
  },

  'gives an application the id that the caller chose': async ({ store, at, context }) => {
    const id = randomUUID();
    assert.equal((await store.applications.create(at, { id, name: 'chosen' }, context)).value.id, id);
  },

  'refuses a name or an id that is taken as invalid_data': async (p) => {
    const { store, at, context } = p;
    await assertUnchanged(p, async () => {
      await assertRefused(store.environments.create({ name: p.environment.name }, context), 'invalid_data');
      await assertRefused(store.resources.create(at, { name: 'reports' }, context), 'invalid_data');
      await assertRefused(store.scopes.create(p.resourceAt, { name: 'a' }, context), 'invalid_data');
      const { id } = p.application;
      await assertRefused(store.applications.create(at, { id, name: 'twin' }, context), 'invalid_data');
    });
  },

  'refuses a second grant of a resource, and scopes of another resource, as invalid_data': async (p) => {
    await p.store.grants.create(p.applicationAt, toGrantCommand(p, 'a'), p.context);
    await assertUnchanged(p, async () => {
      await assertRefused(p.store.grants.create(p.applicationAt, toGrantCommand(p, 'b'), p.context), 'invalid_data');
      const grants = [{ resource: { id: p.resource.id }, scopes: [{ name: 'openid' }] }];
      await assertRefused(p.store.grants.setAll(p.applicationAt, grants, p.context), 'invalid_data');
    });
  },

  'knows an object only in its own environment': async (p) => {
    const { store, context } = p;
    const { value: other } = await store.environments.create({ name: newName() }, context);
    const elsewhere = { ...p.applicationAt, environmentId: other.id };
    assert.equal(await store.applications.get(elsewhere), undefined);
    assert.equal(await store.grants.list(elsewhere, { limit: 10 }), undefined);
    await assertUnchanged(p, async () => {
      await assertRefused(store.applications.delete(elsewhere, context), 'not_found');
      await assertRefused(store.resources.delete({ ...p.resourceAt, environmentId: other.id }, context), 'not_found');
      await assertRefused(store.environments.delete(NO_ID, context), 'not_found');
      await assertRefused(store.grants.delete({ ...p.applicationAt, grantId: NO_ID }, context), 'not_found');
    });
  },

  'replaces an object as a whole, with a new version and a new tag': async ({ store, at, context }) => {
    const created = await store.applications.create(at, { name: 'old', description: 'described' }, context);
    const { description: _, ...before } = created.value;
    const path = { ...at, applicationId: before.id };
    const { value } = await store.applications.replace(path, { ...before, name: 'new', enabled: false }, context);
    assertEqual([value.name, value.description, value.enabled], ['new', undefined, false]);
    assertEqual([value.version, value.createdAt], [2, before.createdAt]);
    assert.notEqual(value.tag, before.tag);
    assertEqual(await store.applications.get(path), value);
  },

  'writes nothing for a replacement that changes nothing': async (p) => {
    const same = () => p.store.applications.replace(p.applicationAt, p.application, p.context);
    const change = await assertUnchanged(p, same);
    assertEqual(change, { value: p.application, activities: [], replayed: false });
  },

  'removes a deleted scope from its grants, and a grant with its last scope': async (p) => {
    const { store, context } = p;
    const { value: grant } = await store.grants.create(p.applicationAt, toGrantCommand(p, 'a', 'b'), context);
    const grantAt = { ...p.applicationAt, grantId: grant.id };
    await store.scopes.delete({ ...p.resourceAt, scopeId: p.a.id }, context);
    const narrowed = await store.grants.get(grantAt);
    assertEqual(narrowed?.scopes, [{ id: p.b.id, name: 'b' }]);
    assert.notEqual(narrowed?.tag, grant.tag);
    await store.scopes.delete({ ...p.resourceAt, scopeId: p.b.id }, context);
    assert.equal(await store.grants.get(grantAt), undefined);
  },

  'deletes everything in an environment with it': async (p) => {
    await p.store.grants.create(p.applicationAt, toGrantCommand(p, 'a'), p.context);
    await p.store.environments.delete(p.environment.id, p.context);
    assert.equal(await p.store.resources.get(p.resourceAt), undefined);
    assert.equal(await p.store.applications.get(p.applicationAt), undefined);
    assert.equal((await p.store.applicationStatus(p.application.id)).state, 'gone');
  },

  'finds the applications that hold a scope': async (p) => {
    await p.store.grants.create(p.applicationAt, toGrantCommand(p, 'a'), p.context);
    for (const held of [{ scopeId: p.a.id }, { scopeNames: ['a', 'z'] }]) {
      const { items } = await p.store.scopes.holders(p.at, held, { limit: 10 });
      assertEqual(
        items.map(({ application, by }) => [application.id, by.map(({ name }) => name)]),
        [[p.application.id, ['a']]],
      );
    }
    const { items } = await p.store.scopes.holders(p.at, { scopeId: p.b.id }, { limit: 10 });
    assertEqual(items, []);
    const counts = await p.store.scopes.countHolders(p.at, [p.a.id, p.b.id], 10);
    assertEqual([...counts], [[p.a.id, 1]]);
  },
};

function getNames(scopes: readonly { readonly id: string; readonly name: string }[]): string[] {
  return scopes.map(({ id, name }) => `${id} ${name}`).sort();
}
