import { exactScopeModel, impliedScopeModel, ociScopeModel, type ScopeModelOption, segmentScopeModel } from 'scopegate';
import { covers } from '../../lib/scope/covers.js';
import { isScopeToken } from '../../lib/scope/grammar.js';
import { coveringTokens } from '../../lib/scope/hierarchy.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { CONSUMER, COVERAGE_CASES, deep } from './fixtures/cases.js';
import { ILLEGAL_TOKENS, NOT_STRINGS } from './fixtures/grammar-cases.js';

const title = '$why $held, $required';

describe('covered scopes', () => {
  const covered = COVERAGE_CASES.filter((row) => row.covers);

  test.each(covered)(title, ({ held, required }) => {
    expect(covers(held, required)).toBe(true);
    expect(scopeSet([held]).covers(required)).toBe(true);
  });
});

describe('scopes that are not covered', () => {
  const uncovered = COVERAGE_CASES.filter((row) => !row.covers);

  test.each(uncovered)(title, ({ held, required }) => {
    expect(covers(held, required)).toBe(false);
    expect(scopeSet([held]).covers(required)).toBe(false);
  });
});

test('no two coverage cases have the same scopes', () => {
  const questions = COVERAGE_CASES.map(({ held, required }) => `${held} ${required}`);
  expect(questions.filter((question, i) => questions.indexOf(question) !== i)).toEqual([]);
});

test('the cases shown in the documentation are valid scope-tokens with a sentence each', () => {
  for (const { held, required, why } of COVERAGE_CASES.filter(({ readme }) => readme)) {
    expect([held, required].filter((token) => !isScopeToken(token))).toEqual([]);
    expect(why).toMatch(/^[A-Z`].*\.$/);
  }
});

describe('coverage of invalid scope-tokens', () => {
  test.each(ILLEGAL_TOKENS)('an invalid scope-token covers nothing and is covered by nothing: $why', ({ token }) => {
    expect(covers(`${CONSUMER}::all`, token)).toBe(false);
    expect(covers(token, `${CONSUMER}:paas::read`)).toBe(false);
    expect(covers(token, token)).toBe(false);
    expect(() => coveringTokens(token)).toThrow(TypeError);
  });

  test.each(NOT_STRINGS)('a value of type $type ($value) covers nothing and is covered by nothing', ({ value }) => {
    expect(covers(value as string, 'read')).toBe(false);
    expect(covers('read', value as string)).toBe(false);
    expect(covers(value as string, value as string)).toBe(false);
  });
});

describe('the scopes that cover a scope', () => {
  test('coveringTokens() lists the scope, then every place above it, ending with the root', () => {
    expect(coveringTokens(`${CONSUMER}:paas:analytics::read`)).toEqual([
      `${CONSUMER}:paas:analytics::read`,
      `${CONSUMER}:paas:analytics::all`,
      `${CONSUMER}:paas::read`,
      `${CONSUMER}:paas::all`,
      `${CONSUMER}::read`,
      `${CONSUMER}::all`,
    ]);
  });

  test('coveringTokens() lists only `all` scopes for a scope with `all`', () => {
    expect(coveringTokens(`${CONSUMER}:paas:stack::all`)).toEqual([
      `${CONSUMER}:paas:stack::all`,
      `${CONSUMER}:paas::all`,
      `${CONSUMER}::all`,
    ]);
  });

  test.each(['reports:read', 'urn:opc:idm:__myscopes__', `${CONSUMER}::paas::read`, deep(33)])(
    'only %s covers itself, as it is outside the hierarchy',
    (token) => {
      expect(coveringTokens(token)).toEqual([token]);
    },
  );
});

describe('covers() by another model', () => {
  test.each<[string, string, ScopeModelOption, boolean]>([
    ['ledger:admin', 'ledger:read', impliedScopeModel({ 'ledger:read': ['ledger:admin'] }), true],
    ['ledger:read', 'ledger:admin', impliedScopeModel({ 'ledger:read': ['ledger:admin'] }), false],
    ['orders:*', 'orders:read', segmentScopeModel({ separator: ':', wildcard: '*' }), true],
    [`${CONSUMER}::all`, `${CONSUMER}::read`, exactScopeModel(), false],
    [`${CONSUMER}::all`, `${CONSUMER}::read`, ociScopeModel(), true],
    ['a!', 'a', (required) => [required, `${required}!`], true],
    ['wri"te', 'wri"te', exactScopeModel(), false],
  ])('%s covers %s as the model says', (held, required, model, expected) => {
    expect(covers(held, required, model)).toBe(expected);
  });

  test('throws for what is no model', () => {
    expect(() => covers('a', 'a', {} as never)).toThrow(/covers\(\): "scopeModel" must be a model/);
  });
});
