import type { Api } from '../../api.js';
import type { Grant, Resource, Scope } from '../../model.js';
import type { TaggedGrant } from './changes.js';

/** What an application holds, and what there is to hold. */
export interface Reach {
  readonly grants: readonly TaggedGrant[];
  readonly scopes: readonly Scope[];
  readonly resources: readonly Resource[];
}

/** `base` is the path of the environment. */
export async function loadReach(api: Api, base: string, applicationId: string, signal: AbortSignal): Promise<Reach> {
  const path = `${base}/applications/${applicationId}/grants`;
  const readGrants = async () => {
    const grants = await api.all<Grant>(`${path}?limit=1000`, signal);
    return Promise.all(grants.map(({ id }) => api.get<Grant>(`${path}/${id}`, signal)));
  };
  const [grants, scopes, resources] = await Promise.all([
    readGrants(),
    api.all<Scope>(`${base}/scopes?limit=1000`, signal),
    api.all<Resource>(`${base}/resources?limit=1000`, signal),
  ]);
  const names = new Map(scopes.map(({ id, name }) => [id, name]));
  const tagged = grants.map(({ value, tag }) => {
    const named = value.scopes.map((scope) => ({ ...scope, name: names.get(scope.id) ?? '' }));
    return { grant: { ...value, scopes: named }, tag };
  });
  return { grants: tagged, scopes, resources };
}
