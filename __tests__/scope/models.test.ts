import fc from 'fast-check';
import {
  exactScopeModel,
  impliedScopeModel,
  ociScopeModel,
  type ScopeModel,
  type ScopeModelOption,
  scopeSet,
  segmentScopeModel,
} from 'scopegate';
import { scopeModelLaws } from 'scopegate/testing';
import { covers } from '../../lib/scope/covers.js';
import { intersection } from '../../lib/scope/intersection.js';
import { parseScopeModel } from '../../lib/scope/models.js';
import { compileRequirement, satisfies } from '../../lib/scope/requirement.js';
import { tryEachProperty } from '../support/property-runs.js';
import { pair, scopeToken } from './fixtures/arbitraries.js';
import { deep } from './fixtures/cases.js';

tryEachProperty(300);

const ledger = { 'ledger:read': ['ledger:write', 'ledger:admin'], 'ledger:write': ['ledger:owner'], list: ['a', 'b'] };
/** A diamond, a circle and a scope that implies itself. */
const odd = { low: ['left', 'right'], left: ['high'], right: ['high'], one: ['two'], two: ['one'], self: ['self'] };

const path = (segments: number) => Array(segments).fill('a').join(':');

const coversIn = (model: ScopeModelOption, held: string, required: string) => scopeSet([held], model).covers(required);

test.each<[string, ScopeModel, string, string, boolean]>([
  ['exact', exactScopeModel(), 'a', 'a', true],
  ['exact', exactScopeModel(), 'urn:opc:resource:consumer::all', 'urn:opc:resource:consumer:paas::read', false],
  ['exact', exactScopeModel(), 'a', 'A', false],
  ['segments', segmentScopeModel({ separator: ':' }), 'orders', 'orders:read', true],
  ['segments', segmentScopeModel({ separator: ':' }), 'orders', 'orders:read:eu', true],
  ['segments', segmentScopeModel({ separator: ':' }), 'orders', 'orders', true],
  ['segments', segmentScopeModel({ separator: ':' }), 'orders:read', 'orders', false],
  ['segments', segmentScopeModel({ separator: ':' }), 'orders', 'ordersx:read', false],
  ['segments', segmentScopeModel({ separator: ':' }), 'orders', 'orders.read', false],
  ['segments', segmentScopeModel({ separator: ':' }), 'orders:*', 'orders:read', false],
  ['segments, an empty one', segmentScopeModel({ separator: ':' }), 'orders', 'orders::read', false],
  ['segments, an empty one at the end', segmentScopeModel({ separator: ':' }), 'orders', 'orders:', false],
  ['segments, an empty one alone', segmentScopeModel({ separator: ':' }), 'orders::read', 'orders::read', true],
  ['segments, a separator of two', segmentScopeModel({ separator: '::' }), 'a', 'a::b', true],
  ['segments, a separator of two', segmentScopeModel({ separator: '::' }), 'a', 'a:b', false],
  ['segments, 32 of them', segmentScopeModel({ separator: ':' }), 'a', path(32), true],
  ['segments, 33 of them', segmentScopeModel({ separator: ':' }), 'a', path(33), false],
  ['segments, 33 of them', segmentScopeModel({ separator: ':' }), path(33), path(33), true],
  ['wildcard', segmentScopeModel({ separator: ':', wildcard: '*' }), 'orders:*', 'orders:read', true],
  ['wildcard', segmentScopeModel({ separator: ':', wildcard: '*' }), 'orders:*', 'orders:read:eu', true],
  ['wildcard', segmentScopeModel({ separator: ':', wildcard: '*' }), '*', 'orders:read', true],
  ['wildcard', segmentScopeModel({ separator: ':', wildcard: '*' }), '*', 'orders', true],
  ['wildcard', segmentScopeModel({ separator: ':', wildcard: '*' }), 'orders:*', 'orders', false],
  ['wildcard', segmentScopeModel({ separator: ':', wildcard: '*' }), 'orders', 'orders:read', false],
  ['wildcard', segmentScopeModel({ separator: ':', wildcard: '*' }), 'orders:*', 'bills:read', false],
  ['wildcard in the middle', segmentScopeModel({ separator: ':', wildcard: '*' }), 'a:*:c', 'a:b:c', false],
  ['wildcard that is required', segmentScopeModel({ separator: ':', wildcard: '*' }), 'a:b', 'a:*', false],
  ['wildcard that is required', segmentScopeModel({ separator: ':', wildcard: '*' }), 'a:*', 'a:b:*', true],
  ['another wildcard', segmentScopeModel({ separator: '.', wildcard: 'any' }), 'a.any', 'a.b', true],
  ['implied', impliedScopeModel(ledger), 'ledger:write', 'ledger:read', true],
  ['implied, at two removes', impliedScopeModel(ledger), 'ledger:owner', 'ledger:read', true],
  ['implied', impliedScopeModel(ledger), 'ledger:read', 'ledger:read', true],
  ['implied', impliedScopeModel(ledger), 'ledger:read', 'ledger:write', false],
  ['implied', impliedScopeModel(ledger), 'ledger:admin', 'ledger:write', false],
  ['implied, not listed', impliedScopeModel(ledger), 'x', 'x', true],
  ['implied, a name of every object', impliedScopeModel(ledger), 'a', 'toString', false],
  ['implied in a circle', impliedScopeModel(odd), 'two', 'one', true],
  ['implied in a circle', impliedScopeModel(odd), 'one', 'two', true],
])('%s model: whether a scope covers another', (_, model, held, required, expected) => {
  expect([held, required, coversIn(model, held, required)]).toEqual([held, required, expected]);
});

