import { AssertionError } from 'node:assert/strict';
import type { GrantStore, Page } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { grantStoreContract } from 'scopegate/testing';
import { withMethods } from '../support/stores.js';

/** Stores that find the wrong things: the contract must notice. That real stores keep it is tested with the rest of it. */

// biome-ignore lint/suspicious/noExplicitAny: parameters and values of any method
type AnyMethod = (...parameters: any[]) => any;
type Break = (store: GrantStore) => GrantStore;

/** The store with another method in place of one. */
const withMethod = (name: string, replace: (method: AnyMethod) => AnyMethod): Break => {
  return (store) => withMethods(store, (each, method) => (each === name ? replace(method as AnyMethod) : method));
};

test.each<[string, string, Break]>([
  [
    'ignores filters',
    'by the beginning of their names',
    withMethod(
      'applications.list',
      (list) =>
        (at, { filter: _, ...request }) =>
          list(at, request),
    ),
  ],
  [
    'lists the enabled ones, too',
    'narrows lists',
    withMethod(
      'applications.list',
      (list) =>
        (at, { enabled: _, ...request }) =>
          list(at, request),
    ),
  ],
  [
    'lists the scopes that nobody holds, too',
    'narrows lists',
    withMethod(
      'scopes.list',
      (list) =>
        (at, { isHeld: _, ...request }) =>
          list(at, request),
    ),
  ],
  [
    'ignores the order of lists',
    'by their bytes',
    withMethod(
      'applications.list',
      (list) =>
        (at, { order: _, ...request }) =>
          list(at, request),
    ),
  ],
  [
    'orders names by their UTF-16',
    'by their bytes',
    withMethod('applications.list', (list) => async (at, request) => {
      const page = await list(at, request);
      const items = [...page.items].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
      return { ...page, items: request.order === '-name' ? items.reverse() : items };
    }),
  ],
  [
    'pages by name only',
    'items of one name included',
    withMethod('applications.list', (list) => async (at, request) => {
      const { items, next } = await list(at, request);
      const { position } = request;
      const names = new Set(position === undefined ? [] : [position.key.slice(36)]);
      return {
        items: items.filter(({ name }: { name: string }) => !names.has(name.toLowerCase())),
        ...(next && { next }),
      };
    }),
  ],
  [
    'counts all items of a filtered list',
    'page is the whole list',
    withMethod('applications.list', (list) => async (at, request) => {
      return { ...(await list(at, request)), count: (await list(at, { limit: 1 })).count };
    }),
  ],
  [
    'ignores licenses',
    'environments by their license',
    withMethod('environments.list', (list) => ({ filter, ...request }) => {
      return list({
        ...request,
        filter: filter?.map(({ licenseId: _, ...rest }: object & { licenseId?: string }) => rest),
      });
    }),
  ],
  [
    'forgets licenses',
    'environments by their license',
    withMethod(
      'environments.create',
      (create) =>
        ({ license: _, ...data }, context) =>
          create(data, context),
    ),
  ],
  [
    'ignores the case of scopes',
    'names of scopes exactly',
    withMethod('scopes.list', (list) => (at, { filter, ...request }) => {
      const either = filter?.flatMap((each: { name?: string }) => [each, { ...each, name: each.name?.toUpperCase() }]);
      return list(at, { ...request, filter: either });
    }),
  ],
  [
    'ignores the filter of grants',
    'finds grants by their resource',
    withMethod(
      'grants.list',
      (list) =>
        (at, { filter: _, ...request }) =>
          list(at, request),
    ),
  ],
  [
    'lists no more than a page of the grants of a resource',
    'lists the grants of a resource',
    withMethod(
      'grants.listOfResource',
      (list) =>
        (at, { limit }) =>
          list(at, { limit }),
    ),
  ],
  [
    'reads the activities of all environments',
    'reads an activity by its id',
    (store) => {
      const environments = new Map<string, string>();
      return withMethods(store, (name, method) => async (...parameters) => {
        const [at] = parameters as [{ environmentId: string; activityId: string }];
        if (name === 'activities.get') {
          const environmentId = environments.get(at.activityId) ?? at.environmentId;
          return method({ ...at, environmentId });
        }
        const result = await method(...parameters);
        if (name === 'activities.list') {
          for (const { id } of (result as Page<{ id: string }>).items) environments.set(id, at.environmentId);
        }
        return result;
      });
    },
  ],
])('the contract fails for a store that %s', async (_, title, breakStore) => {
  const open = async () => breakStore(await openSqliteStore({ file: ':memory:' }));
  const checks = grantStoreContract({ open }).filter((check) => check.title.includes(title));
  expect(checks).toHaveLength(1);
  await expect(checks[0]?.run()).rejects.toThrow(AssertionError);
});
