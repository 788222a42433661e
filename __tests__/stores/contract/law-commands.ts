import fc from 'fast-check';
import type { Change, GrantStore } from 'scopegate/admin';
import { context, newApplication, newResource } from '../../support/stores.js';
import { model, type World } from './model.js';

/** A command names things by numbers: the nth of those that there are, again from the first behind the last. */
const number = fc.nat(11);
const name = fc.constantFrom('a', 'b', 'c', 'd');
const some = fc.uniqueArray(number, { minLength: 1, maxLength: 3 });
export const command = fc.oneof(
  fc.record({ do: fc.constant('createResource' as const), name }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('createScope' as const), resource: number, name }) },
  fc.record({ do: fc.constant('renameScope' as const), scope: number, name }),
  fc.record({ do: fc.constant('deleteScope' as const), scope: number }),
  fc.record({ do: fc.constant('deleteResource' as const), resource: number }),
  fc.record({ do: fc.constant('createApplication' as const) }),
  fc.record({ do: fc.constant('deleteApplication' as const), application: number }),
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constantFrom('createGrant' as const, 'replaceGrant' as const, 'addGrantScopes' as const),
      application: number,
      resource: number,
      scopes: some,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('removeGrantScope' as const, 'deleteGrant' as const),
      application: number,
      resource: number,
      scopes: some,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('setGrants' as const),
      application: number,
      grants: fc.array(fc.record({ resource: number, scopes: some }), { maxLength: 3 }),
    }),
  },
);
export type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

type Step = { readonly made: Promise<Change<unknown>>; readonly after: (value: unknown) => World | undefined };

/** Where it names something that there is: the change, and the world that must come of it. */
export function stepOf(store: GrantStore, at: { environmentId: string }, world: World, c: Command): Step | undefined {
  const custom = world.resources.filter(({ name }) => name.startsWith('of '));
  const scopesOf = (resourceId: string) => world.scopes.filter((scope) => scope.resourceId === resourceId);
  const nth = <Item>(items: readonly Item[], n: number) => items[n % items.length];
  const idOf = (value: unknown) => (value as { id: string }).id;
  const resource = 'resource' in c ? nth(custom, c.resource) : undefined;
  const application = 'application' in c ? nth(world.applications, c.application) : undefined;
  const scope =
    'scope' in c
      ? nth(
          custom.flatMap(({ id }) => scopesOf(id)),
          c.scope,
        )
      : undefined;

  switch (c.do) {
    case 'createResource':
      return {
        made: store.resources.create(at, newResource(`of ${c.name}`), context),
        after: (value) => model.createResource(world, `of ${c.name}`, value === undefined ? '' : idOf(value)),
      };
    case 'createApplication':
      return {
        made: store.applications.create(at, newApplication('one'), context),
        after: (value) => model.createApplication(world, idOf(value)),
      };
    case 'createScope': {
      if (resource === undefined) return undefined;
      return {
        made: store.scopes.create({ ...at, resourceId: resource.id }, { name: c.name }, context),
        after: (value) => model.createScope(world, resource.id, c.name, value === undefined ? '' : idOf(value)),
      };
    }
    case 'deleteResource': {
      if (resource === undefined) return undefined;
      return {
        made: store.resources.delete({ ...at, resourceId: resource.id }, context),
        after: () => model.deleteResource(world, resource.id),
      };
    }
    case 'renameScope':
    case 'deleteScope': {
      if (scope === undefined) return undefined;
      const scopeAt = { ...at, resourceId: scope.resourceId, scopeId: scope.id };
      return c.do === 'deleteScope'
        ? { made: store.scopes.delete(scopeAt, context), after: () => model.deleteScope(world, scope.id) }
        : {
            made: store.scopes.replace(scopeAt, { name: c.name }, context),
            after: () => model.renameScope(world, scope.id, c.name),
          };
    }
    case 'deleteApplication': {
      if (application === undefined) return undefined;
      return {
        made: store.applications.delete({ ...at, applicationId: application.id }, context),
        after: () => model.deleteApplication(world, application.id),
      };
    }
  }

  if (application === undefined) return undefined;
  const applicationAt = { ...at, applicationId: application.id };
  const present = world.grants.filter(({ applicationId }) => applicationId === application.id);
  const setting = (wanted: Parameters<typeof model.setGrants>[2], value: unknown) => {
    const made = [value].flat() as { id: string; resourceId: string }[];
    const idOfNew = (id: string) => made.find((grant) => grant?.resourceId === id)?.id ?? '';
    return model.setGrants(world, application.id, wanted, idOfNew);
  };
  const chosen = (resourceId: string, numbers: readonly number[]) => {
    const scopes = scopesOf(resourceId);
    return [...new Set(numbers.flatMap((n) => nth(scopes, n)?.id ?? []))];
  };
  const commandOf = ({ resourceId, scopeIds }: { resourceId: string; scopeIds: readonly string[] }) => {
    return { resource: { id: resourceId }, scopes: scopeIds.map((id) => ({ id })) };
  };

  if (c.do === 'setGrants') {
    const wanted = c.grants.flatMap((grant) => {
      const resourceId = nth(custom, grant.resource)?.id;
      const scopeIds = resourceId === undefined ? [] : chosen(resourceId, grant.scopes);
      return resourceId === undefined || scopeIds.length === 0 ? [] : [{ resourceId, scopeIds }];
    });
    return {
      made: store.grants.setAll(applicationAt, wanted.map(commandOf), context),
      after: (value) => setting(wanted, value),
    };
  }
  if (c.do === 'createGrant') {
    const scopeIds = resource === undefined ? [] : chosen(resource.id, c.scopes);
    if (resource === undefined || scopeIds.length === 0) return undefined;
    const wanted = { resourceId: resource.id, scopeIds };
    return {
      made: store.grants.create(applicationAt, commandOf(wanted), context),
      after: (value) => setting([...present, wanted], value),
    };
  }

  const grant = nth(present, c.resource);
  if (grant === undefined) return undefined;
  const grantAt = { ...applicationAt, grantId: grant.id };
  const others = present.filter((each) => each !== grant);
  const scopeIds = chosen(grant.resourceId, c.scopes);
  const giving = (ids: readonly string[]) => () => setting([...others, { ...grant, scopeIds: ids }], undefined);
  switch (c.do) {
    case 'replaceGrant':
      return {
        made: store.grants.replace(grantAt, commandOf({ ...grant, scopeIds }), context),
        after: giving(scopeIds),
      };
    case 'addGrantScopes': {
      const added = scopeIds.map((id) => ({ id }));
      const union = [...new Set([...grant.scopeIds, ...scopeIds])];
      return { made: store.grants.addScopes(grantAt, added, context), after: giving(union) };
    }
    case 'removeGrantScope': {
      const [id = ''] = scopeIds;
      const rest = grant.scopeIds.filter((scopeId) => scopeId !== id);
      const isPossible = rest.length > 0 && rest.length < grant.scopeIds.length;
      return {
        made: store.grants.removeScope(grantAt, id, context),
        after: () => (isPossible ? giving(rest)() : undefined),
      };
    }
    case 'deleteGrant':
      return { made: store.grants.delete(grantAt, context), after: () => setting(others, undefined) };
  }
}
