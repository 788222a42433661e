import type { ChangeEvent } from '../grants/store.js';
import { GenerationalCache } from '../lru.js';
import type { CachedApplication } from './cached-application.js';

/** The status of applications, by id, and how far each may be believed. */
export class ApplicationCache {
  readonly #entries: GenerationalCache<string, CachedApplication>;
  readonly #maxStalenessMs: number;
  /** For each environment, the latest change that may affect any of its applications. */
  readonly #environmentVersions = new Map<string, number>();
  #latestVersion = 0;
  /** When the feed was last read to its end. */
  #feedReadAt = Number.NEGATIVE_INFINITY;

  constructor(maxApplications: number, maxStalenessMs: number) {
    this.#entries = new GenerationalCache(maxApplications);
    this.#maxStalenessMs = maxStalenessMs;
  }

  /** The latest change that may affect any application of some environment. */
  get latestVersion(): number {
    return this.#latestVersion;
  }

  /** The entry, unless a change has overtaken it or nothing confirmed it for too long. */
  getFresh(id: string, now: number): CachedApplication | undefined {
    const entry = this.#entries.get(id);
    return entry !== undefined && this.#isFresh(entry, now) ? entry : undefined;
  }

  set(id: string, entry: CachedApplication): void {
    this.#entries.set(id, entry);
  }

  /** When the entry was last known to be right, by the monotonic clock. */
  confirmedAt({ asOf }: CachedApplication): number {
    return Math.max(asOf, this.#feedReadAt);
  }

  /** Records that the feed was read to its end: what is still cached was right at `time`. */
  confirm(time: number): void {
    this.#feedReadAt = Math.max(this.#feedReadAt, time);
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
    this.#feedReadAt = Number.NEGATIVE_INFINITY;
  }

  #invalidateEnvironment(environmentId: string, number: number): void {
    this.#environmentVersions.set(environmentId, Math.max(number, this.#environmentVersions.get(environmentId) ?? 0));
    this.#latestVersion = Math.max(number, this.#latestVersion);
  }

  #invalidate(id: string, number: number): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined && entry.number < number) this.#entries.delete(id);
  }

  #isFresh(entry: CachedApplication, now: number): boolean {
    return !this.#isOvertaken(entry) && now - this.confirmedAt(entry) <= this.#maxStalenessMs;
  }

  #isOvertaken({ number, environmentId }: CachedApplication): boolean {
    if (number >= this.#latestVersion || environmentId === undefined) return false;
    return number < (this.#environmentVersions.get(environmentId) ?? 0);
  }
}
