import { z } from 'zod';
import { collectionBody } from '../representation/hal.js';
import { paths } from '../representation/paths.js';
import { defineOperation, orNotFound, pageQuery, pageResult } from './operation.js';

const inEnvironment = { environmentId: '{environmentId}' };
const resource = paths.resource({ ...inEnvironment, resourceId: '{resourceId}' });
const application = paths.application({ ...inEnvironment, applicationId: '{applicationId}' });
const item = z.object({});

/** Lists that clients of PingOne read beside an object, and that are empty here: no claims are mapped, and nobody has a role. */
export const emptyListOperations = [
  defineOperation({
    id: 'readResourceAttributes',
    method: 'GET',
    path: `${resource}/attributes`,
    summary: 'List the claims that a resource maps: none',
    permissions: ['resources:read:resource'],
    query: pageQuery,
    status: 200,
    schema: collectionBody('attributes', item),
    run: async (call) => {
      orNotFound(await call.store.resources.get(call.params));
      return pageResult(call, 'attributes', findNothing, Object);
    },
  }),
  ...(['attributes', 'roleAssignments'] as const).map((name) =>
    defineOperation({
      id: name === 'attributes' ? 'readApplicationAttributes' : 'readRoleAssignments',
      method: 'GET',
      path: `${application}/${name}`,
      summary:
        name === 'attributes'
          ? 'List the claims that an application maps: none'
          : 'List the roles of an application: none',
      permissions: ['applications:read:application'],
      query: pageQuery,
      status: 200,
      schema: collectionBody(name, item),
      run: async (call) => {
        orNotFound(await call.store.applications.get(call.params));
        return pageResult(call, name, findNothing, Object);
      },
    }),
  ),
];

async function findNothing() {
  return { items: [] as object[], count: 0 };
}
