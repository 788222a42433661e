import { forbidden } from '../../grants/errors.js';
import { ALL_ENVIRONMENTS } from '../all-environments.js';
import {
  applicationCommand,
  newApplicationCommand,
  replaceApplicationCommand,
  revocationCommand,
} from '../commands/application.js';
import { ATTRIBUTES } from '../filter/conditions.js';
import { applyPatch, patchOf } from '../merge-patch.js';
import { applicationBody, representApplication } from '../representation/application.js';
import { collectionBody } from '../representation/hal.js';
import { paths } from '../representation/paths.js';
import { representRevocation, revocationBody } from '../representation/revocation.js';
import {
  changeQuery,
  changeResult,
  defineOperation,
  namedPageQuery,
  noQuery,
  objectResult,
  orNotFound,
  pageResult,
  requireFor,
  timestamp,
  yesOrNo,
} from './operation.js';

const list = `${paths.environment('{environmentId}')}/applications`;
const single = paths.application({ environmentId: '{environmentId}', applicationId: '{applicationId}' });

export const applicationOperations = [
  defineOperation({
    id: 'readApplications',
    method: 'GET',
    path: list,
    summary: 'List the applications of an environment',
    permissions: ['applications:read:application'],
    query: namedPageQuery(ATTRIBUTES.applications).extend({
      enabled: yesOrNo.meta({ description: 'Applications that are enabled, or those that are not.' }),
      endsBefore: timestamp.meta({
        description:
          'Applications that hold a scope which has not ended, and ends before this moment (RFC 3339). Requires `applications:read:grant`.',
      }),
      unusedSince: timestamp.meta({
        description:
          'Applications that existed at this moment (RFC 3339), and of which no call was counted since. None where calls are counted for a shorter time. Requires `applications:read:usage`.',
      }),
    }),
    status: 200,
    schema: collectionBody('applications', applicationBody),
    run: (call) => {
      const { store, params, query, href } = call;
      requireFor(call, 'endsBefore', 'applications:read:grant');
      requireFor(call, 'unusedSince', 'applications:read:usage');
      const { enabled, endsBefore, unusedSince } = query;
      return pageResult(
        call,
        'applications',
        (request) => store.applications.list(params, { ...request, enabled, endsBefore, unusedSince }),
        (application) => representApplication(application, href),
      );
    },
  }),
  defineOperation({
    id: 'createApplication',
    method: 'POST',
    path: list,
    summary: 'Create an application without a secret',
    permissions: ['applications:create:application'],
    query: changeQuery,
    body: newApplicationCommand,
    status: 201,
    schema: applicationBody,
    run: async (call) => {
      if (call.body.id !== undefined && call.confinedTo !== ALL_ENVIRONMENTS) {
        throw forbidden('Only callers authorized for all environments may choose an id.');
      }
      const change = await call.store.applications.create(call.params, call.body, call.context);
      return changeResult(call, change, (application) => representApplication(application, call.href));
    },
  }),
  defineOperation({
    id: 'readApplication',
    method: 'GET',
    path: single,
    summary: 'Read an application',
    permissions: ['applications:read:application'],
    query: noQuery,
    status: 200,
    schema: applicationBody,
    run: async ({ store, params, href }) => {
      const application = orNotFound(await store.applications.get(params));
      return objectResult(representApplication(application, href), application.tag);
    },
  }),
  defineOperation({
    id: 'replaceApplication',
    method: 'PUT',
    path: single,
    summary: 'Replace an application',
    permissions: ['applications:update:application'],
    query: changeQuery,
    body: replaceApplicationCommand,
    status: 200,
    schema: applicationBody,
    run: async (call) => {
      const { store, params, body, context } = call;
      const change = await store.transaction(context, async (tx) => {
        const { trustScope, allowedTags } = orNotFound(await tx.applications.get(params));
        const kept = { trustScope: body.trustScope ?? trustScope, allowedTags: body.allowedTags ?? allowedTags };
        return tx.applications.replace(params, { ...body, ...kept }, context);
      });
      return changeResult(call, change, (application) => representApplication(application, call.href));
    },
  }),
  defineOperation({
    id: 'patchApplication',
    method: 'PATCH',
    path: single,
    summary: 'Change members of an application',
    permissions: ['applications:update:application'],
    query: changeQuery,
    body: patchOf(applicationCommand),
    status: 200,
    schema: applicationBody,
    run: async (call) => {
      const { store, params, body, context } = call;
      const change = await store.transaction(context, async (tx) => {
        const current = orNotFound(await tx.applications.get(params));
        return tx.applications.replace(params, applyPatch(applicationCommand, current, body), context);
      });
      return changeResult(call, change, (application) => representApplication(application, call.href));
    },
  }),
  defineOperation({
    id: 'deleteApplication',
    method: 'DELETE',
    path: single,
    summary: 'Delete an application with its grants and secrets',
    permissions: ['applications:delete:application'],
    query: changeQuery,
    status: 204,
    run: async (call) => {
      return changeResult(call, await call.store.applications.delete(call.params, call.context));
    },
  }),
  defineOperation({
    id: 'revokeTokens',
    method: 'POST',
    path: `${single}/revocations`,
    summary: 'Revoke all tokens issued to an application, or those of one subject',
    permissions: ['applications:create:revocation'],
    query: changeQuery,
    body: revocationCommand,
    bodyOptional: true,
    status: 200,
    schema: revocationBody,
    run: async (call) => {
      const change = await call.store.applications.revokeTokens(call.params, call.body, call.context);
      return changeResult(call, change, (revocation) => representRevocation(revocation, call.href));
    },
  }),
];
