import fc from 'fast-check';
import { decide } from '../../lib/decision/decide.js';
import type { Deny } from '../../lib/decision/decision.js';
import { covers } from '../../lib/scope/covers.js';
import { allOf, anyOf, compileRequirement, type Requirement, satisfies } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { demand, heldList, scopeToken } from '../scope/fixtures/arbitraries.js';
import { isAdmin, opens, ROOT, satisfiesSlowly, scopesIn } from '../scope/fixtures/model.js';
import { tryEachProperty } from '../support/property-runs.js';

tryEachProperty(1000);

const held = (scopes: readonly string[], required: Requirement) => decide({ held: scopeSet(scopes), required });

function denial(scopes: readonly string[], required: Requirement): Deny {
  const decision = held(scopes, required);
  fc.pre(decision.effect === 'deny');
  return decision as Deny;
}

/** Neither is issued beside the other, so no token has enough where both are needed. */
const neverIssued = (scopes: readonly string[]): boolean => scopes.includes(ROOT) && scopes.some(isAdmin);

describe('decisions for any held scopes and any requirement', () => {
  test('permits exactly when the held scopes satisfy the requirement, and returns it unchanged', () => {
    fc.assert(
      fc.property(demand, ([scopes, required]) => {
        const satisfied = satisfies(scopeSet(scopes), compileRequirement(required));
        expect(held(scopes, required)).toMatchObject({ effect: satisfied ? 'permit' : 'deny', required });
        expect(satisfied).toBe(satisfiesSlowly(scopes, required));
      }),
    );
  });

  test('coverage lists each covered required scope once, with a held scope that covers it', () => {
    fc.assert(
      fc.property(demand, ([scopes, required]) => {
        const { coverage } = held(scopes, required);
        const opened = scopesIn(required).filter((scope) => opens(scopes, scope));
        expect(coverage.map((row) => row.required)).toEqual([...new Set(opened)]);
        expect(coverage.filter((row) => !scopes.includes(row.by) || !covers(row.by, row.required))).toEqual([]);
      }),
    );
  });

  test('the sufficient scopes of a denial satisfy the requirement alone', () => {
    fc.assert(
      fc.property(demand, ([scopes, required]) => {
        const { sufficient } = denial(scopes, required);
        fc.pre(!neverIssued(sufficient));
        expect(held(sufficient, required).effect).toBe('permit');
      }),
    );
  });

  test('the missing scopes of a denial, added to the held ones, satisfy the requirement', () => {
    fc.assert(
      fc.property(demand, ([scopes, required]) => {
        const { missing } = denial(scopes, required);
        fc.pre(!neverIssued([...scopes, ...missing]));
        expect(held([...scopes, ...missing], required).effect).toBe('permit');
      }),
    );
  });

  test('a denial lists each sufficient scope that is not covered as missing, once', () => {
    fc.assert(
      fc.property(demand, ([scopes, required]) => {
        const { sufficient, missing } = denial(scopes, required);
        expect(missing).not.toEqual([]);
        expect(missing).toEqual(sufficient.filter((scope) => !opens(scopes, scope)));
        expect(sufficient).toEqual([...new Set(sufficient)]);
        expect(scopesIn(required)).toEqual(expect.arrayContaining([...sufficient]));
      }),
    );
  });

  test('a denial proposes the first alternative that lacks the fewest scopes', () => {
    const alternatives = fc.array(fc.array(scopeToken, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(heldList, alternatives, (scopes, lists) => {
        const { missing } = denial(scopes, anyOf(...lists.map((list) => allOf(...list))));
        const lacking = lists.map((list) => [...new Set(list.filter((scope) => !opens(scopes, scope)))]);
        expect(missing).toEqual(lacking.toSorted((one, other) => one.length - other.length)[0]);
      }),
    );
  });

  test('the decision does not depend on the order of the held scopes', () => {
    fc.assert(
      fc.property(demand, ([scopes, required]) => {
        expect(held(scopes.toReversed(), required)).toEqual(held(scopes, required));
      }),
    );
  });
});
