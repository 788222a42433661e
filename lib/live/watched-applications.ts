import { type Clock, elapsedBetween, type Instant, readClock } from '../clock.js';
import { StoreUnavailableError } from '../grants/errors.js';
import type { ChangeEvent } from '../grants/store.js';
import type { ApplicationCache } from './application-cache.js';
import type { CachedApplication } from './cached-application.js';
import type { FeedFollower } from './feed-follower.js';
import { type InFlightLoads, TOO_LATE } from './in-flight-loads.js';

/** How many applications are loaded at once after a change that affects many. */
const MAX_LOADS = 8;

/** Gets the status of its application after each change; or why nothing has confirmed it for `maxStalenessMs`. */
export interface StatusListener {
  judge(application: CachedApplication, asOf: Instant): void;
  miss(cause: unknown): void;
}

/** An application with open connections. */
interface WatchedApplication {
  readonly id: string;
  readonly listeners: Set<StatusListener>;
  /** `undefined` until it was loaded. */
  status: CachedApplication | undefined;
  /** When the status was last known to be right; of a status that is still right, the feed may say later. */
  confirmedAt: Instant;
  /** Since when it must be loaded again; `undefined` while the feed keeps it right. */
  staleSince: Instant | undefined;
}

interface WatchOptions {
  readonly clock: Clock;
  readonly maxStalenessMs: number;
}

/**
 * Notifies open connections of changes. A change loads the status of its application once, for all connections of the
 * application. Without a change, one reading of the feed confirms all of them.
 */
export class WatchedApplications {
  readonly #options: WatchOptions;
  readonly #cache: ApplicationCache;
  readonly #follower: FeedFollower;
  readonly #loads: InFlightLoads;
  readonly #watched = new Map<string, WatchedApplication>();
  readonly #queue = new Set<WatchedApplication>();
  readonly #loading = new Set<WatchedApplication>();
  #feedRead: { readonly at: Instant; readonly to: number } | undefined;
  #isClosed = false;

  constructor(options: WatchOptions, cache: ApplicationCache, follower: FeedFollower, loads: InFlightLoads) {
    this.#options = options;
    this.#cache = cache;
    this.#follower = follower;
    this.#loads = loads;
  }

