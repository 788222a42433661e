import { elapsedBetween, type Instant, readClock } from '../clock.js';
import { StoreUnavailableError } from '../grants/errors.js';
import { hyphenate, parseUuid } from '../grants/ids.js';
import { intersection } from '../scope/intersection.js';
import type { ScopeSet } from '../scope/scope-set.js';
import { ApplicationCache } from './application-cache.js';
import { type CachedApplication, isRevoked } from './cached-application.js';
import { FeedFollower } from './feed-follower.js';
import { type GrantsHealth, readGrantsHealth } from './grants-health.js';
import { InFlightLoads, TOO_LATE } from './in-flight-loads.js';
import type { IssuedToken } from './issued-token.js';
import { type LiveGrantsOptions, type ParsedLiveGrantsOptions, parseLiveGrantsOptions } from './live-grants-options.js';
import { WatchedApplications } from './watched-applications.js';

export type { GrantsHealth } from './grants-health.js';
export type { IssuedToken } from './issued-token.js';

/** What a token may do now, or why it may do nothing. */
export type LiveVerdict =
  | LivePermission
  | { readonly ok: false; readonly reason: LiveRefusal; readonly cause?: unknown };

export interface LivePermission {
  readonly ok: true;
  /** The scopes of the token that its application is granted. */
  readonly scopes: ScopeSet;
  /** What the application is granted for the audience of the token; `undefined` where the token alone decides. */
  readonly granted: ScopeSet | undefined;
  /** When this was last known to be right. */
  readonly asOf: Instant;
  /** When the next grant begins or ends, in milliseconds since the epoch: from then on it is wrong. */
  readonly activeUntil: number;
}

/**
 * `application_revoked`: disabled, deleted, without a grant for the audience of the token, or the token was issued before a
 * revocation.
 * `application_unknown`: the source does not know it. `grants_unavailable`: the source cannot tell.
 */
export type LiveRefusal = 'application_revoked' | 'application_unknown' | 'grants_unavailable';

export interface LiveGrants {
  /**
   * Synchronous where the application is cached and fresh; else a promise, for one query, which never rejects.
   *
   * @param earlier the permission of an earlier check of the same request: used again, while it is no older than
   *   `maxStalenessMs`, in place of a query
   * @throws what `applicationOf` throws
   */
  check(token: IssuedToken, earlier?: LivePermission): LiveVerdict | Promise<LiveVerdict>;
  /**
   * Watches the token of an open connection; `gate.watch` needs this method. Calls `listener` with a verdict like that of
   * `check` soon after this call and after each change of the application, and with `grants_unavailable` when the last
   * verdict could not be confirmed for `maxStalenessMs`. Never calls it synchronously. `listener` must not throw.
   *
   * @returns a function that stops watching
   * @throws what `applicationOf` throws
   */
  watch?(token: IssuedToken, listener: (verdict: LiveVerdict) => void): () => void;
  /** Whether the source responds, and the age of what is cached. Never rejects. `gate.health` calls it. */
  health?(): Promise<GrantsHealth>;
  /** Stops following the change feed. Later checks query the source each time; watched tokens get `grants_unavailable`. */
  close(): void;
}

