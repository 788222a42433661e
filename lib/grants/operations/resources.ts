import { z } from 'zod';
import { resourceCommand, resourceGrantCommand } from '../commands.js';
import type { Resource } from '../model.js';
import { AdminProblem, invalidData, notFound } from '../problem.js';
import {
  collectionBody,
  grantBody,
  paths,
  representGrant,
  representResource,
  resourceBody,
} from '../representation.js';
import type { GrantStore, InEnvironment } from '../store.js';
import {
  changeAnswer,
  changeQuery,
  expandScopes,
  found,
  objectAnswer,
  operation,
  pageAnswer,
  pageQuery,
} from './operation.js';

const list = `${paths.environment('{environmentId}')}/resources`;
const single = paths.resource({ environmentId: '{environmentId}', resourceId: '{resourceId}' });

/** How many scopes of one resource are shown inside it; `_links.scopes` leads to the rest. */
const MOST_EMBEDDED = 1000;
/** How many resources a page has at most when each shows its scopes. */
const MOST_EXPANDED = 50;

export const resourceOperations = [
  operation({
    id: 'readResources',
    method: 'GET',
    path: list,
    summary: 'The resources of an environment',
    permissions: ['resources:read:resource'],
    query: pageQuery.extend({ expand: expandScopes }),
    status: 200,
    schema: collectionBody('resources', resourceBody),
    answer: async (call) => {
      const { store, params, query, href } = call;
      const limit = query.expand === undefined ? query.limit : Math.min(query.limit, MOST_EXPANDED);
      const scopes = new Map<string, Awaited<ReturnType<typeof scopesOf>>>();
      return pageAnswer(
        { ...call, query: { ...query, limit } },
        'resources',
        async (request) => {
          const page = await store.resources(params, request);
          if (query.expand !== undefined) {
            for (const { id } of page?.items ?? []) scopes.set(id, await scopesOf(store, params, id));
          }
          return page;
        },
        (resource: Resource) => representResource(resource, href, scopes.get(resource.id)),
      );
    },
  }),
  operation({
    id: 'createResource',
    method: 'POST',
    path: list,
    summary: 'Create a custom resource',
    permissions: ['resources:create:resource'],
    query: changeQuery,
    body: resourceCommand,
    status: 201,
    schema: resourceBody,
    answer: async (call) => {
      const change = await call.store.createResource(call.params, call.body, call.context);
      return changeAnswer(call, change, 201, (resource) => representResource(resource, call.href));
    },
  }),
  operation({
    id: 'readResource',
    method: 'GET',
    path: single,
    summary: 'One resource',
    permissions: ['resources:read:resource'],
    query: z.strictObject({ expand: expandScopes }),
    status: 200,
    schema: resourceBody,
    answer: async ({ store, params, query, href }) => {
      const resource = found(await store.resource(params));
      if (query.expand === undefined) return objectAnswer(representResource(resource, href), resource.version);
      const scopes = await scopesOf(store, params, resource.id);
      return { status: 200, body: representResource(resource, href, scopes) };
    },
  }),
  operation({
    id: 'replaceResource',
    method: 'PUT',
    path: single,
    summary: 'Replace a custom resource',
    permissions: ['resources:update:resource'],
    query: changeQuery,
    body: resourceCommand,
    status: 200,
    schema: resourceBody,
    answer: async (call) => {
      const change = await call.store.replaceResource(call.params, call.body, call.context);
      return changeAnswer(call, change, 200, (resource) => representResource(resource, call.href));
    },
  }),
  operation({
    id: 'deleteResource',
    method: 'DELETE',
    path: single,
    summary: 'Delete a custom resource, its scopes, and the grants of it',
    permissions: ['resources:delete:resource'],
    query: changeQuery,
    status: 204,
    answer: async (call) => {
      return changeAnswer(call, await call.store.deleteResource(call.params, call.context), 204);
    },
  }),
  operation({
    id: 'createGrantOfResource',
    method: 'POST',
    path: `${single}/grants`,
    summary: 'Create a grant of this resource, for the application named in the body',
    permissions: ['applications:create:grant'],
    query: changeQuery,
    body: resourceGrantCommand,
    status: 201,
    schema: grantBody,
    answer: async (call) => {
      const { environmentId, resourceId } = call.params;
      const { application, resource, scopes } = call.body;
      if (resource !== undefined && resource.id !== resourceId) {
        throw invalidData({
          code: 'INVALID_VALUE',
          target: 'resource.id',
          message: 'resource.id must be that of the path, or be left out.',
        });
      }
      const at = { environmentId, applicationId: application.id };
      const change = await call.store
        .createGrant(at, { resource: { id: resourceId }, scopes }, call.context)
        .catch(async (problem) => {
          throw (await call.store.resource(call.params)) === undefined ? notFound() : seenFromResource(problem);
        });
      return changeAnswer(call, change, 201, (grant) => representGrant(grant, call.href));
    },
  }),
];

/** To the store the application is the place, and absent: here it is a member of the body. */
function seenFromResource(problem: unknown): unknown {
  if (!(problem instanceof AdminProblem) || problem.kind !== 'not_found') return problem;
  const message = 'There is no such application in the environment.';
  return invalidData({ code: 'INVALID_VALUE', target: 'application.id', message });
}

async function scopesOf(store: GrantStore, { environmentId }: InEnvironment, resourceId: string) {
  const page = await store.scopes({ environmentId, resourceId }, { limit: MOST_EMBEDDED });
  return page?.items ?? [];
}
