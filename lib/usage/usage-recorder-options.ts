import { type Clock, systemClock } from '../clock.js';
import type { DecisionRecord } from '../enforcement/record.js';
import type { UsageStore } from '../grants/usage.js';
import { insist, insistCallback, isQuantity, type OptionNames, refuseUnknownOptions } from '../options.js';
import { parseScopeModel } from '../scope/models.js';
import type { ScopeModelOption } from '../scope/scope-model.js';
import type { RoutedRequest } from './route-label.js';

/** Reads something of a request. (Declared as a method, so that a function of an `express.Request` is one.) */
type RouteReader = { read(req: RoutedRequest): string | undefined }['read'];
type ApplicationReader = { read(record: DecisionRecord, req: RoutedRequest): string | undefined }['read'];

export interface UsageRecorderOptions {
  /** Where counts are written: from `openSqliteStore`, `openPostgresStore`, or a store of your own. */
  readonly store: { readonly usage: Pick<UsageStore, 'add' | 'deleteBefore'> };
  /** Milliseconds between two writes. Default 60000. */
  readonly intervalMs?: number | undefined;
  /** How many different counts are kept in memory. Calls that need more are not counted. Default 10000. */
  readonly maxEntries?: number | undefined;
  /** Days after which counts are deleted from the store. Default 90. */
  readonly retentionDays?: number | undefined;
  /**
   * Returns the pattern of the path, `/orders/:id`, where the request does not say it as Express does; never the path, which
   * would make a count of its own for each id. Default: mount path and `req.route.path` of Express.
   */
  readonly routeOf?: RouteReader | undefined;
  /** Returns the id of the application that called. Default: the `client_id` of the token. */
  readonly applicationOf?: ApplicationReader | undefined;
  /** The `scopeModel` of the gate, where it has one. Default `ociScopeModel()`. */
  readonly scopeModel?: ScopeModelOption | undefined;
  /** Gets the error of a write that failed, which is tried again. Default none. */
  readonly onError?: ((error: unknown) => unknown) | undefined;
  /** `now()` in milliseconds since the epoch. Default the system's. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

const OPTIONS: OptionNames<UsageRecorderOptions> = {
  store: true,
  intervalMs: true,
  maxEntries: true,
  retentionDays: true,
  routeOf: true,
  applicationOf: true,
  scopeModel: true,
  onError: true,
  clock: true,
};

/** A timer takes no longer time. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;
const MAX_ENTRIES = 1_000_000;
const MAX_RETENTION_DAYS = 3650;

export type ParsedUsageRecorderOptions = ReturnType<typeof parseUsageRecorderOptions>;

export function parseUsageRecorderOptions(options: UsageRecorderOptions) {
  const creator = 'usageRecorder()';
  refuseUnknownOptions(creator, options, OPTIONS);
  const { store, intervalMs = 60_000, maxEntries = 10_000, retentionDays = 90, clock = systemClock } = options;
  const { routeOf, applicationOf = readClient, onError } = options;
  const isStore = [store?.usage?.add, store?.usage?.deleteBefore].every((each) => typeof each === 'function');
  insist(isStore, creator, 'store', 'a store such as await openSqliteStore({ file })', store);
  const isInterval = isQuantity(intervalMs, 10) && intervalMs <= MAX_INTERVAL_MS;
  insist(isInterval, creator, 'intervalMs', `milliseconds, 10 to ${MAX_INTERVAL_MS}`, intervalMs);
  const isBound = Number.isSafeInteger(maxEntries) && isQuantity(maxEntries, 1) && maxEntries <= MAX_ENTRIES;
  insist(isBound, creator, 'maxEntries', `a whole number, 1 to ${MAX_ENTRIES}`, maxEntries);
  const isRetention = isQuantity(retentionDays, 1) && retentionDays <= MAX_RETENTION_DAYS;
  insist(isRetention, creator, 'retentionDays', `days, 1 to ${MAX_RETENTION_DAYS}`, retentionDays);
  insistCallback(creator, 'routeOf', routeOf);
  insistCallback(creator, 'applicationOf', applicationOf);
  insistCallback(creator, 'onError', onError);
  insist(typeof clock?.now === 'function', creator, 'clock', 'an object with now()', clock);
  const scopeModel = parseScopeModel(creator, options.scopeModel);
  return { store, intervalMs, maxEntries, retentionDays, routeOf, applicationOf, scopeModel, onError, clock };
}

function readClient({ client }: DecisionRecord): string | undefined {
  return client;
}
