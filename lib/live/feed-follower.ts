import { type Clock, elapsedBetween, type Instant, LONG_AGO, readClock } from '../clock.js';
import type { ChangeEvent, ChangeFeed, FeedPosition } from '../grants/store.js';
import type { LiveGrantsSource } from './source.js';

/** How many places ahead of the feed are remembered; beyond, nothing is cached until the feed has been read. */
const MAX_AHEAD = 1000;

/** How many places that the feed has led through are remembered; what was loaded at an earlier one is not cached. */
const MAX_PASSED = 1000;

/** How long the feed is followed after the last request, in milliseconds. */
const IDLE_MS = 60_000;

/** Receives what the feed reports. */
export interface FeedListener {
  /**
   * `read`: the events continue the history that was read, so that numbers say what they overtake. `announced`: the source
   * made them a moment ago, perhaps in another history, where the numbers of this one mean other changes.
   */
  apply(events: readonly ChangeEvent[], origin: 'read' | 'announced'): void;
  /**
   * The feed was read to its end, which is after the change `readTo`: what no event invalidated was right at `time`. Of what
   * was loaded at a later change the feed has told nothing yet: a restored database may have lost that change.
   */
  confirm(time: Instant, readTo: number): void;
  /** Anything may have changed. */
  reset(): void;
  /** Called three times within `maxStalenessMs`, before the feed is read. */
  poll(now: Instant): void;
  /** The feed cannot be read. */
  fail(cause: unknown): void;
}

/** A place in the change feed. */
export interface FeedPlace {
  /** Of the change before it; 0 before the first. */
  readonly number: number;
  /** Names that very change; see `FeedPosition`. */
  readonly position: FeedPosition;
}

interface FollowOptions {
  readonly source: LiveGrantsSource;
  readonly clock: Clock;
  readonly maxStalenessMs: number;
  readonly onFeedGap: (place: FeedPlace) => void;
}

/**
 * Follows the change feed while there are requests or open connections: notified by the source, and by polling three
 * times within `maxStalenessMs`.
 */
export class FeedFollower {
  readonly #options: FollowOptions;
  readonly #listener: FeedListener;
  /** After the last change that was read; `undefined` until an application was loaded: nothing is cached before that. */
  #place: FeedPlace | undefined;
  /** Places after it that applications were loaded at, by number: the feed must get to each. */
  readonly #ahead = new Map<number, FeedPosition>();
  /** Places before it that the feed was followed through, by number, in their order. */
  readonly #passed = new Map<number, FeedPosition>();
  #draining: Promise<void> | undefined;
  #readingSince: Instant | undefined;
  /** Whether the feed may have grown since the current reading of it began. */
  #isDrainRequested = false;
  #lastRequestAt = LONG_AGO;
  #stopFollowing: (() => void) | undefined;
  #isClosed = false;

  constructor(options: FollowOptions, listener: FeedListener) {
    this.#options = options;
    this.#listener = listener;
  }

  get isFollowing(): boolean {
    return this.#stopFollowing !== undefined;
  }

  /** How far the feed has been read: the number of the last change, 0 before any. */
  get readTo(): number {
    return this.#place?.number ?? 0;
  }

  /** When the reading of the feed that is under way began. */
  get readingSince(): Instant | undefined {
    return this.#readingSince;
  }

