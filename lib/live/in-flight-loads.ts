import { type Clock, elapsedBetween, type Instant, LONG_AGO, readClock } from '../clock.js';
import { StoreUnavailableError } from '../grants/errors.js';
import type { ApplicationStatus, ChangeEvent, FeedPosition } from '../grants/store.js';
import { selectActiveGrants } from './active-grants.js';
import type { ApplicationCache } from './application-cache.js';
import { type CachedApplication, toCachedApplication } from './cached-application.js';
import type { FeedFollower } from './feed-follower.js';
import { internGrantedScopes } from './granted-scopes.js';
import type { LiveGrantsSource } from './source.js';

/** After a query failed, for how long none is made, in milliseconds. */
const FAILURE_BACKOFF_MS = 250;

/** How many applications wait for their query at most. */
const MAX_WAITING = 5000;

/** After so many times `timeoutMs`, a query no longer counts among those that run: its source may never respond. */
const MAX_TIMEOUTS = 5;

export const TOO_LATE = 'The store did not respond in time.';

/** A query for one application, which waits for its turn until it has begun. */
class Load {
  readonly result: Promise<CachedApplication>;
  resolve!: (application: CachedApplication) => void;
  reject!: (cause: unknown) => void;
  /** How many requests wait for it. */
  waiting = 0;
  hasBegun = false;
  startedAt: Instant = LONG_AGO;
  /** How many changes of whole environments had arrived when it began. */
  environmentChanges = 0;
  /** How far the feed had been read when it began. */
  feedNumber = 0;
  /** The latest change of this application that was read from the feed while it ran; 0 where none was. */
  invalidatedBy = 0;
  /** The place after the change of this application that was announced while it ran, if any was. */
  announcedAt: FeedPosition | undefined;

  constructor(readonly id: string) {
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.result.catch(() => undefined); // no request may be waiting any more
  }
}

interface LoadOptions {
  readonly source: LiveGrantsSource;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly maxStalenessMs: number;
  readonly maxQueries: number;
}

/**
 * Reads applications from the source: by one query for all requests that need the same one, and by a few queries at a time.
 * Those that no request waits for any more never begin. One that has begun is paid for: its result is kept, however late,
 * unless a change has overtaken it.
 */
export class InFlightLoads {
  readonly #options: LoadOptions;
  readonly #cache: ApplicationCache;
  readonly #follower: FeedFollower;
  readonly #internGranted = internGrantedScopes();
  /** The latest of each application, which requests may share. */
  readonly #latest = new Map<string, Load>();
  readonly #queue = new Set<Load>();
  readonly #running = new Set<Load>();
  /** Those of the running ones whose results may be kept. */
  readonly #kept = new Set<Load>();
  #failure: { readonly at: Instant; readonly cause: unknown } | undefined;

  constructor(options: LoadOptions, cache: ApplicationCache, follower: FeedFollower) {
    this.#options = options;
    this.#cache = cache;
    this.#follower = follower;
  }

