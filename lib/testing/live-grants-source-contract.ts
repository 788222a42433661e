import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApplicationStatus, ChangeEvent, ChangeFeed, FeedPosition } from '../grants/store.js';
import type { LiveGrantsSource } from '../live/source.js';

/** A new source with one application, which is enabled, holds no grant, and had no token revoked. */
export interface OpenedSource {
  readonly source: LiveGrantsSource;
  /** The id of the application: a lower-case UUID. */
  readonly applicationId: string;
  /** Makes these all the scopes that the application is granted. Resolves when that is committed. */
  grant(...scopes: readonly string[]): Promise<unknown>;
  /** Revokes the tokens that were issued to the application before now. */
  revoke(): Promise<unknown>;
  /** Disables the application. */
  disable(): Promise<unknown>;
  /** Makes the queries of the source fail, as if its database were unreachable. Omit it to skip that check. */
  disconnect?(): unknown;
  /** Runs after each check, also after a failed one. */
  close?(): unknown;
}

export interface LiveGrantsSourceContractOptions {
  /** Opens a new source for each check. */
  open(): Promise<OpenedSource> | OpenedSource;
  /** The scopes that the checks grant. Default `['a', 'b']`. */
  readonly scopes?: readonly [string, string];
  /** Milliseconds within which `subscribe` must report a change. Default 5000. */
  readonly notifyWithinMs?: number;
}

export interface LiveGrantsSourceCheck {
  readonly title: string;
  /** Rejects with an `AssertionError` where the source breaks the contract. */
  run(): Promise<void>;
}

interface Opened extends OpenedSource {
  readonly scopes: readonly [string, string];
  readonly notifyWithinMs: number;
}

/**
 * The contract of a {@link LiveGrantsSource}, as checks for any test runner.
 *
 * Checked: the status after each kind of change, and its units; the order, the end and the gaps of the change feed;
 * notifications; the error of a source that is unavailable. Not checked: that a status is read at one moment, and changes
 * that are committed out of the order of their numbers.
 *
 * @example
 * ```ts
 * for (const { title, run } of liveGrantsSourceContract({ open: openMySource })) test(title, run);
 * ```
 */
export function liveGrantsSourceContract(options: LiveGrantsSourceContractOptions): LiveGrantsSourceCheck[] {
  const { open, scopes = ['a', 'b'], notifyWithinMs = 5000 } = options;
  return Object.entries(CHECKS).map(([title, check]) => ({
    title,
    async run() {
      const opened = await open();
      try {
        await check({ ...bindHooks(opened), scopes, notifyWithinMs });
      } finally {
        await opened.close?.();
      }
    },
  }));
}

const CHECKS: Readonly<Record<string, (opened: Opened) => Promise<void>>> = {
  'reports an application that never existed as unknown': async ({ source }) => {
    const status = await source.applicationStatus(NO_APPLICATION);
    assertShape(status);
    assert.equal(status.state, 'unknown');
    assert.deepEqual(getScopes(status), []);
  },

  'reports the scopes that an application is granted now': async ({ source, applicationId, grant, scopes }) => {
    for (const granted of [[], [...scopes], [scopes[1]], []]) {
      await grant(...granted);
      const status = await source.applicationStatus(applicationId);
      assertShape(status);
      assert.equal(status.state, 'enabled');
      assert.equal(typeof status.environmentId, 'string', 'a known application has an environmentId');
      assert.deepEqual([...getScopes(status)].sort(), [...granted].sort());
    }
  },

  'reports a disabled application as disabled': async ({ source, applicationId, disable }) => {
    await disable();
    assert.equal((await source.applicationStatus(applicationId)).state, 'disabled');
  },

  'reports a revocation in milliseconds since the epoch': async ({ source, applicationId, revoke }) => {
    assert.equal((await source.applicationStatus(applicationId)).notBefore, undefined);
    await revoke();
    const { notBefore } = await source.applicationStatus(applicationId);
    assert.ok(notBefore !== undefined, 'the status has no notBefore after a revocation');
    assert.ok(Math.abs(notBefore - Date.now()) < ONE_DAY_MS, `notBefore is ${notBefore}, not milliseconds of today`);
  },

  'raises the number of a status with each change, and reports the change in the feed': async (opened) => {
    for (const change of makeChanges(opened)) {
      const { source, applicationId } = opened;
      const before = await source.applicationStatus(applicationId);
      await change();
      const after = await source.applicationStatus(applicationId);
      assert.ok(after.number > before.number, `the number was ${before.number} and is ${after.number} after a change`);
      const { events } = await drainFeed(source, before.position);
      assert.ok(
        events.some((event) => affects(event, applicationId, after)),
        `no event after ${before.number} affects the application or all of its environment`,
      );
    }
  },

  'lists changes in the order of their numbers, which rise without gaps': async (opened) => {
    const { source, applicationId } = opened;
    const before = await source.applicationStatus(applicationId);
    for (const change of makeChanges(opened)) await change();
    const after = await source.applicationStatus(applicationId);
    const { events } = await drainFeed(source, before.position);
    assert.deepEqual(
      events.map(({ number }) => number),
      Array.from({ length: after.number - before.number }, (_, i) => before.number + 1 + i),
    );
  },

  'continues from the position that a batch ends with': async ({ source, applicationId, grant, scopes }) => {
    const before = await source.applicationStatus(applicationId);
    await grant(scopes[0]);
    const { position } = await drainFeed(source, before.position);
    assert.deepEqual((await drainFeed(source, position)).events, [], 'changes are listed twice');
    const between = await source.applicationStatus(applicationId);
    await grant(scopes[1]);
    const { events } = await drainFeed(source, position);
    assert.equal(events[0]?.number, between.number + 1, 'the next change is missing');
  },

  'continues from the position of each event': async (opened) => {
    const { source, applicationId } = opened;
    const { position } = await source.applicationStatus(applicationId);
    for (const change of makeChanges(opened)) await change();
    const { events } = await drainFeed(source, position);
    for (const [i, event] of events.entries()) {
      const later = await drainFeed(source, event.position);
      assert.deepEqual(later.events, events.slice(i + 1), `the feed does not continue after event ${event.number}`);
    }
  },

  'reports a gap for a position that is not of this feed': async ({ source, applicationId, grant, scopes }) => {
    const feed = await source.changes.since(NO_POSITION);
    assert.equal(feed.hasGap, true, 'hasGap must be true for a position of another feed');
    assert.deepEqual(feed.events, []);
    const status = await source.applicationStatus(applicationId);
    assert.equal(feed.position, status.position, 'the position of a gap must be the end of the feed');
    await grant(scopes[0]);
    const { events } = await drainFeed(source, feed.position);
    assert.ok(events.length > 0, 'the position of a gap must be the end of the feed: later changes follow from there');
  },

  'notifies subscribers of a change, until they unsubscribe': async (opened) => {
    const { source, applicationId, grant, scopes, notifyWithinMs } = opened;
    const { position } = await source.applicationStatus(applicationId);
    const calls: (readonly ChangeEvent[])[] = [];
    const unsubscribe = source.changes.subscribe((events) => calls.push(events));
    assert.equal(typeof unsubscribe, 'function', 'subscribe() must return a function that unsubscribes');
    try {
      await grant(scopes[0]);
      await waitUntil(() => calls.length > 0, notifyWithinMs);
    } finally {
      unsubscribe();
    }
    assert.ok(calls.length > 0, `no call of the listener within ${notifyWithinMs} ms of a change`);
    const { events } = await drainFeed(source, position);
    for (const notified of calls.flat()) {
      assert.deepEqual(
        events.find((event) => event.number === notified.number),
        notified,
        'a notification has an event that the feed does not have',
      );
    }
    const callsBefore = calls.length;
    await grant(scopes[1]);
    await delay(SETTLE_MS);
    assert.equal(calls.length, callsBefore, 'the listener is called after it unsubscribed');
  },

  'rejects with a StoreUnavailableError where it cannot tell': async ({ source, applicationId, disconnect }) => {
    if (disconnect === undefined) return;
    const { position } = await source.applicationStatus(applicationId);
    await disconnect();
    await assert.rejects(() => source.applicationStatus(applicationId), UNAVAILABLE);
    await assert.rejects(() => source.changes.since(position), UNAVAILABLE);
  },
};