  /** Follows the feed from a request on, for as long as others come. */
  noteRequest(now: Instant): void {
    this.#lastRequestAt = now;
    if (this.#stopFollowing === undefined && !this.#isClosed) this.#follow();
  }

  /**
   * Takes the place that an application was loaded at: the first one is where the feed is followed from. One ahead of what
   * was read is compared with the feed when that gets there.
   *
   * @returns whether it is in the history that was read, as far as that is known
   */
  continueAt({ number, position }: FeedPlace): boolean {
    this.#place ??= { number, position };
    const known = this.#getPosition(number);
    if (known === undefined) {
      if (number < this.#place.number || this.#ahead.size >= MAX_AHEAD) return false;
      this.#ahead.set(number, position);
      return true;
    }
    if (known === position) return true;
    this.#startAnew(); // two histories have a change with this number
    return false;
  }

  /** The known place after the change with this number. */
  #getPosition(number: number): FeedPosition | undefined {
    if (number === this.#place?.number) return this.#place.position;
    return this.#ahead.get(number) ?? this.#passed.get(number);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopFollowing?.();
  }

  #follow(): void {
    const { source, maxStalenessMs } = this.#options;
    const unsubscribe = source.changes.subscribe((events) => {
      const last = events.at(-1);
      if (last === undefined) this.#drainFeed();
      else this.#takeAnnounced(events, last);
    });
    const timer = setInterval(() => this.#poll(), maxStalenessMs / 3);
    timer.unref();
    this.#stopFollowing = () => {
      clearInterval(timer);
      unsubscribe();
      this.#stopFollowing = undefined;
      this.#reset(); // nothing would report a change
    };
  }

  /** Takes the events of a change. Nothing but their places says whether it continues the history that was read. */
  #takeAnnounced(events: readonly ChangeEvent[], last: FeedPlace): void {
    if (events.some(({ number, position }) => (this.#getPosition(number) ?? position) !== position)) {
      this.#startAnew();
      return;
    }
    if (last.position === this.#place?.position) return; // the feed was read to its end
    this.#listener.apply(events, 'announced');
    if (last.number < (this.#place?.number ?? 0)) this.#drainFeed(); // finds out whether it is of another history
  }

  #poll(): void {
    const now = readClock(this.#options.clock);
    this.#listener.poll(now);
    if (elapsedBetween(this.#lastRequestAt, now) > IDLE_MS) this.#stopFollowing?.();
    else this.#drainFeed();
  }

  /** The feed does not continue the history that was read. */
  #startAnew(): void {
    const place = this.#place;
    this.#reset();
    if (place !== undefined) this.#options.onFeedGap(place);
  }

  /** The next application that is loaded says where to go on. */
  #reset(): void {
    this.#place = undefined;
    this.#ahead.clear();
    this.#passed.clear();
    this.#listener.reset();
  }

  /** Reads the feed to its end, once at a time. */
  #drainFeed(): void {
    this.#isDrainRequested = this.#draining !== undefined;
    if (this.#place === undefined || this.#draining !== undefined) return;
    this.#readingSince = readClock(this.#options.clock);
    this.#draining = this.#readToEnd(this.#readingSince)
      .catch((cause) => this.#listener.fail(cause)) // nothing is confirmed, so that requests query the source themselves
      .finally(() => {
        this.#draining = undefined;
        this.#readingSince = undefined;
        if (this.#isDrainRequested) this.#drainFeed();
      });
  }

  async #readToEnd(startedAt: Instant): Promise<void> {
    for (;;) {
      const from = this.#place;
      if (from === undefined) return;
      const expected = Math.max(from.number, ...this.#ahead.keys());
      const feed: ChangeFeed = await this.#options.source.changes.since(from.position);
      if (this.#place !== from) return; // it was reset meanwhile
      const number = feed.events.at(-1)?.number ?? from.number;
      const isCut = !feed.hasMore && number < expected; // an application was loaded at a change that is gone
      if (feed.hasGap || isCut || !this.#isKnownHistory(feed.events)) {
        this.#startAnew();
        return;
      }
      this.#listener.apply(feed.events, 'read');
      this.#moveTo({ number, position: feed.position }, [from, ...feed.events]);
      if (!feed.hasMore) break;
    }
    this.#listener.confirm(startedAt, this.readTo);
  }

  #moveTo(place: FeedPlace, passed: readonly FeedPlace[]): void {
    this.#place = place;
    for (const { number, position } of passed) this.#passed.set(number, position);
    for (const number of this.#passed.keys()) {
      if (this.#passed.size <= MAX_PASSED) return;
      this.#passed.delete(number);
    }
  }

  /** Whether the events lead through the places that applications were loaded at; forgets those that they reach. */
  #isKnownHistory(events: readonly ChangeEvent[]): boolean {
    for (const { number, position } of events) {
      const known = this.#ahead.get(number);
      if (known !== undefined && known !== position) return false;
      this.#ahead.delete(number);
    }
    return true;
  }
}
