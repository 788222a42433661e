import {
  allOf,
  anyOf,
  compileRequirement,
  isSatisfiable,
  type Requirement,
  satisfies,
} from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { CONSUMER } from './fixtures/cases.js';
import { ILLEGAL_TOKENS, NOT_STRINGS } from './fixtures/grammar-cases.js';

const MY_SCOPES = 'urn:opc:idm:__myscopes__';
const ROOT = `${CONSUMER}::all`;
const satisfiedBy = (claim: string, required: Requirement) => satisfies(scopeSet(claim), compileRequirement(required));

describe('requirements and claims', () => {
  const readOrBoth = anyOf('read', allOf('list', 'open'));
  const nested = allOf('openid', anyOf(allOf('a', 'b'), allOf('c', anyOf('d', 'e'))));

  test.each<[required: Requirement, claim: string, satisfied: boolean]>([
    ['read', 'write read', true],
    ['read', 'write', false],
    ['read', '', false],
    [allOf('a', 'b'), 'b c a', true],
    [allOf('a', 'b'), 'a', false],
    [allOf('a', 'b'), 'b', false],
    [anyOf('a', 'b'), 'b', true],
    [anyOf('a', 'b'), 'a', true],
    [anyOf('a', 'b'), 'c', false],
    [allOf('a'), 'a', true],
    [anyOf('a'), 'b', false],
    [readOrBoth, 'read', true],
    [readOrBoth, 'list open', true],
    [readOrBoth, 'list', false],
    [nested, 'openid a b', true],
    [nested, 'openid c e', true],
    [nested, 'openid a c', false],
    [nested, 'a b c d e', false],
    [allOf('a', 'a'), 'a', true],
    [`${CONSUMER}:paas:stack::read`, `${CONSUMER}:paas::all`, true],
    [allOf(`${CONSUMER}:paas::read`, `${CONSUMER}:hr::write`), `${CONSUMER}::all`, true],
    [allOf(`${CONSUMER}:paas::read`, `${CONSUMER}:hr::write`), `${CONSUMER}::read`, false],
    [anyOf(`${CONSUMER}:paas::read`, 'urn:opc:idm:__myscopes__'), `${CONSUMER}:paasx::read`, false],
  ])('the requirement %j against the claim "%s" is satisfied: %s', (required, claim, satisfied) => {
    expect(satisfiedBy(claim, required)).toBe(satisfied);
  });
});

describe('admin scopes beside the root with `all`', () => {
  test.each<[required: Requirement, claim: string, satisfied: boolean]>([
    [MY_SCOPES, ROOT, false],
    [MY_SCOPES, MY_SCOPES, true],
    [MY_SCOPES, `${MY_SCOPES} ${ROOT}`, false],
    [MY_SCOPES, `${ROOT} offline_access ${MY_SCOPES}`, false],
    ['urn:opc:idm:t.user.me', `urn:opc:idm:t.user.me ${ROOT}`, false],
    [anyOf('urn:opc:idm:t.user.me', 'urn:opc:idm:g.all_r'), `urn:opc:idm:g.all_r ${ROOT}`, false],
    [allOf('reports:read', MY_SCOPES), `reports:read ${MY_SCOPES} ${ROOT}`, false],
    [anyOf('reports:read', MY_SCOPES), `reports:read ${MY_SCOPES} ${ROOT}`, true],
    [`${CONSUMER}:paas::read`, `${MY_SCOPES} ${ROOT}`, true],
    [MY_SCOPES, `${MY_SCOPES} ${CONSUMER}::read`, true],
    [MY_SCOPES, `${MY_SCOPES} ${CONSUMER}:paas::all`, true],
    [MY_SCOPES, `${MY_SCOPES} ${CONSUMER}::ALL`, true],
    ['urn:opc:idmx:reports', `urn:opc:idmx:reports ${ROOT}`, true],
  ])('the requirement %j against the claim "%s" is satisfied: %s', (required, claim, satisfied) => {
    expect(satisfiedBy(claim, required)).toBe(satisfied);
  });
});

test.each<[required: Requirement, unusable: string, satisfiable: boolean]>([
  ['a', '', true],
  ['a', 'a', false],
  [anyOf('a', 'b'), 'a', true],
  [allOf('a', 'b'), 'a', false],
  [`${CONSUMER}:paas::read`, `${CONSUMER}:paas::read`, true],
  [allOf(MY_SCOPES, ROOT), '', false],
  [anyOf(MY_SCOPES, ROOT), '', true],
  [allOf(MY_SCOPES, `${CONSUMER}:paas::read`), '', true],
  [allOf(MY_SCOPES, `${CONSUMER}:paas::read`), MY_SCOPES, false],
])('some token satisfies the requirement %j without the scope "%s": %s', (required, unusable, satisfiable) => {
  expect(isSatisfiable(compileRequirement(required), (scope) => scope !== unusable)).toBe(satisfiable);
});