const NO_APPLICATION = '00000000-0000-4000-8000-00000000dead';
const NO_POSITION = 'no position of this feed';
const STATES = ['enabled', 'disabled', 'gone', 'unknown'];
const UNAVAILABLE = { name: 'StoreUnavailableError' };
const ONE_DAY_MS = 86_400_000;
/** How long a listener that unsubscribed is watched, in milliseconds. */
const SETTLE_MS = 100;
const MAX_BATCHES = 1000;

/** Hooks may be methods that use `this`. */
function bindHooks(opened: OpenedSource): OpenedSource {
  const { source, applicationId } = opened;
  return {
    source,
    applicationId,
    grant: (...scopes) => opened.grant(...scopes),
    revoke: () => opened.revoke(),
    disable: () => opened.disable(),
    ...(opened.disconnect !== undefined && { disconnect: () => opened.disconnect?.() }),
  };
}

function makeChanges({ grant, revoke, disable, scopes }: Opened): readonly (() => Promise<unknown>)[] {
  return [() => grant(scopes[0]), () => grant(...scopes), revoke, () => grant(), disable];
}

function getScopes(status: ApplicationStatus): readonly string[] {
  return status.grants.map(({ scope }) => scope);
}

function assertShape(status: ApplicationStatus): void {
  const { number, position, state, grants, subjectsNotBefore } = status;
  assert.ok(Number.isSafeInteger(number) && number >= 0, `number is ${number}, not a whole number of at least 0`);
  assert.equal(typeof position, 'string', 'position is not a string');
  assert.ok(STATES.includes(state), `state is "${state}", not one of ${STATES.join(', ')}`);
  for (const { audience, scope, notBefore, expiresAt } of grants) {
    assert.equal(typeof audience, 'string', `the grant of ${scope} has no audience`);
    for (const date of [notBefore, expiresAt]) {
      assert.ok(date === undefined || Number.isFinite(date), `a date of ${scope} is not in milliseconds: ${date}`);
    }
  }
  assert.ok(subjectsNotBefore instanceof Map, 'subjectsNotBefore is not a Map');
}

function affects(event: ChangeEvent, applicationId: string, { environmentId }: ApplicationStatus): boolean {
  return event.affects === applicationId || (event.affects === 'all' && event.environmentId === environmentId);
}

/** Reads the feed to its end. */
async function drainFeed(
  source: LiveGrantsSource,
  start: FeedPosition,
): Promise<Pick<ChangeFeed, 'events' | 'position'>> {
  const events: ChangeEvent[] = [];
  let position = start;
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const feed = await source.changes.since(position);
    assert.equal(feed.hasGap, false, `the feed has a gap after the position ${position}`);
    events.push(...feed.events);
    position = feed.position;
    const last = events.at(-1)?.position ?? start;
    assert.equal(position, last, 'the position of a batch must be that of its last event');
    if (!feed.hasMore) return { events, position };
    assert.ok(feed.events.length > 0, 'hasMore is true, but the batch is empty');
  }
  assert.fail(`the feed has no end after ${MAX_BATCHES} batches`);
}

async function waitUntil(isDone: () => boolean, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!isDone() && performance.now() < end) await delay(5);
}
