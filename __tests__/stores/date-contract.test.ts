import { AssertionError } from 'node:assert/strict';
import type { Grant, GrantCommand, GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { grantStoreContract } from 'scopegate/testing';
import { withMethods } from '../support/stores.js';

/** Stores that do not go by the dates of grants: the contract must notice. */

// biome-ignore lint/suspicious/noExplicitAny: parameters and values of any method
type AnyMethod = (...parameters: any[]) => any;
type Break = (store: GrantStore) => GrantStore;

/** The store with another method in place of one. */
const withMethod = (name: string, replace: (method: AnyMethod) => AnyMethod): Break => {
  return (store) => withMethods(store, (each, method) => (each === name ? replace(method as AnyMethod) : method));
};

type Dated = { notBefore?: unknown; expiresAt?: unknown };
const withoutDates = <Item extends Dated>({ notBefore: _, expiresAt: __, ...item }: Item) => item;
const withoutAny = (grant: GrantCommand) => ({ ...withoutDates(grant), scopes: grant.scopes.map(withoutDates) });

test.each<[string, string, Break]>([
  [
    'has no dates for grants',
    'keeps the dates of a grant',
    withMethod('grants.create', (create) => (at, grant, context) => create(at, withoutDates(grant), context)),
  ],
  [
    'has no dates for scopes',
    'keeps the dates of a grant',
    withMethod(
      'grants.create',
      (create) => (at, grant, context) => create(at, { ...grant, scopes: grant.scopes.map(withoutDates) }, context),
    ),
  ],
  [
    'cannot prolong a grant',
    'replaces a grant with its dates',
    withMethod(
      'grants.replace',
      (replace) =>
        (at, { expiresAt: _, ...grant }, context) =>
          replace(at, grant, context),
    ),
  ],
  [
    'does not announce a change of dates',
    'announces a change of dates',
    withMethod('changes.since', (since) => async (position) => ({ ...(await since(position)), events: [] })),
  ],
  [
    'gives a status without dates',
    'gives the status of an application with the dates',
    withMethod('applicationStatus', (read) => async (id) => {
      const status = await read(id);
      return { ...status, grants: status.grants.map(withoutDates) };
    }),
  ],
  [
    'gives the end of a scope in place of that of its grant',
    'gives the status of an application with the dates',
    (store) => {
      let grants: readonly Grant[] = [];
      return withMethods(store, (name, method) => async (...parameters) => {
        const result = (await method(...parameters)) as {
          value: Grant;
          grants: { scope: string; expiresAt: number }[];
        };
        if (name === 'grants.create') grants = [result.value];
        if (name !== 'applicationStatus') return result;
        const ends = new Map(grants.flatMap(({ scopes }) => scopes.map((scope) => [scope.name, scope.expiresAt])));
        const toEnd = (scope: string, end: number) => Date.parse(ends.get(scope) ?? new Date(end).toISOString());
        return {
          ...result,
          grants: result.grants.map((each) => ({ ...each, expiresAt: toEnd(each.scope, each.expiresAt) })),
        };
      });
    },
  ],
  [
    'finds holders by grants that have ended',
    'finds no holder by a grant',
    withMethod('grants.setAll', (setAll) => (at, grants, context) => setAll(at, grants.map(withoutAny), context)),
  ],
  [
    'forgets dates when scopes are added',
    'adds scopes with dates',
    withMethod('grants.addScopes', (add) => (at, scopes, context) => add(at, scopes.map(withoutDates), context)),
  ],
  [
    'takes any text for a date',
    'refuses dates that are none',
    withMethod('grants.create', (create) => (at, grant, context) => {
      return create(at, grant, context).catch(() => create(at, withoutAny(grant), context));
    }),
  ],
])('the contract fails for a store that %s', async (_, title, breakStore) => {
  const open = async () => breakStore(await openSqliteStore({ file: ':memory:' }));
  const checks = grantStoreContract({ open }).filter((check) => check.title.includes(title));
  expect(checks).toHaveLength(1);
  await expect(checks[0]?.run()).rejects.toThrow(AssertionError);
});
