import { MY_SCOPES } from 'scopegate';
import { applicationNamed } from '../common/application.mjs';
import { context, resourceNamed } from '../grants-data.mjs';
import { READ, WRITE } from './expected-response-model.mjs';

/** Fills a store with what the run needs: applications for each process of the load, and the administrator's. */
export async function prepare(store, processes, each = 80, fixed = 10) {
  const { environment, resource, application } = creators(store);
  const platform = await environment('platform');
  const iam = await resource(platform, 'IAM', [MY_SCOPES]);
  const console = await application(platform, 'console', iam, [MY_SCOPES]);
  const abroad = await environment('foreign');
  const foreignResourceId = await resource(abroad, 'reports', [READ, WRITE]);

  const at = await environment('soak');
  const resourceId = await resource(at, 'reports', [READ, WRITE]);
  const many = async (number, name) => {
    const made = [];
    for (let i = 0; i < number; i++) made.push(await application(at, `${name} ${i}`, resourceId, [READ, WRITE]));
    return made;
  };
  const places = {
    ...at,
    at: `/v1/environments/${at.environmentId}`,
    foreignAt: `/v1/environments/${abroad.environmentId}`,
    foreignResourceId,
    resourceId,
    consoleId: console.id,
  };
  const loads = [];
  for (let i = 0; i < processes; i++) {
    const applications = await many(each, `load ${i}, application`);
    loads.push({ ...places, applications, fixed: await many(fixed, `load ${i}, fixed`) });
  }
  return loads;
}

function creators(store) {
  return {
    async environment(name) {
      return { environmentId: (await store.environments.create({ name, type: 'SANDBOX' }, context)).value.id };
    },
    async resource(at, name, scopes) {
      const { value } = await store.resources.create(at, resourceNamed(name), context);
      for (const scope of scopes) await store.scopes.create({ ...at, resourceId: value.id }, { name: scope }, context);
      return value.id;
    },
    async application(at, name, resourceId, scopes) {
      const { value } = await store.applications.create(at, applicationNamed(name), context);
      const data = { resource: { id: resourceId }, scopes: scopes.map((scope) => ({ name: scope })) };
      const grant = await store.grants.create({ ...at, applicationId: value.id }, data, context);
      return { id: value.id, grantId: grant.value.id };
    },
  };
}
