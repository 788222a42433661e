import { newSecret } from '../../grants/client-secret.js';
import { applicationCommand, newApplicationCommand, revocationCommand, secretCommand } from '../../grants/commands.js';
import { forbidden } from '../../grants/errors.js';
import {
  applicationBody,
  collectionBody,
  paths,
  representApplication,
  representRevocation,
  representSecret,
  revocationBody,
  secretBody,
  secretStateBody,
} from '../representation.js';
import {
  changeQuery,
  changeResult,
  noQuery,
  objectResult,
  operation,
  orNotFound,
  pageQuery,
  pageResult,
} from './operation.js';

const list = `${paths.environment('{environmentId}')}/applications`;
const single = paths.application({ environmentId: '{environmentId}', applicationId: '{applicationId}' });

export const applicationOperations = [
  operation({
    id: 'readApplications',
    method: 'GET',
    path: list,
    summary: 'The applications of an environment',
    permissions: ['applications:read:application'],
    query: pageQuery,
    status: 200,
    schema: collectionBody('applications', applicationBody),
    run: (call) => {
      const { store, params, href } = call;
      return pageResult(
        call,
        'applications',
        (request) => store.applications.list(params, request),
        (application) => representApplication(application, href),
      );
    },
  }),
  operation({
    id: 'createApplication',
    method: 'POST',
    path: list,
    summary: 'Create an application; it has no secret yet',
    permissions: ['applications:create:application'],
    query: changeQuery,
    body: newApplicationCommand,
    status: 201,
    schema: applicationBody,
    run: async (call) => {
      if (call.body.id !== undefined && call.confinedTo !== '*') {
        throw forbidden('Only a caller who is confined to no environment may choose an id.');
      }
      const change = await call.store.applications.create(call.params, call.body, call.context);
      return changeResult(call, change, 201, (application) => representApplication(application, call.href));
    },
  }),
  operation({
    id: 'readApplication',
    method: 'GET',
    path: single,
    summary: 'One application',
    permissions: ['applications:read:application'],
    query: noQuery,
    status: 200,
    schema: applicationBody,
    run: async ({ store, params, href }) => {
      const application = orNotFound(await store.applications.get(params));
      return objectResult(representApplication(application, href), application.version);
    },
  }),
  operation({
    id: 'replaceApplication',
    method: 'PUT',
    path: single,
    summary: 'Replace an application',
    permissions: ['applications:update:application'],
    query: changeQuery,
    body: applicationCommand,
    status: 200,
    schema: applicationBody,
    run: async (call) => {
      const change = await call.store.applications.replace(call.params, call.body, call.context);
      return changeResult(call, change, 200, (application) => representApplication(application, call.href));
    },
  }),
  operation({
    id: 'deleteApplication',
    method: 'DELETE',
    path: single,
    summary: 'Delete an application, its grants and its secrets',
    permissions: ['applications:delete:application'],
    query: changeQuery,
    status: 204,
    run: async (call) => {
      return changeResult(call, await call.store.applications.delete(call.params, call.context), 204);
    },
  }),
  operation({
    id: 'readApplicationSecret',
    method: 'GET',
    path: `${single}/secret`,
    summary: 'Since when an application has its secret, and until when the one before is good',
    permissions: ['applications:read:secret'],
    query: noQuery,
    status: 200,
    schema: secretStateBody,
    run: async ({ store, params, href }) => {
      return { status: 200, body: representSecret(orNotFound(await store.applications.secret(params)), href) };
    },
  }),
  operation({
    id: 'rotateApplicationSecret',
    method: 'POST',
    path: `${single}/secret`,
    summary: 'Make a new secret, and show it this once; the one before stays good for a while',
    permissions: ['applications:update:secret'],
    query: changeQuery,
    body: secretCommand,
    bodyOptional: true,
    status: 200,
    schema: secretBody,
    run: async (call) => {
      const secret = newSecret();
      const change = await call.store.applications.rotateSecret(
        call.params,
        secret,
        call.body.previous?.expiresAt,
        call.context,
      );
      // A repetition cannot show what only a digest is kept of.
      const shown = change.replayed ? undefined : secret;
      return changeResult(call, change, 200, (state) => representSecret(state, call.href, shown));
    },
  }),
  operation({
    id: 'revokeTokens',
    method: 'POST',
    path: `${single}/revocations`,
    summary: 'Void everything that was issued to an application before now, or to one subject through it',
    permissions: ['applications:create:revocation'],
    query: changeQuery,
    body: revocationCommand,
    bodyOptional: true,
    status: 200,
    schema: revocationBody,
    run: async (call) => {
      const change = await call.store.applications.revokeTokens(call.params, call.body.subject, call.context);
      return changeResult(call, change, 200, (revocation) => representRevocation(revocation, call.href));
    },
  }),
];