test('the model of OCI IAM covers exactly what covers() does', () => {
  fc.assert(
    fc.property(pair, ([held, required]) => {
      expect(coversIn(ociScopeModel(), held, required)).toBe(covers(held, required));
    }),
  );
});

const scopesOf = (names: readonly string[]) =>
  fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(':'));
const paths = fc
  .oneof(scopesOf(['a', 'b', 'c', '*', '']), fc.constantFrom('*', 'a:*', 'a:b:*', deep(40)))
  .filter(Boolean);
const names = fc.constantFrom(...new Set([...Object.entries(ledger), ...Object.entries(odd)].flat(2)), 'x');

const models: readonly (readonly [string, ScopeModel, fc.Arbitrary<string>])[] = [
  [
    'ociScopeModel()',
    ociScopeModel(),
    fc.oneof(
      scopeToken,
      pair.map(([one]) => one),
    ),
  ],
  ['exactScopeModel()', exactScopeModel(), fc.oneof(scopeToken, fc.constantFrom('a', 'b', 'c'))],
  ['segmentScopeModel()', segmentScopeModel({ separator: ':' }), paths],
  ['segmentScopeModel() with a wildcard', segmentScopeModel({ separator: ':', wildcard: '*' }), paths],
  ['impliedScopeModel()', impliedScopeModel({ ...ledger, ...odd }), names],
];

describe.each(models)('%s', (_, model, scope) => {
  test('has no counterexample to the laws', () => {
    fc.assert(
      fc.property(fc.array(scope, { minLength: 1, maxLength: 6 }), (scopes) => {
        expect(scopeModelLaws(model, scopes)).toEqual([]);
      }),
    );
  });

  test('the intersection covers exactly what both sets cover, and lists scopes that cover all of it', () => {
    const held = fc.array(scope, { maxLength: 4 });
    let covered = 0;
    fc.assert(
      fc.property(held, held, fc.array(scope, { minLength: 1, maxLength: 4 }), (one, other, asked) => {
        const [first, second] = [scopeSet(one, model), scopeSet(other, model)];
        const common = intersection(first, second);
        const listed = scopeSet([...common], model);
        for (const required of asked) {
          const isDenied = required.startsWith('urn:opc:idm:');
          if (isDenied) continue; // a rule of its own, see intersection.test.ts
          const expected = first.covers(required) && second.covers(required);
          if (expected) covered++;
          const compiled = compileRequirement(required, parseScopeModel('', model));
          const by = common.coveredBy(required);
          expect([common.covers(required), satisfies(common, compiled), listed.covers(required)]).toEqual(
            Array(3).fill(expected),
          );
          if (by !== undefined)
            expect(first.covers(by) && second.covers(by) && coversIn(model, by, required)).toBe(true);
        }
        for (const each of common) expect([each, first.covers(each) && second.covers(each)]).toEqual([each, true]);
      }),
    );
    expect(covered).toBeGreaterThan(2);
  });
});

