import { exactScopeModel, impliedScopeModel, type ScopeModelOption, segmentScopeModel } from 'scopegate';
import { normalizeScopes } from '../../lib/scope/normalize.js';
import { CONSUMER, deep } from './fixtures/cases.js';
import { ILLEGAL_TOKENS, NOT_STRINGS } from './fixtures/grammar-cases.js';

const scopes = (...places: string[]): string[] => places.map((place) => place.replace(/^…/, CONSUMER));

interface Row {
  readonly what: string;
  readonly given: string[];
  readonly left: string[];
}

const cases: readonly Row[] = [
  { what: 'nothing', given: [], left: [] },
  { what: 'repetitions', given: ['b', 'a', 'b', 'a'], left: ['b', 'a'] },
  {
    what: 'what another covers, before it or after it',
    given: scopes('…:paas:analytics::read', '…:paas::read', '…:paas:stack::read'),
    left: scopes('…:paas::read'),
  },
  {
    what: 'everything in the namespace beside the root with `all`',
    given: scopes('…:paas::read', 'offline_access', '…::all', '…:hr:payroll::approve', '…::read'),
    left: scopes('offline_access', '…::all'),
  },
  {
    what: 'what is covered at several removes',
    given: scopes('…:a:b:c::read', '…:a:b::read', '…:a::all', '…:a:b:c::all'),
    left: scopes('…:a::all'),
  },
  {
    what: 'neither of two neighbours',
    given: scopes('…:paas::read', '…:paasx::read', '…:paas::write'),
    left: scopes('…:paas::read', '…:paasx::read', '…:paas::write'),
  },
  {
    what: 'nothing that only looks covered',
    given: scopes('…::ALL', '…:*::read', '…:paas::read', 'all', 'reports:all', 'reports:read'),
    left: scopes('…::ALL', '…:*::read', '…:paas::read', 'all', 'reports:all', 'reports:read'),
  },
  {
    what: 'nothing that stands nowhere',
    given: scopes('…::all', '…::paas::read', '…:paas::', 'urn:opc:idm:__myscopes__', deep(33)),
    left: scopes('…::all', '…::paas::read', '…:paas::', 'urn:opc:idm:__myscopes__', deep(33)),
  },
];

test.each(cases)('normalizing a list drops $what and keeps the order', ({ given, left }) => {
  expect(normalizeScopes(given)).toEqual(left);
});

test.each(cases)('normalizing a claim drops $what and keeps the order', ({ given, left }) => {
  expect(normalizeScopes(given.join(' '))).toEqual(left);
});

test('normalizing a claim drops excess spaces', () => {
  expect(normalizeScopes('  read   write ')).toEqual(['read', 'write']);
});

test('normalizing does not change the given list', () => {
  const given = ['b', 'a', 'b'];
  normalizeScopes(given);
  expect(given).toEqual(['b', 'a', 'b']);
});

describe('normalizing by another model', () => {
  const ledger = impliedScopeModel({ read: ['write', 'admin'], write: ['admin'] });
  const twins = impliedScopeModel({ read: ['view'], view: ['read'] });

  test.each<[string, ScopeModelOption, string, string[]]>([
    ['what an implied scope covers', ledger, 'read write other', ['write', 'other']],
    [
      'what a path covers',
      segmentScopeModel({ separator: ':' }),
      'orders:read orders bills:read',
      ['orders', 'bills:read'],
    ],
    ['what a function covers', (required) => [required, `${required}!`], 'a b a!', ['b', 'a!']],
    ['nothing but repetitions', exactScopeModel(), `${CONSUMER}::all ${CONSUMER}::read`, scopes('…::all', '…::read')],
    ['the second of two that cover each other', twins, 'view read', ['view']],
    ['the second of two that cover each other, in the other order', twins, 'read view', ['read']],
  ])('drops %s', (_, model, given, left) => {
    expect(normalizeScopes(given, model)).toEqual(left);
  });

  test('throws for what is no model, and for a function that throws', () => {
    expect(() => normalizeScopes('a', 'exact' as never)).toThrow(/normalizeScopes\(\): "scopeModel" must be a model/);
    const broken = () => {
      throw new Error('No table.');
    };
    expect(() => normalizeScopes('a', broken)).toThrow('The scope model broken threw in coveringScopes for a.');
  });
});

describe('normalization of invalid scope-tokens', () => {
  test.each(ILLEGAL_TOKENS)('normalizing throws for an invalid scope-token: $why', ({ token }) => {
    expect(() => normalizeScopes(['read', token])).toThrow(TypeError);
    expect(() => normalizeScopes(['read', token])).toThrow(`${JSON.stringify(token)} is not a scope-token`);
  });

  test.each(NOT_STRINGS)('normalizing throws for a value of type $type ($value)', ({ value, type }) => {
    expect(() => normalizeScopes(['read', value as string])).toThrow(
      new TypeError(`A scope is a string, not a value of type ${type}.`),
    );
  });

  test('normalizing throws for a claim with an invalid scope-token', () => {
    expect(() => normalizeScopes('read wri"te')).toThrow('"wri\\"te" is not a scope-token');
  });
});
