import fc from 'fast-check';
import { GenerationalCache } from '../lib/lru.js';

function filled(size: number, count: number): GenerationalCache<number, string> {
  const map = new GenerationalCache<number, string>(size);
  for (let key = 0; key < count; key++) map.set(key, `value ${key}`);
  return map;
}

/** Which of the keys from 0 are kept. Each is asked of a map of its own: what is asked for is kept longer. */
function keptOf(make: () => GenerationalCache<number, unknown>, keys: number): number[] {
  return Array.from({ length: keys }, (_, key) => key).filter((key) => make().get(key) !== undefined);
}

test('keeps the most recent entries, between half its size and its size', () => {
  for (const size of [2, 3, 4, 10, 25]) {
    for (let count = 0; count < 5 * size; count++) {
      const kept = keptOf(() => filled(size, count), count);
      expect(kept.length).toBeLessThanOrEqual(size);
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(count, Math.floor(size / 2)));
      expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => count - kept.length + i));
    }
  }
});

test('keeps an entry that is read regularly', () => {
  const map = filled(10, 1);
  for (let key = 1; key < 1000; key++) {
    map.set(key, `value ${key}`);
    if (key % 4 === 0) expect(map.get(0)).toBe('value 0');
  }
  expect(map.get(1)).toBeUndefined();
});

test('a replaced value never returns from the older generation', () => {
  const map = filled(4, 3); // 0 and 1 are old by now
  map.set(0, 'another');
  expect(map.get(0)).toBe('another');
  map.set(7, 'more');
  map.set(8, 'more');
  expect(map.get(0)).not.toBe('value 0');
});

test('replacing an existing entry evicts no other', () => {
  const made = () => {
    const map = filled(4, 4);
    for (let i = 0; i < 100; i++) map.set(3, `value ${i}`);
    return map;
  };
  expect(keptOf(made, 4)).toEqual([0, 1, 2, 3]);
});

test('a deleted entry is removed from both generations', () => {
  const map = filled(4, 2);
  map.set(2, 'value 2'); // 0 and 1 are old now
  expect(map.get(0)).toBe('value 0'); // 0 is in both
  map.delete(0);
  expect(map.get(0)).toBeUndefined();
  map.delete(1);
  expect(map.get(1)).toBeUndefined();
  expect(map.get(2)).toBe('value 2');
});

test('clear() removes all entries', () => {
  const made = () => {
    const map = filled(4, 4);
    map.clear();
    return map;
  };
  expect(keptOf(made, 4)).toEqual([]);
});

type Step = readonly ['set' | 'get' | 'delete', number] | readonly ['clear'];
const KEYS = 10;
const key = fc.nat({ max: KEYS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('set' as const), key) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('get' as const), key) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), key) },
  { weight: 1, arbitrary: fc.constant(['clear'] as const) },
);

test('never exceeds its size or returns an outdated value', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.constantFrom(2, 3, 4, 6, 8), (steps, size) => {
      const last = new Map<number, number>();
      const done = (expectValues: boolean) => {
        const map = new GenerationalCache<number, number>(size);
        last.clear();
        steps.forEach(([what, at], i) => {
          if (what === 'clear') {
            map.clear();
            last.clear();
          } else if (what === 'set') {
            map.set(at, i);
            last.set(at, i);
          } else if (what === 'delete') {
            map.delete(at);
            last.delete(at);
          } else {
            const value = map.get(at);
            if (expectValues) expect([undefined, last.get(at)]).toContain(value);
          }
        });
        return map;
      };
      const map = done(true);
      for (let at = 0; at < KEYS; at++) expect([undefined, last.get(at)]).toContain(map.get(at));
      expect(keptOf(() => done(false), KEYS).length).toBeLessThanOrEqual(size);
    }),
  );
});
