import { randomUUID } from 'node:crypto';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { issuancePolicy } from '../../demo-app/authorization-server/policy.js';
import { newApplication } from '../support/stores.js';

const SCOPE = 'urn:opc:resource:consumer:paas::read';
const context = () => ({ actor: {}, correlationId: randomUUID() });

let store: GrantStore;
let environmentId: string;
let applicationId: string;
let ids: readonly [string, string];

beforeEach(async () => {
  store = await openSqliteStore({ file: ':memory:' });
  const environment = await store.environments.create({ name: 'Test', type: 'SANDBOX' }, context());
  environmentId = environment.value.id;
  const application = await store.applications.create(
    { environmentId },
    newApplication('Reader', { trustScope: 'Account' }),
    context(),
  );
  applicationId = application.value.id;
  ids = [await grantedResource('Reports', SCOPE), await grantedResource('Passing', 'pass')];
});

afterEach(() => store.close());

async function grantedResource(name: string, scope: string): Promise<string> {
  const resource = await store.resources.create(
    { environmentId },
    {
      name,
      audience: `https://${name}.example`,
      type: 'CUSTOM',
      accessTokenValiditySeconds: 3600,
      introspectEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
      applicationPermissionsSettings: { claimEnabled: false },
      tags: [],
      secondaryAudiences: [],
    },
    context(),
  );
  const { id } = resource.value;
  await store.scopes.create({ environmentId, resourceId: id }, { name: scope }, context());
  const grant = { resource: { id }, scopes: [{ name: scope }] };
  await store.grants.create({ environmentId, applicationId }, grant, context());
  return id;
}

/** What the policy says to client credentials, where this happens after the grants were read and before the resources. */
async function answer(inBetween: () => Promise<unknown>) {
  const interrupted: GrantStore = {
    ...boundTo(store),
    resources: {
      ...store.resources,
      get: async (at) => inBetween().then(() => store.resources.get(at)),
      list: async (at, page) => inBetween().then(() => store.resources.list(at, page)),
    },
  };
  const { resourceIndicators } = issuancePolicy({ store: interrupted, environmentId }).features;
  const oidc = {
    route: 'token',
    client: { clientId: applicationId },
    params: { grant_type: 'client_credentials', scope: SCOPE },
    entities: {},
  };
  const ctx = { oidc } as unknown as KoaContextWithOIDC;
  const client = ctx.oidc.client as never;
  return resourceIndicators.getResourceServerInfo(ctx, await resourceIndicators.defaultResource(ctx, client));
}

function boundTo(target: GrantStore): GrantStore {
  return new Proxy(target, {
    ownKeys: () => ['applications', 'grants', 'scopes', 'applicationStatus'],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    get: (_, name: 'applications') => target[name],
  });
}

const remove = (resourceId: string) => store.resources.delete({ environmentId, resourceId }, context()).catch(() => {});

test('ignores the grants of a resource that is deleted between two reads', async () => {
  expect(await answer(() => remove(ids[1]))).toMatchObject({ scope: SCOPE });
});

test('rejects the requested scope when its resource is deleted between two reads', async () => {
  await expect(answer(() => remove(ids[0]))).rejects.toMatchObject({ error: 'invalid_scope' });
});

test('grants nothing when the only resource is deleted between two reads', async () => {
  await remove(ids[1]);

  await expect(answer(() => remove(ids[0]))).rejects.toMatchObject({ error: 'unauthorized_client' });
});
