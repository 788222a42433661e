import type { Place } from './changes.js';
import type { Prepared } from './contract.js';
import { all } from './contract.js';

/** The reads of what lies somewhere, and the last of the ids by which each finds it. */
export const READS: readonly {
  readonly method: string;
  readonly place: keyof Place;
  read(p: Prepared): Promise<unknown>;
}[] = [
  { method: 'environment', place: 'at', read: ({ store, at }) => store.environments.get(at.environmentId) },
  { method: 'resource', place: 'resourceAt', read: ({ store, resourceAt }) => store.resources.get(resourceAt) },
  { method: 'resources', place: 'at', read: ({ store, at }) => store.resources.list(at, all) },
  { method: 'scope', place: 'scopeAt', read: ({ store, scopeAt }) => store.scopes.get(scopeAt) },
  { method: 'scopes', place: 'at', read: ({ store, at }) => store.scopes.list(at, all) },
  { method: 'scopes', place: 'resourceAt', read: ({ store, resourceAt }) => store.scopes.list(resourceAt, all) },
  {
    method: 'application',
    place: 'applicationAt',
    read: ({ store, applicationAt }) => store.applications.get(applicationAt),
  },
  { method: 'applications', place: 'at', read: ({ store, at }) => store.applications.list(at, all) },
  {
    method: 'secret',
    place: 'applicationAt',
    read: ({ store, applicationAt }) => store.applications.secret(applicationAt),
  },
  {
    method: 'secrets',
    place: 'applicationAt',
    read: ({ store, applicationAt }) => store.secrets.list(applicationAt, all),
  },
  { method: 'grant', place: 'grantAt', read: ({ store, grantAt }) => store.grants.get(grantAt) },
  {
    method: 'grants',
    place: 'applicationAt',
    read: ({ store, applicationAt }) => store.grants.list(applicationAt, all),
  },
  { method: 'activities', place: 'at', read: ({ store, at }) => store.activities.list(at, {}, all) },
];
