import {
  hierarchicalToken,
  isScopeToken,
  isSharedAudience,
  notAScopeToken,
  parseScope,
} from '../../lib/scope/grammar.js';
import { CONSUMER } from './fixtures/cases.js';
import { HIERARCHICAL_CASES, ILLEGAL_TOKENS, NOT_STRINGS, OPAQUE_TOKENS } from './fixtures/grammar-cases.js';

describe('a scope under urn:opc:resource:consumer', () => {
  test.each(HIERARCHICAL_CASES)('$token has the segments $segments and the qualifier $qualifier', (row) => {
    expect(parseScope(row.token)).toEqual({ ...row, hierarchical: true });
  });

  test.each(HIERARCHICAL_CASES)('$token is formatted from its segments and its qualifier', (row) => {
    expect(hierarchicalToken(row.segments, row.qualifier)).toBe(row.token);
  });
});

test.each(OPAQUE_TOKENS)('a scope outside the hierarchy is opaque ($why): $token', ({ token }) => {
  expect(parseScope(token)).toEqual({ token, hierarchical: false });
});

describe('6749-1: the characters of a scope-token', () => {
  const bytes = Array.from({ length: 256 }, (_, code) => code);
  const allowed = (code: number): boolean => code >= 0x21 && code <= 0x7e && code !== 0x22 && code !== 0x5c;

  test('each of the first 256 characters is allowed or forbidden in every position', () => {
    for (const code of bytes) {
      const character = String.fromCharCode(code);
      for (const token of [character, `${character}a`, `a${character}`, `a${character}a`]) {
        expect([token, isScopeToken(token)]).toEqual([token, allowed(code)]);
      }
    }
  });

  test.each(ILLEGAL_TOKENS)('parseScope() throws and quotes an invalid scope-token: $why', ({ token }) => {
    expect(isScopeToken(token)).toBe(false);
    expect(() => parseScope(token)).toThrow(TypeError);
    expect(() => parseScope(token)).toThrow(
      `${JSON.stringify(token)} is not a scope-token (RFC 6749 §3.3: printable ASCII but space, " and \\).`,
    );
  });

  test.each(NOT_STRINGS)('parseScope() throws for a value of type $type ($value)', ({ value, type }) => {
    expect(isScopeToken(value)).toBe(false);
    expect(() => parseScope(value as string)).toThrow(
      new TypeError(`A scope is a string, not a value of type ${type}.`),
    );
  });
});

describe('6749-4: names with a space', () => {
  test(`${CONSUMER}:paas::read is a valid scope-token`, () => {
    expect(isScopeToken(`${CONSUMER}:paas::read`)).toBe(true);
  });

  test('the message for several scopes in one string explains allOf()', () => {
    expect(() => parseScope('reports:read reports:write')).toThrow(/Name each scope on its own: allOf\("a", "b"\)\.$/);
  });

  test.each([' read', 'read ', 'r\u00e9ad'])(
    'the message for the misspelt scope %j does not suggest two scopes',
    (token) => {
      expect(notAScopeToken(token)).toMatch(/ but space, " and \\\)\.$/);
    },
  );
});

test.each<[audience: string, shared: boolean]>([
  ['urn:opc:resource:scope:account', true],
  ['urn:opc:resource:scope:tag=eyJ0YWdzIjpbXX0', true],
  ['urn:opc:resource:scope:tag=', true],
  ['urn:opc:resource:scope:account=idcs-1', false],
  ['xurn:opc:resource:scope:tag=', false],
  ['urn:opc:resource:scope:tags', false],
  ['https://api.example', false],
  ['', false],
])('isSharedAudience("%s") returns %s', (audience, shared) => {
  expect(isSharedAudience(audience)).toBe(shared);
});
