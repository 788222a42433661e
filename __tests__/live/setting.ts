import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApplicationStatus,
  type ChangeFeed,
  type FeedPosition,
  type LiveGrants,
  type LiveGrantsOptions,
  type LiveVerdict,
  liveGrants,
  scopeSet,
} from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { context, createSetting } from '../support/stores.js';

export const PAAS = 'urn:opc:resource:consumer:paas::read';
export const ANALYTICS = 'urn:opc:resource:consumer:paas:analytics::read';
export const STACK = 'urn:opc:resource:consumer:paas:stack::all';

const toClose: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close();
});

/** A clock that stands until the test moves it. */
export function testClock() {
  const clock = { time: 1_000_000, monotonic: () => clock.time };
  return clock;
}

/** The same store, that counts what it is asked, and answers late or not at all where the test says so. */
export function observed(store: GrantStore) {
  const waiting: (() => void)[] = [];
  const wakes = new Set<Parameters<GrantStore['changes']['subscribe']>[0]>();
  const observed = {
    /** The applications whose standing was asked for. */
    standings: [] as string[],
    /** How many of these have been read, answered or not. */
    read: 0,
    /** Where the feed was read from. */
    feeds: [] as FeedPosition[],
    watchers: 0,
    /** What an answer waits for, when it has been read. */
    late: undefined as Promise<unknown> | undefined,
    feedLate: undefined as Promise<unknown> | undefined,
    failure: undefined as unknown,
    feedFailure: undefined as unknown,
    /** How many events of the feed are told at once. */
    portion: Number.POSITIVE_INFINITY,
    /** Says that the feed may have got longer: it is read, at once or as soon as a reading that is under way is over. */
    wake() {
      for (const wake of wakes) wake([]);
    },
    /** Has the feed read, and waits until that is over and has been taken in. */
    async feedRead() {
      const before = observed.feeds.length;
      observed.wake();
      await observed.feedReadSince(before);
    },
    /** Waits for the next reading, which something else than the test begins. */
    feedReadByItself: () => observed.feedReadSince(observed.feeds.length),
    async feedReadSince(before: number) {
      while (observed.feedsDone <= before) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    feedsDone: 0,
    /** How far the feed has been told. */
    readTo: 0,
    /** Waits until the store is watched by nobody. */
    async unwatched() {
      while (observed.watchers > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async applicationStatus(id: string): Promise<ApplicationStatus> {
      observed.standings.push(id);
      const { late } = observed;
      if (observed.failure !== undefined) throw observed.failure;
      const standing = await store.applicationStatus(id);
      observed.read++;
      await late;
      return standing;
    },
    changes: { since, subscribe },
  };

  async function since(from: FeedPosition): Promise<ChangeFeed> {
    const turn = observed.feeds.push(from);
    try {
      const { feedLate } = observed;
      if (observed.feedFailure !== undefined) throw observed.feedFailure;
      const feed = await store.changes.since(from);
      await feedLate;
      const events = feed.events.slice(0, observed.portion);
      const isWhole = events.length === feed.events.length;
      const position = events.at(-1)?.position ?? from;
      const told = isWhole ? feed : { ...feed, events, hasMore: true, position };
      observed.readTo = events.at(-1)?.number ?? observed.readTo;
      return told;
    } finally {
      setImmediate(() => {
        observed.feedsDone = turn;
        for (const resolve of waiting.splice(0)) resolve();
      });
    }
  }

  function subscribe(wake: Parameters<GrantStore['changes']['subscribe']>[0]) {
    observed.watchers++;
    const own: typeof wake = (events) => wake(events);
    wakes.add(own);
    const end = store.changes.subscribe(own);
    return () => {
      observed.watchers--;
      wakes.delete(own);
      end();
      for (const resolve of waiting.splice(0)) resolve();
    };
  }

  return observed;
}

/** A file for a database that is gone after the test. */
export function databaseFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-live-'));
  toClose.push(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'grants.db');
}

export async function openStore(file: string, clock?: { now(): number }): Promise<GrantStore> {
  const store = await openSqliteStore({ file, clock });
  toClose.push(() => store.close());
  return store;
}

export function live(options: LiveGrantsOptions): LiveGrants {
  const grants = liveGrants(options);
  toClose.push(() => grants.close());
  return grants;
}

interface LiveSettingOptions extends Partial<LiveGrantsOptions> {
  readonly file?: string;
  /** The clock of changes. */
  readonly wall?: { now(): number };
  /** The scopes of the resource, in place of those above and `openid`. */
  readonly scopeNames?: string[];
  /** Of the application. Default `Account`, so that its tokens may be for the account. */
  readonly trustScope?: 'Account' | 'Tags' | 'Explicit';
}

/**
 * An application with scopes of a real store, and live grants on it. They believe what they know for a minute, by a clock
 * that stands, and read the feed when a change or the test says so; of themselves every 20 seconds, longer than a test runs.
 */
export async function liveSetting(given: LiveSettingOptions = {}) {
  const { file = ':memory:', wall, scopeNames = [PAAS, ANALYTICS, STACK, 'openid'], ...more } = given;
  const { trustScope = 'Account', ...options } = more;
  const store = await openStore(file, wall);
  const created = await createSetting(store, scopeNames, 'test', { trustScope });
  const asked = observed(store);
  const clock = testClock();
  const grants = live({ source: asked, clock, maxStalenessMs: 60_000, ...options });
  const { resource, application, applicationAt } = created;
  const setting = {
    ...created,
    store,
    asked,
    clock,
    grants,
    clientId: application.id,
    /** Makes these the scopes that the application is granted. */
    grant: (...names: readonly string[]) => grantTo(store, created, names),
    /** Another application of the environment, without a grant. */
    another: async (name: string) =>
      (await store.applications.create(created.at, { ...application, name, id: undefined }, context)).value,
    remove: () => store.applications.delete(applicationAt, context),
    enable: (enabled: boolean) => store.applications.replace(applicationAt, { ...application, enabled }, context),
    /** What comes of a token of the application. */
    outcome: (claims: object = {}, scopes: readonly string[] = [PAAS]) => {
      return outcome(grants, { client_id: application.id, ...claims }, scopes);
    },
    /** The answer that needs no waiting, if there is one. */
    atOnce: (claims: object = {}, scopes: readonly string[] = [PAAS]) => {
      const verdict = grants.check({
        payload: { client_id: application.id, ...claims },
        scopes: scopeSet([...scopes]),
      });
      return 'then' in verdict ? undefined : told(verdict);
    },
    scope: (name: string) => created.scopes.find((scope) => scope.name === name) as (typeof created.scopes)[number],
    scopeAt: (name: string) => {
      const { id } = created.scopes.find((scope) => scope.name === name) as (typeof created.scopes)[number];
      return { ...created.at, resourceId: resource.id, scopeId: id };
    },
  };
  return setting;
}

type Created = Awaited<ReturnType<typeof createSetting>>;

export function grantTo(
  store: GrantStore,
  { resource, applicationAt }: Pick<Created, 'resource' | 'applicationAt'>,
  names: readonly string[],
) {
  const scopes = names.map((name) => ({ name }));
  return store.grants.setAll(
    applicationAt,
    scopes.length === 0 ? [] : [{ resource: { id: resource.id }, scopes }],
    context,
  );
}

/** The scopes that are left of a token, or why it is refused. */
export async function outcome(
  grants: LiveGrants,
  payload: Readonly<Record<string, unknown>>,
  scopes: readonly string[] = [PAAS],
): Promise<readonly string[] | string> {
  return told(await grants.check({ payload, scopes: scopeSet([...scopes]) }));
}

export function told(verdict: LiveVerdict): readonly string[] | string {
  return verdict.ok ? [...verdict.scopes] : verdict.reason;
}
