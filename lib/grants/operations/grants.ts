import { z } from 'zod';
import { grantCommand, grantScopesCommand, grantSetCommand } from '../commands.js';
import { collectionBody, grantBody, paths, representGrant } from '../representation.js';
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

const list = `${paths.application({ environmentId: '{environmentId}', applicationId: '{applicationId}' })}/grants`;
const single = `${list}/{grantId}`;

export const grantOperations = [
  operation({
    id: 'readGrants',
    method: 'GET',
    path: list,
    summary: 'The grants of an application',
    permissions: ['applications:read:grant'],
    query: pageQuery.extend({ expand: expandScopes }),
    status: 200,
    schema: collectionBody('grants', grantBody),
    answer: (call) => {
      const { store, params, query, href } = call;
      return pageAnswer(
        call,
        'grants',
        (request) => store.grants(params, request),
        (grant) => representGrant(grant, href, query.expand !== undefined),
      );
    },
  }),
  operation({
    id: 'createGrant',
    method: 'POST',
    path: list,
    summary: 'Grant an application scopes of one resource',
    permissions: ['applications:create:grant'],
    query: changeQuery,
    body: grantCommand,
    status: 201,
    schema: grantBody,
    answer: async (call) => {
      const change = await call.store.createGrant(call.params, call.body, call.context);
      return changeAnswer(call, change, 201, (grant) => representGrant(grant, call.href));
    },
  }),
  operation({
    id: 'setGrants',
    method: 'PUT',
    path: list,
    summary: 'Make these the grants of an application, all of them, in one transaction',
    permissions: ['applications:create:grant', 'applications:update:grant', 'applications:delete:grant'],
    query: changeQuery,
    body: grantSetCommand,
    status: 200,
    schema: collectionBody('grants', grantBody),
    answer: async (call) => {
      const { store, params, body, context, path, href } = call;
      const change = await store.setGrants(params, body.grants, context);
      return changeAnswer(call, change, 200, (grants) => ({
        _links: { self: { href: href(path) } },
        _embedded: { grants: grants.map((grant) => representGrant(grant, href)) },
        count: grants.length,
        size: grants.length,
      }));
    },
  }),
  operation({
    id: 'readGrant',
    method: 'GET',
    path: single,
    summary: 'One grant',
    permissions: ['applications:read:grant'],
    query: z.strictObject({ expand: expandScopes }),
    status: 200,
    schema: grantBody,
    answer: async ({ store, params, query, href }) => {
      const grant = found(await store.grant(params));
      if (query.expand !== undefined) return { status: 200, body: representGrant(grant, href, true) };
      return objectAnswer(representGrant(grant, href), grant.version);
    },
  }),
  operation({
    id: 'replaceGrant',
    method: 'PUT',
    path: single,
    summary: 'Replace the scopes of a grant',
    permissions: ['applications:update:grant'],
    query: changeQuery,
    body: grantCommand,
    status: 200,
    schema: grantBody,
    answer: async (call) => {
      const change = await call.store.replaceGrant(call.params, call.body, call.context);
      return changeAnswer(call, change, 200, (grant) => representGrant(grant, call.href));
    },
  }),
  operation({
    id: 'deleteGrant',
    method: 'DELETE',
    path: single,
    summary: 'Delete a grant',
    permissions: ['applications:delete:grant'],
    query: changeQuery,
    status: 204,
    answer: async (call) => changeAnswer(call, await call.store.deleteGrant(call.params, call.context), 204),
  }),
  operation({
    id: 'addGrantScopes',
    method: 'POST',
    path: `${single}/scopes`,
    summary: 'Add scopes to a grant; those that it has already change nothing',
    permissions: ['applications:update:grant'],
    query: changeQuery,
    body: grantScopesCommand,
    status: 200,
    schema: grantBody,
    answer: async (call) => {
      const change = await call.store.addGrantScopes(call.params, call.body.scopes, call.context);
      return changeAnswer(call, change, 200, (grant) => representGrant(grant, call.href));
    },
  }),
  operation({
    id: 'removeGrantScope',
    method: 'DELETE',
    path: `${single}/scopes/{scopeId}`,
    summary: 'Remove one scope from a grant',
    permissions: ['applications:update:grant'],
    query: changeQuery,
    status: 204,
    answer: async (call) => {
      const { store, params, context } = call;
      return changeAnswer(call, await store.removeGrantScope(params, params.scopeId, context), 204);
    },
  }),
];
