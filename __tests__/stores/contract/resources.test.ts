import { context, describeEachEngine, newApplication, newResource } from '../../support/stores.js';
import { contentsOf, contractStore, names, ofNames, refused, SECOND } from './fixtures/contract.js';

const FULL = {
  description: 'What is owed',
  audience: 'https://bills.example.com',
  accessTokenValiditySeconds: 300,
  introspectEndpointAuthMethod: 'NONE',
  applicationPermissionsSettings: { claimEnabled: true },
  tags: [{ key: 'colour', value: 'blau \u00fc' }],
  secondaryAudiences: ['https://a.example.com', 'https://b.example.com'],
};

describeEachEngine((engine) => {
  describe('a resource', () => {
    const given = contractStore(engine);

    test.each([
      ['all members', FULL],
      ['defaults', {}],
    ])('is created with the given members: %s', async (_, more) => {
      const { store, at, environment } = await given.prepare();
      const data = newResource('bills', more);
      const { value } = await store.resources.create(at, data, context);
      const { description, ...rest } = data;
      expect(value).toStrictEqual({
        id: value.id,
        version: 1,
        tag: expect.any(String),
        createdAt: given.clock.text(),
        updatedAt: given.clock.text(),
        environmentId: environment.id,
        ...rest,
        ...(description !== undefined && { description }),
      });
      expect(await store.resources.get({ ...at, resourceId: value.id })).toEqual(value);
      const { resources, scopes } = await contentsOf(store, at);
      expect(resources.at(-1)).toEqual(value);
      expect(scopes.filter(({ resourceId }) => resourceId === value.id)).toEqual([]);
    });

    test('a resource has a unique name in its environment', async () => {
      const p = await given.prepare();
      expect(
        await refused(p.store, p.at, () => p.store.resources.create(p.at, newResource('reports'), context)),
      ).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'UNIQUENESS_VIOLATION', target: 'name', innerError: { existingId: p.resource.id } }],
      });
    });

    test('a resource may share its name with a resource of another environment', async () => {
      const [one, other] = [await given.prepare(), await given.prepare()];
      expect(one.resource.name).toBe(other.resource.name);
      expect(one.resource.id).not.toBe(other.resource.id);
    });

    test.each(['stocks', 'openid'])('cannot take the name of another resource, %s', async (taken) => {
      const p = await given.prepare();
      const rename = () => p.store.resources.replace(p.resourceAt, newResource(taken), context);
      expect(await refused(p.store, p.at, rename)).toMatchObject({
        kind: 'invalid_data',
        details: [{ code: 'UNIQUENESS_VIOLATION', target: 'name' }],
      });
    });

    test('changes the status of its holders with its audience, and of nobody with its name', async () => {
      const p = await given.prepare();
      const { position } = await p.store.applicationStatus(p.application.id);
      const renamed = newResource('renamed', { audience: p.resource.audience });
      await p.store.resources.replace(p.resourceAt, renamed, context);
      await p.store.resources.replace(p.resourceAt, { ...renamed, audience: 'payments' }, context);
      const { events } = await p.store.changes.since(position);
      expect(events.map(({ affects }) => affects)).toEqual(['none', p.application.id]);
      const { grants } = await p.store.applicationStatus(p.application.id);
      expect(grants.map(({ audience, scope }) => `${audience} ${scope}`).sort()).toEqual(['payments a', 'payments b']);
    });

    test('a resource may share its audience', async () => {
      const p = await given.prepare();
      const { value } = await p.store.resources.create(p.at, newResource('twin', { audience: 'reports' }), context);
      expect(value.audience).toBe(p.resource.audience);
    });

    test('a resource is replaced as a whole and keeps its scopes and grants', async () => {
      const p = await given.prepare();
      const { value: full } = await p.store.resources.replace(p.resourceAt, newResource('bills', FULL), context);
      expect(full).toEqual({ ...p.resource, ...newResource('bills', FULL), version: 2, tag: expect.any(String) });
      given.clock.time += SECOND;
      const { value: bare } = await p.store.resources.replace(p.resourceAt, newResource('reports'), context);
      expect(bare).toStrictEqual({ ...p.resource, version: 3, tag: expect.any(String), updatedAt: given.clock.text() });
      expect(await p.store.resources.get(p.resourceAt)).toStrictEqual(bare);
      const { scopes, grants } = await contentsOf(p.store, p.at);
      expect(grants).toEqual([p.grant]);
      expect(scopes.filter(({ resourceId }) => resourceId === p.resource.id)).toEqual(p.scopes);
    });

    test('a resource is deleted together with its scopes and their grants and no others', async () => {
      const p = await given.prepare();
      const { value: writer } = await p.store.applications.create(p.at, newApplication('writer'), context);
      const writerAt = { ...p.at, applicationId: writer.id };
      await p.store.grants.create(writerAt, ofNames(p.resource, 'c'), context);
      const { value: kept } = await p.store.grants.create(writerAt, ofNames(p.second, 'a', 'd'), context);
      const before = await contentsOf(p.store, p.at);

      const { value, activities } = await p.store.resources.delete(p.resourceAt, context);
      expect(value).toBeUndefined();
      const isOther = ({ resourceId }: { readonly resourceId: string }) => resourceId !== p.resource.id;
      expect(await contentsOf(p.store, p.at)).toEqual({
        ...before,
        resources: before.resources.filter(({ id }) => id !== p.resource.id),
        scopes: before.scopes.filter(isOther),
        grants: [kept],
        activities: [...activities, ...(before.activities ?? [])],
      });
      expect(await p.store.resources.get(p.resourceAt)).toBeUndefined();
      expect(await p.store.scopes.get(p.scopeAt)).toBeUndefined();
      expect(await p.store.grants.get(p.grantAt)).toBeUndefined();
    });

    test('releases its name and the names of its scopes when it is deleted', async () => {
      const p = await given.prepare();
      await p.store.resources.delete(p.resourceAt, context);
      const { value: grant } = await p.store.grants.create(p.applicationAt, ofNames(p.second, 'a'), context);
      expect(names(grant.scopes)).toEqual(['a']);
      await expect(p.store.resources.create(p.at, newResource('reports'), context)).resolves.toBeDefined();
    });
  });

  describe('a built-in resource', () => {
    const given = contractStore(engine);

    test.each(['openid', 'PingOne API'])('%s can be neither changed nor deleted', async (name) => {
      const { store, at } = await given.prepare();
      const { resources } = await contentsOf(store, at);
      const resourceId = resources.find((resource) => resource.name === name)?.id as string;
      const constraint = { kind: 'invalid_data', details: [{ code: 'CONSTRAINT_VIOLATION', target: 'type' }] };
      const changes = [
        () => store.resources.replace({ ...at, resourceId }, newResource('mine'), context),
        () => store.resources.replace({ ...at, resourceId }, newResource(name), context),
        () => store.resources.delete({ ...at, resourceId }, context),
      ];
      for (const change of changes) expect(await refused(store, at, change)).toEqual(constraint);
    });

    test('reserves its name', async () => {
      const { store, at } = await given.prepare();
      const refusal = await refused(store, at, () => store.resources.create(at, newResource('openid'), context));
      expect(refusal).toMatchObject({ kind: 'invalid_data', details: [{ code: 'UNIQUENESS_VIOLATION' }] });
    });

    test('accepts more scopes and can be granted', async () => {
      const { store, at, applicationAt } = await given.prepare();
      const resource = { name: 'PingOne API' };
      const { resources } = await contentsOf(store, at);
      const resourceId = resources.find(({ name }) => name === resource.name)?.id as string;
      await store.scopes.create({ ...at, resourceId }, { name: 'p1:read:user:mail' }, context);
      const wanted = { resource, scopes: [{ name: 'p1:read:user:mail' }, { name: 'p1:read:self:user' }] };
      const { value } = await store.grants.create(applicationAt, wanted, context);
      expect(value.resourceId).toBe(resourceId);
      expect(names(value.scopes)).toEqual(['p1:read:self:user', 'p1:read:user:mail']);
    });
  });
});
