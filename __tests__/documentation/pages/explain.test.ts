import { openSqliteStore } from 'scopegate/sqlite';
import { adminApi, appOf } from '../../express/admin/fixtures/admin-api.js';
import { context, newApplication, newEnvironment, newResource } from '../../support/stores.js';
import { shownAfter, usePrintingPage } from '../fixtures/printed.js';

const { page, runModule } = usePrintingPage('docs/explain.md');

test('the explanation is the one that the page shows', () => {
  expect(JSON.parse(runModule('block-1.ts'))).toEqual(shownAfter(page, 'block-1.ts'));
});

const shown = (name: string) =>
  JSON.parse(new RegExp(`<!-- ${name} -->\n\`\`\`json\n([\\s\\S]*?)\`\`\``).exec(page.text)?.[1] ?? '');

test('the admin API answers the request of the page as it shows', async () => {
  const store = await openSqliteStore({ file: ':memory:' });
  try {
    const request = shown('request');
    const { id: environmentId } = (await store.environments.create(newEnvironment(), context)).value;
    const at = { environmentId };
    const resource = await store.resources.create(at, newResource('Orders', { audience: request.audience }), context);
    const { id } = resource.value;
    for (const name of ['orders:read', 'orders:write']) {
      await store.scopes.create({ ...at, resourceId: id }, { name }, context);
    }
    const application = { ...newApplication('Dashboard'), id: request.application.id };
    await store.applications.create(at, application, context);
    const applicationAt = { ...at, applicationId: application.id };
    const scopes = [{ name: 'orders:read' }, { name: 'orders:write' }];
    await store.grants.setAll(applicationAt, [{ resource: { id }, scopes }], context);
    await store.grants.setAll(applicationAt, [{ resource: { id }, scopes: scopes.slice(0, 1) }], context);
    const { body } = await adminApi(appOf({ store })).post(`/environments/${environmentId}/explain`, request);
    expect(body).toMatchObject({ ...shown('response'), since: body.withdrawn[0].at });
  } finally {
    await store.close();
  }
});
