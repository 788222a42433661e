import type { ListRequest } from '../../grants/list-request.js';
import { ALL_ENVIRONMENTS } from '../all-environments.js';
import { environmentCommand, newEnvironmentCommand } from '../commands/environment.js';
import { ATTRIBUTES, conjoinAll } from '../filter/conditions.js';
import { applyPatch, patchOf } from '../merge-patch.js';
import { environmentBody, representEnvironment } from '../representation/environment.js';
import { collectionBody } from '../representation/hal.js';
import { paths } from '../representation/paths.js';
import {
  changeQuery,
  changeResult,
  defineOperation,
  namedPageQuery,
  noQuery,
  objectResult,
  orNotFound,
  pageResult,
} from './operation.js';

const list = '/environments';
const single = paths.environment('{environmentId}');

export const environmentOperations = [
  defineOperation({
    id: 'readEnvironments',
    method: 'GET',
    path: list,
    summary: 'List the environments that the caller may administer',
    permissions: ['orgmgt:read:environment'],
    query: namedPageQuery(ATTRIBUTES.environments),
    status: 200,
    schema: collectionBody('environments', environmentBody),
    run: (call) => {
      const { store, confinedTo, href } = call;
      return pageResult(
        call,
        'environments',
        (request) => store.environments.list(confinedTo === ALL_ENVIRONMENTS ? request : confine(request, confinedTo)),
        (environment) => representEnvironment(environment, href),
      );
    },
  }),
  defineOperation({
    id: 'createEnvironment',
    method: 'POST',
    path: list,
    summary: 'Create an environment with its built-in resources',
    permissions: ['orgmgt:create:environment'],
    global: true,
    query: changeQuery,
    body: newEnvironmentCommand,
    status: 201,
    schema: environmentBody,
    run: async (call) => {
      const change = await call.store.environments.create(call.body, call.context);
      return changeResult(call, change, (environment) => representEnvironment(environment, call.href));
    },
  }),
  defineOperation({
    id: 'readEnvironment',
    method: 'GET',
    path: single,
    summary: 'Read an environment',
    permissions: ['orgmgt:read:environment'],
    query: noQuery,
    status: 200,
    schema: environmentBody,
    run: async ({ store, params, href }) => {
      const environment = orNotFound(await store.environments.get(params.environmentId));
      return objectResult(representEnvironment(environment, href), environment.tag);
    },
  }),
  defineOperation({
    id: 'replaceEnvironment',
    method: 'PUT',
    path: single,
    summary: 'Replace an environment',
    permissions: ['orgmgt:update:environment'],
    query: changeQuery,
    body: environmentCommand,
    status: 200,
    schema: environmentBody,
    run: async (call) => {
      const change = await call.store.environments.replace(call.params.environmentId, call.body, call.context);
      return changeResult(call, change, (environment) => representEnvironment(environment, call.href));
    },
  }),
  defineOperation({
    id: 'patchEnvironment',
    method: 'PATCH',
    path: single,
    summary: 'Change members of an environment',
    permissions: ['orgmgt:update:environment'],
    query: changeQuery,
    body: patchOf(environmentCommand),
    status: 200,
    schema: environmentBody,
    run: async (call) => {
      const { store, params, body, context } = call;
      const change = await store.transaction(context, async (tx) => {
        const current = orNotFound(await tx.environments.get(params.environmentId));
        return tx.environments.replace(params.environmentId, applyPatch(environmentCommand, current, body), context);
      });
      return changeResult(call, change, (environment) => representEnvironment(environment, call.href));
    },
  }),
  defineOperation({
    id: 'deleteEnvironment',
    method: 'DELETE',
    path: single,
    summary: 'Delete an environment and everything in it',
    permissions: ['orgmgt:delete:environment'],
    global: true,
    query: changeQuery,
    status: 204,
    run: async (call) => {
      return changeResult(call, await call.store.environments.delete(call.params.environmentId, call.context));
    },
  }),
];

function confine(request: ListRequest, id: string): ListRequest {
  return { ...request, filter: conjoinAll(request.filter ?? [{}], [{ id }]) };
}
