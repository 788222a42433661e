import type { Application, Grant, Resource, ResourceScope } from 'scopegate/admin';

/** The same as the store, in a few lines and without a database: what lies in one environment, and what may be done. */
export interface World {
  readonly resources: readonly Kept[];
  readonly scopes: readonly (Kept & { readonly resourceId: string })[];
  readonly applications: readonly Omit<Kept, 'name'>[];
  readonly grants: readonly KeptGrant[];
}
interface Kept {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}
interface KeptGrant {
  readonly id: string;
  readonly version: number;
  readonly applicationId: string;
  readonly resourceId: string;
  readonly scopeIds: readonly string[];
}

/** What of a world is compared with the store’s lists; each list in the order of ids. */
export function viewOf(world: World) {
  const byId = <Item extends { readonly id: string }>(items: readonly Item[]) => {
    return [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
  };
  return {
    resources: byId(world.resources).map(({ id, name, version }) => ({ id, name, version })),
    scopes: byId(world.scopes).map(({ id, name, version, resourceId }) => ({ id, name, version, resourceId })),
    applications: byId(world.applications).map(({ id, version }) => ({ id, version })),
    grants: byId(world.grants).map(({ id, version, applicationId, resourceId, scopeIds }) => {
      return { id, version, applicationId, resourceId, scopeIds: [...scopeIds].sort() };
    }),
  };
}

/** A world as the store’s lists show it. */
export function worldOf(lists: {
  readonly resources: readonly Resource[];
  readonly scopes: readonly ResourceScope[];
  readonly applications: readonly Application[];
  readonly grants: readonly Grant[];
}): World {
  const grants = lists.grants.map(({ scopes, ...grant }) => ({ ...grant, scopeIds: scopes.map(({ id }) => id) }));
  return { ...lists, grants };
}

const NO = undefined;
const isTaken = (items: readonly Kept[], name: string, but?: string) => {
  return items.some((item) => item.name === name && item.id !== but);
};
const sameSet = (a: readonly string[], b: readonly string[]) => {
  return a.length === b.length && a.every((item) => b.includes(item));
};

/** Each gives the world afterwards, or nothing where the store must refuse. `id` is what the store gave out. */
export const model = {
  createResource(world: World, name: string, id: string): World | undefined {
    if (isTaken(world.resources, name)) return NO;
    return { ...world, resources: [...world.resources, { id, name, version: 1 }] };
  },

  deleteResource(world: World, id: string): World {
    const isOther = ({ resourceId }: { readonly resourceId: string }) => resourceId !== id;
    return {
      ...world,
      resources: world.resources.filter((resource) => resource.id !== id),
      scopes: world.scopes.filter(isOther),
      grants: world.grants.filter(isOther),
    };
  },

  createScope(world: World, resourceId: string, name: string, id: string): World | undefined {
    const siblings = world.scopes.filter((scope) => scope.resourceId === resourceId);
    if (isTaken(siblings, name)) return NO;
    return { ...world, scopes: [...world.scopes, { id, name, version: 1, resourceId }] };
  },

  renameScope(world: World, id: string, name: string): World | undefined {
    const renamed = world.scopes.find((scope) => scope.id === id);
    if (renamed?.name === name) return world;
    const siblings = world.scopes.filter((scope) => scope.resourceId === renamed?.resourceId);
    if (isTaken(siblings, name, id)) return NO;
    const scopes = world.scopes.map((scope) => {
      return scope.id === id ? { ...scope, name, version: scope.version + 1 } : scope;
    });
    return { ...world, scopes };
  },

  deleteScope(world: World, id: string): World {
    const grants = world.grants.flatMap((grant) => {
      if (!grant.scopeIds.includes(id)) return [grant];
      const scopeIds = grant.scopeIds.filter((scopeId) => scopeId !== id);
      return scopeIds.length === 0 ? [] : [{ ...grant, scopeIds, version: grant.version + 1 }];
    });
    return { ...world, scopes: world.scopes.filter((scope) => scope.id !== id), grants };
  },

  createApplication(world: World, id: string): World {
    return { ...world, applications: [...world.applications, { id, version: 1 }] };
  },

  deleteApplication(world: World, id: string): World {
    return {
      ...world,
      applications: world.applications.filter((application) => application.id !== id),
      grants: world.grants.filter(({ applicationId }) => applicationId !== id),
    };
  },

  /** Gives the application exactly these; `idOf` gives the ids of the grants that are new. */
  setGrants(
    world: World,
    applicationId: string,
    wanted: readonly { readonly resourceId: string; readonly scopeIds: readonly string[] }[],
    idOf: (resourceId: string) => string,
  ): World | undefined {
    if (new Set(wanted.map(({ resourceId }) => resourceId)).size < wanted.length) return NO;
    const grants = wanted.map(({ resourceId, scopeIds }): KeptGrant => {
      const present = world.grants.find((grant) => {
        return grant.applicationId === applicationId && grant.resourceId === resourceId;
      });
      if (present === undefined) return { id: idOf(resourceId), version: 1, applicationId, resourceId, scopeIds };
      if (sameSet(present.scopeIds, scopeIds)) return present;
      return { ...present, scopeIds, version: present.version + 1 };
    });
    return {
      ...world,
      grants: [...world.grants.filter((grant) => grant.applicationId !== applicationId), ...grants],
    };
  },
};
