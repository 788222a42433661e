import { type Clock, systemClock } from '../clock.js';
import type { DecisionRecord } from '../enforcement/record.js';
import type { UsageStore } from '../grants/usage.js';
import { between, callback, hasMethods, type OptionRules, readOptions } from '../options.js';
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

/** A timer takes no longer time. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;
const MAX_ENTRIES = 1_000_000;
const MAX_RETENTION_DAYS = 3650;

const OPTIONS = {
  store: [isStore, 'a store such as await openSqliteStore({ file })'],
  intervalMs: [between(10, MAX_INTERVAL_MS), 'milliseconds, 10 to 2147483647', 60_000],
  maxEntries: [isBound, 'a whole number, 1 to 1000000', 10_000],
  retentionDays: [between(1, MAX_RETENTION_DAYS), 'days, 1 to 3650', 90],
  routeOf: callback(),
  applicationOf: callback(readClient),
  scopeModel: true,
  onError: callback(),
  clock: [hasMethods('now'), 'an object with now()', systemClock],
} as const satisfies OptionRules<UsageRecorderOptions>;

export type ParsedUsageRecorderOptions = ReturnType<typeof parseUsageRecorderOptions>;

export function parseUsageRecorderOptions(options: UsageRecorderOptions) {
  const creator = 'usageRecorder()';
  const checked = readOptions(creator, options, OPTIONS);
  return { ...checked, scopeModel: parseScopeModel(creator, options.scopeModel) };
}

function isStore(value: unknown): boolean {
  return hasMethods('add', 'deleteBefore')((Object(value) as Partial<UsageRecorderOptions['store']>).usage);
}

function isBound(value: unknown): boolean {
  return Number.isSafeInteger(value) && between(1, MAX_ENTRIES)(value);
}

function readClient({ client }: DecisionRecord): string | undefined {
  return client;
}