const foreign: ScopeModel = {
  name: 'foreign',
  coveringScopes: (required) => [required, 'root'],
  intersect: (one, other) => (one === 'root' ? [other] : [one]),
};

describe('a function as a model', () => {
  const byFirst = (required: string) => [required, required.charAt(0)];

  test('decides by what it returns', () => {
    expect(coversIn(byFirst, 'a', 'abc')).toBe(true);
    expect(coversIn(byFirst, 'abc', 'a')).toBe(false);
    expect(coversIn(() => [], 'a', 'a')).toBe(false);
  });

  test('its intersection names the scopes of either side that both cover', () => {
    const common = intersection(scopeSet(['a', 'bcd'], byFirst), scopeSet(['abc', 'b', 'x'], byFirst));

    expect([...common].sort()).toEqual(['abc', 'bcd']);
    expect(common.covers('abc')).toBe(true);
    expect(common.covers('abd')).toBe(false);
  });

  test('covers what both sides cover also where no side names it', () => {
    const table: Record<string, string[]> = { read: ['read', 'write', 'admin'] };
    const model = (required: string) => table[required] ?? [required];
    const common = intersection(scopeSet(['write'], model), scopeSet(['admin'], model));

    expect(common.coveredBy('read')).toBe('read');
    expect(common.covers('write')).toBe(false);
    expect(common.toJSON()).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    [
      'throws',
      function broken() {
        throw new Error('no table');
      },
      /^The scope model broken threw in coveringScopes for a\.$/,
    ],
    ['returns nothing', () => undefined, /must return a list of scope-tokens for a\.$/],
    ['returns a string', () => 'a', /must return a list of scope-tokens/],
    ['returns a promise', async () => ['a'], /must return a list of scope-tokens/],
    ['returns what is no scope-token', () => ['a b'], /must return a list of scope-tokens/],
  ])('that %s makes an error that names it, never a permit', (_, model, sentence) => {
    const held = scopeSet('a', model as ScopeModelOption);

    expect(() => held.covers('a')).toThrow(TypeError);
    expect(() => held.covers('a')).toThrow(sentence);
    expect(held.covers('not a scope')).toBe(false);
  });

  test('what it threw is the cause of the error', () => {
    const cause = new Error('no table');
    const held = scopeSet('a', () => {
      throw cause;
    });

    expect(() => held.covers('a')).toThrow(expect.objectContaining({ cause }));
  });

  test('a function as a model is asked once for a scope', () => {
    const model = jest.fn((required: string) => [required]);
    const held = scopeSet('a', model);
    for (let i = 0; i < 3; i++) held.covers('b');

    expect(model).toHaveBeenCalledTimes(1);
  });

  test('what it returned cannot be changed afterwards', () => {
    const list = ['a'];
    const held = scopeSet('b', () => list);
    expect(held.covers('a')).toBe(false);
    list.push('b');
    ((held.model as ScopeModel).coveringScopes('a') as string[]).push('b');

    expect(held.covers('a')).toBe(false);
  });

  test('a list that is changed by a caller changes no model', () => {
    const model = ociScopeModel();
    (model.coveringScopes('a') as string[]).push('b');
    for (const each of [ociScopeModel(), exactScopeModel()]) (each.coveringScopes('c') as string[]).push('b');

    expect(coversIn(model, 'b', 'a') || coversIn(exactScopeModel(), 'b', 'c')).toBe(false);
  });
});

