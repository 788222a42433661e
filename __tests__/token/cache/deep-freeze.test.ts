import { deepFreeze } from '../../../lib/token/cache/deep-freeze.js';

test('objects and lists are frozen at every depth, whatever stands beside them', () => {
  const root = { object: { list: [{ a: 1 }, null] }, text: 'a', nothing: null, none: undefined, count: 7, no: false };
  deepFreeze(root);
  const parts = [root, root.object, root.object.list, root.object.list[0]];
  expect(parts.map(Object.isFrozen)).toEqual([true, true, true, true]);
});

test('a value that is deeper than the call stack is frozen', () => {
  const leaf = {};
  let root: object = leaf;
  for (let depth = 0; depth < 100_000; depth++) root = [root];
  deepFreeze(root);
  expect(Object.isFrozen(leaf)).toBe(true);
});
