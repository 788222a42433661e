import { type MarkedChange, toFeed } from '../../lib/stores/change-feed.js';
import { decodePosition, encodePosition } from '../../lib/stores/feed-position.js';

const change = (number: number, mark = `id-${number}`): MarkedChange => {
  return { number, mark, environmentId: 'e', affects: 'none' };
};
const feed = (numbers: readonly number[], end: number) => {
  const changes = numbers.map((number) => change(number));
  return { origin: 'origin', end: { number: end, mark: end === 0 ? 'origin' : `id-${end}` }, changes };
};

test.each<[string, string, readonly number[], number, readonly number[]]>([
  ['a change that the feed has', '4.id-4', [4, 5, 6], 6, [5, 6]],
  ['the last change', '6.id-6', [6], 6, []],
  ['the beginning', '0.origin', [1, 2], 2, [1, 2]],
  ['the beginning of an empty feed', '0.origin', [], 0, []],
  ['the end of a history that was migrated without its feed', '7.origin', [8], 8, [8]],
])('the feed continues from %s', (_, position, found, end, expected) => {
  const result = toFeed(feed(found, end), decodePosition(position));
  expect(result.hasGap).toBe(false);
  expect(result.events.map(({ number }) => number)).toEqual(expected);
  expect(result.events.map((event) => event.position)).toEqual(expected.map((number) => `${number}.id-${number}`));
  expect(result.position).toBe(result.events.at(-1)?.position ?? position);
});

test.each<[string, string, readonly number[], number]>([
  ['another change with that number', '4.other', [4, 5], 5],
  ['another last change', '5.other', [5], 5],
  ['a change that the database lost', '9.id-9', [], 5],
  ['a change that has left the feed', '2.id-2', [4, 5], 5],
  ['the change before the feed begins, by its number', '3.id-3', [4, 5], 5],
  ['the beginning of another database', '0.other', [1, 2], 2],
  ['the beginning of another empty database', '0.other', [], 0],
  ['an empty string', '', [], 5],
  ['a number', '4', [4, 5], 5],
  ['a number that is not whole', '4.5.id', [], 5],
  ['a number beyond all changes', `${'9'.repeat(16)}.id`, [], 5],
])('the feed has a gap after %s', (_, position, found, end) => {
  const result = toFeed(feed(found, end), decodePosition(position));
  expect(result).toEqual({
    events: [],
    hasMore: false,
    hasGap: true,
    position: end === 0 ? '0.origin' : `${end}.id-${end}`,
  });
});

test('a batch that does not reach the end has more', () => {
  const result = toFeed(feed([1, 2], 3), decodePosition('0.origin'));
  expect(result).toMatchObject({ hasMore: true, position: '2.id-2' });
});

test('a position is read as it was written', () => {
  const place = { number: 12, mark: '0190a.b-c' };
  expect(decodePosition(encodePosition(place))).toEqual(place);
});
