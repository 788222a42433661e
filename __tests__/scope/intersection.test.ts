import fc from 'fast-check';
import { covers } from '../../lib/scope/covers.js';
import { coveringTokens } from '../../lib/scope/hierarchy.js';
import { intersection } from '../../lib/scope/intersection.js';
import { allOf, anyOf, compileRequirement, type Requirement, satisfies } from '../../lib/scope/requirement.js';
import { type ScopeSet, scopeSet } from '../../lib/scope/scope-set.js';
import { tryEachProperty } from '../support/property-runs.js';
import { heldList, lineage, pair, related, requirement, scopeToken, spelling } from './fixtures/arbitraries.js';
import { CONSUMER } from './fixtures/cases.js';
import { isAdmin, ROOT, scopesIn } from './fixtures/model.js';

tryEachProperty(1000);

const PAAS = `${CONSUMER}:paas::read`;
const ANALYTICS = `${CONSUMER}:paas:analytics::read`;
const both = (one: readonly string[], other: readonly string[]) => intersection(scopeSet(one), scopeSet(other));

/** Two held lists and what is asked for: often three scopes of one family, each held by somebody or by both. */
const anyTwoSets = fc.oneof(
  fc.tuple(heldList, heldList, scopeToken),
  fc.tuple(heldList, heldList, pair, pair).map(([one, other, [a, asked], [b]]) => {
    return [[...one, a], [...other, b], asked] as const;
  }),
  fc
    .tuple(heldList, heldList, lineage, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }))
    .map(([one, other, family, order]) => {
      const [a, b, asked] = order.map((i) => spelling(family[i as 0 | 1 | 2])) as [string, string, string];
      return [[a, ...one], [b, ...other], asked] as const;
    }),
);

/** Without the pair that no domain issues, which opens nothing: it has tests of its own. */
const unpaired = (held: readonly string[]) => (held.includes(ROOT) ? held.filter((token) => !isAdmin(token)) : held);
const twoSets = anyTwoSets.map(([one, other, asked]) => [unpaired(one), unpaired(other), asked] as const);

test.each<[readonly string[], readonly string[], string[]]>([
  [[PAAS], [ANALYTICS], [ANALYTICS]],
  [[ANALYTICS], [PAAS], [ANALYTICS]],
  [[PAAS], [PAAS], [PAAS]],
  [[ROOT], [PAAS, 'openid'], [PAAS]],
  [
    ['openid', PAAS],
    ['openid', ANALYTICS],
    ['openid', ANALYTICS],
  ],
  [[PAAS], [`${CONSUMER}:paas::write`], []],
  [[`${CONSUMER}:paas::all`], [`${CONSUMER}::read`], [PAAS]],
  [[`${CONSUMER}::read`], [`${CONSUMER}:paas::all`], [PAAS]],
  [[PAAS], [], []],
  [[`${CONSUMER}:a:b:c::all`], [`${CONSUMER}:a:b::read`], [`${CONSUMER}:a:b:c::read`]],
  [[`${CONSUMER}:a:b::read`], [`${CONSUMER}:a:b:c::all`], [`${CONSUMER}:a:b:c::read`]],
])('%j and %j have %j in common', (one, other, expected) => {
  expect([...both(one, other)].toSorted()).toEqual(expected.toSorted());
});

test('coveredBy() names the nearer of two covering scopes, whichever set holds it', () => {
  expect(both([PAAS], [ANALYTICS]).coveredBy(ANALYTICS)).toBe(ANALYTICS);
  expect(both([ANALYTICS], [PAAS]).coveredBy(ANALYTICS)).toBe(ANALYTICS);
  expect(both([`${CONSUMER}::read`], [PAAS]).coveredBy(ANALYTICS)).toBe(PAAS);
  expect(both([ANALYTICS], []).coveredBy(ANALYTICS)).toBeUndefined();
});

