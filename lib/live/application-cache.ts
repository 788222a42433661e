import { elapsedBetween, type Instant, LONG_AGO } from '../clock.js';
import type { ChangeEvent } from '../grants/store.js';
import { GenerationalCache } from '../lru.js';
import type { CachedApplication } from './cached-application.js';

/** The status of applications, by id, and how long each may be used. */
export class ApplicationCache {
  readonly #entries: GenerationalCache<string, CachedApplication>;
  readonly #maxStalenessMs: number;
  /** For each environment, the latest change that may affect any of its applications. */
  readonly #environmentVersions = new Map<string, number>();
  #latestVersion = 0;
  /** For each environment, how many changes of whole environments there were when the last one of it was announced. */
  readonly #announced = new Map<string, number>();
  #latestAnnounced = 0;
  #environmentChanges = 0;
  #feedReadAt = LONG_AGO;
  /** The number of the last change that it was read to. */
  #feedReadTo = 0;

  constructor(maxApplications: number, maxStalenessMs: number) {
    this.#entries = new GenerationalCache(maxApplications);
    this.#maxStalenessMs = maxStalenessMs;
  }

  /** When the feed was last read to its end. */
  get feedReadAt(): Instant {
    return this.#feedReadAt;
  }

  /** How many changes so far may affect any application of some environment. It never falls. */
  get environmentChanges(): number {
    return this.#environmentChanges;
  }

  /** The entry, unless a change has overtaken it, a grant began or ended, or nothing confirmed it for too long. */
  getFresh(id: string, now: Instant): CachedApplication | undefined {
    const entry = this.#entries.get(id);
    return entry !== undefined && this.#isFresh(entry, now) ? entry : undefined;
  }

  set(id: string, entry: CachedApplication): void {
    this.#entries.set(id, entry);
  }

  /** When the entry was last known to be right. */
  confirmedAt({ asOf, number }: CachedApplication): Instant {
    return number > this.#feedReadTo ? asOf : toLater(asOf, this.#feedReadAt);
  }

  /** Records that the feed was read to its end: what is still cached, and no later than its end, was right at `time`. */
  confirm(time: Instant, readTo: number): void {
    this.#feedReadAt = toLater(time, this.#feedReadAt);
    this.#feedReadTo = readTo;
  }

  /** @param origin see `FeedListener`: only changes that were read have numbers to compare with those of the entries */
  apply(events: readonly ChangeEvent[], origin: 'read' | 'announced'): void {
    for (const event of events) {
      if (event.affects === 'all') this.#invalidateEnvironment(event, origin);
      else if (event.affects !== 'none') this.#invalidate(event, origin);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#environmentVersions.clear();
    this.#latestVersion = 0;
    this.#announced.clear();
    this.#latestAnnounced = 0;
    this.#feedReadAt = LONG_AGO;
    this.#feedReadTo = 0;
  }

  #invalidateEnvironment({ environmentId: id, number }: ChangeEvent, origin: 'read' | 'announced'): void {
    const version = this.#environmentVersions.get(id) ?? 0;
    if (origin === 'read' && number <= version) return; // it was announced before
    this.#environmentChanges++;
    this.#environmentVersions.set(id, Math.max(number, version));
    this.#latestVersion = Math.max(number, this.#latestVersion);
    if (origin === 'read') return;
    this.#announced.set(id, this.#environmentChanges);
    this.#latestAnnounced = this.#environmentChanges;
  }

  #invalidate({ affects, number }: ChangeEvent, origin: 'read' | 'announced'): void {
    const entry = this.#entries.get(affects);
    if (entry !== undefined && (origin === 'announced' || entry.number < number)) this.#entries.delete(affects);
  }

  #isFresh(entry: CachedApplication, now: Instant): boolean {
    if (now.now >= entry.activeUntil || this.#isOvertaken(entry)) return false;
    return elapsedBetween(this.confirmedAt(entry), now) <= this.#maxStalenessMs;
  }

  #isOvertaken({ number, environmentChanges, environmentId }: CachedApplication): boolean {
    if (environmentId === undefined) return false;
    if (number >= this.#latestVersion && environmentChanges >= this.#latestAnnounced) return false;
    if (number < (this.#environmentVersions.get(environmentId) ?? 0)) return true;
    return environmentChanges < (this.#announced.get(environmentId) ?? 0);
  }
}

/** Instants are compared by the clock that never runs backwards. */
function toLater(one: Instant, other: Instant): Instant {
  return one.monotonic > other.monotonic ? one : other;
}