/**
 * Lets a token do only what its application is granted *now*: the scopes of the token ∩ those that it is granted, by
 * coverage. A grant of `…:paas::read` keeps a token for `…:paas:analytics::read` alive, and the other way round.
 *
 * The audience of the token says whose grants count: for the audience of a resource, those of that resource, and those that
 * the trust scope of the application makes valid there; for the account or for tags, all of them while the trust scope is
 * `Account` or `Tags`. A token for several resources counts while each of its scopes is granted for one of them.
 *
 * Verified: that the application exists, is enabled and holds a grant for the audience; that neither it nor the subject
 * was revoked after the token was issued. Not verified: anything about the token itself, which the gate's verifier does
 * first.
 *
 * A grant counts within its dates, if the source gives any.
 *
 * The status of applications is cached and invalidated by the change feed of the source: at once for changes made
 * through the same store, soon after for those of other processes. Whatever the feed says or misses, nothing older than
 * `maxStalenessMs` is used: then the request queries the source, once.
 *
 * @example
 * ```ts
 * const gate = createGate({ verifier, grants: liveGrants({ source: store }) });
 * ```
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function liveGrants(options: LiveGrantsOptions): LiveGrants {
  return new LiveGrantsCheck(parseLiveGrantsOptions(options));
}

class LiveGrantsCheck implements LiveGrants {
  readonly #options: ParsedLiveGrantsOptions;
  readonly #cache: ApplicationCache;
  readonly #follower: FeedFollower;
  readonly #loads: InFlightLoads;
  readonly #watched: WatchedApplications;

  constructor(options: ParsedLiveGrantsOptions) {
    this.#options = options;
    this.#cache = new ApplicationCache(options.maxApplications, options.maxStalenessMs);
    this.#follower = new FeedFollower(options, {
      apply: (events, origin) => {
        this.#cache.apply(events, origin);
        this.#loads.invalidate(events, origin);
        this.#watched.apply(events, origin);
      },
      confirm: (time, readTo) => {
        this.#cache.confirm(time, readTo);
        this.#watched.confirm(time, readTo);
      },
      reset: () => {
        this.#cache.clear();
        this.#loads.clear();
        this.#watched.reset();
      },
      poll: (now) => this.#watched.poll(now),
      fail: (cause) => this.#watched.fail(cause),
    });
    this.#loads = new InFlightLoads(options, this.#cache, this.#follower);
    this.#watched = new WatchedApplications(options, this.#cache, this.#follower, this.#loads);
  }

  check(token: IssuedToken, earlier?: LivePermission): LiveVerdict | Promise<LiveVerdict> {
    const { applicationOf, clock, maxStalenessMs } = this.#options;
    const client = applicationOf(token.payload);
    const now = readClock(clock);
    this.#follower.noteRequest(now);
    if (typeof client !== 'string') return withoutClientId(client);
    const spelled = hyphenate(client);
    const cached = this.#cache.getFresh(spelled, now); // nearly always: it is an id already
    if (cached !== undefined) return this.#judge(cached, token, this.#cache.confirmedAt(cached));
    const id = parseUuid(spelled);
    if (id === undefined) return this.#judgeUnknown(token, now);
    const other = id === spelled ? undefined : this.#cache.getFresh(id, now);
    if (other !== undefined) return this.#judge(other, token, this.#cache.confirmedAt(other));
    if (earlier !== undefined && isUsable(earlier, now, maxStalenessMs)) return permit(token, earlier);
    return this.#loads.load(id, now).then((loaded) => this.#checkLoaded(id, loaded, token), unavailable);
  }

  watch(token: IssuedToken, listener: (verdict: LiveVerdict) => void): () => void {
    const client = this.#options.applicationOf(token.payload);
    const id = typeof client === 'string' ? parseUuid(hyphenate(client)) : undefined;
    if (id !== undefined) {
      return this.#watched.watch(id, {
        judge: (application, asOf) => listener(this.#judgeAgain(application, token, asOf)),
        miss: (cause) => listener(unavailable(cause)),
      });
    }
    const now = readClock(this.#options.clock);
    const verdict = typeof client === 'string' ? this.#judgeUnknown(token, now) : withoutClientId(client);
    setImmediate(() => listener(verdict)); // the source has no such application, and no change makes one
    return () => undefined;
  }

  health(): Promise<GrantsHealth> {
    return readGrantsHealth(this.#options, this.#cache.feedReadAt);
  }

  close(): void {
    this.#watched.close();
    this.#follower.close();
  }

  /** An error of the application's scope model must not keep a connection open. */
  #judgeAgain(application: CachedApplication, token: IssuedToken, asOf: Instant): LiveVerdict {
    try {
      return this.#judge(application, token, asOf);
    } catch (cause) {
      return { ok: false, reason: 'application_revoked', cause };
    }
  }

  #judge(
    { isKnown, isUsable, revocations, granted, activeUntil }: CachedApplication,
    token: IssuedToken,
    asOf: Instant,
  ): LiveVerdict {
    if (!isKnown) return this.#judgeUnknown(token, asOf);
    if (!isUsable || (revocations !== undefined && isRevoked(revocations, token.payload, this.#options.skew))) {
      return { ok: false, reason: 'application_revoked' };
    }
    const scopes = granted.select(token);
    if (scopes.size === 0) return { ok: false, reason: 'application_revoked' };
    return permit(token, { granted: scopes, asOf, activeUntil });
  }

  #judgeUnknown(token: IssuedToken, asOf: Instant): LiveVerdict {
    if (!this.#options.trustUnknown) return { ok: false, reason: 'application_unknown' };
    return permit(token, { granted: undefined, asOf, activeUntil: Number.POSITIVE_INFINITY });
  }

  /** A result that came late may have grown old, unless the feed has confirmed it. */
  #checkLoaded(id: string, entry: CachedApplication, token: IssuedToken): LiveVerdict {
    const { clock, maxStalenessMs } = this.#options;
    const now = readClock(clock);
    if (isUsable(entry, now, maxStalenessMs)) return this.#judge(entry, token, entry.asOf);
    const cached = this.#cache.getFresh(id, now);
    if (cached === undefined) return unavailable(new StoreUnavailableError(TOO_LATE));
    return this.#judge(cached, token, this.#cache.confirmedAt(cached));
  }
}

type Permission = Omit<LivePermission, 'ok' | 'scopes'>;

function permit({ scopes }: IssuedToken, { granted, asOf, activeUntil }: Permission): LivePermission {
  return {
    ok: true,
    scopes: granted === undefined ? scopes : intersection(scopes, granted),
    granted,
    asOf,
    activeUntil,
  };
}

function isUsable({ asOf, activeUntil }: Omit<Permission, 'granted'>, now: Instant, maxStalenessMs: number): boolean {
  return now.now < activeUntil && elapsedBetween(asOf, now) <= maxStalenessMs;
}

/** A token that names no application is refused even where unknown applications are trusted. */
function withoutClientId(client: unknown): LiveVerdict {
  Promise.resolve(client).catch(() => undefined); // a promise is not a name either
  return { ok: false, reason: 'application_unknown' };
}

function unavailable(cause: unknown): LiveVerdict {
  return { ok: false, reason: 'grants_unavailable', cause };
}
