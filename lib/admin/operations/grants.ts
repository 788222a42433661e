import { z } from 'zod';
import type { GrantCommand } from '../../grants/commands.js';
import { pickDates } from '../../grants/dates.js';
import type { Grant } from '../../grants/model.js';
import type { GrantTransaction } from '../../grants/store.js';
import { isObject } from '../../options.js';
import { grantCommand, grantScopesCommand, grantSetCommand } from '../commands/grant.js';
import { ATTRIBUTES } from '../filter/conditions.js';
import { filterParameter } from '../filter/filter-parameter.js';
import { applyPatch, patchOf } from '../merge-patch.js';
import { grantBody, representGrant } from '../representation/grant.js';
import { collectionBody } from '../representation/hal.js';
import { paths } from '../representation/paths.js';
import { defineOperation, expandScopes, objectResult, orNotFound, pageQuery, pageResult } from './operation.js';
import { changeGrants, grantChangeQuery } from './usage.js';

/** A client that knows only PingOne's members must not make what ends endless, so PUT keeps the dates that it does not name. */
function keepDates(grant: Grant, command: GrantCommand): GrantCommand {
  const known = new Map(grant.scopes.flatMap((scope) => [[scope.id, scope] as const, [scope.name, scope] as const]));
  const scopes = command.scopes.map((scope) => {
    const before = known.get('id' in scope ? scope.id : scope.name) ?? {};
    return { ...scope, ...pickDates(before), ...pickDates(scope) };
  });
  return { ...command, ...pickDates(grant), ...pickDates(command), scopes };
}

const list = `${paths.application({ environmentId: '{environmentId}', applicationId: '{applicationId}' })}/grants`;
const single = `${list}/{grantId}`;

export const grantOperations = [
  defineOperation({
    id: 'readGrants',
    method: 'GET',
    path: list,
    summary: 'List the grants of an application',
    permissions: ['applications:read:grant'],
    query: pageQuery.extend({ filter: filterParameter(ATTRIBUTES.grants), expand: expandScopes }),
    status: 200,
    schema: collectionBody('grants', grantBody),
    run: (call) => {
      const { store, params, query, href } = call;
      return pageResult(
        call,
        'grants',
        (request) => store.grants.list(params, request),
        (grant) => representGrant(grant, href, query.expand !== undefined),
      );
    },
  }),
  defineOperation({
    id: 'createGrant',
    method: 'POST',
    path: list,
    summary: 'Grant an application scopes of one resource',
    permissions: ['applications:create:grant'],
    query: grantChangeQuery,
    body: grantCommand,
    status: 201,
    schema: grantBody,
    run: async (call) => {
      const { params, body, context, href } = call;
      return changeGrants(
        call,
        params,
        (tx) => tx.grants.create(params, body, context),
        (grant) => representGrant(grant, href),
      );
    },
  }),
  defineOperation({
    id: 'setGrants',
    method: 'PUT',
    path: list,
    summary: 'Replace all grants of an application',
    permissions: ['applications:create:grant', 'applications:update:grant', 'applications:delete:grant'],
    query: grantChangeQuery,
    body: grantSetCommand,
    status: 200,
    schema: collectionBody('grants', grantBody),
    run: async (call) => {
      const { params, body, context, path, href } = call;
      const represent = (grants: readonly Grant[]) => ({
        _links: { self: { href: href(path) } },
        _embedded: { grants: grants.map((grant) => representGrant(grant, href)) },
        count: grants.length,
        size: grants.length,
      });
      return changeGrants(call, params, (tx) => tx.grants.setAll(params, body.grants, context), represent);
    },
  }),
  defineOperation({
    id: 'readGrant',
    method: 'GET',
    path: single,
    summary: 'Read a grant',
    permissions: ['applications:read:grant'],
    query: z.strictObject({ expand: expandScopes }),
    status: 200,
    schema: grantBody,
    run: async ({ store, params, query, href }) => {
      const grant = orNotFound(await store.grants.get(params));
      if (query.expand !== undefined) return { status: 200, body: representGrant(grant, href, true) };
      return objectResult(representGrant(grant, href), grant.tag);
    },
  }),
  defineOperation({
    id: 'replaceGrant',
    method: 'PUT',
    path: single,
    summary: 'Replace the scopes of a grant; dates that are not named stay',
    permissions: ['applications:update:grant'],
    query: grantChangeQuery,
    body: grantCommand,
    status: 200,
    schema: grantBody,
    run: async (call) => {
      const { params, body, context, href } = call;
      const replace = async ({ grants }: GrantTransaction) => {
        return grants.replace(params, keepDates(orNotFound(await grants.get(params)), body), context);
      };
      return changeGrants(call, params, replace, (grant) => representGrant(grant, href));
    },
  }),
  defineOperation({
    id: 'patchGrant',
    method: 'PATCH',
    path: single,
    summary: 'Change the scopes or the dates of a grant; a list of scopes replaces all, with their dates',
    permissions: ['applications:update:grant'],
    query: grantChangeQuery,
    body: patchOf(grantCommand),
    status: 200,
    schema: grantBody,
    run: async (call) => {
      const { params, body, context, href } = call;
      const patch = async ({ grants }: GrantTransaction) => {
        const grant = orNotFound(await grants.get(params));
        const resource = namesOther(body.resource) ? {} : { id: grant.resourceId };
        const current = { resource, scopes: grant.scopes, ...pickDates(grant) };
        return grants.replace(params, applyPatch(grantCommand, current, body), context);
      };
      return changeGrants(call, params, patch, (grant) => representGrant(grant, href));
    },
  }),
  defineOperation({
    id: 'deleteGrant',
    method: 'DELETE',
    path: single,
    summary: 'Delete a grant',
    permissions: ['applications:delete:grant'],
    query: grantChangeQuery,
    status: 204,
    run: async (call) => {
      const { params, context } = call;
      return changeGrants(call, params, (tx) => tx.grants.delete(params, context));
    },
  }),
  defineOperation({
    id: 'addGrantScopes',
    method: 'POST',
    path: `${single}/scopes`,
    summary: 'Add scopes to a grant; one that it already has gets the dates that are named',
    permissions: ['applications:update:grant'],
    query: grantChangeQuery,
    body: grantScopesCommand,
    status: 200,
    schema: grantBody,
    run: async (call) => {
      const { params, body, context, href } = call;
      return changeGrants(
        call,
        params,
        (tx) => tx.grants.addScopes(params, body.scopes, context),
        (grant) => representGrant(grant, href),
      );
    },
  }),
  defineOperation({
    id: 'removeGrantScope',
    method: 'DELETE',
    path: `${single}/scopes/{scopeId}`,
    summary: 'Remove one scope from a grant',
    permissions: ['applications:update:grant'],
    query: grantChangeQuery,
    status: 204,
    run: async (call) => {
      const { params, context } = call;
      return changeGrants(call, params, (tx) => tx.grants.removeScope(params, params.scopeId, context));
    },
  }),
];

/** A reference by name alone: merged with the id that is there, the name would be ignored. */
function namesOther(resource: unknown): boolean {
  return isObject(resource) && Object.hasOwn(resource, 'name') && !Object.hasOwn(resource, 'id');
}
