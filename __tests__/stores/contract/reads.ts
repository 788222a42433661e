import type { Place } from './changes.js';
import type { Prepared } from './contract.js';
import { all } from './contract.js';

/** The reads of what lies somewhere, and the last of the ids by which each finds it. */
export const READS: readonly {
  readonly method: string;
  readonly place: keyof Place;
  read(p: Prepared): Promise<unknown>;
}[] = [
  { method: 'environment', place: 'at', read: ({ store, at }) => store.environment(at.environmentId) },
  { method: 'resource', place: 'resourceAt', read: ({ store, resourceAt }) => store.resource(resourceAt) },
  { method: 'resources', place: 'at', read: ({ store, at }) => store.resources(at, all) },
  { method: 'scope', place: 'scopeAt', read: ({ store, scopeAt }) => store.scope(scopeAt) },
  { method: 'scopes', place: 'at', read: ({ store, at }) => store.scopes(at, all) },
  { method: 'scopes', place: 'resourceAt', read: ({ store, resourceAt }) => store.scopes(resourceAt, all) },
  {
    method: 'application',
    place: 'applicationAt',
    read: ({ store, applicationAt }) => store.application(applicationAt),
  },
  { method: 'applications', place: 'at', read: ({ store, at }) => store.applications(at, all) },
  { method: 'secret', place: 'applicationAt', read: ({ store, applicationAt }) => store.secret(applicationAt) },
  { method: 'grant', place: 'grantAt', read: ({ store, grantAt }) => store.grant(grantAt) },
  { method: 'grants', place: 'applicationAt', read: ({ store, applicationAt }) => store.grants(applicationAt, all) },
  { method: 'activities', place: 'at', read: ({ store, at }) => store.activities(at, {}, all) },
];
