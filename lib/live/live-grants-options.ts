import { type Clock, systemClock } from '../clock.js';
import { insist, insistCallback, insistWord, isQuantity, type OptionNames, refuseUnknownOptions } from '../options.js';
import type { FeedPlace } from './feed-follower.js';
import type { LiveGrantsSource } from './source.js';

export interface LiveGrantsOptions {
  /** Where the grants are read: a store from `openSqliteStore` or `openPostgresStore`, or your own three methods. */
  readonly source: LiveGrantsSource;
  /** The application that a token was issued to, from its claims. Default its `client_id`. */
  readonly applicationOf?: ((payload: Readonly<Record<string, unknown>>) => unknown) | undefined;
  /** Tokens of applications that the source does not know: `'refuse'`, or `'trust-token'`. Default `'refuse'`. */
  readonly unknownApplications?: 'refuse' | 'trust-token' | undefined;
  /** Milliseconds for which a cached status is used without being confirmed, an hour at most. Default 1000. */
  readonly maxStalenessMs?: number | undefined;
  /** Milliseconds that a request waits for the source, `maxStalenessMs` at most, which is the default. */
  readonly timeoutMs?: number | undefined;
  /**
   * How many queries for applications run at a time; others wait for their turn. As many as the source can take: a store
   * on PostgreSQL with the default `poolSize` leaves seven connections to live grants. Default 8.
   */
  readonly maxQueries?: number | undefined;
  /**
   * Seconds by which the clocks of issuer and store may differ: tokens issued so soon after a revocation are revoked too.
   * Default 5.
   */
  readonly clockTolerance?: number | undefined;
  /** How many applications are kept in memory. Default 100000. */
  readonly maxApplications?: number | undefined;
  /**
   * Called when the change feed lacks a change that was read before, as after a failover or a restore that lost changes.
   * Everything cached has been dropped. It gets the last known place in the feed: that change, or a later one that was
   * seen, is lost. An error that it throws is ignored. Default none.
   */
  readonly onFeedGap?: ((place: FeedPlace) => unknown) | undefined;
  /** `monotonic()` for the age of what is cached, `now()` for the dates of grants. Default the system's. */
  readonly clock?: (Pick<Clock, 'monotonic'> & Partial<Pick<Clock, 'now'>>) | undefined;
}

const OPTIONS: OptionNames<LiveGrantsOptions> = {
  source: true,
  applicationOf: true,
  unknownApplications: true,
  maxStalenessMs: true,
  timeoutMs: true,
  maxQueries: true,
  clockTolerance: true,
  maxApplications: true,
  onFeedGap: true,
  clock: true,
};

export function parseLiveGrantsOptions(options: LiveGrantsOptions) {
  const creator = 'liveGrants()';
  refuseUnknownOptions(creator, options, OPTIONS, { store: 'source' });
  const { source, applicationOf = clientId, unknownApplications = 'refuse', clock = systemClock } = options;
  const { onFeedGap, maxQueries = 8 } = options;
  const { maxStalenessMs = 1000, timeoutMs = maxStalenessMs, clockTolerance = 5, maxApplications = 100_000 } = options;
  const { applicationStatus, changes } = (source ?? {}) as Partial<LiveGrantsSource>;
  const isSource = [applicationStatus, changes?.since, changes?.subscribe].every((each) => typeof each === 'function');
  insist(isSource, creator, 'source', 'a store such as await openSqliteStore({ file })', source);
  insistCallback(creator, 'applicationOf', applicationOf);
  insistWord(creator, 'unknownApplications', ['refuse', 'trust-token'], unknownApplications);
  const isBound = isQuantity(maxStalenessMs, 10) && maxStalenessMs <= MAX_STALENESS_MS;
  insist(isBound, creator, 'maxStalenessMs', 'milliseconds, 10 to 3600000', maxStalenessMs);
  insist(
    isQuantity(timeoutMs, 1) && timeoutMs <= maxStalenessMs,
    creator,
    'timeoutMs',
    'milliseconds up to maxStalenessMs',
    timeoutMs,
  );
  insist(Number.isInteger(maxQueries) && maxQueries > 0, creator, 'maxQueries', 'a whole number above 0', maxQueries);
  insist(isQuantity(clockTolerance), creator, 'clockTolerance', 'a number of seconds', clockTolerance);
  insist(isQuantity(maxApplications, 2), creator, 'maxApplications', 'a number above 1', maxApplications);
  insistCallback(creator, 'onFeedGap', onFeedGap);
  insist(typeof clock?.monotonic === 'function', creator, 'clock', 'an object with monotonic()', clock);
  insist(clock.now === undefined || typeof clock.now === 'function', creator, 'clock', 'an object with now()', clock);
  const trustUnknown = unknownApplications === 'trust-token';
  const skew = clockTolerance * 1000;
  const clocks: Clock = { monotonic: () => clock.monotonic(), now: () => (clock.now ?? systemClock.now)() };
  const bounds = { maxStalenessMs, timeoutMs, maxQueries, skew, maxApplications };
  return { source, applicationOf, trustUnknown, ...bounds, onFeedGap: ignoreErrors(onFeedGap), clock: clocks };
}

function ignoreErrors(listener: LiveGrantsOptions['onFeedGap']): (place: FeedPlace) => void {
  const notify = async (place: FeedPlace) => listener?.(place);
  return (place) => void notify(place).catch(() => undefined);
}

export type ParsedLiveGrantsOptions = ReturnType<typeof parseLiveGrantsOptions>;

const MAX_STALENESS_MS = 3_600_000;

function clientId({ client_id: id }: Readonly<Record<string, unknown>>): unknown {
  return id;
}
