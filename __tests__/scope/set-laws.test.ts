import fc from 'fast-check';
import { covers } from '../../lib/scope/covers.js';
import { normalizeScopes } from '../../lib/scope/normalize.js';
import { acceptableScopes, compileRequirement, satisfies } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { tryEachProperty } from '../support/property-runs.js';
import { demand, heldList, question, related, spelling } from './fixtures/arbitraries.js';
import { ROOT, satisfiesSlowly, scopesIn } from './fixtures/model.js';

tryEachProperty(1000);

describe('a compiled set', () => {
  test('a compiled set agrees with covers() for any scopes in any order', () => {
    fc.assert(
      fc.property(question, ([held, required]) => {
        const expected = held.some((scope) => covers(scope, required));
        expect(scopeSet(held).covers(required)).toBe(expected);
        expect(scopeSet(held.toReversed().join(' ')).covers(required)).toBe(expected);
      }),
    );
  });

  test('coveredBy() names a held scope that covers', () => {
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

describe('the normal form', () => {
  test('the normal form covers exactly what the list covers', () => {
    fc.assert(
      fc.property(question, ([held, required]) => {
        const expected = held.some((scope) => covers(scope, required));
        expect(normalizeScopes(held).some((scope) => covers(scope, required))).toBe(expected);
      }),
    );
  });

  test('the normal form is minimal: none of its scopes covers another', () => {
    fc.assert(
      fc.property(fc.array(related, { maxLength: 4 }), (pairs) => {
        const normal = normalizeScopes(pairs.flat().map(spelling));
        expect(normal.filter((one, i) => normal.some((other, j) => i !== j && covers(other, one)))).toEqual([]);
      }),
    );
  });

  test('the normal form is its own normal form, as a list and as a claim', () => {
    fc.assert(
      fc.property(heldList, (held) => {
        const normal = normalizeScopes(held);
        expect(normalizeScopes(normal)).toEqual(normal);
        expect(normalizeScopes(normal.join(' '))).toEqual(normal);
      }),
    );
  });

  test('the normal form keeps the order of the list', () => {
    fc.assert(
      fc.property(heldList, (held) => {
        const normal = normalizeScopes(held);
        expect([...new Set(held)].filter((scope) => normal.includes(scope))).toEqual(normal);
      }),
    );
  });

  test('the normal form holds the same scopes for any order of the list', () => {
    fc.assert(
      fc.property(heldList, (held) => {
        expect(normalizeScopes(held.toReversed()).toSorted()).toEqual(normalizeScopes(held).toSorted());
      }),
    );
  });
});

describe('a requirement', () => {
  test('a requirement is satisfied exactly as a simple model says', () => {
    fc.assert(
      fc.property(demand, ([held, required]) => {
        expect(satisfies(scopeSet(held), compileRequirement(required))).toBe(satisfiesSlowly(held, required));
      }),
    );
  });

  test('a satisfied requirement stays satisfied with more scopes, except the root with `all`', () => {
    fc.assert(
      fc.property(demand, heldList, ([held, required], more) => {
        const compiled = compileRequirement(required);
        fc.pre(satisfies(scopeSet(held), compiled) && !more.includes(ROOT));
        expect(satisfies(scopeSet([...held, ...more]), compiled)).toBe(true);
      }),
    );
  });

  test('a requirement depends only on its helpful tokens and the root with `all`', () => {
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

  test('a requirement gets the same result from the normal form of the scopes', () => {
    fc.assert(
      fc.property(demand, ([held, required]) => {
        const compiled = compileRequirement(required);
        expect(satisfies(scopeSet(normalizeScopes(held)), compiled)).toBe(satisfies(scopeSet(held), compiled));
      }),
    );
  });
});
