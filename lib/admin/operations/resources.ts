import { setImmediate as pause } from 'node:timers/promises';
import { z } from 'zod';
import { AdminError, invalidData, notFound } from '../../grants/errors.js';
import type { ListRequest } from '../../grants/list-request.js';
import type { Resource, ResourceScope } from '../../grants/model.js';
import type { GrantStore, InEnvironment } from '../../grants/store.js';
import { resourceGrantCommand } from '../commands/grant.js';
import { replaceResourceCommand, resourceCommand } from '../commands/resource.js';
import { ATTRIBUTES } from '../filter/conditions.js';
import { applyPatch, patchOf } from '../merge-patch.js';
import { grantBody, representGrant } from '../representation/grant.js';
import { collectionBody } from '../representation/hal.js';
import { paths } from '../representation/paths.js';
import { representResource, resourceBody } from '../representation/resource.js';
import {
  changeQuery,
  changeResult,
  defineOperation,
  expandScopes,
  namedPageQuery,
  objectResult,
  orNotFound,
  pageQuery,
  pageResult,
} from './operation.js';

const list = `${paths.environment('{environmentId}')}/resources`;
const single = paths.resource({ environmentId: '{environmentId}', resourceId: '{resourceId}' });

/** Scopes embedded in one resource; `_links.scopes` leads to the rest. */
const MAX_EMBEDDED = 1000;
/** Resources per page when each embeds its scopes. A page has fewer once they have embedded `MAX_EMBEDDED` together. */
const MAX_EXPANDED = 50;