test.each<[readonly string[], readonly string[], string | undefined]>([
  [[PAAS], [ANALYTICS], ANALYTICS],
  [[ANALYTICS], [PAAS], ANALYTICS],
  [[`${CONSUMER}::all`], [PAAS], PAAS],
  [[PAAS], [PAAS], PAAS],
  [[PAAS], [], undefined],
  [[], [PAAS], undefined],
])('firstOf() finds the first candidate that %j or %j holds if both cover it', (one, other, by) => {
  expect(both(one, other).firstHeld(coveringTokens(ANALYTICS))).toBe(by);
});

describe('intersections of large sets', () => {
  const COUNT = 10_000;
  const scopes = (scopeOf: (i: number) => string) =>
    Array.from({ length: COUNT }, (_, i) => `${CONSUMER}:${scopeOf(i)}`);

  test.each<[string, readonly string[], readonly string[], number]>([
    ['nothing in common', scopes((i) => `a${i}::read`), scopes((i) => `b${i}::read`), 0],
    ['broad ones on one side', scopes((i) => `a${i}::all`), scopes((i) => `a${i}:b::read`), COUNT],
    ['each covers a part of the other', scopes((i) => `a${i}:b::all`), scopes((i) => `a${i}::read`), COUNT],
    ['all in one place', scopes((i) => `a::read${i}`), scopes((i) => `a::write${i}`), 0],
    ['all of one qualifier', scopes((i) => `a:b${i}::all`), scopes((i) => `a::q${i % 5}`), 5 * COUNT],
  ])('intersects two lists of ten thousand scopes quickly: %s', (_, one, other, expected) => {
    expect(both(one, other).size).toBe(expected);
  });
});

test('an intersection does not cover invalid scope-tokens', () => {
  for (const odd of ['', ' ', `${PAAS} `, 'a"b', undefined, 7]) {
    expect(both([PAAS], [PAAS]).covers(odd as string)).toBe(false);
    expect(both([PAAS], [PAAS]).coveredBy(odd as string)).toBeUndefined();
  }
});

test('changing a copy of an intersection does not change the intersection', () => {
  const common = both([PAAS], [PAAS]);
  common.toJSON().push(ROOT);
  expect([...common]).toEqual([PAAS]);
  expect(JSON.stringify({ common })).toBe(JSON.stringify({ common: [PAAS] }));
  expect(common.size).toBe(1);
});

