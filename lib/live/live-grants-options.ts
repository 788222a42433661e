import { type Clock, systemClock } from '../clock.js';
import { between, callback, hasMethods, insist, isQuantity, type OptionRules, oneOf, readOptions } from '../options.js';
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

const MAX_STALENESS_MS = 3_600_000;

const OPTIONS = {
  source: [isSource, 'a store such as await openSqliteStore({ file })'],
  applicationOf: callback(getClientId),
  unknownApplications: oneOf('refuse', 'trust-token'),
  maxStalenessMs: [between(10, MAX_STALENESS_MS), 'milliseconds, 10 to 3600000', 1000],
  timeoutMs: true,
  maxQueries: [isCount, 'a whole number above 0', 8],
  clockTolerance: [(value: unknown) => isQuantity(value), 'a number of seconds', 5],
  maxApplications: [(value: unknown) => isQuantity(value, 2), 'a number above 1', 100_000],
  onFeedGap: callback(),
  clock: [hasMethods('monotonic'), 'an object with monotonic()', systemClock],
} as const satisfies OptionRules<LiveGrantsOptions>;

export function parseLiveGrantsOptions(options: LiveGrantsOptions) {
  const creator = 'liveGrants()';
  const checked = readOptions(creator, options, OPTIONS, { store: 'source' });
  const { source, applicationOf, maxStalenessMs, maxQueries, maxApplications, onFeedGap, clock } = checked;
  const { timeoutMs = maxStalenessMs } = checked;
  const isTimeout = between(1, maxStalenessMs)(timeoutMs);
  insist(isTimeout, creator, 'timeoutMs', 'milliseconds up to maxStalenessMs', timeoutMs);
  insist(clock.now === undefined || typeof clock.now === 'function', creator, 'clock', 'an object with now()', clock);
  const trustUnknown = checked.unknownApplications === 'trust-token';
  const skew = checked.clockTolerance * 1000;
  const clocks: Clock = { monotonic: () => clock.monotonic(), now: () => (clock.now ?? systemClock.now)() };
  const bounds = { maxStalenessMs, timeoutMs, maxQueries, skew, maxApplications };
  return { source, applicationOf, trustUnknown, ...bounds, onFeedGap: ignoreErrors(onFeedGap), clock: clocks };
}

function ignoreErrors(listener: LiveGrantsOptions['onFeedGap']): (place: FeedPlace) => void {
  const notify = async (place: FeedPlace) => listener?.(place);
  return (place) => void notify(place).catch(() => undefined);
}

export type ParsedLiveGrantsOptions = ReturnType<typeof parseLiveGrantsOptions>;

function isSource(value: unknown): boolean {
  return (
    hasMethods('applicationStatus')(value) && hasMethods('since', 'subscribe')((value as LiveGrantsSource).changes)
  );
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && isQuantity(value, 1);
}

function getClientId({ client_id: id }: Readonly<Record<string, unknown>>): unknown {
  return id;
}