test.each<[string, () => unknown, RegExp]>([
  ['no options', () => Reflect.apply(segmentScopeModel, undefined, []), /takes an object of options/],
  ['no separator', () => Reflect.apply(segmentScopeModel, undefined, [{}]), /"separator" must be/],
  ['an empty separator', () => segmentScopeModel({ separator: '' }), /"separator" must be/],
  ['a space as separator', () => segmentScopeModel({ separator: ' ' }), /"separator" must be/],
  ['an empty wildcard', () => segmentScopeModel({ separator: ':', wildcard: '' }), /"wildcard" must be/],
  ['the separator in the wildcard', () => segmentScopeModel({ separator: ':', wildcard: '*:' }), /"wildcard" must be/],
  ['a misspelt option', () => Reflect.apply(segmentScopeModel, undefined, [{ seperator: ':' }]), /"separator"/],
  ['no table', () => Reflect.apply(impliedScopeModel, undefined, []), /^impliedScopeModel\(\) takes an object/],
  ['a list', () => Reflect.apply(impliedScopeModel, undefined, [[]]), /takes an object/],
  ['a scope in place of a list', () => impliedScopeModel({ a: 'b' } as never), /"a" must be a list/],
  ['a scope with a space', () => impliedScopeModel({ 'a b': ['c'] }), /scope-token/],
  ['an implying scope with a space', () => impliedScopeModel({ a: ['b', 'b c'] }), /"a" must be a list/],
  ['a name as model', () => Reflect.apply(scopeSet, undefined, ['a', 'exact']), /"scopeModel" must be a model/],
  ['null as model', () => Reflect.apply(scopeSet, undefined, ['a', null]), /"scopeModel" must be a model/],
  ...Object.keys(foreign).map((member): [string, () => unknown, RegExp] => [
    `a model without ${member}`,
    () => Reflect.apply(scopeSet, undefined, ['a', { ...foreign, [member]: undefined }]),
    /"scopeModel" must be a model/,
  ]),
])('throws at creation for %s', (_, create, sentence) => {
  expect(create).toThrow(TypeError);
  expect(create).toThrow(sentence);
});

test('a model of another copy of this package, or of the application, is taken by its methods', () => {
  const [root, a] = [scopeSet('root', foreign), scopeSet('a', foreign)];

  expect(root.covers('a')).toBe(true);
  expect([...intersection(root, a)]).toEqual(['a']);
  expect(intersection(root, a).model).toMatchObject({ name: 'foreign' });
});

test('a model of the application says what two scopes have in common', () => {
  const readers = ['write', 'admin'];
  const table: Record<string, string[]> = { list: ['list', 'read', ...readers], read: ['read', ...readers] };
  const coveringScopes = (required: string) => table[required] ?? [required];
  const model: ScopeModel = { name: 'table', coveringScopes, intersect: () => ['read'] };
  const common = (given: ScopeModelOption) => intersection(scopeSet('write', given), scopeSet('admin', given));

  expect(common(model).coveredBy('list')).toBe('read');
  expect(common(coveringScopes).coveredBy('list')).toBe('list');
});

const both = ['write', 'admin'];

test.each<[string, Record<string, string[]>, string[]]>([
  ['the narrower first', { list: ['read'], read: both }, ['read']],
  ['the broader first', { read: both, list: ['read'] }, ['read']],
  ['two that do not cover each other', { read: both, print: both }, ['read', 'print']],
])('intersect() returns the broadest scopes that both imply: %s', (_, implied, common) => {
  expect(impliedScopeModel(implied).intersect('write', 'admin')).toEqual(common);
});

test('an error of intersect() names the model, the function and both scopes', () => {
  const model: ScopeModel = {
    ...foreign,
    intersect: () => {
      throw new Error('no table');
    },
  };
  const common = intersection(scopeSet('root', model), scopeSet('root', model));

  expect(() => common.coveredBy('a')).toThrow(/^The scope model foreign threw in intersect for root root\.$/);
});

test.each([
  [ociScopeModel(), 'ociScopeModel()'],
  [exactScopeModel(), 'exactScopeModel()'],
  [segmentScopeModel({ separator: ':' }), 'segmentScopeModel()'],
  [impliedScopeModel({}), 'impliedScopeModel()'],
])('a model is named after the function that makes it', ({ name }, expected) => {
  expect(name).toBe(expected);
});
