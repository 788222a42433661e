import { StoreUnavailableError } from '../grants/errors.js';
import { hyphenate, parseUuid } from '../grants/ids.js';
import type { ChangeEvent, ChangeFeed, FeedPosition } from '../grants/store.js';
import { GenerationalCache } from '../lru.js';
import { intersection } from '../scope/intersection.js';
import type { ScopeSet } from '../scope/scope-set.js';
import { type CachedApplication, internScopeSets, isRevoked, toCachedApplication } from './cached-application.js';
import { type LiveGrantsOptions, parseLiveGrantsOptions } from './live-grants-options.js';

/** What live grants look at of an access token. */
export interface IssuedToken {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly scopes: ScopeSet;
}

/** What a token may do now, or why it may do nothing. */
export type LiveVerdict = LivePermission | { readonly refused: LiveRefusal; readonly cause?: unknown };

export interface LivePermission {
  /** Of the token, what its application is granted. Nothing here goes by it again. */
  readonly scopes: ScopeSet;
  /** What the application is granted; `undefined` where the token alone decides. */
  readonly granted: ScopeSet | undefined;
  /** By the clock, when this was known to be right. */
  readonly asOf: number;
}

/**
 * `application_revoked`: disabled, deleted, without a grant, or the token was issued before a revocation.
 * `application_unknown`: the store has never heard of it. `grants_unavailable`: the store cannot tell.
 */
export type LiveRefusal = 'application_revoked' | 'application_unknown' | 'grants_unavailable';

export interface LiveGrants {
  /**
   * At once where the application is known and confirmed; else a promise, for one query, which never rejects.
   *
   * @param earlier what the same request was told before: said again, while it is no older than `maxStalenessMs`, where it
   *   would have to be asked for once more
   * @throws what `applicationOf` throws
   */
  check(token: IssuedToken, earlier?: LivePermission): LiveVerdict | Promise<LiveVerdict>;
  /** Stops watching the store. Later checks ask it each time. */
  close(): void;
}

/** How long the store is watched after the last request, in milliseconds. */
const ATTENTION = 60_000;

/** After the store failed, for how long it is not asked again, in milliseconds. */
const REST = 250;

/** A query for an application, under way. */
interface Loading {
  readonly entry: Promise<CachedApplication>;
  readonly asOf: number;
  /** What `widest` was when it began. */
  readonly widest: number;
  /** The latest change that concerns it, told of while it is being read. */
  overtakenBy: number;
}

