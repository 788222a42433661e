import { AssertionError } from 'node:assert/strict';
import type { ChangeContext, GrantStore, Page } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { grantStoreContract } from 'scopegate/testing';
import { describeEachEngine, type TestDatabase, withMethods } from '../support/stores.js';

describeEachEngine((engine) => {
  let database: Promise<TestDatabase> | undefined;
  const open = async () => {
    database ??= engine.database();
    return (await database).open();
  };

  test.each(grantStoreContract({ open }))('the store keeps the contract: $title', ({ run }) => run());
});

// biome-ignore lint/suspicious/noExplicitAny: parameters and values of any method
type AnyMethod = (...parameters: any[]) => any;
type Break = (store: GrantStore) => GrantStore;

/** The store with another method in place of one. */
const withMethod = (name: string, replace: (method: AnyMethod) => AnyMethod): Break => {
  return (store) => withMethods(store, (each, method) => (each === name ? replace(method as AnyMethod) : method));
};

/** The store whose changes get another context. */
const withContext = (change: (context: ChangeContext) => object): Break => {
  return (store) =>
    withMethods(store, (_, method) => (...parameters) => {
      const last = parameters.at(-1);
      const isContext = typeof last === 'object' && last !== null && 'correlationId' in last;
      return method(...parameters.slice(0, -1), isContext ? change(last as ChangeContext) : last);
    });
};

const withValue = (name: string, change: (value: never) => unknown): Break => {
  return withMethod(
    name,
    (method) =>
      async (...parameters) =>
        change((await method(...parameters)) as never),
  );
};

/** A transaction that is none: each of its changes is one of its own. */
const withoutTransactions: Break = (store) => ({
  ...store,
  transaction: async (context, work) => {
    const tx = withMethods(store, (name, method) => (...parameters) => {
      const isChange = /\.(?:create|replace|delete|setAll)$/.test(name);
      if (!isChange) return method(...parameters);
      return (method(...parameters, context) as Promise<{ value: unknown }>).then(({ value }) => value);
    });
    return { value: await work(tx as never), activities: [], replayed: false };
  },
});

/** Pages by the number of items before them. */
const byOffset: Break = (store) =>
  withMethod('applications.list', (list) => async (at, { limit, position }) => {
    const { items, count } = await list(at, { limit: 1000 });
    const start = position === undefined ? 0 : Number(position.key);
    const hasMore = start + limit < count;
    return {
      items: items.slice(start, start + limit),
      count,
      ...(hasMore && { next: { direction: 'after', key: `${start + limit}` } }),
      ...(start > 0 && { previous: { direction: 'before', key: `${start - limit}` } }),
    };
  })(store);

const reversed = (page: Page<unknown> | undefined) => page && { ...page, items: page.items.toReversed() };

