import fc from 'fast-check';
import { isScopeToken, parseScope } from '../../lib/scope/grammar.js';
import { allOf } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { anyCharacter } from '../support/any-character.js';
import { tryEachProperty } from '../support/property-runs.js';
import { pair } from './fixtures/arbitraries.js';
import { CONSUMER } from './fixtures/cases.js';

tryEachProperty(1000);

/** Texts that are nearly scopes: pieces of them in any order, and what no scope has. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(':', '::', ':paas', ':a:b', '::read', '::all', ':a'.repeat(31)) },
  { weight: 2, arbitrary: fc.constantFrom(CONSUMER, `${CONSUMER}:`, 'urn:opc:idm:', 'urn', 'read', 'x') },
  { weight: 1, arbitrary: fc.constantFrom('"', '\\', '\t', '\n', '\r', '\0', '\x7f', 'é', '\u0430', '\ud800') },
  { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 3 }) },
);
const soup = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
const nearlyHierarchical = fc
  .tuple(
    fc.array(fc.constantFrom(':paas', ':paas', ':x', ':"', '::', ':', ':a'.repeat(30)), { maxLength: 4 }),
    fc.oneof(fc.constantFrom('all', 'read', '', 'a:b'), soup),
  )
  .map(([path, rest]) => `${CONSUMER}${path.join('')}::${rest}`);
const text = fc.oneof(soup, nearlyHierarchical, fc.string({ unit: anyCharacter }));

/** RFC 6749 §3.3, character by character. */
function isTokenSlowly(value: string): boolean {
  const isLegal = (code: number) => code === 0x21 || (code >= 0x23 && code <= 0x5b) || (code >= 0x5d && code <= 0x7e);
  return value !== '' && value.split('').every((character) => isLegal(character.charCodeAt(0)));
}

/** Segments and qualifier, by looking for colons only. */
function placeSlowly(token: string): { segments: string[]; qualifier: string } | undefined {
  if (!token.startsWith(`${CONSUMER}:`)) return undefined;
  const [empty, ...rest] = token.slice(CONSUMER.length).split(':');
  const qualifier = rest.pop();
  const gap = rest.pop();
  const wellFormed = empty === '' && gap === '' && qualifier !== '' && !rest.includes('') && rest.length <= 32;
  return wellFormed && qualifier !== undefined ? { segments: rest, qualifier } : undefined;
}

test('6749-1: a text is a scope-token exactly when all its characters are allowed', () => {
  const seen = { legal: 0, illegal: 0 };
  fc.assert(
    fc.property(text, (value) => {
      const legal = isTokenSlowly(value);
      seen[legal ? 'legal' : 'illegal']++;
      expect(isScopeToken(value)).toBe(legal);
      if (legal) expect(parseScope(value).token).toBe(value);
      else expect(() => parseScope(value)).toThrow(TypeError);
    }),
  );
  expect(Math.min(seen.legal, seen.illegal)).toBeGreaterThan(100);
});

test('the colons of a scope-token alone decide its place in the hierarchy', () => {
  let hierarchical = 0;
  fc.assert(
    fc.property(text.filter(isTokenSlowly), (token) => {
      const place = placeSlowly(token);
      if (place !== undefined) hierarchical++;
      const opaque = { token, hierarchical: false };
      expect(parseScope(token)).toEqual(place === undefined ? opaque : { token, hierarchical: true, ...place });
    }),
  );
  expect(hierarchical).toBeGreaterThan(40);
});

test('6749-2: a scope claim holds the valid scope-tokens between its spaces', () => {
  const part = fc.oneof(
    { weight: 3, arbitrary: pair.map(([one]) => one) },
    { weight: 1, arbitrary: soup },
    { weight: 1, arbitrary: fc.constantFrom('', ' ', '  ', '\t') },
  );
  let wellFormed = 0;
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const claim = parts.join(' ');
      const tokens = claim.split(' ').filter(isTokenSlowly);
      if (tokens.length > 0 && claim === tokens.join(' ')) wellFormed++;
      expect([...scopeSet(claim)]).toEqual([...new Set(tokens)]);
    }),
  );
  expect(wellFormed).toBeGreaterThan(100);
});

test('6749-1: a requirement accepts valid scope-tokens only', () => {
  fc.assert(
    fc.property(text, (value) => {
      if (isTokenSlowly(value)) expect(allOf(value)).toEqual({ allOf: [value] });
      else expect(() => allOf(value)).toThrow(TypeError);
    }),
  );
});
