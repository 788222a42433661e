import { BUILT_IN_RESOURCES } from '../../../lib/grants/model.js';
import { context, describeEachEngine, newEnvironment, newResource } from '../../support/stores.js';
import {
  all,
  contentsOf,
  contractStore,
  listed,
  NOBODY,
  names,
  refusalOf,
  refused,
  SECOND,
} from './fixtures/contract.js';

describeEachEngine((engine) => {
  describe('an environment', () => {
    const given = contractStore(engine);

    test('an environment is created with its members, an id, version 1 and its creation time', async () => {
      const { store, clock } = given;
      const data = { name: 'made', description: 'of “many” words\n\ud83d\ude80', type: 'PRODUCTION' } as const;
      const { value, replayed } = await store.environments.create(data, context);
      expect(value).toEqual({
        ...data,
        id: value.id,
        version: 1,
        tag: expect.any(String),
        createdAt: clock.text(),
        updatedAt: clock.text(),
      });
      expect(value.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(replayed).toBe(false);
      expect(await store.environments.get(value.id)).toEqual(value);
      expect(await listed(store.environments.list(all))).toContainEqual(value);
    });

    test('keeps the region and the license until a replacement omits them', async () => {
      const { store } = given;
      const more = { region: 'EU', license: { id: NOBODY } };
      const { value } = await store.environments.create({ ...newEnvironment('licensed'), ...more }, context);
      expect(value).toMatchObject(more);
      expect(await store.environments.get(value.id)).toEqual(value);
      const same = { ...newEnvironment('licensed'), ...more };
      expect((await store.environments.replace(value.id, same, context)).value).toEqual(value);
      const { value: moved } = await store.environments.replace(value.id, { ...same, region: 'CA' }, context);
      expect(moved).toMatchObject({ version: 2, region: 'CA', license: more.license });
      const { value: bare } = await store.environments.replace(value.id, newEnvironment('licensed'), context);
      expect(Object.keys(bare)).not.toEqual(expect.arrayContaining(['region']));
      expect(bare).not.toHaveProperty('license');
    });

    test('omits the description member when it has no description', async () => {
      const { value } = await given.store.environments.create(newEnvironment('laconic'), context);
      expect(value).not.toHaveProperty('description');
      expect(await given.store.environments.get(value.id)).not.toHaveProperty('description');
    });

    test('an environment has the built-in resources and their scopes from its creation', async () => {
      const { store } = given;
      const { value } = await store.environments.create(newEnvironment('furnished'), context);
      const at = { environmentId: value.id };
      const { resources, scopes } = await contentsOf(store, at);
      expect(resources.map(({ name, audience, type, version }) => ({ name, audience, type, version }))).toEqual(
        BUILT_IN_RESOURCES.map(({ name, audience, type }) => ({ name, audience, type, version: 1 })),
      );
      expect(resources.map(({ id }) => names(scopes.filter(({ resourceId }) => resourceId === id)))).toEqual(
        BUILT_IN_RESOURCES.map((resource) => resource.scopes),
      );
      expect(resources).toEqual(
        resources.map(() => expect.objectContaining({ environmentId: value.id, createdAt: value.createdAt })),
      );
    });

    test('accepts a given id once', async () => {
      const { store } = given;
      const id = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
      const { value } = await store.environments.create({ ...newEnvironment('from elsewhere'), id }, context);
      expect(value).toMatchObject({ id, name: 'from elsewhere', version: 1 });
      expect(await store.environments.get(id)).toEqual(value);
      const at = { environmentId: id };
      for (const name of ['another', 'from elsewhere']) {
        const again = () => store.environments.create({ ...newEnvironment(name), id }, context);
        expect(await refused(store, at, again)).toEqual({
          kind: 'invalid_data',
          details: [{ code: 'UNIQUENESS_VIOLATION', target: 'id', innerError: { existingId: id } }],
        });
      }
    });

    test('an environment has a unique name', async () => {
      const p = await given.prepare();
      const again = () => p.store.environments.create(newEnvironment(p.environment.name), context);
      expect(await refused(p.store, p.at, again)).toEqual({
        kind: 'invalid_data',
        details: [{ code: 'UNIQUENESS_VIOLATION', target: 'name', innerError: { existingId: p.environment.id } }],
      });
      await p.store.environments.delete(p.environment.id, context);
      await expect(again()).resolves.toMatchObject({ value: { name: p.environment.name } });
    });

    test('cannot take the name of another environment', async () => {
      const p = await given.prepare();
      const { environment: other } = await given.prepare();
      const rename = () => p.store.environments.replace(p.environment.id, newEnvironment(other.name), context);
      expect(await refused(p.store, p.at, rename)).toMatchObject({
        kind: 'invalid_data',
        details: [{ code: 'UNIQUENESS_VIOLATION', target: 'name' }],
      });
      expect(await p.store.environments.get(other.id)).toEqual(other);
    });

    test('an environment is replaced as a whole with a new update time', async () => {
      const { store, clock } = given;
      const data = { ...newEnvironment('first'), description: 'described' };
      const { value: before } = await store.environments.create(data, context);
      clock.time += SECOND;
      const { value: after } = await store.environments.replace(before.id, newEnvironment('second'), context);
      const { description: _, ...rest } = before;
      expect(after).toEqual({ ...rest, name: 'second', version: 2, tag: expect.any(String), updatedAt: clock.text() });
      expect(await store.environments.get(before.id)).toEqual(after);
    });

    test('releases its old name when it takes a new one', async () => {
      const p = await given.prepare();
      await p.store.environments.replace(p.environment.id, newEnvironment(`${p.environment.name}, renamed`), context);
      await expect(p.store.environments.create(newEnvironment(p.environment.name), context)).resolves.toBeDefined();
    });

    test('an environment is deleted together with everything in it and nothing else', async () => {
      const { store, ...p } = await given.prepare();
      const other = await given.prepare();
      await store.applications.rotateSecret(p.applicationAt, 'hush', undefined, context);
      const { environments, ...before } = await contentsOf(store, other.at);
      const { value, activities } = await store.environments.delete(p.environment.id, context);
      expect(value).toBeUndefined();
      expect(activities).toHaveLength(1);
      expect(await contentsOf(store, other.at)).toEqual({ ...before, environments: (environments as number) - 1 });
      expect(names(await listed(store.environments.list(all)))).not.toContain(p.environment.name);

      const gone = [
        store.environments.get(p.environment.id),
        store.resources.get(p.resourceAt),
        store.resources.list(p.at, all),
        store.scopes.get(p.scopeAt),
        store.scopes.list(p.at, all),
        store.applications.get(p.applicationAt),
        store.applications.list(p.at, all),
        store.applications.secret(p.applicationAt),
        store.grants.get(p.grantAt),
        store.grants.list(p.applicationAt, all),
        store.activities.list(p.at, {}, all),
      ];
      expect(await Promise.all(gone)).toEqual(gone.map(() => undefined));
      expect(await store.applications.hasSecret(p.applicationAt, 'hush')).toBe(false);
      expect((await store.scopes.holders(p.at, { scopeNames: ['a'] }, all)).items).toEqual([]);
    });

    test('cannot be changed after its deletion', async () => {
      const { store, ...p } = await given.prepare();
      await store.environments.delete(p.environment.id, context);
      const changes = [
        store.environments.delete(p.environment.id, context),
        store.environments.replace(p.environment.id, newEnvironment('too late'), context),
        store.resources.create(p.at, newResource('too late'), context),
        store.grants.addScopes(p.grantAt, [{ name: 'c' }], context),
      ];
      for (const change of changes) expect((await refusalOf(change)).kind).toBe('not_found');
      expect(await store.environments.get(NOBODY)).toBeUndefined();
    });
  });
});