describe('a requirement as a value', () => {
  test('a requirement shows what it was made of', () => {
    expect(allOf('a', anyOf('b', 'c'))).toEqual({ allOf: ['a', { anyOf: ['b', 'c'] }] });
  });

  test('a requirement is immutable', () => {
    const required = allOf('a', anyOf('b'));
    expect(() => (required.allOf as Requirement[]).push('c')).toThrow(TypeError);
    expect(() => Object.assign(required, { allOf: [] })).toThrow(TypeError);
    expect(() => ((required.allOf[1] as { anyOf: string[] }).anyOf[0] = 'c')).toThrow(TypeError);
  });

  test('a requirement accepts plain objects at any depth', () => {
    const plain = { anyOf: ['a', { allOf: ['b', { anyOf: ['c', 'd'] }] }] };
    expect(satisfiedBy('b d', plain)).toBe(true);
    expect(satisfiedBy('b', plain)).toBe(false);
    expect(satisfiedBy('b d', allOf(plain))).toBe(true);
  });

  test('a compiled requirement does not change with its plain object', () => {
    const inner = { anyOf: ['a'] };
    const compiled = compileRequirement({ allOf: [inner, 'b'] });
    inner.anyOf.push('b');
    expect(satisfies(scopeSet('b'), compiled)).toBe(false);
    expect(compiled.source).toEqual({ allOf: [{ anyOf: ['a'] }, 'b'] });
  });
});

/** Every way in which a requirement may be declared. */
const declarations: readonly [name: string, declare: (part: Requirement) => unknown][] = [
  ['allOf(…)', (part) => allOf('read', part)],
  ['anyOf(…)', (part) => anyOf(part, 'read')],
  ['a requirement alone', (part) => compileRequirement(part)],
  ['a nested plain object', (part) => compileRequirement({ allOf: ['read', { anyOf: [part] }] })],
  ['a plain object inside anyOf(…)', (part) => compileRequirement(anyOf('read', { allOf: [part] }))],
];

describe.each(declarations)('6749-1: an invalid requirement declared by %s', (_, declare) => {
  test.each(ILLEGAL_TOKENS)('throws for an invalid scope-token: $why', ({ token }) => {
    expect(() => declare(token)).toThrow(TypeError);
    expect(() => declare(token)).toThrow(
      `${JSON.stringify(token)} is not a scope-token (RFC 6749 §3.3: printable ASCII but space, " and \\).`,
    );
  });

  test('throws for two scopes in one string and explains allOf()', () => {
    expect(() => declare('read write')).toThrow('Name each scope on its own: allOf("a", "b").');
  });

  test('throws for a list and explains allOf() and anyOf()', () => {
    expect(() => declare(['read', 'write'] as never)).toThrow(
      new TypeError('A list does not say whether all or any of its scopes are needed: use allOf(...) or anyOf(...).'),
    );
  });

  test.each(NOT_STRINGS.filter(({ type }) => type !== 'object'))(
    'throws for a value of type $type ($value)',
    ({ value, type }) => {
      expect(() => declare(value as never)).toThrow(
        new TypeError(`A requirement is a scope, allOf(...) or anyOf(...), not a value of type ${type}.`),
      );
    },
  );

  test.each<[what: string, value: unknown, named: string]>([
    ['null', null, 'null'],
    ['an operator that was not called', allOf, 'a value of type function'],
    ['an object with neither operator', {}, 'an object with no members'],
    ['an object with a misspelt operator', { anyof: ['read'] }, 'an object with anyof'],
    ['an object with both operators', { allOf: ['read'], anyOf: ['write'] }, 'an object with allOf, anyOf'],
    ['an object with more than its operator', { anyOf: ['read'], not: ['write'] }, 'an object with anyOf, not'],
    ['an object with many members', { a: 1, b: 2, c: 3, d: 4, e: 5 }, 'an object with a, b, c, d'],
    ['an operator over a string', { allOf: 'read' }, 'an object with allOf'],
    ['an operator over a compiled set', { anyOf: scopeSet('read') }, 'an object with anyOf'],
  ])('throws for %s', (_what, value, named) => {
    expect(() => declare(value as never)).toThrow(
      new TypeError(`A requirement is a scope, allOf(...) or anyOf(...), not ${named}.`),
    );
  });
});

describe('an operator without scopes', () => {
  test.each<[name: string, declare: () => unknown, operator: string]>([
    ['allOf()', () => allOf(), 'allOf()'],
    ['anyOf()', () => anyOf(), 'anyOf()'],
    ['a plain allOf', () => compileRequirement({ allOf: [] }), 'allOf()'],
    ['a plain anyOf', () => compileRequirement({ anyOf: [] }), 'anyOf()'],
    ['a plain allOf inside anyOf(…)', () => compileRequirement(anyOf('read', { allOf: [] })), 'allOf()'],
  ])('%s throws at once', (_, declare, operator) => {
    expect(declare).toThrow(new TypeError(`${operator} needs at least one scope: it would require nothing.`));
  });

  test('a hole in a list of scopes throws at once', () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tried
    expect(() => compileRequirement({ allOf: ['read', , 'write'] as string[] })).toThrow('a value of type undefined');
  });
});