export const resourceOperations = [
  defineOperation({
    id: 'readResources',
    method: 'GET',
    path: list,
    summary: 'List the resources of an environment',
    permissions: ['resources:read:resource'],
    query: namedPageQuery(ATTRIBUTES.resources).extend({ expand: expandScopes }),
    status: 200,
    schema: collectionBody('resources', resourceBody),
    run: async (call) => {
      const { store, params, query, href } = call;
      const isExpanded = query.expand !== undefined;
      const limit = isExpanded ? Math.min(query.limit, MAX_EXPANDED) : query.limit;
      const scopes: EmbeddedScopes = new Map();
      return pageResult(
        { ...call, query: { ...query, limit } },
        'resources',
        (request) =>
          isExpanded ? readExpanded(store, params, request, scopes) : store.resources.list(params, request),
        (resource: Resource) => representResource(resource, href, scopes.get(resource.id)),
      );
    },
  }),
  defineOperation({
    id: 'createResource',
    method: 'POST',
    path: list,
    summary: 'Create a custom resource',
    permissions: ['resources:create:resource'],
    query: changeQuery,
    body: resourceCommand,
    status: 201,
    schema: resourceBody,
    run: async (call) => {
      const change = await call.store.resources.create(call.params, call.body, call.context);
      return changeResult(call, change, (resource) => representResource(resource, call.href));
    },
  }),
  defineOperation({
    id: 'readResource',
    method: 'GET',
    path: single,
    summary: 'Read a resource',
    permissions: ['resources:read:resource'],
    query: z.strictObject({ expand: expandScopes }),
    status: 200,
    schema: resourceBody,
    run: async ({ store, params, query, href }) => {
      const resource = orNotFound(await store.resources.get(params));
      if (query.expand === undefined) return objectResult(representResource(resource, href), resource.tag);
      const scopes = await readFirstScopes(store, params, resource.id);
      return { status: 200, body: representResource(resource, href, scopes) };
    },
  }),
  defineOperation({
    id: 'replaceResource',
    method: 'PUT',
    path: single,
    summary: 'Replace a custom resource',
    permissions: ['resources:update:resource'],
    query: changeQuery,
    body: replaceResourceCommand,
    status: 200,
    schema: resourceBody,
    run: async (call) => {
      const { store, params, body, context } = call;
      const change = await store.transaction(context, async (tx) => {
        const { tags, secondaryAudiences } = orNotFound(await tx.resources.get(params));
        const kept = {
          tags: body.tags ?? tags,
          secondaryAudiences: body.secondaryAudiences ?? secondaryAudiences,
        };
        return tx.resources.replace(params, { ...body, ...kept }, context);
      });
      return changeResult(call, change, (resource) => representResource(resource, call.href));
    },
  }),
  defineOperation({
    id: 'patchResource',
    method: 'PATCH',
    path: single,
    summary: 'Change members of a custom resource',
    permissions: ['resources:update:resource'],
    query: changeQuery,
    body: patchOf(resourceCommand),
    status: 200,
    schema: resourceBody,
    run: async (call) => {
      const { store, params, body, context } = call;
      const change = await store.transaction(context, async (tx) => {
        const { type: _, ...current } = orNotFound(await tx.resources.get(params));
        return tx.resources.replace(params, applyPatch(resourceCommand, current, body), context);
      });
      return changeResult(call, change, (resource) => representResource(resource, call.href));
    },
  }),
  defineOperation({
    id: 'deleteResource',
    method: 'DELETE',
    path: single,
    summary: 'Delete a custom resource with its scopes and grants',
    permissions: ['resources:delete:resource'],
    query: changeQuery,
    status: 204,
    run: async (call) => {
      return changeResult(call, await call.store.resources.delete(call.params, call.context));
    },
  }),
  defineOperation({
    id: 'readGrantsOfResource',
    method: 'GET',
    path: `${single}/grants`,
    summary: 'List the grants of a resource, of all applications',
    permissions: ['applications:read:grant'],
    query: pageQuery.extend({ expand: expandScopes }),
    status: 200,
    schema: collectionBody('grants', grantBody),
    run: (call) => {
      const { store, params, query, href } = call;
      return pageResult(
        call,
        'grants',
        (request) => store.grants.listOfResource(params, request),
        (grant) => representGrant(grant, href, query.expand !== undefined),
      );
    },
  }),
  defineOperation({
    id: 'createGrantOfResource',
    method: 'POST',
    path: `${single}/grants`,
    summary: 'Create a grant of this resource for the application in the body',
    permissions: ['applications:create:grant'],
    query: changeQuery,
    body: resourceGrantCommand,
    status: 201,
    schema: grantBody,
    run: async (call) => {
      const { environmentId, resourceId } = call.params;
      const { application, resource, ...grant } = call.body;
      if (resource !== undefined && resource.id !== resourceId) {
        throw invalidData({
          code: 'INVALID_VALUE',
          target: 'resource.id',
          message: 'resource.id must equal the id in the path, or be omitted.',
        });
      }
      const at = { environmentId, applicationId: application.id };
      const change = await call.store.grants
        .create(at, { ...grant, resource: { id: resourceId } }, call.context)
        .catch(async (problem) => {
          throw (await call.store.resources.get(call.params)) === undefined ? notFound() : toErrorOfBody(problem);
        });
      return changeResult(call, change, (grant) => representGrant(grant, call.href));
    },
  }),
];

/** The store reports a missing application as not found. Here it is a member of the body, so the body is invalid. */
function toErrorOfBody(problem: unknown): unknown {
  if (!(problem instanceof AdminError) || problem.kind !== 'not_found') return problem;
  const message = 'The environment has no such application.';
  return invalidData({ code: 'INVALID_VALUE', target: 'application.id', message });
}

type EmbeddedScopes = Map<string, readonly ResourceScope[]>;

/** Reads the scopes of one resource after the other, and ends the page where there are many: other requests run in between. */
async function readExpanded(store: GrantStore, at: InEnvironment, request: ListRequest, scopes: EmbeddedScopes) {
  const page = await store.resources.list(at, request);
  const items = page?.items ?? [];
  const fromPosition = request.position?.direction === 'before' ? [...items].reverse() : items;
  let embedded = 0;
  for (const { id } of fromPosition) {
    if (embedded >= MAX_EMBEDDED) return store.resources.list(at, { ...request, limit: scopes.size });
    const own = await readFirstScopes(store, at, id);
    scopes.set(id, own);
    embedded += own.length;
    await pause();
  }
  return page;
}

async function readFirstScopes(store: GrantStore, { environmentId }: InEnvironment, resourceId: string) {
  const page = await store.scopes.list({ environmentId, resourceId }, { limit: MAX_EMBEDDED });
  return page?.items ?? [];
}
