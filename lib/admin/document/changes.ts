import { setImmediate as pause } from 'node:timers/promises';
import { AdminError } from '../../grants/errors.js';
import { isSameJson } from './forms.js';
import type { DocumentChange, DocumentPlan } from './model.js';

/** An object of the document, and its place, a JSON pointer. */
export interface Subject extends Pick<DocumentChange, 'type' | 'name' | 'resource' | 'application'> {
  readonly place: string;
}

/** How an object is stored, and how it should be, both in the form of the document. */
interface Forms {
  /** Absent where it is not there. */
  readonly before: object | undefined;
  readonly after: object;
}

/** After so many calls of the store, other requests are served. */
const CALLS_AT_ONCE = 50;

/** Makes changes, and lists them as a plan. */
export class Changes {
  readonly #created: DocumentChange[] = [];
  readonly #changed: DocumentChange[] = [];
  readonly #removed: DocumentChange[] = [];
  #calls = 0;

  get plan(): DocumentPlan {
    return { created: this.#created, changed: this.#changed, removed: this.#removed };
  }

  /** @returns the stored object; `undefined` where it is so already */
  async put<Stored>(
    { place, ...subject }: Subject,
    { before, after }: Forms,
    create: () => Promise<Stored>,
    replace: () => Promise<Stored>,
  ): Promise<Stored | undefined> {
    if (before === undefined) {
      this.#created.push({ ...subject, after });
      return this.#call(place, create);
    }
    if (isSameJson(before, after)) return undefined;
    this.#changed.push({ ...subject, before, after });
    return this.#call(place, replace);
  }

  async remove(
    { place, ...subject }: Subject,
    before: object,
    /** Left out where the object goes with the one that it belongs to. */
    remove?: () => Promise<unknown>,
  ): Promise<void> {
    this.#removed.push({ ...subject, before });
    if (remove !== undefined) await this.#call(place, remove);
  }

  async #call<Value>(place: string, start: () => Promise<Value>): Promise<Value> {
    if (++this.#calls % CALLS_AT_ONCE === 0) await pause();
    try {
      return await start();
    } catch (error) {
      throw error instanceof AdminError ? withPlace(error, place) : error;
    }
  }
}

/** The same error, whose details say where in the document the object is that the store refuses. */
function withPlace(error: AdminError, place: string): AdminError {
  const { kind, details, message } = error;
  const found = details.length > 0 ? details : [{ code: 'INVALID_VALUE' as const, message }];
  const placed = found.map((detail) => {
    const isMember = /^\w+$/.test(detail.target ?? '');
    return { ...detail, target: isMember ? `${place}/${detail.target}` : place };
  });
  return new AdminError(kind, placed, { cause: error });
}
