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
  /** When the feed was last read to its end. */
  #feedReadAt = LONG_AGO;

  constructor(maxApplications: number, maxStalenessMs: number) {
    this.#entries = new GenerationalCache(maxApplications);
    this.#maxStalenessMs = maxStalenessMs;
  }

  /** The latest change that may affect any application of some environment. */
  get latestVersion(): number {
    return this.#latestVersion;
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
  confirmedAt({ asOf }: CachedApplication): Instant {
    return toLater(asOf, this.#feedReadAt);
  }

  /** Records that the feed was read to its end: what is still cached was right at `time`. */
  confirm(time: Instant): void {
    this.#feedReadAt = toLater(time, this.#feedReadAt);
  }

  apply(events: readonly ChangeEvent[]): void {
    for (const { number, environmentId, affects } of events) {
      if (affects === 'all') this.#invalidateEnvironment(environmentId, number);
      else if (affects !== 'none') this.#invalidate(affects, number);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#environmentVersions.clear();
    this.#latestVersion = 0;
    this.#feedReadAt = LONG_AGO;
  }

  #invalidateEnvironment(environmentId: string, number: number): void {
    this.#environmentVersions.set(environmentId, Math.max(number, this.#environmentVersions.get(environmentId) ?? 0));
    this.#latestVersion = Math.max(number, this.#latestVersion);
  }

  #invalidate(id: string, number: number): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined && entry.number < number) this.#entries.delete(id);
  }

  #isFresh(entry: CachedApplication, now: Instant): boolean {
    if (now.now >= entry.activeUntil || this.#isOvertaken(entry)) return false;
    return elapsedBetween(this.confirmedAt(entry), now) <= this.#maxStalenessMs;
  }

  #isOvertaken({ number, environmentId }: CachedApplication): boolean {
    if (number >= this.#latestVersion || environmentId === undefined) return false;
    return number < (this.#environmentVersions.get(environmentId) ?? 0);
  }
}

/** Instants are compared by the clock that never runs backwards. */
function toLater(one: Instant, other: Instant): Instant {
  return one.monotonic > other.monotonic ? one : other;
}
