import fc from 'fast-check';
import { covers } from '../../lib/scope/covers.js';
import { normalizeScopes } from '../../lib/scope/normalize.js';
import { acceptableScopes, compileRequirement, satisfies } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { tryEachProperty } from '../support/property-runs.js';
import { demand, heldList, question, related, spelling } from './arbitraries.js';
import { ROOT, satisfiesSlowly, scopesIn } from './model.js';

tryEachProperty(1000);

describe('a compiled set', () => {
  test('agrees with covers, whatever is held, in whatever order', () => {
    fc.assert(
      fc.property(question, ([held, required]) => {
        const expected = held.some((scope) => covers(scope, required));
        expect(scopeSet(held).covers(required)).toBe(expected);
        expect(scopeSet(held.toReversed().join(' ')).covers(required)).toBe(expected);
      }),
    );
  });

  test('names a scope that is held and covers', () => {
    fc.assert(
      fc.property(question, ([held, required]) => {
        const by = scopeSet(held).coveredBy(required);
        fc.pre(by !== undefined);
        expect(held).toContain(by);
        expect(covers(by as string, required)).toBe(true);
      }),
    );
  });
});

describe('a normal form', () => {
  test('covers exactly what the list covers', () => {
    fc.assert(
      fc.property(question, ([held, required]) => {
        const expected = held.some((scope) => covers(scope, required));
        expect(normalizeScopes(held).some((scope) => covers(scope, required))).toBe(expected);
      }),
    );
  });

  test('is minimal: none of its scopes covers another', () => {
    fc.assert(
      fc.property(fc.array(related, { maxLength: 4 }), (pairs) => {
        const normal = normalizeScopes(pairs.flat().map(spelling));
        expect(normal.filter((one, i) => normal.some((other, j) => i !== j && covers(other, one)))).toEqual([]);
      }),
    );
  });

  test('is its own normal form, as a list and as a claim', () => {
    fc.assert(
      fc.property(heldList, (held) => {
        const normal = normalizeScopes(held);
        expect(normalizeScopes(normal)).toEqual(normal);
        expect(normalizeScopes(normal.join(' '))).toEqual(normal);
      }),
    );
  });

  test('keeps the order', () => {
    fc.assert(
      fc.property(heldList, (held) => {
        const normal = normalizeScopes(held);
        expect([...new Set(held)].filter((scope) => normal.includes(scope))).toEqual(normal);
      }),
    );
  });

  test('holds the same scopes, whatever the order of the list', () => {
    fc.assert(
      fc.property(heldList, (held) => {
        expect(normalizeScopes(held.toReversed()).toSorted()).toEqual(normalizeScopes(held).toSorted());
      }),
    );
  });
});

describe('a requirement', () => {
  test('is satisfied as a slow reading of it says', () => {
    fc.assert(
      fc.property(demand, ([held, required]) => {
        expect(satisfies(scopeSet(held), compileRequirement(required))).toBe(satisfiesSlowly(held, required));
      }),
    );
  });

  test('that is satisfied stays so when more is held, but for the root with `all`', () => {
    fc.assert(
      fc.property(demand, heldList, ([held, required], more) => {
        const compiled = compileRequirement(required);
        fc.pre(satisfies(scopeSet(held), compiled) && !more.includes(ROOT));
        expect(satisfies(scopeSet([...held, ...more]), compiled)).toBe(true);
      }),
    );
  });

  test('is satisfied by what helps, just as by all that is held; the root with `all` may harm', () => {
    fc.assert(
      fc.property(demand, ([held, required]) => {
        const compiled = compileRequirement(required);
        const helpful = acceptableScopes(compiled);
        const rest = held.filter((scope) => scope === ROOT || helpful.includes(scope));
        expect(satisfies(scopeSet(rest), compiled)).toBe(satisfies(scopeSet(held), compiled));
        const helpsNothing = (token: string) => !scopesIn(required).some((scope) => covers(token, scope));
        expect(helpful.filter(helpsNothing)).toEqual([]);
      }),
    );
  });

  test('is satisfied by what it was satisfied by, in normal form', () => {
    fc.assert(
      fc.property(demand, ([held, required]) => {
        const compiled = compileRequirement(required);
        expect(satisfies(scopeSet(normalizeScopes(held)), compiled)).toBe(satisfies(scopeSet(held), compiled));
      }),
    );
  });
});
