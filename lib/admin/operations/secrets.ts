import { newSecret } from '../../grants/client-secret.js';
import { forbidden } from '../../grants/errors.js';
import { parseApplicationId } from '../../grants/ids.js';
import type { ShownSecret } from '../../grants/model.js';
import { newSecretCommand, secretCommand } from '../commands/application.js';
import { collectionBody } from '../representation/hal.js';
import { paths } from '../representation/paths.js';
import {
  applicationSecretBody,
  listedSecretBody,
  representApplicationSecret,
  representSecret,
  secretBody,
  secretStateBody,
} from '../representation/secret.js';
import {
  changeQuery,
  changeResult,
  defineOperation,
  noQuery,
  type OperationInput,
  orNotFound,
  pageQuery,
  pageResult,
} from './operation.js';

const application = paths.application({ environmentId: '{environmentId}', applicationId: '{applicationId}' });
const rotated = `${application}/secret`;
const list = `${application}/secrets`;
const single = `${list}/{secretId}`;

/** PingOne's `secret`, which is rotated; and beside it `secrets`: all that are valid. */
export const secretOperations = [
  defineOperation({
    id: 'readApplicationSecret',
    method: 'GET',
    path: rotated,
    summary: 'Read secret metadata; the secret itself where the store shows secrets',
    permissions: ['applications:read:secret'],
    query: noQuery,
    status: 200,
    schema: secretStateBody,
    run: async (call) => {
      const state = orNotFound(await call.store.applications.secret(call.params));
      forbidOwnSecret(call, state);
      return { status: 200, body: representSecret(state, call.href) };
    },
  }),
  defineOperation({
    id: 'rotateApplicationSecret',
    method: 'POST',
    path: rotated,
    summary: 'Rotate the secret, and return the new one once; the previous one can stay valid for a while',
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
      return changeResult(call, change, (state) =>
        representSecret({ ...state, ...showOnce(secret, change.replayed) }, call.href),
      );
    },
  }),
  defineOperation({
    id: 'endPreviousSecrets',
    method: 'DELETE',
    path: rotated,
    summary: 'End the previous secret, and earlier ones; the current one stays',
    permissions: ['applications:delete:secret'],
    query: changeQuery,
    status: 204,
    run: async (call) =>
      changeResult(call, await call.store.applications.endPreviousSecrets(call.params, call.context)),
  }),
  defineOperation({
    id: 'readSecrets',
    method: 'GET',
    path: list,
    summary: 'List the valid secrets of an application: their names, dates and last use',
    permissions: ['applications:read:secret'],
    query: pageQuery,
    status: 200,
    schema: collectionBody('secrets', listedSecretBody),
    run: (call) =>
      pageResult(
        call,
        'secrets',
        (request) => call.store.secrets.list(call.params, request),
        (secret) => representApplicationSecret(secret, call.href),
      ),
  }),
  defineOperation({
    id: 'createSecret',
    method: 'POST',
    path: list,
    summary: 'Add a secret with a name, and return it once; the others stay valid',
    permissions: ['applications:update:secret'],
    query: changeQuery,
    body: newSecretCommand,
    status: 201,
    schema: applicationSecretBody,
    run: async (call) => {
      const secret = newSecret();
      const change = await call.store.secrets.create(call.params, call.body, secret, call.context);
      return changeResult(call, change, (created) =>
        representApplicationSecret({ ...created, ...showOnce(secret, change.replayed) }, call.href),
      );
    },
  }),
  defineOperation({
    id: 'readSecret',
    method: 'GET',
    path: single,
    summary: 'Read one of the secrets; the secret itself where the store shows secrets',
    permissions: ['applications:read:secret'],
    query: noQuery,
    status: 200,
    schema: applicationSecretBody,
    run: async (call) => {
      const secret = orNotFound(await call.store.secrets.get(call.params));
      forbidOwnSecret(call, secret);
      return { status: 200, body: representApplicationSecret(secret, call.href) };
    },
  }),
  defineOperation({
    id: 'deleteSecret',
    method: 'DELETE',
    path: single,
    summary: 'Delete a secret: it is no longer valid',
    permissions: ['applications:delete:secret'],
    query: changeQuery,
    status: 204,
    run: async (call) => changeResult(call, await call.store.secrets.delete(call.params, call.context)),
  }),
];

/** A repetition gets what was stored of the first response, which never has the secret. */
function showOnce(secret: string, isReplayed: boolean): ShownSecret {
  return isReplayed ? {} : { secret };
}

/** A stolen token must not turn into a secret. PingOne has the same rule for worker applications. */
function forbidOwnSecret(
  { context, params }: OperationInput<unknown, unknown>,
  { secret, previous }: ShownSecret & { readonly previous?: ShownSecret },
): void {
  if (secret === undefined && previous?.secret === undefined) return;
  const { client } = context.actor;
  if (client === undefined) throw forbidden('The token does not identify a client.');
  if (parseApplicationId(client) === params.applicationId)
    throw forbidden('An application cannot read its own secret.');
}
