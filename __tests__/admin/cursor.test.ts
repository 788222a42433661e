import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { readCursor, writeCursor } from '../../lib/admin/cursor.js';
import { AdminError } from '../../lib/grants/errors.js';
import type { Position } from '../../lib/grants/store.js';
import { runs, tryEachProperty } from '../support/property-runs.js';

tryEachProperty(300);

const KEY = randomBytes(32);
const LIST = '/environments/0192f0c1-2d3e-7a4b-8c5d-6e7f80912a3b/applications?';
const ID = '0192f0c1-2d3e-7a4b-8c5d-6e7f80912a3c';
const AFTER: Position = { direction: 'after', key: ID };

function refused(cursor: string, listName = LIST, key: Uint8Array = KEY): boolean {
  try {
    readCursor(cursor, listName, key);
    return false;
  } catch (problem) {
    if (!(problem instanceof AdminError)) throw problem;
    expect(problem.kind).toBe('invalid_request');
    expect(problem.details).toEqual([
      {
        code: 'INVALID_PARAMETER',
        target: 'cursor',
        message: 'The cursor is not one of this list. Follow _links.next, or begin again without one.',
      },
    ]);
    return true;
  }
}

const position: fc.Arbitrary<Position> = fc.record({
  direction: fc.constantFrom('after' as const, 'before' as const),
  key: fc.oneof(
    fc.uuid(),
    fc.nat().map(String),
    fc.constantFrom('', '>', '<', '><', '\0'),
    fc.string({ unit: 'binary' }),
  ),
});
const listName = fc.oneof(fc.constant(LIST), fc.webPath(), fc.string());
const key = fc.uint8Array({ minLength: 32, maxLength: 64 });

test('what is written is read', () => {
  fc.assert(
    fc.property(position, listName, key, (where, list, secret) => {
      const cursor = writeCursor(where, list, secret);
      expect(readCursor(cursor, list, secret)).toEqual(where);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(encodeURIComponent(cursor)).toBe(cursor);
    }),
    { numRuns: runs(500) },
  );
});

test('a cursor of a list by id is short enough for the query, and says neither list nor key', () => {
  const cursor = writeCursor(AFTER, LIST, KEY);
  expect(cursor.length).toBeLessThan(100);
  const bytes = Buffer.from(cursor, 'base64url');
  expect(bytes.includes(KEY)).toBe(false);
  expect(bytes.includes('environments')).toBe(false);
});

test('after and before, and every key, have cursors of their own', () => {
  const cursors = [AFTER, { ...AFTER, direction: 'before' as const }, { ...AFTER, key: '' }].map((where) =>
    writeCursor(where, LIST, KEY),
  );
  expect(new Set(cursors).size).toBe(3);
});

