import { PostgresAdapter, type RawBuilder, sql } from 'kysely';
import { invalidCursor } from '../grants/errors.js';
import { foldCase } from '../grants/list-request.js';
import type { Position } from '../grants/store.js';
import type { Queryable } from './schema.js';

/** Lists in the order of names: by the bytes of UTF-8, alike on both engines, and by id where names are equal. */

/** How the names of a table compare. */
export interface NameRule {
  /** The name of a row as the database compares it: the expression of the index. */
  toSql(db: Queryable): RawBuilder<string>;
  fold(name: string): string;
}

/** Without regard to the case of ASCII letters: both databases and JavaScript agree about those. */
export const ANY_CASE: NameRule = {
  toSql: (db) => (isPostgres(db) ? sql`lower("name" collate "C")` : sql`lower("name")`),
  fold: foldCase,
};

export const EXACT: NameRule = {
  toSql: (db) => (isPostgres(db) ? sql`("name" collate "C")` : sql`"name"`),
  fold: (name) => name,
};

export function isPostgres(db: Queryable): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** The place of an item: its name as it is compared, and its id. */
export interface Place {
  readonly name: string;
  readonly id: string;
}

export function comparePlaces(one: Place, other: Place): number {
  return compareNames(one.name, other.name) || (one.id < other.id ? -1 : Number(one.id > other.id));
}

/** Strings of JavaScript compare by their UTF-16 code units, which is another order. */
export function compareNames(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

const UUID_LENGTH = 36;

/** The key of a position in the order of names. */
export function toNameKey({ id, name }: Place): string {
  return `${id}${name}`;
}

/** @throws {AdminError} for a key of another order */
export function parseNameKey({ key }: Position): Place {
  const [id, name] = [key.slice(0, UUID_LENGTH), key.slice(UUID_LENGTH)];
  if (id.length < UUID_LENGTH) throw invalidCursor();
  return { id, name };
}

/** The first text after all that start with `prefix`; `undefined` where none is after them. */
export function endOfPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1); // surrogates are no characters
}