  /** @throws {StoreUnavailableError} where the source fails, failed a moment ago, takes too long, or has too much to do */
  load(id: string, now: Instant): Promise<CachedApplication> {
    const current = this.#latest.get(id);
    if (current !== undefined && this.#canShare(current, now)) return this.#wait(current);
    const failure = this.#getFailure(now);
    if (failure !== undefined) return Promise.reject(failure.cause);
    if (this.#queue.size >= MAX_WAITING) return Promise.reject(new StoreUnavailableError(TOO_MANY));
    const load = new Load(id);
    this.#latest.set(id, load);
    this.#queue.add(load);
    this.#beginNext(now);
    return this.#wait(load);
  }

  /** @param origin see `FeedListener`: only changes that were read have numbers to compare with those of the results */
  invalidate(events: readonly ChangeEvent[], origin: 'read' | 'announced'): void {
    for (const { number, position, affects } of events) {
      for (const load of this.#kept) {
        if (load.id !== affects) continue;
        if (origin === 'read') load.invalidatedBy = Math.max(load.invalidatedBy, number);
        else load.announcedAt = position;
      }
    }
  }

  /** Later requests share none of those that have begun; their own waiters still get the result. */
  clear(): void {
    for (const load of this.#running) this.#unshare(load);
    this.#kept.clear();
  }

  #getFailure(now: Instant) {
    const isRecent = this.#failure !== undefined && elapsedBetween(this.#failure.at, now) < FAILURE_BACKOFF_MS;
    return isRecent ? this.#failure : undefined;
  }

  /** A request must not get what was right before a change that has arrived since. */
  #canShare(load: Load, now: Instant): boolean {
    if (!load.hasBegun) return true;
    const isOvertaken = load.invalidatedBy > 0 || load.announcedAt !== undefined;
    const isCurrent = !isOvertaken && load.environmentChanges === this.#cache.environmentChanges;
    return isCurrent && elapsedBetween(load.startedAt, now) <= this.#options.maxStalenessMs;
  }

  /** Waits no longer than `timeoutMs`. */
  #wait(load: Load): Promise<CachedApplication> {
    load.waiting++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#leave(load);
        reject(new StoreUnavailableError(TOO_LATE));
      }, this.#options.timeoutMs);
      load.result.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  #leave(load: Load): void {
    load.waiting--;
    if (load.waiting === 0 && this.#queue.delete(load)) this.#unshare(load);
  }

  #unshare(load: Load): void {
    if (this.#latest.get(load.id) === load) this.#latest.delete(load.id);
  }

  #beginNext(now: Instant): void {
    const longest = MAX_TIMEOUTS * this.#options.timeoutMs;
    for (const load of this.#running) if (elapsedBetween(load.startedAt, now) > longest) this.#end(load);
    for (const load of this.#queue) {
      if (this.#running.size >= this.#options.maxQueries) return;
      this.#queue.delete(load);
      this.#begin(load, now);
    }
  }

  #begin(load: Load, now: Instant): void {
    const failure = this.#getFailure(now);
    if (failure !== undefined) {
      this.#unshare(load);
      load.reject(failure.cause);
      return;
    }
    load.hasBegun = true;
    load.startedAt = now;
    load.environmentChanges = this.#cache.environmentChanges;
    load.feedNumber = this.#follower.readTo;
    this.#running.add(load);
    this.#kept.add(load);
    const timer = setTimeout(() => this.#unshare(load), this.#options.timeoutMs); // later requests send another
    void this.#run(load).finally(() => clearTimeout(timer));
  }

  #end(load: Load): void {
    this.#running.delete(load);
    this.#kept.delete(load);
    this.#unshare(load);
  }

  async #run(load: Load): Promise<void> {
    try {
      load.resolve(await this.#query(load));
    } catch (cause) {
      this.#failure = { at: readClock(this.#options.clock), cause };
      load.reject(cause);
    }
    this.#end(load);
    this.#beginNext(readClock(this.#options.clock));
  }

  async #query(load: Load): Promise<CachedApplication> {
    const { id, startedAt: asOf, environmentChanges } = load;
    const status = await this.#options.source.applicationStatus(id);
    const { grants, activeUntil } = selectActiveGrants(status.grants, this.#options.clock.now());
    const granted = this.#internGranted({ ...status, grants });
    const entry = toCachedApplication(status, { granted, activeUntil, asOf, environmentChanges });
    if (this.#isToKeep(status, load) && this.#follower.continueAt(status)) this.#cache.set(id, entry);
    return entry;
  }

  /**
   * Not a result from before a change that has arrived. The changes of the application since the query began were noted;
   * of those that the feed had told before that, a result from an earlier state would know nothing.
   */
  #isToKeep({ number, position }: ApplicationStatus, load: Load): boolean {
    if (!this.#kept.has(load) || !this.#follower.isFollowing) return false;
    if (load.announcedAt !== undefined && load.announcedAt !== position) return false;
    return number >= load.invalidatedBy && number >= load.feedNumber;
  }
}

const TOO_MANY = `${MAX_WAITING} applications are already waiting for the store.`;
