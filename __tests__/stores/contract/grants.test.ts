import { context, describeEachEngine, newApplication } from '../../support/stores.js';
import { all, contentsOf, contractStore, ids, listed, NOBODY, names, ofNames, refused } from './fixtures/contract.js';

describeEachEngine((engine) => {
  describe('a grant', () => {
    const given = contractStore(engine);

    test('a grant is created with its members, an id, version 1 and its creation time', async () => {
      const { store, applicationAt, second, secondScopes } = await given.prepare();
      const [, d] = secondScopes;
      const { value } = await store.grants.create(applicationAt, ofNames(second, 'd'), context);
      expect(value).toEqual({
        id: value.id,
        version: 1,
        tag: expect.any(String),
        createdAt: given.clock.text(),
        updatedAt: given.clock.text(),
        ...applicationAt,
        resourceId: second.id,
        scopes: [{ id: d?.id, name: 'd' }],
      });
      expect(await store.grants.get({ ...applicationAt, grantId: value.id })).toEqual(value);
    });

    test.each<[string, (of: { id: string; name: string }) => { id: string } | { name: string }]>([
      ['id', ({ id }) => ({ id })],
      ['name', ({ name }) => ({ name })],
    ])('accepts resource and scopes by %s', async (_, referenceTo) => {
      const { store, at, resource, scopes } = await given.prepare();
      const { value: writer } = await store.applications.create(at, newApplication('writer'), context);
      const wanted = { resource: referenceTo(resource), scopes: scopes.map((scope) => referenceTo(scope)) };
      const { value } = await store.grants.create({ ...at, applicationId: writer.id }, wanted, context);
      expect(value.resourceId).toBe(resource.id);
      expect(value.scopes).toEqual(scopes.map(({ id, name }) => ({ id, name })));
    });

    test('contains each scope once in a fixed order, however it is requested', async () => {
      const { store, at, resource, scopes } = await given.prepare();
      const { value: writer } = await store.applications.create(at, newApplication('writer'), context);
      const applicationAt = { ...at, applicationId: writer.id };
      const [a, b, c] = ids(scopes) as [string, string, string];
      const twice = [{ name: 'c' }, { id: b }, { name: 'a' }, { id: a }, { id: c }, { name: 'c' }];
      const { value } = await store.grants.create(
        applicationAt,
        { resource: { id: resource.id }, scopes: twice },
        context,
      );
      expect(ids(value.scopes)).toEqual([a, b, c]);
      expect(await store.grants.get({ ...applicationAt, grantId: value.id })).toEqual(value);
    });

    test('a grant is unique for its application and resource', async () => {
      const p = await given.prepare();
      const again = () => p.store.grants.create(p.applicationAt, ofNames(p.resource, 'c'), context);
      expect(await refused(p.store, p.at, again)).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'UNIQUENESS_VIOLATION', target: 'resource.id', innerError: { existingId: p.grant.id } }],
      });
    });

    test('takes a scope name that the application has by another grant', async () => {
      const p = await given.prepare();
      const { value } = await p.store.grants.create(p.applicationAt, ofNames(p.second, 'd', 'a'), context);
      expect(value.scopes.map(({ name }) => name).sort()).toEqual(['a', 'd']);
      const { grants } = await p.store.applicationStatus(p.application.id);
      expect(grants.map(({ audience, scope }) => `${audience} ${scope}`).sort()).toEqual([
        'reports a',
        'reports b',
        'stocks a',
        'stocks d',
      ]);
    });

    test('a grant is listed for its application in the order of creation', async () => {
      const p = await given.prepare();
      const { value: second } = await p.store.grants.create(p.applicationAt, ofNames(p.second, 'd'), context);
      const { value: third } = await p.store.grants.create(
        p.applicationAt,
        { resource: { name: 'openid' }, scopes: [{ name: 'openid' }] },
        context,
      );
      expect(await listed(p.store.grants.list(p.applicationAt, all))).toEqual([p.grant, second, third]);
    });

    test('releases its scope names when it is deleted', async () => {
      const p = await given.prepare();
      const before = await contentsOf(p.store, p.at);
      const { value, activities } = await p.store.grants.delete(p.grantAt, context);
      expect(value).toBeUndefined();
      expect(await contentsOf(p.store, p.at)).toEqual({
        ...before,
        grants: [],
        activities: [...activities, ...(before.activities ?? [])],
      });
      expect(await p.store.grants.get(p.grantAt)).toBeUndefined();
      const { value: grant } = await p.store.grants.create(p.applicationAt, ofNames(p.second, 'a'), context);
      expect(names(grant.scopes)).toEqual(['a']);
    });
  });

  describe('refused grants', () => {
    const given = contractStore(engine);

    test.each([
      ['of a resource that nobody has', 'resource.id', { id: NOBODY }],
      ['of a resource of no such name', 'resource.name', { name: 'nowhere' }],
    ])('rejects a grant %s', async (_, target, resource) => {
      const { store, at, applicationAt } = await given.prepare();
      const create = () => store.grants.create(applicationAt, { resource, scopes: [{ name: 'a' }] }, context);
      expect(await refused(store, at, create)).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'INVALID_VALUE', target }],
      });
    });

    test('rejects a grant of a resource of another environment', async () => {
      const [{ store, at, applicationAt }, other] = [await given.prepare(), await given.prepare()];
      const create = () => store.grants.create(applicationAt, ofNames(other.second, 'd'), context);
      expect(await refused(store, at, create)).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'INVALID_VALUE', target: 'resource.id' }],
      });
    });

    test('rejects scopes of another resource and unknown scopes with their positions', async () => {
      const p = await given.prepare();
      const scopes = [{ name: 'd' }, { id: p.scopeAt.scopeId }, { name: 'c' }, { id: NOBODY }, { name: 'D' }];
      const create = () => p.store.grants.create(p.applicationAt, { resource: { id: p.second.id }, scopes }, context);
      expect(await refused(p.store, p.at, create)).toEqual({
        kind: 'invalid_data',
        details: [1, 2, 3, 4].map((i) => ({ code: 'INVALID_VALUE', target: `scopes[${i}]` })),
      });
    });

    test('rejects a scope of a resource with the same name in another environment', async () => {
      const [{ store, at, grantAt, resource }, other] = [await given.prepare(), await given.prepare()];
      const scopes = [{ id: other.scopeAt.scopeId }];
      const replace = () => store.grants.replace(grantAt, { resource: { id: resource.id }, scopes }, context);
      expect(await refused(store, at, replace)).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'INVALID_VALUE', target: 'scopes[0]' }],
      });
    });
  });
});
