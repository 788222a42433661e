import { setImmediate as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { ListRequest } from '../../grants/list-request.js';
import type { ResourceScope } from '../../grants/model.js';
import type { GrantStore, InEnvironment } from '../../grants/store.js';
import { scopeCommand } from '../commands/scope.js';
import { ATTRIBUTES } from '../filter/conditions.js';
import { applyPatch, patchOf } from '../merge-patch.js';
import { collectionBody } from '../representation/hal.js';
import { paths } from '../representation/paths.js';
import { MAX_HOLDERS, representScope, scopeBody } from '../representation/scope.js';
import { holderBody, representHolder } from '../representation/scope-holder.js';
import {
  changeQuery,
  changeResult,
  defineOperation,
  namedPageQuery,
  noQuery,
  objectResult,
  orNotFound,
  pageQuery,
  pageResult,
  requireFor,
  yesOrNo,
} from './operation.js';

const ofEnvironment = `${paths.environment('{environmentId}')}/scopes`;
const list = `${paths.resource({ environmentId: '{environmentId}', resourceId: '{resourceId}' })}/scopes`;
const single = `${list}/{scopeId}`;

/** Scopes per page when the holders of each are counted. */
const MAX_EXPANDED = 100;
const COUNTED_AT_ONCE = 10;
const expandHolders = z
  .literal('holders')
  .optional()
  .meta({
    description: `Adds how many applications hold each scope. A page has at most ${MAX_EXPANDED} scopes then. Requires \`applications:read:grant\`.`,
  });

export const scopeOperations = [
  defineOperation({
    id: 'readScopesOfEnvironment',
    method: 'GET',
    path: ofEnvironment,
    summary: 'List the scopes of all resources of an environment',
    permissions: ['resources:read:scope'],
    query: namedPageQuery(ATTRIBUTES.scopesOfEnvironment).extend({
      held: yesOrNo.meta({
        description:
          'Scopes that an application holds directly, or those that none does. Requires `applications:read:grant`.',
      }),
    }),
    status: 200,
    schema: collectionBody('scopes', scopeBody),
    run: (call) => {
      const { store, params, query, href } = call;
      requireFor(call, 'held', 'applications:read:grant');
      const at = { environmentId: params.environmentId };
      return pageResult(
        call,
        'scopes',
        (request) => store.scopes.list(at, { ...request, isHeld: query.held }),
        (scope) => representScope(scope, href),
      );
    },
  }),
  defineOperation({
    id: 'readScopes',
    method: 'GET',
    path: list,
    summary: 'List the scopes of a resource',
    permissions: ['resources:read:scope'],
    query: namedPageQuery(ATTRIBUTES.scopes).extend({ expand: expandHolders }),
    status: 200,
    schema: collectionBody('scopes', scopeBody),
    run: async (call) => {
      const { store, params, query, href } = call;
      requireFor(call, 'expand', 'applications:read:grant');
      const { environmentId, resourceId } = params;
      const find = (request: ListRequest) => store.scopes.list({ environmentId, resourceId }, request);
      if (query.expand === undefined) return pageResult(call, 'scopes', find, (scope) => representScope(scope, href));
      const limit = Math.min(query.limit, MAX_EXPANDED);
      let counts: ReadonlyMap<string, number> = new Map();
      const findCounted = async (request: ListRequest) => {
        const page = await find(request);
        counts = await countHolders(store, params, page?.items ?? []);
        return page;
      };
      return pageResult({ ...call, query: { ...query, limit } }, 'scopes', findCounted, (scope) =>
        representScope(scope, href, counts.get(scope.id) ?? 0),
      );
    },
  }),
  defineOperation({
    id: 'createScope',
    method: 'POST',
    path: list,
    summary: 'Create a scope of a resource',
    permissions: ['resources:create:scope'],
    query: changeQuery,
    body: scopeCommand,
    status: 201,
    schema: scopeBody,
    run: async (call) => {
      const change = await call.store.scopes.create(call.params, call.body, call.context);
      return changeResult(call, change, (scope) => representScope(scope, call.href));
    },
  }),
  defineOperation({
    id: 'readScope',
    method: 'GET',
    path: single,
    summary: 'Read a scope',
    permissions: ['resources:read:scope'],
    query: noQuery,
    status: 200,
    schema: scopeBody,
    run: async ({ store, params, href }) => {
      const scope = orNotFound(await store.scopes.get(params));
      return objectResult(representScope(scope, href), scope.tag);
    },
  }),
  defineOperation({
    id: 'replaceScope',
    method: 'PUT',
    path: single,
    summary: 'Replace a scope; a new name applies to every grant',
    permissions: ['resources:update:scope'],
    query: changeQuery,
    body: scopeCommand,
    status: 200,
    schema: scopeBody,
    run: async (call) => {
      const change = await call.store.scopes.replace(call.params, call.body, call.context);
      return changeResult(call, change, (scope) => representScope(scope, call.href));
    },
  }),
  defineOperation({
    id: 'patchScope',
    method: 'PATCH',
    path: single,
    summary: 'Change members of a scope; a new name applies to every grant',
    permissions: ['resources:update:scope'],
    query: changeQuery,
    body: patchOf(scopeCommand),
    status: 200,
    schema: scopeBody,
    run: async (call) => {
      const { store, params, body, context } = call;
      const change = await store.transaction(context, async (tx) => {
        const current = orNotFound(await tx.scopes.get(params));
        return tx.scopes.replace(params, applyPatch(scopeCommand, current, body), context);
      });
      return changeResult(call, change, (scope) => representScope(scope, call.href));
    },
  }),
  defineOperation({
    id: 'deleteScope',
    method: 'DELETE',
    path: single,
    summary: 'Delete a scope and remove it from grants; a grant left without scopes is deleted',
    permissions: ['resources:delete:scope'],
    query: changeQuery,
    status: 204,
    run: async (call) => changeResult(call, await call.store.scopes.delete(call.params, call.context)),
  }),
  defineOperation({
    id: 'readScopeHolders',
    method: 'GET',
    path: `${single}/applications`,
    summary: 'List the applications that hold a scope, directly or through a scope that covers it',
    permissions: ['resources:read:scope', 'applications:read:application', 'applications:read:grant'],
    query: pageQuery.extend({
      coverage: z
        .enum(['direct', 'hierarchical'])
        .default('direct')
        .meta({ description: '`hierarchical` includes scopes of any resource of the environment that cover it.' }),
    }),
    status: 200,
    schema: collectionBody('applications', holderBody),
    run: async (call) => {
      const { store, params, query, href, scopeModel } = call;
      const { id, name } = orNotFound(await store.scopes.get(params));
      const held = query.coverage === 'direct' ? { scopeId: id } : { scopeNames: scopeModel.coveringScopes(name) };
      return pageResult(
        call,
        'applications',
        (request) => store.scopes.holders(params, held, request),
        (holder) => representHolder(holder, href),
      );
    },
  }),
];

/** Few scopes after the other: other requests run in between. */
async function countHolders(store: GrantStore, at: InEnvironment, scopes: readonly ResourceScope[]) {
  const counts = new Map<string, number>();
  for (let first = 0; first < scopes.length; first += COUNTED_AT_ONCE) {
    const ids = scopes.slice(first, first + COUNTED_AT_ONCE).map(({ id }) => id);
    for (const [id, count] of await store.scopes.countHolders(at, ids, MAX_HOLDERS)) counts.set(id, count);
    await pause();
  }
  return counts;
}
