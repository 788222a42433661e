import fc from 'fast-check';
import { MAX_CURSOR_LENGTH, readCursor, writeCursor } from '../../lib/admin/cursor.js';
import { AdminError } from '../../lib/grants/errors.js';
import type { Position } from '../../lib/grants/store.js';
import { anyCharacter } from '../support/any-character.js';
import { runs, tryEachProperty } from '../support/property-runs.js';

tryEachProperty(300);

const LIST = '/environments/0192f0c1-2d3e-7a4b-8c5d-6e7f80912a3b/applications?';
const ID = '0192f0c1-2d3e-7a4b-8c5d-6e7f80912a3c';
const AFTER: Position = { direction: 'after', key: ID };

function isRefused(cursor: string, listName = LIST): boolean {
  try {
    readCursor(cursor, listName);
    return false;
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    const message = 'Invalid cursor. Use the cursor from _links.next, or omit it.';
    expect(error.kind).toBe('invalid_request');
    expect(error.details).toEqual([{ code: 'INVALID_PARAMETER', target: 'cursor', message }]);
    return true;
  }
}

const encode = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
const decode = (cursor: string) => JSON.parse(Buffer.from(cursor, 'base64url').toString());

const position: fc.Arbitrary<Position> = fc.record({
  direction: fc.constantFrom('after' as const, 'before' as const),
  key: fc.oneof(fc.uuid(), fc.nat().map(String)),
});
const listName = fc.oneof(fc.constant(LIST), fc.webPath(), fc.string());

test('a cursor that was written is read, and needs no encoding in a query', () => {
  fc.assert(
    fc.property(position, listName, (where, list) => {
      const cursor = writeCursor(where, list);
      expect(readCursor(cursor, list)).toEqual(where);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]{1,120}$/);
    }),
    { numRuns: runs(500) },
  );
});

test('a cursor is refused in any other list', () => {
  const others = ['', LIST.slice(0, -1), `${LIST}expand=scopes`, LIST.replace('applications', 'resources')];
  for (const other of [...others, LIST.replace('0192f0c1', '0192f0c2'), LIST.toUpperCase()]) {
    expect(isRefused(writeCursor(AFTER, LIST), other)).toBe(true);
  }
  fc.assert(
    fc.property(position, listName, listName, (where, one, other) => {
      expect(isRefused(writeCursor(where, one), other)).toBe(one !== other);
    }),
  );
});

test('a cursor with anything but a list, a direction and a key is refused', () => {
  const [list] = decode(writeCursor(AFTER, LIST));
  expect(isRefused(encode([list, 'before', ID]))).toBe(false);
  const contents = [null, 0, 'a', {}, [], [list], [list, 'after'], [list, 'after', ID, 1], ['', 'after', ID]];
  const keys = [
    '',
    'a',
    7,
    null,
    {},
    ID.toUpperCase(),
    ` ${ID}`,
    `${ID}\0`,
    `${ID}\ud800`,
    `${ID}${'a'.repeat(257)}`,
    '\0',
    '1'.repeat(16),
    '-1',
    '1.5',
  ];
  for (const content of contents) expect(isRefused(encode(content))).toBe(true);
  for (const direction of ['', 'AFTER', 'both', 0, null]) expect(isRefused(encode([list, direction, ID]))).toBe(true);
  for (const key of keys) expect(isRefused(encode([list, 'after', key]))).toBe(true);
});

test('a cursor in the order of names has the longest name that an item may have', () => {
  for (const name of ['a', "'", '\u{1f600}'.repeat(128), '\uffff'.repeat(256), '"'.repeat(256), '\n']) {
    const position: Position = { direction: 'before', key: `${ID}${name}` };
    const cursor = writeCursor(position, LIST);
    expect(cursor.length).toBeLessThanOrEqual(MAX_CURSOR_LENGTH);
    expect(readCursor(cursor, LIST)).toEqual(position);
  }
});

test('a cursor is refused when it is cut short, extended, or spelled in another way', () => {
  const cursor = writeCursor(AFTER, LIST);
  for (let length = 0; length < cursor.length; length++) {
    expect(isRefused(cursor.slice(0, length))).toBe(true);
    expect(isRefused(cursor.slice(cursor.length - length))).toBe(true);
  }
  for (const more of ['A', '=', '==', '\n', ' ', '.', cursor]) {
    expect(isRefused(cursor + more)).toBe(true);
    expect(isRefused(more + cursor)).toBe(true);
  }
  expect(isRefused(Buffer.from(` ${JSON.stringify(decode(cursor))}`).toString('base64url'))).toBe(true);
});

test('any other text is refused', () => {
  for (const cursor of ['', 'null', '0', ID, 'A'.repeat(22), 'A'.repeat(400)]) expect(isRefused(cursor)).toBe(true);
  const base64url = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url'));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: anyCharacter }), fc.base64String(), base64url), (cursor) => {
      expect(isRefused(cursor)).toBe(true);
    }),
    { numRuns: runs(500) },
  );
});
