import { claimTokens, scopeSet } from '../../lib/scope/scope-set.js';
import { CONSUMER } from './fixtures/cases.js';
import { ILLEGAL_TOKENS, NOT_STRINGS } from './fixtures/grammar-cases.js';

const nothing = [undefined, '', ' ', '   ', []];

test.each(nothing)('the claim %j holds no scopes', (claim) => {
  expect([...scopeSet(claim)]).toEqual([]);
  expect(scopeSet(claim).size).toBe(0);
  expect(scopeSet(claim).covers('read')).toBe(false);
});

describe('6749-2: space-separated, case-sensitive scopes', () => {
  test('a claim and the list of its parts hold the same scopes', () => {
    expect([...scopeSet('openid read write')]).toEqual(['openid', 'read', 'write']);
    expect([...scopeSet(['openid', 'read', 'write'])]).toEqual(['openid', 'read', 'write']);
  });

  test.each(['read write', 'write read'])('the claim "%s" holds both scopes', (claim) => {
    expect(scopeSet(claim).covers('read')).toBe(true);
    expect(scopeSet(claim).covers('write')).toBe(true);
  });

  test('the scope Read does not cover read', () => {
    expect(scopeSet('Read READ').covers('read')).toBe(false);
  });

  test('excess spaces in a claim add nothing', () => {
    expect([...scopeSet('  read   write ')]).toEqual(['read', 'write']);
  });

  test.each(['\t', '\n', ',', '+', '\u00a0'])('%j does not separate scopes', (separator) => {
    const set = scopeSet(`read${separator}write`);
    expect(set.covers('read')).toBe(false);
    expect(set.covers('write')).toBe(false);
  });
});

describe('6749-3: duplicate scopes', () => {
  test.each([['read write read read'], [['read', 'write', 'read']]])(
    '%j holds two scopes in the order of their first use',
    (claim) => {
      expect(scopeSet(claim).size).toBe(2);
      expect([...scopeSet(claim)]).toEqual(['read', 'write']);
    },
  );
});

describe('sets with invalid scope-tokens', () => {
  test.each(ILLEGAL_TOKENS)('the set omits an invalid scope-token: $why', ({ token }) => {
    const set = scopeSet([token, 'read']);
    expect([...set]).toEqual(['read']);
    expect(set.covers(token)).toBe(false);
    expect(set.coveredBy(token)).toBeUndefined();
  });

  test.each(NOT_STRINGS)('the set omits a value of type $type ($value) in a list', ({ value }) => {
    const set = scopeSet([value as string, 'write']);
    expect([...set]).toEqual(['write']);
    expect(set.covers(value as string)).toBe(false);
  });

  test('the set keeps the valid scopes of a claim with invalid ones', () => {
    expect([...scopeSet('read r\u00e9ad wri"te write')]).toEqual(['read', 'write']);
  });
});

test.each(NOT_STRINGS.filter(({ value }) => value !== undefined && !Array.isArray(value)))(
  'throws for a claim of type $type ($value)',
  ({ value, type }) => {
    expect(() => scopeSet(value as string)).toThrow(
      new TypeError(`A scope claim is a string or a list of strings, not ${type}.`),
    );
  },
);

describe('the held scope that covers a scope', () => {
  const required = `${CONSUMER}:paas:analytics::read`;
  const nearestFirst = [
    required,
    `${CONSUMER}:paas:analytics::all`,
    `${CONSUMER}:paas::read`,
    `${CONSUMER}:paas::all`,
    `${CONSUMER}::read`,
    `${CONSUMER}::all`,
  ];

  test.each(nearestFirst.map((nearest, i) => ({ nearest, farther: nearestFirst.slice(i) })))(
    'coveredBy() names $nearest before scopes farther away, in any order',
    ({ nearest, farther }) => {
      expect(scopeSet(farther).coveredBy(required)).toBe(nearest);
      expect(scopeSet(farther.toReversed()).coveredBy(required)).toBe(nearest);
    },
  );

  test('coveredBy() is undefined if no held scope covers', () => {
    expect(scopeSet([`${CONSUMER}:paas:stack::all`, `${CONSUMER}:paas::write`]).coveredBy(required)).toBeUndefined();
  });
});

describe('the first of several candidates', () => {
  const set = scopeSet(`${CONSUMER}::all read`);

  test('firstOf() returns the first candidate that is held', () => {
    expect(set.firstHeld(['write', 'read', `${CONSUMER}::all`])).toBe('read');
  });

  test('firstOf() is undefined if no candidate is held exactly', () => {
    expect(set.firstHeld([`${CONSUMER}:paas::read`, 'Read'])).toBeUndefined();
    expect(set.firstHeld([])).toBeUndefined();
  });
});

describe('a compiled set', () => {
  test('a compiled set serializes to a JSON array in the order of the claim', () => {
    expect(JSON.stringify({ scopes: scopeSet('write read') })).toBe('{"scopes":["write","read"]}');
  });

  test('a compiled set does not change with the list it was made from', () => {
    const list = ['read'];
    const set = scopeSet(list);
    list.push('write');
    expect(set.covers('write')).toBe(false);
  });

  test('a compiled set does not change with the array from toJSON()', () => {
    const set = scopeSet('read');
    set.toJSON().push('write');
    expect(set.covers('write')).toBe(false);
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('a set does not inherit %s', (name) => {
    expect(scopeSet('read').covers(name)).toBe(false);
    expect(scopeSet(name).covers(name)).toBe(true);
  });
});

test('claimTokens() returns all parts of a claim, valid or not', () => {
  expect(claimTokens('read  "x" \u0430 read')).toEqual(['read', '"x"', '\u0430', 'read']);
});

test('repeated queries get the same result despite thousands of others in between', () => {
  const held = scopeSet('urn:opc:resource:consumer:paas::read other');
  const long = `urn:opc:resource:consumer:paas:${'x'.repeat(60_000)}::read`;
  for (let turn = 0; turn < 3; turn++) {
    expect(held.coveredBy('urn:opc:resource:consumer:paas:analytics::read')).toBe(
      'urn:opc:resource:consumer:paas::read',
    );
    expect(held.coveredBy(long)).toBe('urn:opc:resource:consumer:paas::read');
    expect(held.covers('not a scope')).toBe(false);
    expect(held.covers('')).toBe(false);
    for (let i = 0; i < 2000; i++)
      expect(held.covers(`urn:opc:resource:consumer:iaas:a${turn}b${i}::read`)).toBe(false);
    expect(held.coveredBy('other')).toBe('other');
  }
});
