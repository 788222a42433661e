import { GenerationalCache } from '../lru.js';
import type { Engine } from './engine.js';
import type { StoreCalls } from './store-calls.js';

/** A use is stored so often at most, for each secret and process. */
const PERIOD_MS = 60_000;
const MAX_REMEMBERED_SECRETS = 10_000;

export interface UsedSecret {
  readonly application_id: string;
  readonly id: string;
  readonly last_used_at: string | null;
}

/** Stores when secrets were used last, beside the requests that use them: none waits, and none fails. */
export class SecretUses {
  readonly #engine: Engine;
  readonly #calls: StoreCalls;
  readonly #now: () => number;
  readonly #attempts = new GenerationalCache<string, number>(MAX_REMEMBERED_SECRETS);
  readonly #writing = new Set<Promise<unknown>>();

  constructor(engine: Engine, calls: StoreCalls, now: () => number) {
    this.#engine = engine;
    this.#calls = calls;
    this.#now = now;
  }

  note(secret: UsedSecret): void {
    const now = this.#now();
    const stored = secret.last_used_at === null ? undefined : Date.parse(secret.last_used_at);
    if (isRecent(stored, now) || isRecent(this.#attempts.get(secret.id), now)) return;
    this.#attempts.set(secret.id, now);
    const writing: Promise<unknown> = this.#calls
      .track(this.#write(secret, now))
      .catch(() => undefined) // a later use is stored
      .then(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Fulfilled once the uses that this process has noted so far are stored. */
  async settle(): Promise<void> {
    await Promise.all(this.#writing);
  }

  /** Outside the order of changes: a use is in no history, and affects nobody. */
  #write({ application_id: applicationId, id }: UsedSecret, now: number): Promise<unknown> {
    return this.#engine.transaction((tx) =>
      tx
        .updateTable('application_secrets')
        .set({ last_used_at: new Date(now).toISOString() })
        .where('application_id', '=', applicationId)
        .where('id', '=', id)
        .execute(),
    );
  }
}

/** In either direction: a moment that lies ahead is the work of another clock, or of this one before it was set. */
function isRecent(moment: number | undefined, now: number): boolean {
  return moment !== undefined && Math.abs(now - moment) < PERIOD_MS;
}
