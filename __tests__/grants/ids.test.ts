import fc from 'fast-check';
import { createIdGenerator, parseApplicationId, parseUuid } from '../../lib/grants/ids.js';
import { anyCharacter } from '../support/any-character.js';
import { runs } from '../support/property-runs.js';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const millisecondsOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

const newId = createIdGenerator();

/** A generator remembers the latest time, so each test has a later one. */
let epoch = Date.UTC(2030, 0);
function later(): number {
  epoch += 1_000_000_000;
  return epoch;
}

function isSorted(ids: readonly string[]): boolean {
  return ids.every((id, i) => i === 0 || (ids[i - 1] as string) < id);
}

describe('createIdGenerator: UUIDs, version 7', () => {
  test('a generator knows nothing of the times of another', () => {
    const now = later();
    createIdGenerator()(now + 1_000_000);
    expect(millisecondsOf(createIdGenerator()(now))).toBe(now);
  });

  test('returns a UUID of version 7 with the standard variant', () => {
    const now = later();
    const ids = Array.from({ length: 10_000 }, (_, i) => newId(now + Math.floor(i / 7)));
    for (const id of ids) if (!V7.test(id) || id !== parseUuid(id)) throw new Error(id);
    expect(new Set(ids.map((id) => id[19]))).toEqual(new Set(['8', '9', 'a', 'b']));
  });

  test('starts an id with the time', () => {
    for (const now of [later(), later(), later() + 1]) expect(millisecondsOf(newId(now))).toBe(now);
    expect(newId(0x0193_5c8f_a000 + later()).slice(0, 13)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}$/);
    epoch = later() + 0x0193_5c8f_a000;
  });

  test('distinguishes ids of the same millisecond by 62 random bits', () => {
    const now = later();
    const tails = Array.from({ length: 5000 }, () => newId(now).slice(19));
    expect(new Set(tails).size).toBe(5000);
    const bytes = tails.map((tail) => Buffer.from(tail.replaceAll('-', ''), 'hex'));
    for (let bit = 2; bit < 64; bit++) {
      const ones = bytes.filter((each) => ((each[bit >> 3] as number) >> (7 - (bit & 7))) & 1).length;
      if (ones < 2000 || ones > 3000) throw new Error(`bit ${bit} is one in ${ones} of 5000`);
    }
  });

  test('sorts ids by creation while the clock stands still', () => {
    const now = later();
    const ids = Array.from({ length: 20_000 }, () => newId(now));
    expect(isSorted(ids)).toBe(true);
    expect(millisecondsOf(ids.at(-1) as string) - now).toBe(4);
    expect(isSorted([ids.at(-1) as string, newId(now + 1), newId(now + 4), newId(now + 5)])).toBe(true);
  });

  test('sorts ids by creation while the clock runs backwards', () => {
    const now = later();
    const ids = Array.from({ length: 10_000 }, (_, i) => newId(now - i * 1000));
    expect(isSorted(ids)).toBe(true);
    expect(isSorted([...ids, newId(0), newId(-1), newId(now - 1), newId(now + 10)])).toBe(true);
  });

  test('sorts ids by creation whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 300 }), (steps) => {
        let now = later();
        const ids = steps.map((step) => {
          now += step;
          return newId(now);
        });
        expect(isSorted(ids)).toBe(true);
        expect(ids.every((id) => V7.test(id))).toBe(true);
      }),
      { numRuns: runs(50) },
    );
  });
});

const ID = '0192f0c1-2d3e-7a4b-8c5d-6e7f80912a3b';
const NOT_IDS: readonly unknown[] = [
  undefined,
  null,
  0,
  1,
  true,
  Number.NaN,
  {},
  [],
  [ID],
  { toString: () => ID },
  new String(ID),
  Symbol(ID),
  () => ID,
  '',
  ' ',
  '*',
  '.',
  '..',
  'null',
  '__proto__',
  ID.slice(1),
  ID.slice(0, -1),
  `${ID}0`,
  `0${ID}`,
  ` ${ID}`,
  `${ID} `,
  `${ID}\n`,
  `\n${ID}`,
  `x\n${ID}\nx`,
  `${ID}\0`,
  `${ID},${ID}`,
  `{${ID}}`,
  `urn:uuid:${ID}`,
  ID.replaceAll('-', ''),
  ID.replaceAll('-', '_'),
  ID.replaceAll('-', '\u2010'),
  ID.replace('a', 'g'),
  ID.replace('0', '\uff10'),
  ID.replace('1', '\u0661'),
  ID.replace('0', 'O'),
  encodeURIComponent(`${ID}\0`),
  `${ID}' or '1'='1`,
  'x'.repeat(1_000_000),
  '0'.repeat(36),
  '-'.repeat(36),
  '00000000-0000-0000-0000-00000000000g',
];

describe('asId()', () => {
  test('returns the id in lower case', () => {
    expect(parseUuid(ID)).toBe(ID);
    expect(parseUuid(ID.toUpperCase())).toBe(ID);
    expect(parseUuid('00000000-0000-0000-0000-000000000000')).toBe('00000000-0000-0000-0000-000000000000');
    expect(parseUuid('FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF')).toBe('ffffffff-ffff-ffff-ffff-ffffffffffff');
    fc.assert(fc.property(fc.uuid(), (id) => expect(parseUuid(id.toUpperCase())).toBe(id)));
  });

  test('returns undefined for anything that is not a UUID', () => {
    for (const value of NOT_IDS) expect([value, parseUuid(value)]).toEqual([value, undefined]);
    fc.assert(fc.property(fc.anything(), (value) => expect(parseUuid(value)).toBeUndefined()));
  });

  test('returns undefined for a UUID with one character replaced by an invalid one', () => {
    fc.assert(
      fc.property(fc.nat(35), fc.string({ unit: anyCharacter, maxLength: 2 }), (at, letter) => {
        const changed = ID.slice(0, at) + letter + ID.slice(at + 1);
        const hyphens = [8, 13, 18, 23];
        const fits = letter.length === 1 && (hyphens.includes(at) ? letter === '-' : /[0-9a-fA-F]/.test(letter));
        expect(parseUuid(changed)).toBe(fits ? changed.toLowerCase() : undefined);
      }),
      { numRuns: runs(1000) },
    );
  });
});

describe('asApplicationId()', () => {
  test('accepts client ids of PingOne and of an OCI IAM domain', () => {
    expect(parseApplicationId(ID)).toBe(ID);
    expect(parseApplicationId(ID.toUpperCase())).toBe(ID);
    expect(parseApplicationId(ID.replaceAll('-', ''))).toBe(ID);
    expect(parseApplicationId(ID.replaceAll('-', '').toUpperCase())).toBe(ID);
  });

  test('returns undefined for anything else', () => {
    const strange = NOT_IDS.filter((value) => typeof value === 'string' && value !== ID.replaceAll('-', ''));
    for (const value of [undefined, ...strange, 'z'.repeat(32), `${'0'.repeat(31)}\n`, '0'.repeat(33)]) {
      expect([value, parseApplicationId(value as string | undefined)]).toEqual([value, undefined]);
    }
  });
});
