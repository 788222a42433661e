import type { ActivityType, Change, ChangeContext } from 'scopegate/admin';
import { newApplication, newEnvironment, newResource } from '../../support/stores.js';
import { ofNames, type Prepared } from './contract.js';

/** Where {@link Prepared} is: the ids may be exchanged for others. */
export type Place = Pick<Prepared, 'at' | 'resourceAt' | 'scopeAt' | 'applicationAt' | 'grantAt'>;

export interface NamedChange {
  readonly method: string;
  /** The last of the ids by which it is found; `undefined` for what lies nowhere. */
  readonly place: keyof Place | undefined;
  readonly types: readonly ActivityType[];
  make(p: Prepared, context: ChangeContext): Promise<Change<unknown>>;
}

/** One change by each method of the port, and what history says of it. Each changes something in {@link Prepared}. */
export const CHANGES: readonly NamedChange[] = [
  {
    method: 'createEnvironment',
    place: undefined,
    types: ['ENVIRONMENT.CREATED'],
    make: ({ store, environment }, context) => {
      return store.environments.create(newEnvironment(`after ${environment.name}`), context);
    },
  },
  {
    method: 'replaceEnvironment',
    place: 'at',
    types: ['ENVIRONMENT.UPDATED'],
    make: ({ store, at, environment }, context) => {
      return store.environments.replace(at.environmentId, newEnvironment(`new ${environment.name}`), context);
    },
  },
  {
    method: 'deleteEnvironment',
    place: 'at',
    types: ['ENVIRONMENT.DELETED'],
    make: ({ store, at }, context) => store.environments.delete(at.environmentId, context),
  },
  {
    method: 'createResource',
    place: 'at',
    types: ['RESOURCE.CREATED'],
    make: ({ store, at }, context) => store.resources.create(at, newResource('bills'), context),
  },
  {
    method: 'replaceResource',
    place: 'resourceAt',
    types: ['RESOURCE.UPDATED'],
    make: ({ store, resourceAt }, context) => store.resources.replace(resourceAt, newResource('bills'), context),
  },
  {
    method: 'deleteResource',
    place: 'resourceAt',
    types: ['RESOURCE.DELETED'],
    make: ({ store, resourceAt }, context) => store.resources.delete(resourceAt, context),
  },
  {
    method: 'createScope',
    place: 'resourceAt',
    types: ['SCOPE.CREATED'],
    make: ({ store, resourceAt }, context) => store.scopes.create(resourceAt, { name: 'e' }, context),
  },
  {
    method: 'replaceScope',
    place: 'scopeAt',
    types: ['SCOPE.UPDATED'],
    make: ({ store, scopeAt }, context) => store.scopes.replace(scopeAt, { name: 'e' }, context),
  },
  {
    method: 'deleteScope',
    place: 'scopeAt',
    types: ['SCOPE.DELETED'],
    make: ({ store, scopeAt }, context) => store.scopes.delete(scopeAt, context),
  },
  {
    method: 'createApplication',
    place: 'at',
    types: ['APPLICATION.CREATED'],
    make: ({ store, at }, context) => store.applications.create(at, newApplication('writer'), context),
  },
  {
    method: 'replaceApplication',
    place: 'applicationAt',
    types: ['APPLICATION.UPDATED'],
    make: ({ store, applicationAt }, context) => {
      return store.applications.replace(applicationAt, newApplication('writer'), context);
    },
  },
  {
    method: 'deleteApplication',
    place: 'applicationAt',
    types: ['APPLICATION.DELETED'],
    make: ({ store, applicationAt }, context) => store.applications.delete(applicationAt, context),
  },
  {
    method: 'rotateSecret',
    place: 'applicationAt',
    types: ['SECRET.CREATED'],
    make: ({ store, applicationAt }, context) =>
      store.applications.rotateSecret(applicationAt, 'hush', undefined, context),
  },
  {
    method: 'createSecret',
    place: 'applicationAt',
    types: ['SECRET.CREATED'],
    make: ({ store, applicationAt }, context) => store.secrets.create(applicationAt, { name: 'blue' }, 'hush', context),
  },
  {
    method: 'createGrant',
    place: 'applicationAt',
    types: ['GRANT.CREATED'],
    make: ({ store, applicationAt, second }, context) => {
      return store.grants.create(applicationAt, ofNames(second, 'd'), context);
    },
  },
  {
    method: 'replaceGrant',
    place: 'grantAt',
    types: ['GRANT.UPDATED'],
    make: ({ store, grantAt, resource }, context) => store.grants.replace(grantAt, ofNames(resource, 'c'), context),
  },
  {
    method: 'deleteGrant',
    place: 'grantAt',
    types: ['GRANT.DELETED'],
    make: ({ store, grantAt }, context) => store.grants.delete(grantAt, context),
  },
  {
    method: 'addGrantScopes',
    place: 'grantAt',
    types: ['GRANT.UPDATED'],
    make: ({ store, grantAt }, context) => store.grants.addScopes(grantAt, [{ name: 'c' }], context),
  },
  {
    method: 'removeGrantScope',
    place: 'grantAt',
    types: ['GRANT.UPDATED'],
    make: ({ store, grantAt, scopeAt }, context) => store.grants.removeScope(grantAt, scopeAt.scopeId, context),
  },
  {
    method: 'setGrants',
    place: 'applicationAt',
    types: ['GRANT.UPDATED', 'GRANT.CREATED'],
    make: ({ store, applicationAt, resource, second }, context) => {
      return store.grants.setAll(applicationAt, [ofNames(resource, 'b'), ofNames(second, 'a', 'd')], context);
    },
  },
];