describe('the intersection of two sets', () => {
  test('the intersection covers exactly what both sets cover', () => {
    let covered = 0;
    fc.assert(
      fc.property(twoSets, ([one, other, asked]) => {
        const expected = one.some((held) => covers(held, asked)) && other.some((held) => covers(held, asked));
        if (expected) covered++;
        expect(both(one, other).covers(asked)).toBe(expected);
        expect(both(one, other).coveredBy(asked) !== undefined).toBe(expected);
      }),
    );
    expect(covered).toBeGreaterThan(100); // or the law would have been about nothing
  });

  test('coveredBy() names a covering scope that both sets cover', () => {
    fc.assert(
      fc.property(twoSets, ([one, other, asked]) => {
        const by = both(one, other).coveredBy(asked);
        fc.pre(by !== undefined);
        expect(covers(by as string, asked)).toBe(true);
        expect(scopeSet(one).covers(by as string) && scopeSet(other).covers(by as string)).toBe(true);
      }),
    );
  });

  test('the intersection satisfies a single scope exactly when both sets do', () => {
    fc.assert(
      fc.property(twoSets, ([one, other, asked]) => {
        fc.pre(!isAdmin(asked));
        const compiled = compileRequirement(asked);
        const expected = satisfies(scopeSet(one), compiled) && satisfies(scopeSet(other), compiled);
        expect(satisfies(both(one, other), compiled)).toBe(expected);
      }),
    );
  });

  test('the intersection satisfies a requirement exactly as its scopes are covered by both', () => {
    const wide = fc.tuple(heldList, heldList, requirement, fc.array(fc.nat(), { maxLength: 4 }));
    let satisfied = 0;
    fc.assert(
      fc.property(wide, ([one, other, required, picks]) => {
        const scopes = scopesIn(required);
        fc.pre(!scopes.some(isAdmin));
        const more = picks.map((pick) => scopes[pick % scopes.length] as string);
        const [left, right] = [
          [...one, ...more],
          [...other, ...more.map((scope) => scope.replace(/::[^:]+$/, '::all'))],
        ];
        const expected = satisfiedBy(
          required,
          (scope) => scopeSet(left).covers(scope) && scopeSet(right).covers(scope),
        );
        if (expected) satisfied++;
        expect(satisfies(both(left, right), compileRequirement(required))).toBe(expected);
      }),
    );
    expect(satisfied).toBeGreaterThan(100);
  });

  test('the intersection does not depend on the order of the two sets', () => {
    fc.assert(
      fc.property(twoSets, ([one, other, asked]) => {
        expect(both(one, other).covers(asked)).toBe(both(other, one).covers(asked));
        expect([...both(one, other)].toSorted()).toEqual([...both(other, one)].toSorted());
      }),
    );
  });

  test('the list of an intersection covers the same scopes as the intersection', () => {
    fc.assert(
      fc.property(twoSets, ([one, other, asked]) => {
        const common = both(one, other);
        const list = [...common];
        expect(scopeSet(list).covers(asked)).toBe(common.covers(asked));
        expect(list.filter((scope) => !common.covers(scope))).toEqual([]);
        expect(common.size).toBe(new Set(list).size);
        expect(common.toJSON()).toEqual(list);
      }),
    );
  });

  test('intersection is associative', () => {
    fc.assert(
      fc.property(twoSets, heldList, related, ([one, other, asked], more, [high]) => {
        const third = unpaired([...more, spelling(high)]);
        const [a, b, c] = [scopeSet(one), scopeSet(other), scopeSet(third)];
        const [left, right]: ScopeSet[] = [intersection(intersection(a, b), c), intersection(a, intersection(b, c))];
        expect(left?.covers(asked)).toBe(right?.covers(asked));
        expect(left?.covers(asked)).toBe([a, b, c].every((each) => each.covers(asked)));
      }),
    );
  });

  test('a set intersected with itself is unchanged, and with nothing is empty', () => {
    fc.assert(
      fc.property(heldList.map(unpaired), scopeToken, (held, asked) => {
        expect(both(held, held).covers(asked)).toBe(scopeSet(held).covers(asked));
        expect([...both(held, held)]).toEqual([...scopeSet(held)]);
        expect(both(held, []).size).toBe(0);
      }),
    );
  });
});

describe('an admin scope beside the root in one of two sets', () => {
  const admin = 'urn:opc:idm:__myscopes__';

  test('the intersection omits the admin scope if the first set also holds the root', () => {
    const common = both([admin, ROOT, 'openid'], [admin, 'openid']);
    expect([common.covers(admin), common.coveredBy(admin), common.firstHeld([admin])]).toEqual([
      false,
      undefined,
      undefined,
    ]);
    expect([...common]).toEqual(['openid']);
    expect(satisfies(common, compileRequirement(admin))).toBe(false);
  });

  test('the intersection contains the admin scope if only the second set holds the root', () => {
    const common = both([admin], [admin, ROOT]);
    expect([common.covers(admin), common.firstHeld([admin]), [...common]]).toEqual([true, admin, [admin]]);
  });
});

test('an intersection opens no admin route if both sets hold the root', () => {
  const admin = 'urn:opc:idm:__myscopes__';
  const needs = (held: ScopeSet, required: Requirement) => satisfies(held, compileRequirement(required));
  expect(needs(both([admin, ROOT], [admin, ROOT]), admin)).toBe(false);
  expect(needs(both([admin], [admin]), allOf(admin))).toBe(true);
  expect(needs(both([admin], [ROOT]), anyOf(admin, 'openid'))).toBe(false);
});

function satisfiedBy(required: Requirement, isCovered: (scope: string) => boolean): boolean {
  if (typeof required === 'string') return isCovered(required);
  if ('allOf' in required) return required.allOf.every((part) => satisfiedBy(part, isCovered));
  return required.anyOf.some((part) => satisfiedBy(part, isCovered));
}