  /** @returns ends it */
  watch(id: string, listener: StatusListener): () => void {
    const now = readClock(this.#options.clock);
    this.#follower.noteRequest(now);
    const watched = this.#watched.get(id) ?? this.#add(id, now);
    watched.listeners.add(listener);
    // Never before the caller has its result. A listener that always watches again must not keep others from running.
    if (this.#isClosed) setImmediate(() => watched.listeners.has(listener) && listener.miss(closed()));
    queueMicrotask(() => {
      if (this.#isClosed || watched.status === undefined || !watched.listeners.has(listener)) return;
      listener.judge(watched.status, this.#confirmedAt(watched));
    });
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0 && this.#watched.get(id) === watched) this.#watched.delete(id);
    };
  }

  /** @param origin see `FeedListener`: only changes that were read have numbers to compare with those of a status */
  apply(events: readonly ChangeEvent[], origin: 'read' | 'announced'): void {
    for (const { affects, environmentId, number } of events) {
      const affected = affects === 'all' ? this.#inEnvironment(environmentId) : [this.#watched.get(affects)];
      for (const watched of affected) {
        if (watched === undefined) continue;
        if (origin === 'announced' || !(number <= (watched.status?.number ?? -1))) this.#reload(watched);
      }
    }
  }

  /** The feed was read to its end: what no event made stale, and is no later than its end, was right at `time`. */
  confirm(time: Instant, readTo: number): void {
    this.#feedRead = { at: time, to: readTo };
  }

  /** Anything may have changed. */
  reset(): void {
    for (const watched of this.#watched.values()) this.#reload(watched);
  }

  /** Retries what could not be loaded, and loads what a date of a grant has changed. */
  poll(now: Instant): void {
    if (this.#watched.size === 0) return;
    this.#follower.noteRequest(now);
    for (const watched of this.#watched.values()) {
      const { status, staleSince } = watched;
      if (staleSince !== undefined || now.now >= (status?.activeUntil ?? 0)) this.#reload(watched);
      const waitingSince = watched.staleSince ?? this.#follower.readingSince;
      if (waitingSince === undefined || elapsedBetween(waitingSince, now) < this.#options.maxStalenessMs / 3) continue;
      this.#missIfOverdue(watched, now, new StoreUnavailableError(TOO_LATE));
    }
  }

  /** The feed cannot be read. */
  fail(cause: unknown): void {
    const now = readClock(this.#options.clock);
    for (const watched of this.#watched.values()) {
      if (watched.staleSince === undefined) this.#missIfOverdue(watched, now, cause);
    }
  }

  close(): void {
    this.#isClosed = true;
    const all = [...this.#watched.values()];
    this.#watched.clear();
    for (const watched of all) notifyEach(watched, (listener) => listener.miss(closed()));
  }

  #add(id: string, now: Instant): WatchedApplication {
    const status = this.#cache.getFresh(id, now);
    const confirmedAt = status === undefined ? now : this.#cache.confirmedAt(status);
    const watched = { id, listeners: new Set<StatusListener>(), status, confirmedAt, staleSince: undefined };
    if (this.#isClosed) return watched;
    this.#watched.set(id, watched);
    if (status === undefined) this.#reload(watched);
    return watched;
  }

  /** Those whose environment is not known yet may be in any. */
  #inEnvironment(environmentId: string): WatchedApplication[] {
    const isIn = ({ status }: WatchedApplication) => (status?.environmentId ?? environmentId) === environmentId;
    return [...this.#watched.values()].filter(isIn);
  }

  #confirmedAt({ confirmedAt, staleSince, status }: WatchedApplication): Instant {
    const read = this.#feedRead;
    if (read === undefined || staleSince !== undefined || status === undefined) return confirmedAt;
    return status.number > read.to || read.at.monotonic <= confirmedAt.monotonic ? confirmedAt : read.at;
  }

  #reload(watched: WatchedApplication): void {
    watched.confirmedAt = this.#confirmedAt(watched);
    watched.staleSince ??= readClock(this.#options.clock);
    this.#queue.add(watched);
    this.#loadNext();
  }

  #loadNext(): void {
    for (const watched of this.#queue) {
      if (this.#loading.size >= MAX_LOADS) return;
      if (this.#loading.has(watched)) continue; // once more after this time
      this.#queue.delete(watched);
      if (this.#watched.get(watched.id) === watched) void this.#load(watched);
    }
  }

  async #load(watched: WatchedApplication): Promise<void> {
    this.#loading.add(watched);
    try {
      this.#take(watched, await this.#loads.load(watched.id, readClock(this.#options.clock)));
    } catch (cause) {
      this.#missIfOverdue(watched, readClock(this.#options.clock), cause);
    }
    this.#loading.delete(watched);
    this.#loadNext();
  }

  #take(watched: WatchedApplication, status: CachedApplication): void {
    watched.status = status;
    watched.confirmedAt = status.asOf;
    // What is not cached is not kept right by the feed, because a change has overtaken it.
    const isKept = this.#cache.getFresh(watched.id, readClock(this.#options.clock)) === status;
    watched.staleSince = isKept ? undefined : (watched.staleSince ?? status.asOf);
    if (isKept) this.#queue.delete(watched);
    notifyEach(watched, (listener) => listener.judge(status, status.asOf));
  }

  #missIfOverdue(watched: WatchedApplication, now: Instant, cause: unknown): void {
    if (elapsedBetween(this.#confirmedAt(watched), now) <= this.#options.maxStalenessMs) return;
    notifyEach(watched, (listener) => listener.miss(cause));
  }
}

/** Those that listen now: a listener may end others, or begin to watch again, which would never end. */
function notifyEach({ listeners }: WatchedApplication, notify: (listener: StatusListener) => void): void {
  for (const listener of [...listeners]) if (listeners.has(listener)) notify(listener);
}

function closed(): StoreUnavailableError {
  return new StoreUnavailableError('The live grants were closed.');
}
