import { environmentCommand, newEnvironmentCommand } from '../commands.js';
import type { Environment } from '../model.js';
import { collectionBody, environmentBody, paths, representEnvironment } from '../representation.js';
import type { Page } from '../store.js';
import {
  changeAnswer,
  changeQuery,
  found,
  noQuery,
  objectAnswer,
  operation,
  pageAnswer,
  pageQuery,
} from './operation.js';

const list = '/environments';
const single = paths.environment('{environmentId}');

export const environmentOperations = [
  operation({
    id: 'readEnvironments',
    method: 'GET',
    path: list,
    summary: 'The environments in which the caller may administer',
    permissions: ['orgmgt:read:environment'],
    query: pageQuery,
    status: 200,
    schema: collectionBody('environments', environmentBody),
    answer: (call) => {
      const { store, confinedTo, href } = call;
      return pageAnswer(
        call,
        'environments',
        async (request) =>
          confinedTo === '*' ? store.environments(request) : pageOfOne(await store.environment(confinedTo)),
        (environment) => representEnvironment(environment, href),
      );
    },
  }),
  operation({
    id: 'createEnvironment',
    method: 'POST',
    path: list,
    summary: 'Create an environment, with its built-in resources',
    permissions: ['orgmgt:create:environment'],
    global: true,
    query: changeQuery,
    body: newEnvironmentCommand,
    status: 201,
    schema: environmentBody,
    answer: async (call) => {
      const change = await call.store.createEnvironment(call.body, call.context);
      return changeAnswer(call, change, 201, (environment) => representEnvironment(environment, call.href));
    },
  }),
  operation({
    id: 'readEnvironment',
    method: 'GET',
    path: single,
    summary: 'One environment',
    permissions: ['orgmgt:read:environment'],
    query: noQuery,
    status: 200,
    schema: environmentBody,
    answer: async ({ store, params, href }) => {
      const environment = found(await store.environment(params.environmentId));
      return objectAnswer(representEnvironment(environment, href), environment.version);
    },
  }),
  operation({
    id: 'replaceEnvironment',
    method: 'PUT',
    path: single,
    summary: 'Replace an environment',
    permissions: ['orgmgt:update:environment'],
    query: changeQuery,
    body: environmentCommand,
    status: 200,
    schema: environmentBody,
    answer: async (call) => {
      const change = await call.store.replaceEnvironment(call.params.environmentId, call.body, call.context);
      return changeAnswer(call, change, 200, (environment) => representEnvironment(environment, call.href));
    },
  }),
  operation({
    id: 'deleteEnvironment',
    method: 'DELETE',
    path: single,
    summary: 'Delete an environment and all that lies in it',
    permissions: ['orgmgt:delete:environment'],
    global: true,
    query: changeQuery,
    status: 204,
    answer: async (call) => {
      return changeAnswer(call, await call.store.deleteEnvironment(call.params.environmentId, call.context), 204);
    },
  }),
];

function pageOfOne(environment: Environment | undefined): Page<Environment> {
  const items = environment === undefined ? [] : [environment];
  return { items, count: items.length };
}
