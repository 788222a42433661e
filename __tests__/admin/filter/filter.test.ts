import { z } from 'zod';
import { ATTRIBUTES } from '../../../lib/admin/filter/conditions.js';
import { filterParameter } from '../../../lib/admin/filter/filter-parameter.js';
import { parseQuery } from '../../../lib/admin/validation.js';
import { AdminError } from '../../../lib/grants/errors.js';

const ID = '0f3c9a1e-5b7d-4c2f-8a6e-1d3b5c7f9a2e';
const schemas = Object.fromEntries(
  Object.entries(ATTRIBUTES).map(([list, attributes]) => [list, z.object({ filter: filterParameter(attributes) })]),
);

const read = (filter: string, list: keyof typeof ATTRIBUTES = 'applications') => {
  return (parseQuery(schemas[list] as z.ZodObject, { filter }) as { filter: unknown }).filter;
};

function faultOf(filter: string, list?: keyof typeof ATTRIBUTES) {
  try {
    return { read: read(filter, list) };
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    const { kind, details } = error;
    return { kind, ...details[0], count: details.length };
  }
}

describe('what PingOne clients send', () => {
  test.each([
    ['the environment data source of Terraform', 'name sw "TEST-"', [{ namePrefix: 'test-' }]],
    ['words in any case', 'NAME Sw "a" AND Id EQ "X"'.replace('X', ID.toUpperCase()), [{ namePrefix: 'a', id: ID }]],
    ['a parenthesised comparison', '(name eq "a")', [{ name: 'a' }]],
    ['a parenthesised list', '((name eq "a") OR (name eq "b")) AND (name sw "A")', [{ name: 'a' }]],
    ['a license', `(name sw "TEST-") AND (license.id eq "${ID}")`, [{ namePrefix: 'test-', licenseId: ID }]],
    [
      'two licenses, which no environment has',
      `license.id eq "${ID}" and license.id eq "${ID.replace(/.$/, '0')}"`,
      [],
    ],
    ['an organization', 'organization.id eq "x" or name eq "Y"', [{ name: 'y' }]],
  ])('reads %s', (_, filter, conditions) => {
    expect(read(filter, 'environments')).toEqual(conditions);
  });
});

test('the operator and binds more than or', () => {
  expect(read('name eq "a" or name sw "b" and name sw "bc"')).toEqual([{ name: 'a' }, { namePrefix: 'bc' }]);
  expect(read('(name eq "a" or name sw "b") and name sw "bc"')).toEqual([{ namePrefix: 'bc' }]);
});

test('a value is a JSON string', () => {
  expect(read('name eq "a\\"b\\\\\\u0063"')).toEqual([{ name: 'a"b\\c' }]);
});

test('the name of a scope keeps its case, and other names lose it', () => {
  expect(read('name eq "Read"', 'scopes')).toEqual([{ name: 'Read' }]);
  expect(read('name eq "Ärger"', 'resources')).toEqual([{ name: 'Ärger' }]);
  expect(read('name eq "ABC"', 'resources')).toEqual([{ name: 'abc' }]);
});

test.each([
  ['', 0, 'an attribute or an opening parenthesis'],
  ['name', 4, 'a space and an operator'],
  ['name ', 5, 'an operator'],
  ['name eq', 7, 'a space and a value in double quotes'],
  ['name eq"a"', 7, 'a space and a value in double quotes'],
  ["name eq 'a'", 8, 'a value in double quotes'],
  ['name eq "a', 8, 'a value in double quotes'],
  ['name eq "\\x"', 8, 'a value in double quotes'],
  ['name eq "\t"', 8, 'a value in double quotes'],
  ['name eq true', 8, 'a value in double quotes'],
  ['name eq "a" xor name eq "b"', 12, 'and, or, or the end'],
  ['name eq "a" and', 15, 'an attribute or an opening parenthesis'],
  ['(name eq "a"', 12, 'a closing parenthesis'],
  ['name eq "a")', 11, 'the end'],
  ['()', 1, 'an attribute or an opening parenthesis'],
  ['not (name eq "a")', 4, 'an operator'],
  ['name\teq "a"', 4, 'a space and an operator'],
  ['name eq "a"; drop table applications', 11, 'the end'],
  ['name eq "\\u0000"', 8, 'a value that name can have'],
  ['name eq "\\ud800"', 8, 'a value that name can have'],
  ['id eq "1"', 6, 'a value that id can have'],
])('%s is refused at offset %i', (filter, offset, expectation) => {
  expect(faultOf(filter)).toEqual({
    kind: 'invalid_request',
    code: 'INVALID_FILTER',
    target: 'filter',
    message: expect.stringContaining(expectation),
    innerError: { offset },
    count: 1,
  });
  expect(faultOf(filter)).toHaveProperty('message', expect.stringMatching(`^At offset ${offset}, `));
});

test('an unknown attribute is refused with those of the list', () => {
  expect(faultOf('name eq "a" and enabled eq "b"')).toMatchObject({
    message: 'At offset 16, the filter must have one of the attributes id, name.',
    innerError: { offset: 16, supportedAttributes: ['id', 'name'] },
  });
  expect(faultOf('name eq "a"', 'grants')).toMatchObject({
    innerError: { supportedAttributes: ['id', 'resource.id'] },
  });
  expect(faultOf('constructor eq "a"')).toMatchObject({ innerError: { offset: 0 } });
});

test('an unknown operator is refused with those of the attribute', () => {
  expect(faultOf('name co "a"')).toMatchObject({
    message: 'At offset 5, the filter must have eq or sw, the operators of name.',
    innerError: { offset: 5, supportedOperators: ['eq', 'sw'] },
  });
  expect(faultOf(`id sw "${ID}"`)).toMatchObject({ innerError: { offset: 3, supportedOperators: ['eq'] } });
});

describe('bounds', () => {
  const ors = (count: number, letter = 'a') => Array.from({ length: count }, (_, i) => `name eq "${letter}${i}"`);

  test.each([
    ['a text of 4,096 characters', `name eq "${'a'.repeat(4086)}"`, `name eq "${'a'.repeat(4087)}"`, 4096],
    ['16 parentheses', nest(16), nest(17), 16],
    ['50 comparisons', ors(50).join(' or '), ors(51).join(' or '), 50],
    ['50 alternatives', product(5, 10), product(8, 7), 50],
  ])('%s is the most', (_, most, more, maximumValue) => {
    expect(faultOf(most)).toHaveProperty('read');
    expect(faultOf(more)).toMatchObject({ code: 'INVALID_FILTER', innerError: { maximumValue } });
  });

  test('a filter that is far too long or deep is refused where it is', () => {
    expect(faultOf('('.repeat(1_000_000))).toMatchObject({ innerError: { maximumValue: 4096 } });
    expect(faultOf('('.repeat(4096))).toMatchObject({ innerError: { maximumValue: 16, offset: 16 } });
  });

  function nest(depth: number): string {
    return `${'('.repeat(depth)}name eq "a"${')'.repeat(depth)}`;
  }

  /** Conditions on prefixes and on ids do not exclude one another. */
  function product(some: number, others: number): string {
    const prefixes = Array.from({ length: some }, (_, i) => `name sw "${i}"`);
    const ids = Array.from({ length: others }, (_, i) => `id eq "${ID.slice(0, -1)}${i.toString(16)}"`);
    return `(${prefixes.join(' or ')}) and (${ids.join(' or ')})`;
  }
});
