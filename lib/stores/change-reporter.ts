import { setTimeout as delay } from 'node:timers/promises';
import type { Activity } from '../grants/model.js';
import type { FeedPosition } from '../grants/store.js';
import { readChanges } from './change-feed.js';
import type { Engine } from './engine.js';
import { decodePosition } from './feed-position.js';
import { toActivity } from './mappers.js';
import type { Queryable } from './schema.js';
import { warn } from './warnings.js';

/** How often the feed is read where nothing notifies of a change, in milliseconds. */
const POLL_MS = 1000;

/** The pause before a listener that failed is called again, in milliseconds; each failure doubles it, up to the maximum. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 30_000;

/** How long a store that closes waits for the listener, in milliseconds. */
const CLOSING_MS = 5000;

/** Activities that are read by one statement. */
const BATCH_SIZE = 200;

/** Gets an activity of each committed change. */
export type ChangeListener = (change: Activity) => unknown;

interface ReporterOptions {
  readonly engine: Engine;
  readonly onChange: ChangeListener;
  /** Calls `wake` when the feed may have grown; returns what ends it. */
  readonly subscribe: (wake: () => void) => () => void;
}

/**
 * Calls a listener with each change after it was committed, those of other processes included: one at a time, in the order
 * of the change feed, from the moment on that the store was opened. A change does not wait for it. The place in the feed is
 * all that is kept, so a slow listener costs no memory.
 */
export class ChangeReporter {
  readonly #options: ReporterOptions;
  readonly #ending = new AbortController();
  readonly #stop: () => void;
  #position: FeedPosition;
  #reporting: Promise<void> | undefined;
  #isRequested = false;

  /** @param position the place in the feed after which changes are reported */
  constructor(options: ReporterOptions, position: FeedPosition) {
    this.#options = options;
    this.#position = position;
    const wake = () => this.#wake();
    const unsubscribe = options.subscribe(wake);
    const timer = setInterval(wake, POLL_MS).unref();
    this.#stop = () => {
      clearInterval(timer);
      unsubscribe();
    };
  }

  /** Reports what has been committed, as far as the listener takes it within five seconds, and ends. */
  async close(): Promise<void> {
    this.#stop();
    this.#wake();
    const ended = new AbortController();
    const tooLate = delay(CLOSING_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    await Promise.race([this.#reporting, tooLate]);
    ended.abort();
    this.#ending.abort();
  }

  /** Reads the feed to its end, once at a time. */
  #wake(): void {
    this.#isRequested = true;
    this.#reporting ??= this.#report().finally(() => {
      this.#reporting = undefined;
      if (this.#isRequested && !this.#ending.signal.aborted) this.#wake();
    });
  }

  async #report(): Promise<void> {
    while (this.#isRequested && !this.#ending.signal.aborted) {
      this.#isRequested = false;
      try {
        if (await this.#reportBatch()) this.#isRequested = true;
      } catch {
        return; // the database is unavailable: the next poll reads on
      }
    }
  }

  /** @returns whether there may be more */
  async #reportBatch(): Promise<boolean> {
    const { engine } = this.#options;
    const { events, hasMore, hasGap, position } = await engine.read((db) => readChanges(db, this.#position));
    if (hasGap) {
      warn(
        'SCOPEGATE_ON_CHANGE',
        'The change feed does not continue where onChange was: some changes may not be reported',
      );
    }
    for (let start = 0; start < events.length; start += BATCH_SIZE) {
      const places = events.slice(start, start + BATCH_SIZE).map((event) => event.position);
      const activities = await engine.read((db) => selectActivities(db, places));
      for (const place of places) {
        const activity = activities.get(place);
        if (activity !== undefined && !(await this.#deliver(activity))) return false;
        this.#position = place;
      }
    }
    this.#position = position;
    return hasMore;
  }

  /** Calls the listener until it takes the activity. @returns whether it did, before the store was closed */
  async #deliver(activity: Activity): Promise<boolean> {
    const { signal } = this.#ending;
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      try {
        await this.#options.onChange(activity);
        return true;
      } catch (error) {
        warn('SCOPEGATE_ON_CHANGE', `onChange failed for the activity ${activity.id}, and is called again`, error);
      }
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
    return false;
  }
}

/** The activities of changes, by their places in the feed. One that is older than what is kept is gone. */
async function selectActivities(
  db: Queryable,
  places: readonly FeedPosition[],
): Promise<ReadonlyMap<FeedPosition, Activity>> {
  const ids = new Map(places.map((place) => [decodePosition(place)?.mark as string, place]));
  const rows = await db
    .selectFrom('activities')
    .selectAll()
    .where('id', 'in', [...ids.keys()])
    .execute();
  return new Map(rows.map((row) => [ids.get(row.id) as FeedPosition, toActivity(row)]));
}
