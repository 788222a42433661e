import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../../clock.js';
import type { DecisionRecord } from '../../enforcement/record.js';
import { between, callback, hasMethods, type OptionRules, readOptions } from '../../options.js';
import { type RoutedRequest, RouteLabels, toMountPath } from '../../usage/route-label.js';

/** Reads something of a decision. (Declared as a method, so that a function of an `express.Request` is one.) */
type RecordReader = { read(record: DecisionRecord, req: RoutedRequest): string | undefined }['read'];

export interface DecisionStreamOptions {
  /** How many permitted calls are kept for those who begin to look, and how many refusals. Default 250 of each. */
  readonly maxRecords?: number | undefined;
  /**
   * How many permitted calls a reader gets in a second. Of refusals, and of calls that could not be decided, a reader gets
   * four times as many. The rest is counted. Default 50.
   */
  readonly maxPerSecond?: number | undefined;
  /** How many may look at once; others are refused with 503. Default 100. */
  readonly maxReaders?: number | undefined;
  /** Returns the id of the environment that a decision is of. Default: that of the application which `client` names. */
  readonly environmentOf?: RecordReader | undefined;
  /** Returns the pattern of the path; never the path, which may hold a secret. Default: mount path and `req.route.path`. */
  readonly routeOf?: { read(req: RoutedRequest): string | undefined }['read'] | undefined;
  /** `now()` in milliseconds since the epoch. Default the system's. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** A decision of a gate of this process, with when and where it was made. */
export interface StreamedDecision {
  /** Counts the decisions of this process from 1. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly method: string;
  readonly route: string;
  /** The environment, where the option `environmentOf` says it. */
  readonly environmentId: string | undefined;
  readonly record: DecisionRecord;
}

/** The decisions of the gates of one process, as they are made. */
export interface DecisionStream {
  /** Takes a decision of a gate: its `onDecision`. Never throws. */
  readonly record: (record: DecisionRecord, req: RoutedRequest) => void;
  /** Names this process, and says since when it listens. */
  readonly process: { readonly id: string; readonly startedAt: number };
  readonly maxPerSecond: number;
  /** The refusals and outages later than this moment (milliseconds since the epoch) are all kept; older ones are not. */
  readonly refusalsSince: number;
  /** The latest decisions that are kept, the oldest first. */
  recent(): readonly StreamedDecision[];
  /** Calls `listener` with each decision, until the function that it returns is called. `undefined`: too many listen. */
  subscribe(listener: (decision: StreamedDecision) => void): (() => void) | undefined;
}

/**
 * Shows the decisions of the gates of this process to people who may see them: give it to `onDecision` of the gates, and
 * to `grantsRouter({ decisions })`, which serves it at `GET /environments/{id}/decisions`.
 *
 * In memory, bounded, and of this process only: other instances have streams of their own, and a restart begins with none. Keep
 * a log for everything else. Shown are the members of a record but `error`, the method, and the pattern of the route: never
 * a token, a path or a query.
 *
 * @example
 * const decisions = decisionStream();
 * const gate = createGate({ verifier, onDecision: decisions.record });
 * app.use('/v1', grantsRouter({ store, gate, environmentOf, decisions }));
 *
 * @throws {TypeError} for wrong or unknown options
 */
export function decisionStream(options: DecisionStreamOptions = {}): DecisionStream {
  return new RecentDecisions(parseOptions(options));
}

class RecentDecisions implements DecisionStream {
  readonly record: DecisionStream['record'];
  readonly process: DecisionStream['process'];
  readonly #options: ParsedOptions;
  readonly #labels = new RouteLabels();
  readonly #listeners = new Set<(decision: StreamedDecision) => void>();
  readonly #permitted: Ring;
  readonly #refused: Ring;
  #number = 0;

  constructor(options: ParsedOptions) {
    this.#options = options;
    this.#permitted = new Ring(options.maxRecords);
    this.#refused = new Ring(options.maxRecords);
    this.process = { id: randomUUID(), startedAt: options.clock.now() };
    this.record = (record, req) => {
      try {
        this.#take(record, req);
      } catch {
        // A function of the application threw, and the request has been decided.
      }
    };
  }

  get maxPerSecond(): number {
    return this.#options.maxPerSecond;
  }

  get refusalsSince(): number {
    return this.#refused.oldestAfterLoss()?.time ?? this.process.startedAt;
  }

  recent(): readonly StreamedDecision[] {
    return [...this.#permitted.items(), ...this.#refused.items()].sort((a, b) => a.number - b.number);
  }

  subscribe(listener: (decision: StreamedDecision) => void): (() => void) | undefined {
    if (this.#listeners.size >= this.#options.maxReaders) return undefined;
    const own = (decision: StreamedDecision) => listener(decision);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  #take(record: DecisionRecord, req: RoutedRequest): void {
    const { clock, environmentOf, routeOf } = this.#options;
    const decision: StreamedDecision = {
      number: ++this.#number,
      time: clock.now(),
      method: req.method ?? '',
      route: (routeOf === undefined ? this.#labels.find(req) : routeOf(req)) ?? toMiddleware(req),
      environmentId: environmentOf?.(record, req)?.toLowerCase(),
      record,
    };
    (record.outcome === 'permit' ? this.#permitted : this.#refused).add(decision);
    for (const listener of this.#listeners) listener(decision);
  }
}

/** Where a gate stands before routers: Express does not know the route yet. */
function toMiddleware({ baseUrl = '', params }: RoutedRequest): string {
  return `${toMountPath(baseUrl, params)}/*`;
}

/** The last few of many. */
class Ring {
  readonly #items: StreamedDecision[] = [];
  #next = 0;
  #hasLost = false;

  constructor(private readonly size: number) {}

  add(item: StreamedDecision): void {
    this.#hasLost ||= this.#items.length === this.size;
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.size;
  }

  items(): readonly StreamedDecision[] {
    return this.#items;
  }

  /** Of those that are kept, where older ones are not. */
  oldestAfterLoss(): StreamedDecision | undefined {
    return this.#hasLost ? this.#items[this.#next] : undefined;
  }
}

const MAX_RECORDS = 10_000;

/** The rule of an option that is a bound. */
function bound(fallback: number) {
  return [isBound, `a whole number, 1 to ${MAX_RECORDS}`, fallback] as const;
}

function isBound(value: unknown): boolean {
  return Number.isSafeInteger(value) && between(1, MAX_RECORDS)(value);
}

const OPTIONS = {
  maxRecords: bound(250),
  maxPerSecond: bound(50),
  maxReaders: bound(100),
  environmentOf: callback(),
  routeOf: callback(),
  clock: [hasMethods('now'), 'an object with now()', systemClock],
} as const satisfies OptionRules<DecisionStreamOptions>;

type ParsedOptions = ReturnType<typeof parseOptions>;

function parseOptions(options: DecisionStreamOptions) {
  return readOptions('decisionStream()', options, OPTIONS);
}