test.each<[string, string, Break]>([
  [
    'forgets a default',
    'completes what is created',
    withMethod('applications.create', (create) => (at, data, context) => {
      return create(at, { enabled: false, ...data }, context);
    }),
  ],
  ['answers a missing object', 'only in its own environment', withValue('applications.get', (value) => value ?? {})],
  [
    'deletes what does not exist',
    'only in its own environment',
    withMethod(
      'grants.delete',
      (remove) =>
        (...parameters) =>
          remove(...parameters).catch(() => undefined),
    ),
  ],
  ['ignores conditions', 'only to an object with a tag', withContext(({ ifMatch: _, ...context }) => context)],
  [
    'makes tags of versions',
    'the same version two tags',
    withValue('applications.replace', (change: { value: { version: number } }) => {
      return { ...change, value: { ...change.value, tag: String(change.value.version) } };
    }),
  ],
  ['ignores dry runs', 'a dry run would change', withContext((context) => ({ ...context, dryRun: false }))],
  ['ignores idempotency keys', 'same idempotency key', withContext(({ idempotency: _, ...context }) => context)],
  ['hides who calls', 'change its own grants', withContext((context) => ({ ...context, actor: {} }))],
  ['stores a half of a transaction', 'transaction that throws', withoutTransactions],
  ['forgets refusals that work caught', 'even if the refusal is caught', withoutTransactions],
  ['lets a transaction call the store', 'within its own transaction', withoutTransactions],
  ['lets a transaction go on', 'transaction that has ended', withoutTransactions],
  ['lists backwards', 'in the order of ids', withValue('applications.list', reversed)],
  [
    'counts only the page',
    'in the order of ids',
    withValue('applications.list', (page: Page<unknown> | undefined) => {
      return page && { ...page, count: page.items.length };
    }),
  ],
  ['pages by offset', 'although items before it were deleted', byOffset],
  ['tells history from the beginning', 'newest first', withValue('activities.list', reversed)],
  [
    'ignores the filters of history',
    'filters the history',
    withMethod('activities.list', (list) => (at, _, request) => list(at, {}, request)),
  ],
  ['accepts any secret', 'and no other', withMethod('applications.hasSecret', () => async () => true)],
  [
    'keeps previous secrets for a day',
    'until it expires',
    withMethod('applications.rotateSecret', (rotate) => (at, secret, _, context) => {
      return rotate(at, secret, undefined, context);
    }),
  ],
  ['keeps deleted secrets', 'until it is deleted', withMethod('secrets.delete', () => async () => undefined)],
  [
    'takes a rotation for the end of all secrets',
    'until it is deleted',
    withMethod('applications.hasSecret', (hasSecret) => async (at, candidate) => {
      return candidate !== 'a green secret' && hasSecret(at, candidate);
    }),
  ],
  [
    'shows secrets in the list',
    'without the secrets',
    withValue('secrets.list', (page: Page<object> | undefined) => {
      return page && { ...page, items: page.items.map((item) => ({ ...item, secret: 'a blue secret' })) };
    }),
  ],
  [
    'takes one name twice',
    'refuses a second secret of one name',
    withMethod('secrets.create', (create) => (at, data, ...rest) => {
      return create(at, { ...data, name: `${data.name} ${Math.random()}` }, ...rest);
    }),
  ],
  [
    'notes no use',
    'when a secret was used',
    withValue('secrets.get', (secret: object | undefined) => secret && { ...secret, lastUsedAt: undefined }),
  ],
  [
    'revokes everything in place of one subject',
    'the tokens of one subject',
    withMethod('applications.revokeTokens', (revoke) => (at, _, context) => revoke(at, undefined, context)),
  ],
  [
    'gives the audience of another resource',
    'the audience of each granted scope',
    withValue('applicationStatus', (status: { grants: readonly object[] }) => {
      return { ...status, grants: status.grants.map((grant) => ({ ...grant, audience: 'openid' })) };
    }),
  ],
  [
    'looks for a key before it stores it',
    'for one of several calls at once',
    withMethod('replays.remember', (remember) => {
      const known = new Set<string>();
      return async (key, expiresAt) => {
        const isNew = !known.has(key);
        await remember(key, expiresAt);
        known.add(key);
        return isNew;
      };
    }),
  ],
  ['remembers no key', 'for one of several calls at once', withMethod('replays.remember', () => async () => true)],
  ['says how many keys it stored', 'for one of several calls at once', withValue('replays.remember', Number)],
  [
    'compares keys without their case',
    'one key for another',
    withMethod('replays.remember', (remember) => (key, expiresAt) => remember(key.toLowerCase(), expiresAt)),
  ],
  [
    'keeps the latest keys only',
    'a key to its end',
    withMethod('replays.remember', () => {
      let latest: string[] = [];
      return async (key) => {
        const isNew = !latest.includes(key);
        latest = [key, ...latest].slice(0, 100);
        return isNew;
      };
    }),
  ],
  ['responds after it was closed', 'responds to a ping', withMethod('ping', () => async () => undefined)],
  [
    'exports one page',
    'exports the whole history',
    withMethod(
      'activities.export',
      (exportAll) =>
        async function* (at) {
          for await (const activity of exportAll(at)) return void (yield activity);
        },
    ),
  ],
  ['erases nothing', 'erases the identifier', withMethod('activities.erase', () => async () => 2)],
  [
    'counts one call for many',
    'adds the calls of one kind',
    withMethod('usage.add', (add) => (counts) => add(counts.map((count: object) => ({ ...count, calls: 1 })))),
  ],
  [
    'keeps the first scope only',
    'requirements and audiences as they were',
    withMethod('usage.add', (add) => (counts: { covered: readonly string[]; required: unknown }[]) => {
      return add(counts.map((count) => ({ ...count, required: count.covered[0] })));
    }),
  ],
  ['finds no use of a scope', 'that needed a scope', withValue('usage.ofScope', (usage) => usage && { totals: [] })],
  [
    'shows usage to every environment',
    'leaves out calls before the period',
    withValue('usage.ofApplication', (usage) => usage ?? { totals: [] }),
  ],
  ['deletes no usage', 'past hours only', withMethod('usage.deleteBefore', () => async () => false)],
  [
    'knows no gap',
    'as a source of live grants, reports a gap',
    withValue('changes.since', (feed: object) => ({ ...feed, hasGap: false })),
  ],
  [
    'lists the latest change first',
    'as a source of live grants, lists changes in the order',
    withValue('changes.since', (feed: { events: readonly object[] }) => {
      return { ...feed, events: feed.events.toReversed() };
    }),
  ],
  [
    'goes on notifying',
    'as a source of live grants, notifies subscribers',
    withMethod('changes.subscribe', (subscribe) => (listener) => {
      subscribe(listener);
      return () => undefined;
    }),
  ],
])('the contract fails for a store that %s', async (_, title, breakStore) => {
  const open = async () => breakStore(await openSqliteStore({ file: ':memory:' }));
  const checks = grantStoreContract({ open }).filter((check) => check.title.includes(title));
  expect(checks).toHaveLength(1);
  await expect(checks[0]?.run()).rejects.toThrow(AssertionError);
});

test('the contract closes the store of a check that fails', async () => {
  const stores: GrantStore[] = [];
  const open = async () => {
    const store = await openSqliteStore({ file: ':memory:' });
    stores.push(store);
    return withMethod('applications.get', () => async () => undefined)(store);
  };
  const check = grantStoreContract({ open }).find(({ title }) => title === 'reads each object as it was created');
  await expect(check?.run()).rejects.toThrow(AssertionError);
  await expect(stores[0]?.environments.list({ limit: 1 })).rejects.toThrow('The store is closed.');
});

test('every title of the contract is given once', () => {
  const titles = grantStoreContract({ open: () => openSqliteStore({ file: ':memory:' }) }).map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});
