import { context, describeEachEngine, newApplication } from '../../support/stores.js';
import { all, contentsOf, contractStore, names, ofNames, type Prepared, refused, SECOND } from './fixtures/contract.js';

/** Another application with a grant of the first resource. */
async function otherHolder(p: Prepared, ...scopes: string[]) {
  const { value: application } = await p.store.applications.create(p.at, newApplication('writer'), context);
  const applicationAt = { ...p.at, applicationId: application.id };
  const { value: grant } = await p.store.grants.create(applicationAt, ofNames(p.resource, ...scopes), context);
  return { application, applicationAt, grant, grantAt: { ...applicationAt, grantId: grant.id } };
}

describeEachEngine((engine) => {
  describe('a scope', () => {
    const given = contractStore(engine);

    test.each([
      { name: 'urn:opc:resource:consumer:paas:analytics::read', description: 'Reads' },
      { name: "!#$%&'()*+,-./:;<=>?@[]^_`{|}~" },
    ])('is created with the given members: $name', async (data) => {
      const { store, at, environment, resourceAt, resource } = await given.prepare();
      const { value } = await store.scopes.create(resourceAt, data, context);
      expect(value).toStrictEqual({
        id: value.id,
        version: 1,
        tag: expect.any(String),
        createdAt: given.clock.text(),
        updatedAt: given.clock.text(),
        environmentId: environment.id,
        resourceId: resource.id,
        ...data,
      });
      expect(await store.scopes.get({ ...resourceAt, scopeId: value.id })).toStrictEqual(value);
      expect((await contentsOf(store, at)).scopes).toContainEqual(value);
    });

    test('a scope has a unique name in its resource', async () => {
      const p = await given.prepare();
      expect(await refused(p.store, p.at, () => p.store.scopes.create(p.resourceAt, { name: 'a' }, context))).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'UNIQUENESS_VIOLATION', target: 'name', innerError: { existingId: p.scopes[0]?.id } }],
      });
      await expect(p.store.scopes.create(p.resourceAt, { name: 'A' }, context)).resolves.toBeDefined();
    });

    test('cannot take the name of another scope of its resource', async () => {
      const p = await given.prepare();
      const rename = () => p.store.scopes.replace(p.scopeAt, { name: 'c' }, context);
      expect(await refused(p.store, p.at, rename)).toMatchObject({
        kind: 'invalid_data',
        details: [{ code: 'UNIQUENESS_VIOLATION', target: 'name' }],
      });
    });

    test('a scope is replaced as a whole', async () => {
      const p = await given.prepare();
      const [a] = p.scopes;
      await p.store.scopes.replace(p.scopeAt, { name: 'a', description: 'described' }, context);
      given.clock.time += SECOND;
      const { value } = await p.store.scopes.replace(p.scopeAt, { name: 'a' }, context);
      expect(value).toStrictEqual({ ...a, version: 3, tag: expect.any(String), updatedAt: given.clock.text() });
      expect(await p.store.scopes.get(p.scopeAt)).toStrictEqual(value);
    });
  });

  describe('renamed scope', () => {
    const given = contractStore(engine);

    test('a renamed scope has its new name in every grant and keeps its id', async () => {
      const p = await given.prepare();
      const other = await otherHolder(p, 'a');
      const { activities } = await p.store.scopes.replace(p.scopeAt, { name: 'z' }, context);
      expect(activities.map(({ type }) => type)).toEqual(['SCOPE.UPDATED']);
      const [a, b] = p.grant.scopes;
      expect((await p.store.grants.get(p.grantAt))?.scopes).toEqual([{ ...a, name: 'z' }, b]);
      expect((await p.store.grants.get(other.grantAt))?.scopes).toEqual([{ ...a, name: 'z' }]);
      const holdersOf = async (name: string) => (await p.store.scopes.holders(p.at, { scopeNames: [name] }, all)).items;
      expect(await holdersOf('a')).toEqual([]);
      expect((await holdersOf('z')).map(({ application }) => application)).toEqual([p.application, other.application]);
    });

    test('a renamed scope can take a name that a holder already has by another grant', async () => {
      const p = await given.prepare();
      const { value: second } = await p.store.grants.create(p.applicationAt, ofNames(p.second, 'd'), context);
      const { value } = await p.store.scopes.replace(p.scopeAt, { name: 'd' }, context);
      expect(value.name).toBe('d');
      expect((await p.store.grants.get(p.grantAt))?.scopes).toContainEqual({ id: value.id, name: 'd' });
      expect(await p.store.grants.get({ ...p.applicationAt, grantId: second.id })).toEqual(second);
    });

    test('a renamed scope can take a name that only other applications have by another grant', async () => {
      const p = await given.prepare();
      const { value: writer } = await p.store.applications.create(p.at, newApplication('writer'), context);
      await p.store.grants.create({ ...p.at, applicationId: writer.id }, ofNames(p.second, 'd'), context);
      const { value } = await p.store.scopes.replace(p.scopeAt, { name: 'd' }, context);
      expect(value.name).toBe('d');
    });
  });

  describe('deleted scope', () => {
    const given = contractStore(engine);

    test('a deleted scope is removed from its grants, which get a new version or are deleted when empty', async () => {
      const p = await given.prepare();
      const other = await otherHolder(p, 'a');
      const before = await contentsOf(p.store, p.at);
      given.clock.time += SECOND;
      const { value, activities } = await p.store.scopes.delete(p.scopeAt, context);
      expect(value).toBeUndefined();
      const [, b] = p.grant.scopes;
      expect(await contentsOf(p.store, p.at)).toEqual({
        ...before,
        scopes: before.scopes.filter(({ id }) => id !== p.scopeAt.scopeId),
        grants: [{ ...p.grant, scopes: [b], version: 2, tag: expect.any(String), updatedAt: given.clock.text() }],
        activities: [...activities, ...(before.activities ?? [])],
      });
      expect(await p.store.scopes.get(p.scopeAt)).toBeUndefined();
      expect(await p.store.grants.get(other.grantAt)).toBeUndefined();
    });

    test('a deleted scope does not affect grants without it', async () => {
      const p = await given.prepare();
      const other = await otherHolder(p, 'b', 'c');
      await p.store.scopes.delete(p.scopeAt, context);
      expect(await p.store.grants.get(other.grantAt)).toEqual(other.grant);
    });

    test('a deleted scope does not affect a scope of the same name in another resource', async () => {
      const p = await given.prepare();
      const { value: writer } = await p.store.applications.create(p.at, newApplication('writer'), context);
      const writerAt = { ...p.at, applicationId: writer.id };
      const { value: grant } = await p.store.grants.create(writerAt, ofNames(p.second, 'a'), context);
      await p.store.scopes.delete(p.scopeAt, context);
      expect(await p.store.grants.get({ ...writerAt, grantId: grant.id })).toEqual(grant);
      expect(names((await contentsOf(p.store, p.at)).scopes)).toContain('a');
    });

    test('releases its name in its resource and for its holders', async () => {
      const p = await given.prepare();
      await p.store.scopes.delete(p.scopeAt, context);
      const { value: again } = await p.store.scopes.create(p.resourceAt, { name: 'a' }, context);
      expect(again.id).not.toBe(p.scopeAt.scopeId);
      expect((await p.store.grants.get(p.grantAt))?.scopes.map(({ name }) => name)).toEqual(['b']);
      await expect(p.store.grants.create(p.applicationAt, ofNames(p.second, 'a'), context)).resolves.toBeDefined();
    });

    test('a deleted scope can be the last scope of its resource', async () => {
      const p = await given.prepare();
      for (const { id } of p.scopes) await p.store.scopes.delete({ ...p.resourceAt, scopeId: id }, context);
      const { scopes, grants } = await contentsOf(p.store, p.at);
      expect(scopes.filter(({ resourceId }) => resourceId === p.resource.id)).toEqual([]);
      expect(grants).toEqual([]);
    });
  });
});
