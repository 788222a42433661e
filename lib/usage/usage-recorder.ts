import type { DecisionRecord } from '../enforcement/record.js';
import { parseApplicationId } from '../grants/ids.js';
import type { UsageCount, UsageKind } from '../grants/usage.js';
import { Requirements } from './requirements.js';
import { type RoutedRequest, RouteLabels, toMountPath } from './route-label.js';
import {
  type ParsedUsageRecorderOptions,
  parseUsageRecorderOptions,
  type UsageRecorderOptions,
} from './usage-recorder-options.js';

/** Counts which scopes permitted calls needed. */
export interface UsageRecorder {
  /** For `onDecision` of a gate; has no `this`. Never throws, and never waits. */
  readonly record: (record: DecisionRecord, req: RoutedRequest) => void;
  /** Writes what was counted so far. Never rejects: `onError` gets the error, and the next write tries again. */
  flush(): Promise<void>;
  /** How many calls were not counted, because `maxEntries` was reached. */
  readonly dropped: number;
  /** Writes what was counted, and counts nothing more. Call it before `store.close()`. Never rejects. */
  close(): Promise<void>;
}

/**
 * Counts permitted calls by application, audience, route and required scopes, for each hour: in memory, and from there into
 * the store from time to time. The admin API answers from these counts what a change of grants would refuse, and which
 * grants nobody uses.
 *
 * Counted: calls that a gate permits to a token, once for each middleware that requires scopes, and for a route that
 * requires a token only. Not counted: refused calls, and who the user was. Lost: what a process that is killed has not
 * written yet, at most `intervalMs`. The timer does not keep the process alive.
 *
 * @example
 * ```ts
 * const usage = usageRecorder({ store });
 * const gate = createGate({ verifier, grants: liveGrants({ source: store }), onDecision: usage.record });
 * process.once('SIGTERM', async () => {
 *   await usage.close();
 *   await store.close();
 * });
 * ```
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function usageRecorder(options: UsageRecorderOptions): UsageRecorder {
  return new CountingRecorder(parseUsageRecorderOptions(options));
}

interface Entry {
  readonly client: string;
  readonly kind: UsageKind;
  readonly hour: number;
  calls: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A longer scope, or list of audiences, is none that a table of grants would have. */
const MAX_KIND_LENGTH = 4096;
/** Deletions of expired counts after one write. */
const MAX_PURGES = 20;

class CountingRecorder implements UsageRecorder {
  readonly record: UsageRecorder['record'];
  readonly #options: ParsedUsageRecorderOptions;
  readonly #labels = new RouteLabels();
  readonly #requirements: Requirements;
  readonly #timer: ReturnType<typeof setInterval>;
  /** By all that makes a count, the hour excepted: they are of `#hour`. */
  #current = new Map<string, Entry>();
  #hour = 0;
  /** What could not be written yet, and what is of an earlier hour; the keys have the hour. */
  #waiting = new Map<string, Entry>();
  #dropped = 0;
  #writing: Promise<void> = Promise.resolve();
  #isFlushScheduled = false;
  #isClosed = false;

  constructor(options: ParsedUsageRecorderOptions) {
    this.#options = options;
    this.#requirements = new Requirements(options.scopeModel);
    this.record = (record, req) => {
      try {
        this.#count(record, req);
      } catch {
        this.#dropped++; // a function of the application threw
      }
    };
    this.#timer = setInterval(() => void this.flush(), options.intervalMs);
    this.#timer.unref();
  }

  get dropped(): number {
    return this.#dropped;
  }

  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.flush();
  }

  #count(record: DecisionRecord, req: RoutedRequest): void {
    const { reason, audience = NONE, required } = record;
    if ((reason !== 'covered' && reason !== 'authenticated') || this.#isClosed) return;
    const client = this.#options.applicationOf(record, req);
    const pattern = this.#options.routeOf === undefined ? this.#labels.find(req) : this.#options.routeOf(req);
    // Middleware that only authenticates comes before a route, which is counted.
    if (typeof client !== 'string' || (required === undefined && pattern === undefined)) return;
    const hour = Math.floor(this.#options.clock.now() / HOUR_MS);
    if (hour !== this.#hour) this.#beginHour(hour);
    const route = `${req.method} ${pattern ?? `${toMountPath(req.baseUrl ?? '', req.params)}/*`}`;
    // What permits the call of a route with one scope covers that scope.
    const covered = typeof required === 'object' ? this.#requirements.findCovered(required, record) : NONE;
    const audiences = audience.length === 1 ? audience[0] : audience.join('\t');
    const key = `${client}\n${audiences}\n${route}\n${typeof required === 'object' ? this.#requirements.toText(required) : required}\n${covered.length === 0 ? '' : covered.join(' ')}`;
    const entry = this.#current.get(key);
    if (entry !== undefined) entry.calls++;
    else if (key.length > MAX_KIND_LENGTH || this.#isFull) this.#drop();
    else this.#current.set(key, { client, kind: toKind(record, route, covered), hour, calls: 1 });
  }

  get #isFull(): boolean {
    return this.#current.size + this.#waiting.size >= this.#options.maxEntries;
  }

  /** The next write makes room: soon, so that few calls are missed. */
  #drop(): void {
    this.#dropped++;
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    setImmediate(() => void this.flush().then(() => (this.#isFlushScheduled = false)));
  }

  #beginHour(hour: number): void {
    for (const [key, entry] of this.#current) this.#keep(`${entry.hour}\n${key}`, entry);
    this.#current = new Map();
    this.#hour = hour;
  }

  #keep(key: string, entry: Entry): void {
    const known = this.#waiting.get(key);
    if (known !== undefined) known.calls += entry.calls;
    else if (this.#waiting.size < this.#options.maxEntries) this.#waiting.set(key, entry);
    else this.#dropped += entry.calls;
  }

  async #write(): Promise<void> {
    this.#beginHour(this.#hour);
    const batch = this.#waiting;
    this.#waiting = new Map();
    const { store, clock, retentionDays } = this.#options;
    try {
      const counts = [...batch.values()].flatMap(toCount);
      if (counts.length > 0) await store.usage.add(counts);
    } catch (error) {
      for (const [key, entry] of batch) this.#keep(key, entry);
      this.#report(error);
      return;
    }
    try {
      const cutoff = clock.now() - retentionDays * DAY_MS;
      for (let i = 0; i < MAX_PURGES && (await store.usage.deleteBefore(cutoff)); i++);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    const notify = async () => this.#options.onError?.(error);
    notify().catch(() => undefined);
  }
}

const NONE: readonly never[] = [];

function toKind({ audience = NONE, required }: DecisionRecord, route: string, covered: readonly string[]): UsageKind {
  if (required === undefined) return { audience, route, covered: NONE };
  return { audience, route, required, covered: typeof required === 'string' ? [required] : covered };
}

/** Only what has the form of an id can be an application of the store. */
function toCount({ client, kind, hour, calls }: Entry): UsageCount[] {
  const applicationId = parseApplicationId(client);
  return applicationId === undefined ? [] : [{ ...kind, applicationId, time: hour * HOUR_MS, calls }];
}
