import { environmentCommand } from '../../../lib/admin/commands/environment.js';
import { resourceCommand } from '../../../lib/admin/commands/resource.js';
import { completeEnvironment, completeResource } from '../../../lib/grants/defaults.js';
import { context, describeEachEngine } from '../../support/stores.js';
import { contractStore } from './fixtures/contract.js';

describeEachEngine((engine) => {
  const given = contractStore(engine);

  test('a name is enough to create an environment, a resource, a scope and an application', async () => {
    const { store } = await given.prepare();
    const environment = await store.environments.create({ name: `defaults on ${engine.name}` }, context);
    const at = { environmentId: environment.value.id };
    const resource = await store.resources.create(at, { name: 'orders', description: undefined }, context);
    const scope = await store.scopes.create({ ...at, resourceId: resource.value.id }, { name: 'orders:read' }, context);
    const application = await store.applications.create(at, { name: 'shop' }, context);

    expect(environment.value).toMatchObject({ type: 'SANDBOX' });
    expect(resource.value).toMatchObject({ audience: 'orders', type: 'CUSTOM', accessTokenValiditySeconds: 3600 });
    expect(application.value).toMatchObject({ enabled: true, type: 'WORKER', grantTypes: ['CLIENT_CREDENTIALS'] });
    const applicationAt = { ...at, applicationId: application.value.id };
    const grant = { resource: { id: resource.value.id }, scopes: [{ id: scope.value.id }] };
    await expect(store.grants.create(applicationAt, grant, context)).resolves.toBeDefined();
    expect(await store.applications.get(applicationAt)).toEqual(application.value);
  });

  test('what is given wins over the defaults', async () => {
    const { store, at } = await given.prepare();
    const { value } = await store.applications.create(at, { name: 'shop', enabled: false, grantTypes: [] }, context);

    expect(value).toMatchObject({ enabled: false, grantTypes: [], type: 'WORKER' });
  });
});

test('the defaults of the store are those of the admin API', () => {
  expect(completeEnvironment({ name: 'a' })).toEqual(environmentCommand.parse({ name: 'a' }));
  expect(completeResource({ name: 'a' })).toEqual(resourceCommand.parse({ name: 'a' }));
});