/**
 * Lets a token do only what its application is granted *now*: the scopes of the token ∩ those that it is granted, as
 * coverage goes. A grant of `…:paas::read` keeps a token for `…:paas:analytics::read` alive, and the other way round.
 *
 * What is known of an application is kept in memory and dropped when the change feed of the store says so: at once for
 * changes made through the same store, soon after for those of other processes. Whatever the feed says or fails to say,
 * nothing older than `maxStalenessMs` is believed: then the request asks the store, once.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function liveGrants(options: LiveGrantsOptions): LiveGrants {
  const { store, applicationOf, lenient, maxStalenessMs, timeoutMs, skew, maxApplications, clock } =
    parseLiveGrantsOptions(options);
  const entries = new GenerationalCache<string, CachedApplication>(maxApplications);
  const setOf = internScopeSets();
  const loading = new Map<string, Loading>();
  /** The latest change that may concern any application of an environment; and of any environment. */
  const wide = new Map<string, number>();
  let widest = 0;
  /** How far the feed has been read: no entry is older. And when it was last read to its end. */
  let position: FeedPosition | undefined;
  let confirmed = Number.NEGATIVE_INFINITY;
  let lastCheck = Number.NEGATIVE_INFINITY;
  let failure: { readonly at: number; readonly cause: unknown } | undefined;
  let reading: Promise<void> | undefined;
  /** Whether there was a call while the feed was being read. */
  let isToReadAgain = false;
  let stopWatching: (() => void) | undefined;
  let isClosed = false;

  function check(token: IssuedToken, earlier?: LivePermission): LiveVerdict | Promise<LiveVerdict> {
    const client = applicationOf(token.payload);
    const now = clock.monotonic();
    lastCheck = now;
    if (stopWatching === undefined && !isClosed) startWatching();
    if (typeof client !== 'string') return nameless(client);
    const spelt = hyphenate(client);
    const entry = entries.get(spelt); // an id already, nearly always
    if (entry !== undefined && isBelieved(entry, now)) return judge(entry, token, knownAt(entry));
    const id = parseUuid(spelt);
    if (id === undefined) return unknown(token, now);
    const other = id === spelt ? undefined : entries.get(id);
    if (other !== undefined && isBelieved(other, now)) return judge(other, token, knownAt(other));
    if (earlier !== undefined && now - earlier.asOf <= maxStalenessMs)
      return permission(token, earlier.granted, earlier.asOf);
    return load(id, now).then((loaded) => judgeLate(loaded, token), unavailable);
  }

  function isBelieved(entry: CachedApplication, now: number): boolean {
    return !isOvertaken(entry) && now - knownAt(entry) <= maxStalenessMs;
  }

  function isOvertaken({ number, environmentId }: CachedApplication): boolean {
    return number < widest && environmentId !== undefined && number < (wide.get(environmentId) ?? 0);
  }

  function knownAt({ asOf }: CachedApplication): number {
    return Math.max(asOf, confirmed);
  }

  function judge(
    { isKnown, isUsable, revocations, granted }: CachedApplication,
    token: IssuedToken,
    asOf: number,
  ): LiveVerdict {
    if (!isKnown) return unknown(token, asOf);
    if (!isUsable || (revocations !== undefined && isRevoked(revocations, token.payload, skew))) {
      return { refused: 'application_revoked' };
    }
    return permission(token, granted, asOf);
  }

  function unknown(token: IssuedToken, asOf: number): LiveVerdict {
    return lenient ? permission(token, undefined, asOf) : { refused: 'application_unknown' };
  }

  /** Where the process stood still meanwhile, even a fresh answer may have grown old. */
  function judgeLate(entry: CachedApplication, token: IssuedToken): LiveVerdict {
    if (clock.monotonic() - entry.asOf > maxStalenessMs) return unavailable(new StoreUnavailableError(TOO_LATE));
    return judge(entry, token, entry.asOf); // which the feed need not have confirmed
  }

  /** Whoever asks now must not get what was right before a change that has been told of since. */
  function mayJoin({ asOf, widest: then, overtakenBy }: Loading, now: number): boolean {
    return overtakenBy === 0 && then === widest && now - asOf <= maxStalenessMs;
  }

  /** One query at a time for an application, whoever asks. */
  function load(id: string, now: number): Promise<CachedApplication> {
    const underWay = loading.get(id);
    if (underWay !== undefined && mayJoin(underWay, now)) return underWay.entry;
    if (failure !== undefined && now - failure.at < REST) return Promise.reject(failure.cause);
    const asked = ask(id, now);
    asked.catch((cause) => {
      failure = { at: clock.monotonic(), cause };
    });
    const begun: Loading = { entry: within(timeoutMs, asked), asOf: now, widest, overtakenBy: 0 };
    loading.set(id, begun);
    const ended = () => {
      if (loading.get(id) === begun) loading.delete(id);
    };
    begun.entry.then(ended, ended);
    return begun.entry;

    async function ask(id: string, asOf: number): Promise<CachedApplication> {
      const standing = await store.applicationStatus(id);
      const entry = toCachedApplication(standing, setOf(standing.scopes), asOf);
      if (isToKeep(entry)) {
        position ??= { number: standing.number };
        entries.set(id, entry);
      }
      return entry;
    }

    /** Not an answer that nobody waits for any more, nor one from before what the feed has told: no change was told of it. */
    function isToKeep({ number }: CachedApplication): boolean {
      if (loading.get(id) !== begun || stopWatching === undefined) return false;
      return number >= begun.overtakenBy && number >= (position?.number ?? 0);
    }
  }

  function startWatching(): void {
    const stopListening = store.changes.subscribe((events) => {
      if (events.length > 0) apply(events);
      else readFeed();
    });
    const timer = setInterval(() => {
      if (clock.monotonic() - lastCheck > ATTENTION) stop();
      else readFeed();
    }, maxStalenessMs / 3);
    timer.unref();
    const stop = () => {
      clearInterval(timer);
      stopListening();
      stopWatching = undefined;
      forget(undefined); // nobody would tell of a change
    };
    stopWatching = stop;
  }

  /** Begins anew at a place of the feed: what is known, and what is being asked, may have been overtaken by anything. */
  function forget(from: FeedPosition | undefined): void {
    entries.clear();
    loading.clear();
    wide.clear();
    widest = 0;
    position = from;
    confirmed = Number.NEGATIVE_INFINITY;
  }

  /** Reads the feed to its end. What was not dropped thereby was right when the reading began. */
  function readFeed(): void {
    isToReadAgain = reading !== undefined;
    if (position === undefined || reading !== undefined) return;
    reading = readOn(clock.monotonic())
      .catch(() => undefined) // nothing is confirmed, so that requests ask for themselves
      .finally(() => {
        reading = undefined;
        if (isToReadAgain) readFeed();
      });
  }

  async function readOn(asOf: number): Promise<void> {
    for (;;) {
      const from = position;
      if (from === undefined) return;
      const feed: ChangeFeed = await store.changes.since(from);
      if (position !== from) return; // begun anew meanwhile
      if (feed.hasGap) {
        forget(feed.position);
        return;
      }
      apply(feed.events);
      position = feed.position;
      if (!feed.hasMore) break;
    }
    confirmed = Math.max(confirmed, asOf);
  }

  function apply(events: readonly ChangeEvent[]): void {
    for (const { number, environmentId, affects } of events) {
      if (affects === 'none') continue;
      if (affects === 'all') {
        wide.set(environmentId, Math.max(number, wide.get(environmentId) ?? 0));
        widest = Math.max(number, widest);
        continue;
      }
      const entry = entries.get(affects);
      if (entry !== undefined && entry.number < number) entries.delete(affects);
      const underWay = loading.get(affects);
      if (underWay !== undefined) underWay.overtakenBy = Math.max(underWay.overtakenBy, number);
    }
  }

  return {
    check,
    close() {
      isClosed = true;
      stopWatching?.();
    },
  };
}

function permission({ scopes }: IssuedToken, granted: ScopeSet | undefined, asOf: number): LivePermission {
  return { scopes: granted === undefined ? scopes : intersection(scopes, granted), granted, asOf };
}

/** A token that names no application is none of an application that the store has not heard of. */
function nameless(client: unknown): LiveVerdict {
  Promise.resolve(client).catch(() => undefined); // nor is a promise a name
  return { refused: 'application_unknown' };
}

function unavailable(cause: unknown): LiveVerdict {
  return { refused: 'grants_unavailable', cause };
}

const TOO_LATE = 'The store did not answer in time.';

function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreUnavailableError(TOO_LATE)), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
