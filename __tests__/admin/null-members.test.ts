import { allowNullMembers, omitNullMembers } from '../../lib/admin/null-members.js';

test.each<[unknown, unknown]>([
  [{ a: null, b: 1 }, { b: 1 }],
  [{ a: { b: null, c: false } }, { a: { c: false } }],
  [{ a: [{ b: null }, null, 0, ''] }, { a: [{}, null, 0, ''] }],
  [null, null],
  [[null], [null]],
  ['null', 'null'],
  [undefined, undefined],
])('omits members that are null at every level of %j, and nothing else', (value, expected) => {
  expect(omitNullMembers(value)).toEqual(expected);
});

test('leaves the body itself and a member named __proto__ as they were', () => {
  const body = JSON.parse('{"__proto__":{"a":1},"b":null}');
  expect(JSON.stringify(omitNullMembers(body))).toBe('{"__proto__":{"a":1}}');
  expect(JSON.stringify(body)).toBe('{"__proto__":{"a":1},"b":null}');
});

test('survives a body that an application parsed without a limit of depth', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(Array.isArray(omitNullMembers({ deep }))).toBe(false);
});

test('describes optional members as nullable, and required ones as they were', () => {
  const text = { type: 'string', description: 'A text.', default: 'a' };
  const never = { not: {} };
  const schema = { type: 'object', properties: { a: text, b: text, c: never }, required: ['b'] };
  const nullable = { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'A text.', default: 'a' };
  expect(allowNullMembers({ type: 'array', items: schema })).toEqual({
    type: 'array',
    items: { type: 'object', properties: { a: nullable, b: text, c: never }, required: ['b'] },
  });
});
