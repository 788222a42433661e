import { insist, isQuantity, refuseUnknownOptions } from '../options.js';
import type { GrantStore } from './store.js';

export interface LiveGrantsOptions {
  /** Where the grants are: from `openSqliteStore`, `openPostgresStore`, or a {@link GrantStore} of your own. */
  readonly store: Pick<GrantStore, 'standing' | 'changesSince' | 'watch'>;
  /** The application that a token was issued to, from its claims. Default its `client_id`. */
  readonly applicationOf?: ((payload: Readonly<Record<string, unknown>>) => unknown) | undefined;
  /** Tokens of applications that the store has never heard of: `'refuse'`, or `'token-only'`. Default `'refuse'`. */
  readonly unknownApplications?: 'refuse' | 'token-only' | undefined;
  /** Milliseconds for which what is known is believed without being confirmed, an hour at most. Default 1000. */
  readonly staleness?: number | undefined;
  /** Milliseconds that a request waits for the store, `staleness` at most, which is the default. */
  readonly patience?: number | undefined;
  /** Seconds by which the clocks of issuer and store may differ: tokens issued so soon after a revocation are void too. Default 5. */
  readonly clockTolerance?: number | undefined;
  /** How many applications are kept in memory. Default 100000. */
  readonly maxApplications?: number | undefined;
  /** Milliseconds that never run backwards. Default the system's. */
  readonly clock?: { monotonic(): number } | undefined;
}

const OPTIONS: readonly (keyof LiveGrantsOptions)[] = [
  'store',
  'applicationOf',
  'unknownApplications',
  'staleness',
  'patience',
  'clockTolerance',
  'maxApplications',
  'clock',
];

const systemClock = { monotonic: () => performance.now() };

export function parseLiveGrantsOptions(options: LiveGrantsOptions) {
  const creator = 'liveGrants()';
  refuseUnknownOptions(creator, options, OPTIONS);
  const { store, applicationOf = clientId, unknownApplications = 'refuse', clock = systemClock } = options;
  const { staleness = 1000, patience = staleness, clockTolerance = 5, maxApplications = 100_000 } = options;
  const isStore = typeof (store as Partial<GrantStore> | undefined)?.standing === 'function';
  insist(isStore, creator, 'store', 'a store such as await openSqliteStore({ file })', store);
  insist(typeof applicationOf === 'function', creator, 'applicationOf', 'a function', applicationOf);
  const isKnown = ['refuse', 'token-only'].includes(unknownApplications);
  insist(isKnown, creator, 'unknownApplications', "'refuse' or 'token-only'", unknownApplications);
  const isBound = isQuantity(staleness, 10) && staleness <= LONGEST_STALENESS;
  insist(isBound, creator, 'staleness', 'milliseconds, 10 to 3600000', staleness);
  insist(
    isQuantity(patience, 1) && patience <= staleness,
    creator,
    'patience',
    'milliseconds up to staleness',
    patience,
  );
  insist(isQuantity(clockTolerance), creator, 'clockTolerance', 'a number of seconds', clockTolerance);
  insist(isQuantity(maxApplications, 2), creator, 'maxApplications', 'a number above 1', maxApplications);
  insist(typeof clock?.monotonic === 'function', creator, 'clock', 'an object with monotonic()', clock);
  const lenient = unknownApplications === 'token-only';
  const skew = clockTolerance * 1000;
  return { store, applicationOf, lenient, staleness, patience, skew, maxApplications, clock };
}

const LONGEST_STALENESS = 3_600_000;

function clientId({ client_id: id }: Readonly<Record<string, unknown>>): unknown {
  return id;
}
