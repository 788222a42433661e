import fc from 'fast-check';
import { findMemberProblem, hasRepeatedMember } from '../lib/json-members.js';

test.each<[string, string | undefined]>([
  ['{"a":1,"a":2}', 'a'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ['{"":1,"":2}', ''],
  ['{"a":{"b":1},"c":[{"d":1,"d":2}]}', 'd'],
  ['{"a":{"a":{"a":1}}}', undefined],
  ['{"a":"\\"a\\":1","b":"a"}', undefined],
  ['{"a\\\\":1,"a":2}', undefined],
  ['"a:a"', undefined],
])('%s: the repeated member is %p', (json, name) => {
  expect(findMemberProblem(json)).toEqual(name === undefined ? undefined : { reason: 'repeated', name });
});

test('a checked depth of 1 finds members repeated at the top only', () => {
  const limits = { checkedDepth: 1 };
  expect(findMemberProblem('{"a":{"b":1,"b":2},"c":[{"d":1,"d":2}]}', limits)).toBeUndefined();
  expect(findMemberProblem('{"a":{"b":1},"a":2}', limits)).toEqual({ reason: 'repeated', name: 'a' });
});

test('a maximum depth refuses text that nests deeper, in objects and lists', () => {
  for (const [json, tooDeep] of [
    ['[[1]]', false],
    ['[[[1]]]', true],
    ['{"a":{"b":1},"c":[]}', false],
    ['{"a":[{"b":1}]}', true],
    ['["[[["]', false],
  ] as const) {
    const problem = findMemberProblem(json, { maxDepth: 2 });
    expect([json, problem]).toEqual([json, tooDeep ? { reason: 'too_deep' } : undefined]);
  }
});

test.each<[string, boolean]>([
  ['{}', false],
  ['{"a":1,"a":2}', true],
  ['{"a":1,"\\u0061":2}', true],
  ['{"__proto__":1,"__proto__":2}', true],
  ['{"":1,"":2}', true],
  ['{"10":1,"2":2}', false],
  ['{"a\\\\":1,"a":2}', false],
  ['{"a\\\\\\"":1,"a\\\\":2}', false],
  ['{"a":{"b":1,"b":2},"c":[{"d":1,"d":2}]}', false],
  ['{"a":[1,{"a":"]}"}],"a":2}', true],
  ['{"a":"\\":1,\\"b\\":"}', false],
])('%s has a member twice at the top: %p', (json, expected) => {
  expect(hasRepeatedMember(json, JSON.parse(json))).toBe(expected);
});

test('finds no problem in whatever JSON.stringify writes, and one as soon as a member is written twice', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
      const json = JSON.stringify(value);
      expect(findMemberProblem(json)).toBeUndefined();
      expect(hasRepeatedMember(json, value)).toBe(false);
      const [name] = Object.keys(value) as [string];
      const twice = `{${JSON.stringify(name)}:0,${json.slice(1)}`;
      expect(findMemberProblem(twice, { checkedDepth: 1 })).toEqual({ reason: 'repeated', name });
      expect(hasRepeatedMember(twice, JSON.parse(twice))).toBe(true);
    }),
  );
});
