import { createHmac, timingSafeEqual } from 'node:crypto';
import { AdminError } from '../grants/errors.js';
import type { Position } from '../grants/store.js';

const MAC_BYTES = 16;

/**
 * A place in a list, as clients see it: base64url of a MAC and the place. The MAC is over the list as well, its path and
 * its filters, so that a cursor can be neither made up nor used in another list, let alone another environment.
 */
export function writeCursor(position: Position, listName: string, key: Uint8Array): string {
  const place = Buffer.from(`${position.direction === 'after' ? '>' : '<'}${position.key}`);
  return Buffer.concat([mac(place, listName, key), place]).toString('base64url');
}

/** @throws {AdminError} for anything but a cursor that was written for this list */
export function readCursor(cursor: string, listName: string, key: Uint8Array): Position {
  const bytes = Buffer.from(cursor, 'base64url');
  const [given, place] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)];
  const genuine =
    given.length === MAC_BYTES &&
    bytes.toString('base64url') === cursor &&
    timingSafeEqual(given, mac(place, listName, key));
  if (!genuine) {
    const message = 'The cursor is not one of this list. Follow _links.next, or begin again without one.';
    throw new AdminError('invalid_request', [{ code: 'INVALID_PARAMETER', target: 'cursor', message }]);
  }
  const text = place.toString();
  return { direction: text.startsWith('>') ? 'after' : 'before', key: text.slice(1) };
}

function mac(place: Uint8Array, listName: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(listName).update('\0').update(place).digest().subarray(0, MAC_BYTES);
}
