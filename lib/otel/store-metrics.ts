import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import type { Clock } from '../clock.js';
import type { Activity } from '../grants/model.js';
import type { ChangeEvent, ChangeFeed } from '../grants/store.js';
import { isObject } from '../options.js';

type Method = (...parameters: readonly unknown[]) => unknown;

/** Counts what live grants read from a store, and what the admin API changes in it. */
export class StoreMetrics {
  readonly #loads: Counter;
  readonly #loadDuration: Histogram;
  readonly #lag: Histogram;
  readonly #changes: Counter;
  readonly #clock: Clock;
  /** When the feed was read last; `undefined` before live grants use a store. */
  #readAt: number | undefined;

  constructor(meter: Meter, clock: Clock) {
    this.#clock = clock;
    this.#loads = meter.createCounter('scopegate.live.loads', {
      unit: '{load}',
      description: 'Queries for the status of an application; with error.type where they failed.',
    });
    this.#loadDuration = meter.createHistogram('scopegate.live.load.duration', {
      unit: 's',
      description: 'How long a query for the status of an application took.',
      advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] },
    });
    this.#lag = meter.createHistogram('scopegate.live.feed.lag', {
      unit: '{change}',
      description: 'How many changes a read of the feed found that had not been seen.',
      advice: { explicitBucketBoundaries: [0, 1, 10, 100, 1000, 10_000] },
    });
    this.#changes = meter.createCounter('scopegate.admin.changes', {
      unit: '{change}',
      description: 'Committed changes of environments, resources, scopes, applications and grants, by type.',
    });
    meter
      .createObservableGauge('scopegate.live.age', {
        unit: 's',
        description: 'How long ago the change feed was read successfully: no cached grant is older.',
      })
      .addCallback((result) => {
        if (this.#readAt !== undefined) result.observe((clock.monotonic() - this.#readAt) / 1000);
      });
  }

  /** The same store, whose calls are counted. */
  observe<Store extends object>(store: Store, path = ''): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof name === 'symbol') return member;
        if (typeof member === 'function') return this.#wrap(`${path}${name}`, member.bind(target));
        return isObject(member) ? this.observe(member, `${path}${name}.`) : member;
      },
    });
  }

  #wrap(name: string, method: Method): Method {
    switch (name) {
      case 'applicationStatus':
        return (...parameters) => this.#load(method, parameters);
      case 'changes.since':
        return async (...parameters) => this.#noteFeed((await method(...parameters)) as ChangeFeed);
      case 'changes.subscribe':
        return (listener) => method((events: readonly ChangeEvent[]) => (listener as Method)(events));
      default:
        return (...parameters) => this.#countChange(method(...parameters), parameters);
    }
  }

  async #load(method: Method, parameters: readonly unknown[]): Promise<unknown> {
    const startedAt = this.#clock.monotonic();
    const end = (attributes: Readonly<Record<string, string>>) => {
      this.#loads.add(1, attributes);
      this.#loadDuration.record((this.#clock.monotonic() - startedAt) / 1000, attributes);
    };
    try {
      const status = await method(...parameters);
      end({});
      return status;
    } catch (error) {
      end({ 'error.type': error instanceof Error ? error.name : '_OTHER' });
      throw error;
    }
  }

  #noteFeed(feed: ChangeFeed): ChangeFeed {
    this.#readAt = this.#clock.monotonic();
    this.#lag.record(feed.events.length);
    return feed;
  }

  /** What returns no promise of a change is passed on as it is. */
  #countChange(result: unknown, parameters: readonly unknown[]): unknown {
    if (!(result instanceof Promise)) return result;
    const isDryRun = parameters.some((each) => isObject(each) && each.dryRun === true);
    return result.then((value) => {
      if (!isDryRun && isChange(value)) {
        for (const { type } of value.activities) this.#changes.add(1, { 'scopegate.change.type': type });
      }
      return value;
    });
  }
}

function isChange(value: unknown): value is { readonly activities: readonly Activity[] } {
  return isObject(value) && Array.isArray(value.activities) && typeof value.replayed === 'boolean';
}
