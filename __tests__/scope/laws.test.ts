import fc from 'fast-check';
import { covers } from '../../lib/scope/covers.js';
import { hierarchicalToken, isScopeToken, parseScope } from '../../lib/scope/grammar.js';
import { coveringTokens } from '../../lib/scope/hierarchy.js';
import { tryEachProperty } from '../support/property-runs.js';
import {
  lineage,
  type Place,
  pair,
  place,
  qualifier,
  related,
  scopeToken,
  segment,
  segments,
  spelling,
} from './fixtures/arbitraries.js';
import { CONSUMER } from './fixtures/cases.js';

tryEachProperty(1000);

describe('a scope-token', () => {
  test('a hierarchical scope-token parses into its segments and qualifier', () => {
    fc.assert(
      fc.property(place, (at) => {
        expect(parseScope(spelling(at))).toEqual({ token: spelling(at), hierarchical: true, ...at });
      }),
    );
  });

  test('a parsed scope formats to the same scope-token', () => {
    fc.assert(
      fc.property(scopeToken, (token) => {
        const scope = parseScope(token);
        expect(scope.hierarchical ? hierarchicalToken(scope.segments, scope.qualifier) : scope.token).toBe(token);
      }),
    );
  });
});

describe('coverage', () => {
  test('coverage is reflexive', () => {
    fc.assert(fc.property(scopeToken, (scope) => covers(scope, scope)));
  });

  test('coverage is transitive up to the root', () => {
    fc.assert(
      fc.property(lineage, ([low, middle, high]) => {
        expect(covers(spelling(middle), spelling(low))).toBe(true);
        expect(covers(spelling(high), spelling(middle))).toBe(true);
        expect(covers(spelling(high), spelling(low))).toBe(true);
      }),
    );
  });

  test('coverage is transitive for all triples of a small set of scopes', () => {
    const paths = ['', ':paas', ':stack', ':paas:stack', ':stack:paas', ':paas:paas', ':', ':paas:'];
    const world = paths.flatMap((path) => ['all', 'read', 'write', ''].map((name) => `${CONSUMER}${path}::${name}`));
    const breaches = world.flatMap((a) =>
      world
        .filter((b) => covers(a, b))
        .flatMap((b) => world.filter((c) => covers(b, c) && !covers(a, c)).map((c) => [a, b, c])),
    );
    expect(breaches).toEqual([]);
  });

  test('coverage is antisymmetric: two scopes that cover each other are equal', () => {
    fc.assert(
      fc.property(pair, ([one, other]) => {
        fc.pre(one !== other && covers(one, other));
        expect(covers(other, one)).toBe(false);
      }),
    );
  });

  test('coverage never crosses qualifiers, except from `all`', () => {
    fc.assert(
      fc.property(place, segments, qualifier, (high, further, other) => {
        fc.pre(other !== high.qualifier);
        const low: Place = { segments: [...high.segments, ...further], qualifier: other };
        expect(covers(spelling(high), spelling(low))).toBe(high.qualifier === 'all');
      }),
    );
  });

  test('coverage never reaches a place with a different segment', () => {
    fc.assert(
      fc.property(place, fc.nat(), segment, segments, (high, at, other, further) => {
        fc.pre(high.segments.length > 0);
        const i = at % high.segments.length;
        fc.pre(high.segments[i] !== other);
        const low: Place = { ...high, segments: [...high.segments.with(i, other), ...further] };
        expect(covers(spelling(high), spelling(low))).toBe(false);
      }),
    );
  });

  test('coverage never leaves the subtree: a covered scope starts with the covering path', () => {
    fc.assert(
      fc.property(pair, ([held, required]) => {
        fc.pre(held !== required && covers(held, required));
        const subtree = held.slice(0, held.lastIndexOf('::') + 1);
        expect(subtree.startsWith(`${CONSUMER}:`)).toBe(true);
        expect(required.startsWith(subtree)).toBe(true);
      }),
    );
  });

  test('coverage depends on segments and qualifiers only', () => {
    const path = (at: Place): string => at.segments.map((name) => `${name}:`).join('');
    fc.assert(
      fc.property(related, ([held, required]) => {
        const below = path(required).startsWith(path(held));
        const qualified = held.qualifier === 'all' || held.qualifier === required.qualifier;
        expect(covers(spelling(held), spelling(required))).toBe(below && qualified);
      }),
    );
  });

  test('coverage is equality if either scope is outside the hierarchy', () => {
    fc.assert(
      fc.property(pair, ([held, required]) => {
        fc.pre(![held, required].every((token) => parseScope(token).hierarchical));
        expect(covers(held, required)).toBe(held === required);
      }),
    );
  });

  test('covers() returns false for any value that is no scope-token', () => {
    fc.assert(
      fc.property(fc.anything(), scopeToken, (value, scope) => {
        fc.pre(!isScopeToken(value));
        expect([covers(value as string, scope), covers(scope, value as string)]).toEqual([false, false]);
      }),
    );
  });
});

describe('the scopes that cover a scope', () => {
  test('coveringTokens() lists exactly the scopes for which covers() is true', () => {
    fc.assert(
      fc.property(pair, ([held, required]) => {
        expect(coveringTokens(required).includes(held)).toBe(covers(held, required));
      }),
    );
  });

  test('coveringTokens() lists each scope-token once', () => {
    fc.assert(
      fc.property(scopeToken, (required) => {
        const tokens = coveringTokens(required);
        expect(tokens.filter((token) => !covers(token, required))).toEqual([]);
        expect(new Set(tokens).size).toBe(tokens.length);
      }),
    );
  });
});
