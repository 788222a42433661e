import { coveringTokens, covers } from '../../lib/scope/covers.js';
import { isScopeToken } from '../../lib/scope/grammar.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { CONSUMER, COVERAGE_CASES, deep } from './cases.js';
import { ILLEGAL_TOKENS, NOT_STRINGS } from './grammar-cases.js';

const title = '$why $held, $required';

describe('held covers required', () => {
  const covered = COVERAGE_CASES.filter((row) => row.covers);

  test.each(covered)(title, ({ held, required }) => {
    expect(covers(held, required)).toBe(true);
    expect(scopeSet([held]).covers(required)).toBe(true);
  });
});

describe('held does not cover required', () => {
  const uncovered = COVERAGE_CASES.filter((row) => !row.covers);

  test.each(uncovered)(title, ({ held, required }) => {
    expect(covers(held, required)).toBe(false);
    expect(scopeSet([held]).covers(required)).toBe(false);
  });
});

test('no two cases ask the same', () => {
  const questions = COVERAGE_CASES.map(({ held, required }) => `${held} ${required}`);
  expect(questions.filter((question, i) => questions.indexOf(question) !== i)).toEqual([]);
});

test('the cases that the README shows are scope-tokens, each with a sentence', () => {
  for (const { held, required, why } of COVERAGE_CASES.filter(({ readme }) => readme)) {
    expect([held, required].filter((token) => !isScopeToken(token))).toEqual([]);
    expect(why).toMatch(/^[A-Z`].*\.$/);
  }
});

describe('what is no scope-token', () => {
  test.each(ILLEGAL_TOKENS)('$why is covered by nothing and covers nothing', ({ token }) => {
    expect(covers(`${CONSUMER}::all`, token)).toBe(false);
    expect(covers(token, `${CONSUMER}:paas::read`)).toBe(false);
    expect(covers(token, token)).toBe(false);
    expect(() => coveringTokens(token)).toThrow(TypeError);
  });

  test.each(NOT_STRINGS)('a value of type $type ($value) is covered by nothing and covers nothing', ({ value }) => {
    expect(covers(value as string, 'read')).toBe(false);
    expect(covers('read', value as string)).toBe(false);
    expect(covers(value as string, value as string)).toBe(false);
  });
});

describe('the scopes that cover a scope', () => {
  test('are itself first, then every place above with its qualifier and with `all`, the root last', () => {
    expect(coveringTokens(`${CONSUMER}:paas:analytics::read`)).toEqual([
      `${CONSUMER}:paas:analytics::read`,
      `${CONSUMER}:paas:analytics::all`,
      `${CONSUMER}:paas::read`,
      `${CONSUMER}:paas::all`,
      `${CONSUMER}::read`,
      `${CONSUMER}::all`,
    ]);
  });

  test('have the qualifier `all` only, where it has', () => {
    expect(coveringTokens(`${CONSUMER}:paas:stack::all`)).toEqual([
      `${CONSUMER}:paas:stack::all`,
      `${CONSUMER}:paas::all`,
      `${CONSUMER}::all`,
    ]);
  });

  test.each(['reports:read', 'urn:opc:idm:__myscopes__', `${CONSUMER}::paas::read`, deep(33)])(
    'are %s alone, which stands nowhere',
    (token) => {
      expect(coveringTokens(token)).toEqual([token]);
    },
  );
});
