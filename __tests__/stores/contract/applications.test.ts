import { context, describeEachEngine, newApplication } from '../../support/stores.js';
import { all, contentsOf, contractStore, names, ofNames, refused, SECOND } from './fixtures/contract.js';

const FULL = {
  description: 'Reads reports',
  enabled: false,
  type: 'WEB_APP',
  protocol: 'OPENID_CONNECT',
  tokenEndpointAuthMethod: 'PRIVATE_KEY_JWT',
  grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
  responseTypes: ['CODE'],
  redirectUris: ['https://app.example.com/back?a=%20&b=%22'],
  postLogoutRedirectUris: ['https://app.example.com/'],
  pkceEnforcement: 'S256_REQUIRED',
  trustScope: 'Tags',
  allowedTags: [{ key: 'colour', value: 'green' }],
  requestScopesForMultipleResourcesEnabled: true,
};

describeEachEngine((engine) => {
  describe('an application', () => {
    const given = contractStore(engine);

    test.each([
      ['all members', FULL],
      ['defaults', {}],
    ])('is created with the given members: %s', async (_, more) => {
      const { store, at, environment } = await given.prepare();
      const { description, ...rest } = newApplication('writer', more);
      const { value } = await store.applications.create(at, newApplication('writer', more), context);
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
      expect(await store.applications.get({ ...at, applicationId: value.id })).toStrictEqual(value);
      expect((await contentsOf(store, at)).applications.at(-1)).toStrictEqual(value);
    });

    test('an application has neither a grant nor a secret at first', async () => {
      const { store, at } = await given.prepare();
      const { value } = await store.applications.create(at, newApplication('writer'), context);
      const applicationAt = { ...at, applicationId: value.id };
      expect(await store.grants.list(applicationAt, all)).toEqual({ items: [], count: 0 });
      expect(await store.applications.secret(applicationAt)).toBeUndefined();
      expect(await store.applications.hasSecret(applicationAt, '')).toBe(false);
    });

    test('accepts a given id once across all environments', async () => {
      const [p, other] = [await given.prepare(), await given.prepare()];
      const id = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
      const { value } = await p.store.applications.create(p.at, { ...newApplication('writer'), id }, context);
      expect(value).toMatchObject({ id, name: 'writer', version: 1 });
      expect(await p.store.applications.get({ ...p.at, applicationId: id })).toEqual(value);
      for (const { at } of [p, other]) {
        const again = () => p.store.applications.create(at, { ...newApplication('twin'), id }, context);
        expect(await refused(p.store, at, again)).toEqual({
          kind: 'invalid_data',
          details: [{ code: 'UNIQUENESS_VIOLATION', target: 'id', innerError: { existingId: id } }],
        });
      }
    });

    test('an application may have the name of another application', async () => {
      const p = await given.prepare();
      const { value } = await p.store.applications.create(p.at, newApplication('reader'), context);
      expect(value.id).not.toBe(p.application.id);
      expect(names((await contentsOf(p.store, p.at)).applications)).toEqual(['reader', 'reader']);
    });

    test('an application is replaced as a whole and keeps its grants and its secret', async () => {
      const p = await given.prepare();
      const { value: secret } = await p.store.applications.rotateSecret(p.applicationAt, 'hush', undefined, context);
      const full = await p.store.applications.replace(p.applicationAt, newApplication('writer', FULL), context);
      expect(full.value).toEqual({
        ...p.application,
        ...newApplication('writer', FULL),
        version: 2,
        tag: expect.any(String),
      });
      given.clock.time += SECOND;
      const { value: bare } = await p.store.applications.replace(p.applicationAt, newApplication('reader'), context);
      expect(bare).toStrictEqual({
        ...p.application,
        version: 3,
        tag: expect.any(String),
        updatedAt: given.clock.text(),
      });
      expect(await p.store.applications.get(p.applicationAt)).toStrictEqual(bare);
      expect(await contentsOf(p.store, p.at)).toMatchObject({ grants: [p.grant], secrets: [secret] });
      expect(await p.store.applications.hasSecret(p.applicationAt, 'hush')).toBe(true);
    });

    test.each([
      ['enabled', false],
      ['grantTypes', []],
      ['allowedTags', [{ key: 'colour', value: 'red' }]],
      ['trustScope', 'Account'],
      ['requestScopesForMultipleResourcesEnabled', true],
    ])('gets a new version when only %s differs', async (member, value) => {
      const p = await given.prepare();
      const data = newApplication('reader', { [member]: value });
      const { value: changed } = await p.store.applications.replace(p.applicationAt, data, context);
      expect(changed).toEqual({ ...p.application, [member]: value, version: 2, tag: expect.any(String) });
    });

    test('an application is deleted together with its grants and secrets and nothing else', async () => {
      const p = await given.prepare();
      const { value: other } = await p.store.applications.create(p.at, newApplication('writer'), context);
      const otherAt = { ...p.at, applicationId: other.id };
      const { value: kept } = await p.store.grants.create(otherAt, ofNames(p.resource, 'a'), context);
      const { value: secret } = await p.store.applications.rotateSecret(otherAt, 'whisper', undefined, context);
      await p.store.grants.create(p.applicationAt, ofNames(p.second, 'd'), context);
      await p.store.applications.rotateSecret(p.applicationAt, 'hush', undefined, context);
      await p.store.applications.rotateSecret(p.applicationAt, 'still', undefined, context);
      const before = await contentsOf(p.store, p.at);

      const { value, activities } = await p.store.applications.delete(p.applicationAt, context);
      expect(value).toBeUndefined();
      expect(await contentsOf(p.store, p.at)).toEqual({
        ...before,
        applications: [other],
        grants: [kept],
        secrets: [secret],
        validSecrets: before.validSecrets.filter(({ applicationId }) => applicationId === other.id),
        activities: [...activities, ...(before.activities ?? [])],
      });
      expect(await p.store.applications.get(p.applicationAt)).toBeUndefined();
      expect(await p.store.grants.get(p.grantAt)).toBeUndefined();
      expect(await p.store.grants.list(p.applicationAt, all)).toBeUndefined();
      expect(await p.store.applications.secret(p.applicationAt)).toBeUndefined();
      expect(await p.store.applications.hasSecret(p.applicationAt, 'still')).toBe(false);
      const { items } = await p.store.scopes.holders(p.at, { scopeNames: ['a', 'd'] }, all);
      expect(items.map(({ application }) => application)).toEqual([other]);
    });
  });
});
