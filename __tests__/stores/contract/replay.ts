import type { Activity, Grant, GrantedScope } from 'scopegate/admin';

type Item = { readonly id: string };
export interface Lists {
  readonly resources: readonly Item[];
  readonly scopes: readonly (Item & { readonly resourceId: string })[];
  readonly applications: readonly Item[];
  readonly grants: readonly Grant[];
}

const LIST_OF = { RESOURCE: 'resources', SCOPE: 'scopes', APPLICATION: 'applications', GRANT: 'grants' } as const;

/** The lists after an activity, from those before it; each `before` must be what there is. */
export function replay(lists: Lists, { type, targetId, recordedAt, before, after }: Activity): Lists {
  const [target, action] = type.split('.') as [keyof typeof LIST_OF, string];
  const list = LIST_OF[target];
  const items: readonly Item[] = lists[list];
  const { grants, ...object } = (before ?? {}) as { grants?: readonly Grant[] };
  const isWithGrants = target === 'APPLICATION' && action === 'DELETED';
  expect(items.find(({ id }) => id === targetId)).toEqual(isWithGrants ? object : before);
  if (isWithGrants) expect(sortedById(grants ?? [])).toEqual(sortedById(grantsOf(lists, targetId)));
  expect({ action, before: before !== undefined, after: after !== undefined }).toEqual({
    action,
    before: action !== 'CREATED',
    after: action !== 'DELETED',
  });
  const others = items.filter(({ id }) => id !== targetId);
  const changed = { ...lists, [list]: after === undefined ? others : [...others, after as Item] } as Lists;
  return withConsequences(changed, { target, action, targetId, recordedAt, name: (after as { name?: string })?.name });
}

const grantsOf = ({ grants }: Lists, id: string) => grants.filter(({ applicationId }) => applicationId === id);
const sortedById = <One extends Item>(items: readonly One[]) => [...items].sort((a, b) => (a.id < b.id ? -1 : 1));

/** What history does not tell of grants, because it follows from what it tells. */
function withConsequences(
  lists: Lists,
  {
    target,
    action,
    targetId,
    recordedAt,
    name,
  }: Record<'target' | 'action' | 'targetId' | 'recordedAt', string> & {
    name: string | undefined;
  },
): Lists {
  const withGrants = (each: (grant: Grant) => Grant | undefined) => {
    return { ...lists, grants: lists.grants.flatMap((grant) => each(grant) ?? []) };
  };
  switch (`${target}.${action}`) {
    case 'RESOURCE.DELETED':
      return {
        ...withGrants((grant) => (grant.resourceId === targetId ? undefined : grant)),
        scopes: lists.scopes.filter(({ resourceId }) => resourceId !== targetId),
      };
    case 'APPLICATION.DELETED':
      return withGrants((grant) => (grant.applicationId === targetId ? undefined : grant));
    case 'SCOPE.UPDATED':
      return withGrants((grant) => {
        if (!grant.scopes.some(({ id }) => id === targetId)) return grant;
        return { ...grant, scopes: grant.scopes.map(renaming(targetId, name as string)), tag: expect.any(String) };
      });
    case 'SCOPE.DELETED':
      return withGrants((grant) => {
        const scopes = grant.scopes.filter(({ id }) => id !== targetId);
        if (scopes.length === grant.scopes.length) return grant;
        return scopes.length === 0
          ? undefined
          : { ...grant, scopes, version: grant.version + 1, updatedAt: recordedAt, tag: expect.any(String) };
      });
    default:
      return lists;
  }
}

const renaming = (id: string, name: string) => (scope: GrantedScope) => (scope.id === id ? { ...scope, name } : scope);

/** As the store lists them; grants by their applications. */
export function inOrder({ resources, scopes, applications, grants }: Lists): Lists {
  const by = <Item>(items: readonly Item[], key: (item: Item) => string) => {
    return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  };
  return {
    resources: by(resources, ({ id }) => id),
    scopes: by(scopes, ({ id }) => id),
    applications: by(applications, ({ id }) => id),
    grants: by(grants, ({ applicationId, id }) => `${applicationId} ${id}`),
  };
}