describe('refused', () => {
  test('any change of any byte', () => {
    const cursor = Buffer.from(writeCursor(AFTER, LIST, KEY), 'base64url');
    for (let at = 0; at < cursor.length; at++) {
      for (let bit = 1; bit < 256; bit <<= 1) {
        const changed = Buffer.from(cursor);
        changed[at] = (changed[at] as number) ^ bit;
        if (!refused(changed.toString('base64url'))) throw new Error(`byte ${at}, bit ${bit}`);
      }
    }
  });

  test('any other letter at any place', () => {
    fc.assert(
      fc.property(
        position,
        fc.nat(),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        (where, at, letter) => {
          const cursor = writeCursor(where, LIST, KEY);
          const place = at % cursor.length;
          const changed = cursor.slice(0, place) + letter + cursor.slice(place + 1);
          expect(refused(changed)).toBe(changed !== cursor);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('cut short anywhere, at either end', () => {
    const cursor = writeCursor(AFTER, LIST, KEY);
    for (let length = 0; length < cursor.length; length++) {
      expect(refused(cursor.slice(0, length))).toBe(true);
      expect(refused(cursor.slice(cursor.length - length))).toBe(true);
    }
  });

  test('extended by anything, at either end', () => {
    fc.assert(
      fc.property(position, fc.string({ minLength: 1 }), (where, more) => {
        const cursor = writeCursor(where, LIST, KEY);
        expect(refused(cursor + more)).toBe(true);
        expect(refused(more + cursor)).toBe(true);
      }),
    );
  });

  test('another list: another environment, filter, or path', () => {
    const cursor = writeCursor(AFTER, LIST, KEY);
    const others = [
      '',
      LIST.slice(0, -1),
      `${LIST}expand=scopes`,
      LIST.replace('applications', 'resources'),
      LIST.replace('0192f0c1', '0192f0c2'),
      `${LIST}\0`,
      `${LIST}\0>`,
      LIST.toUpperCase(),
    ];
    for (const other of others) expect(refused(cursor, other)).toBe(true);
    fc.assert(
      fc.property(position, listName, listName, (where, one, other) => {
        expect(refused(writeCursor(where, one, KEY), other)).toBe(one !== other);
      }),
    );
  });

  test('a list whose name goes on with the beginning of the place', () => {
    const bytes = Buffer.from(writeCursor({ direction: 'after', key: `>${ID}` }, LIST, KEY), 'base64url');
    for (let taken = 1; taken < bytes.length - 16; taken++) {
      const rest = Buffer.concat([bytes.subarray(0, 16), bytes.subarray(16 + taken)]).toString('base64url');
      const moved = bytes.subarray(16, 16 + taken).toString();
      for (const other of [LIST + moved, `${LIST}\0${moved}`, `${LIST}${moved}\0`])
        expect(refused(rest, other)).toBe(true);
    }
  });

  test('another key', () => {
    fc.assert(
      fc.property(position, key, key, (where, one, other) => {
        fc.pre(!Buffer.from(one).equals(other));
        expect(refused(writeCursor(where, LIST, one), LIST, other)).toBe(true);
      }),
    );
    const cursor = writeCursor(AFTER, LIST, KEY);
    expect(refused(cursor, LIST, KEY.subarray(1))).toBe(true);
    expect(refused(cursor, LIST, Buffer.alloc(32))).toBe(true);
  });

  test('the mark of one cursor before the place of another', () => {
    fc.assert(
      fc.property(position, position, (one, other) => {
        const [mark, place] = [one, other].map((each) => Buffer.from(writeCursor(each, LIST, KEY), 'base64url'));
        const mixed = Buffer.concat([(mark as Buffer).subarray(0, 16), (place as Buffer).subarray(16)]);
        const isSame = one.direction === other.direction && one.key === other.key;
        expect(refused(mixed.toString('base64url'))).toBe(!isSame);
      }),
    );
  });

  test('the same bytes in any other spelling', () => {
    for (const id of [ID, `${ID}1`, `${ID}12`]) {
      const cursor = writeCursor({ direction: 'after', key: id }, LIST, KEY);
      const bytes = Buffer.from(cursor, 'base64url');
      expect(refused(cursor)).toBe(false);
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const twins = [...alphabet]
        .map((letter) => cursor.slice(0, -1) + letter)
        .filter((twin) => twin !== cursor && Buffer.from(twin, 'base64url').equals(bytes));
      expect(twins.length).toBe([0, 15, 3][bytes.length % 3]);
      const spellings = [
        ...twins,
        `${cursor}=`,
        `${cursor}==`,
        `${cursor}\n`,
        ` ${cursor}`,
        `${cursor.slice(0, 9)}\n${cursor.slice(9)}`,
        `${cursor.slice(0, 9)}.${cursor.slice(9)}`,
        encodeURIComponent(`${cursor}=`),
      ];
      for (const spelling of spellings) expect(refused(spelling)).toBe(true);
    }
    const withSigns = Array.from({ length: 50 }, (_, i) => writeCursor({ ...AFTER, key: `${i}` }, LIST, KEY)).filter(
      (cursor) => /[-_]/.test(cursor),
    );
    expect(withSigns.length).toBeGreaterThan(0);
    for (const cursor of withSigns) {
      expect(refused(cursor.replaceAll('-', '+').replaceAll('_', '/'))).toBe(true);
    }
  });

  test('what nobody wrote', () => {
    const made = ['', 'null', '0', ID, Buffer.from(`>${ID}`).toString('base64url'), 'A'.repeat(22), 'A'.repeat(400)];
    for (const cursor of made) expect(refused(cursor)).toBe(true);
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.uint8Array().map(base64url)),
        (cursor) => {
          expect(refused(cursor)).toBe(true);
        },
      ),
      { numRuns: runs(500) },
    );
  });
});

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
