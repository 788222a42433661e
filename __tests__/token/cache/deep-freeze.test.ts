import { bytesOf } from '../../../lib/token/cache/deep-freeze.js';

const MANY = 1000;

/** What each costs where a list holds many of it. */
function bytesOfEach(value: unknown): number {
  return (bytesOf(Array(MANY).fill(value)) - bytesOf([])) / MANY;
}

test.each([null, true, false])('%j costs its place alone', (value) => {
  expect(bytesOfEach(value)).toBe(8);
});

test('a number costs its place and a number of the heap', () => {
  expect(bytesOfEach(1.5)).toBeGreaterThanOrEqual(8 + 16);
});

test.each([
  ['a', 1],
  ['é', 2],
  ['ž', 2],
])('a text of %s costs each character', (character, bytes) => {
  expect(bytesOfEach(character.repeat(500)) - bytesOfEach(character.repeat(400))).toBeGreaterThanOrEqual(100 * bytes);
});

test('an object costs more than what it holds, and each member more than its name and value', () => {
  expect(bytesOfEach({})).toBeGreaterThan(bytesOfEach([]));
  const member = bytesOf({ a: 1, another: 'text' }) - bytesOf({ a: 1 });
  expect(member).toBeGreaterThan(bytesOf('another') + bytesOf('text'));
});

test('what lies deep counts like what lies above', () => {
  expect(bytesOf([['x'.repeat(1000)]]) - bytesOf([[]])).toBeGreaterThanOrEqual(1000);
  expect(bytesOf({ a: { b: 'x'.repeat(1000) } }) - bytesOf({ a: {} })).toBeGreaterThanOrEqual(1000);
});
