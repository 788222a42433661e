import { createHash } from 'node:crypto';
import { z } from 'zod';
import { invalidCursor } from '../grants/errors.js';
import type { Position } from '../grants/store.js';
import { isUuid } from '../uuid.js';

const NUMBER = /^[0-9]{1,15}$/;
const NAME = /^[^\0\p{Cs}]{0,256}$/u;
const UUID_LENGTH = 36;

/** Enough for the longest name: 256 characters of three bytes each, in base64, beside the rest. */
export const MAX_CURSOR_LENGTH = 1200;

/** The list, the direction and the key. Not signed: a caller can only page through a list that it may read anyway. */
const cursorContent = z.tuple([z.string(), z.enum(['after', 'before']), z.string().refine(isKey)]);

/** A position as clients see it: base64url of JSON. It names its list, so that it is refused in another. */
export function writeCursor(position: Position, listName: string): string {
  return encode([hashList(listName), position.direction, position.key]);
}

/** @throws {AdminError} for anything but a cursor in the form of {@link writeCursor} for this list */
export function readCursor(cursor: string, listName: string): Position {
  const { success, data } = cursorContent.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!success || data[0] !== hashList(listName) || encode(data) !== cursor) {
    throw invalidCursor();
  }
  const [, direction, key] = data;
  return { direction, key };
}

/** A UUID or a number: what lists are ordered by. */
/** What lists are ordered by: a number, or a UUID, with a name after it in the order of names. */
function isKey(key: string): boolean {
  return NUMBER.test(key) || (isUuid(key.slice(0, UUID_LENGTH)) && NAME.test(key.slice(UUID_LENGTH)));
}

function encode(content: z.output<typeof cursorContent>): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hashList(listName: string): string {
  return createHash('sha256').update(listName).digest('base64url').slice(0, 16);
}
