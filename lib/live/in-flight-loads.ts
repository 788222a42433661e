import { type Clock, elapsedBetween, type Instant, readClock } from '../clock.js';
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

export const TOO_LATE = 'The store did not respond in time.';

/** A query for one application. */
interface Load {
  readonly result: Promise<CachedApplication>;
  readonly startedAt: Instant;
  /** How many changes of whole environments had arrived when it started. */
  readonly environmentChanges: number;
  /** The latest change of this application that was read from the feed while it ran; 0 where none was. */
  invalidatedBy: number;
  /** The place after the change of this application that was announced while it ran, if any was. */
  announcedAt: FeedPosition | undefined;
}

interface LoadOptions {
  readonly source: LiveGrantsSource;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly maxStalenessMs: number;
}

/** Reads applications from the source: one query at a time for each, shared by the requests that need it. */
export class InFlightLoads {
  readonly #options: LoadOptions;
  readonly #cache: ApplicationCache;
  readonly #follower: FeedFollower;
  readonly #internGranted = internGrantedScopes();
  readonly #loads = new Map<string, Load>();
  #failure: { readonly at: Instant; readonly cause: unknown } | undefined;

  constructor(options: LoadOptions, cache: ApplicationCache, follower: FeedFollower) {
    this.#options = options;
    this.#cache = cache;
    this.#follower = follower;
  }

  /** @throws {StoreUnavailableError} where the source fails, failed a moment ago, or takes too long */
  load(id: string, now: Instant): Promise<CachedApplication> {
    const current = this.#loads.get(id);
    if (current !== undefined && this.#canShare(current, now)) return current.result;
    if (this.#failure !== undefined && elapsedBetween(this.#failure.at, now) < FAILURE_BACKOFF_MS) {
      return Promise.reject(this.#failure.cause);
    }
    return this.#start(id, now).result;
  }

  /** @param origin see `FeedListener`: only changes that were read have numbers to compare with those of the results */
  invalidate(events: readonly ChangeEvent[], origin: 'read' | 'announced'): void {
    for (const { number, position, affects } of events) {
      const load = this.#loads.get(affects);
      if (load === undefined) continue;
      if (origin === 'read') load.invalidatedBy = Math.max(load.invalidatedBy, number);
      else load.announcedAt = position;
    }
  }

  /** Later requests share none of these; their own waiters still get the result. */
  clear(): void {
    this.#loads.clear();
  }

  /** A request must not get what was right before a change that has arrived since. */
  #canShare({ startedAt, environmentChanges, invalidatedBy, announcedAt }: Load, now: Instant): boolean {
    const isOvertaken = invalidatedBy > 0 || announcedAt !== undefined;
    const isCurrent = !isOvertaken && environmentChanges === this.#cache.environmentChanges;
    return isCurrent && elapsedBetween(startedAt, now) <= this.#options.maxStalenessMs;
  }

  #start(id: string, startedAt: Instant): Load {
    const query = this.#query(id, startedAt, () => load);
    query.catch((cause) => {
      this.#failure = { at: readClock(this.#options.clock), cause };
    });
    const load: Load = {
      result: withTimeout(this.#options.timeoutMs, query),
      startedAt,
      environmentChanges: this.#cache.environmentChanges,
      invalidatedBy: 0,
      announcedAt: undefined,
    };
    this.#loads.set(id, load);
    const end = () => {
      if (this.#loads.get(id) === load) this.#loads.delete(id);
    };
    load.result.then(end, end);
    return load;
  }

  async #query(id: string, asOf: Instant, getLoad: () => Load): Promise<CachedApplication> {
    const status = await this.#options.source.applicationStatus(id);
    const { grants, activeUntil } = selectActiveGrants(status.grants, this.#options.clock.now());
    const granted = this.#internGranted({ ...status, grants });
    const load = getLoad();
    const entry = toCachedApplication(status, {
      granted,
      activeUntil,
      asOf,
      environmentChanges: load.environmentChanges,
    });
    if (this.#isToKeep(id, status, load) && this.#follower.continueAt(status)) this.#cache.set(id, entry);
    return entry;
  }

  /** Not a result that no request waits for, and none from before a change that has arrived. */
  #isToKeep(id: string, { number, position }: ApplicationStatus, load: Load): boolean {
    if (this.#loads.get(id) !== load || !this.#follower.isFollowing) return false;
    if (load.announcedAt !== undefined && load.announcedAt !== position) return false;
    return number >= load.invalidatedBy;
  }
}

export function withTimeout<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreUnavailableError(TOO_LATE)), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
