import type { FeedPosition } from '../grants/store.js';

/** A place in the change feed, decoded. */
export interface FeedPlace {
  /** Of the last change before the place; 0 before the first. */
  readonly number: number;
  /**
   * The id of that change, since another one may have the same number in a database that was restored. Before the first
   * change of the feed: the mark of the database.
   */
  readonly mark: string;
}

/** The number and the mark, joined by a dot. */
export function encodePosition({ number, mark }: FeedPlace): FeedPosition {
  return `${number}.${mark}`;
}

/** @returns `undefined` for a position that no store encoded */
export function decodePosition(position: FeedPosition): FeedPlace | undefined {
  const [, number, mark] = /^(\d{1,15})\.(.+)$/.exec(position) ?? [];
  return number === undefined || mark === undefined ? undefined : { number: Number(number), mark };
}

/** The mark of a database: random, and made with it. */
export function toOriginMark({ cursor_key: key }: { readonly cursor_key: string }): string {
  return key.slice(0, 16);
}
