import { AssertionError } from 'node:assert/strict';
import type { ChangeFeed, LiveGrantsSource } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { liveGrantsSourceContract, type OpenedSource } from 'scopegate/testing';
import { context, createSetting, describeEachEngine, type Engine } from '../support/stores.js';

async function openSource(engine: Engine): Promise<OpenedSource & { readonly source: GrantStore }> {
  const store = await (await engine.database()).open();
  const { application, applicationAt, resource } = await createSetting(store);
  return {
    source: store,
    applicationId: application.id,
    grant: (...names) => {
      const scopes = names.map((name) => ({ name }));
      const grants = scopes.length === 0 ? [] : [{ resource: { id: resource.id }, scopes }];
      return store.grants.setAll(applicationAt, grants, context);
    },
    revoke: () => store.applications.revokeTokens(applicationAt, undefined, context),
    disable: () => store.applications.replace(applicationAt, { ...application, enabled: false }, context),
    disconnect: () => store.close(),
    close: () => store.close(),
  };
}

describeEachEngine((engine) => {
  describe('a store as a source of live grants', () => {
    test.each(liveGrantsSourceContract({ open: () => openSource(engine) }))('$title', ({ run }) => run());
  });

  if (engine.name !== 'SQLite') return;

  type Break = (source: LiveGrantsSource) => LiveGrantsSource;

  const withStatus =
    (change: (status: Awaited<ReturnType<LiveGrantsSource['applicationStatus']>>) => object): Break =>
    (source) => ({
      changes: source.changes,
      applicationStatus: async (id) => {
        const status = await source.applicationStatus(id);
        return { ...status, ...change(status) };
      },
    });

  const withFeed =
    (change: (feed: ChangeFeed) => object): Break =>
    (source) => ({
      applicationStatus: (id) => source.applicationStatus(id),
      changes: {
        ...source.changes,
        since: async (position) => {
          const feed = await source.changes.since(position);
          return { ...feed, ...change(feed) };
        },
      },
    });

  const withSubscribe =
    (subscribe: (source: LiveGrantsSource) => LiveGrantsSource['changes']['subscribe']): Break =>
    (source) => ({
      applicationStatus: (id) => source.applicationStatus(id),
      changes: { since: (position) => source.changes.since(position), subscribe: subscribe(source) },
    });

  test.each<[string, string, Break]>([
    ['takes an unknown application for a deleted one', 'that never existed', withStatus(() => ({ state: 'gone' }))],
    ['forgets scopes', 'scopes', withStatus(({ grants }) => ({ grants: grants.slice(1) }))],
    ['keeps disabled applications enabled', 'disabled', withStatus(() => ({ state: 'enabled' }))],
    [
      'counts seconds',
      'milliseconds',
      withStatus(({ notBefore }) => (notBefore === undefined ? {} : { notBefore: notBefore / 1000 })),
    ],
    [
      'names no audience',
      'granted now',
      withStatus(({ grants }) => ({ grants: grants.map(({ scope }) => ({ scope })) })),
    ],
    [
      'writes dates as text',
      'granted now',
      withStatus(({ grants }) => ({ grants: grants.map((grant) => ({ ...grant, expiresAt: '2031-01-01' })) })),
    ],
    ['has no number', 'raises the number', withStatus(() => ({ number: 1 }))],
    [
      'says that changes affect no application',
      'reports the change in the feed',
      withFeed(({ events }) => ({ events: events.map((event) => ({ ...event, affects: 'none' })) })),
    ],
    [
      'lists the latest change first',
      'in the order of their numbers',
      withFeed(({ events }) => ({ events: events.toReversed() })),
    ],
    [
      'leaves changes out',
      'rise without gaps',
      withFeed(({ events }) => ({ events: events.filter((_, i) => i === 0 || i === events.length - 1) })),
    ],
    [
      'stays where it was',
      'continues from the position',
      (source) => ({
        applicationStatus: (id) => source.applicationStatus(id),
        changes: {
          ...source.changes,
          since: async (position) => ({ ...(await source.changes.since(position)), position }),
        },
      }),
    ],
    [
      'gives every event the position of its batch',
      'from the position of each event',
      withFeed(({ events, position }) => ({ events: events.map((event) => ({ ...event, position })) })),
    ],
    ['knows no gap', 'reports a gap', withFeed(() => ({ hasGap: false }))],
    ['has no end', 'continues from the position', withFeed(() => ({ hasMore: true }))],
    ['notifies no subscriber', 'notifies subscribers', withSubscribe(() => () => () => undefined)],
    [
      'keeps notifying',
      'until they unsubscribe',
      withSubscribe((source) => (listener) => {
        source.changes.subscribe(listener);
        return () => undefined;
      }),
    ],
    [
      'hides an outage',
      'rejects with a StoreUnavailableError',
      (source) => ({
        changes: source.changes,
        applicationStatus: (id) =>
          source.applicationStatus(id).catch(() => ({
            number: 0,
            position: '',
            state: 'unknown',
            grants: [],
            subjectsNotBefore: new Map(),
          })),
      }),
    ],
  ])('the contract fails for a source that %s', async (_, title, breakSource) => {
    const open = async () => {
      const opened = await openSource(engine);
      return { ...opened, source: breakSource(opened.source) };
    };
    const check = liveGrantsSourceContract({ open, notifyWithinMs: 100 }).find((each) => each.title.includes(title));
    await expect(check?.run()).rejects.toThrow(AssertionError);
  });
});

test('the contract skips the outage check without a hook for it, and closes the source of a failed check', async () => {
  const closed: string[] = [];
  const open = (): OpenedSource => ({
    source: {} as LiveGrantsSource,
    applicationId: '',
    grant: async () => undefined,
    revoke: async () => undefined,
    disable: async () => undefined,
    close: () => closed.push('closed'),
  });
  const checks = liveGrantsSourceContract({ open });
  const results = await Promise.allSettled(checks.map(({ run }) => run()));
  const passed = checks.filter((_, i) => results[i]?.status === 'fulfilled').map(({ title }) => title);
  expect(passed).toEqual(['rejects with a StoreUnavailableError where it cannot tell']);
  expect(closed).toHaveLength(checks.length);
});
