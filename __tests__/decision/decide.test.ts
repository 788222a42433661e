import { decide, sufficientScopes } from '../../lib/decision/decide.js';
import { exactScopeModel, ociScopeModel, parseScopeModel } from '../../lib/scope/models.js';
import { allOf, anyOf, compileRequirement, type Requirement } from '../../lib/scope/requirement.js';
import { applyScopeModel, scopeSet } from '../../lib/scope/scope-set.js';
import { CONSUMER } from '../scope/fixtures/cases.js';

const ask = (claim: string, required: Requirement) => decide({ held: scopeSet(claim), required });
const MY_SCOPES = 'urn:opc:idm:__myscopes__';
const PAAS_READ = `${CONSUMER}:paas::read`;
const ANALYTICS_READ = `${CONSUMER}:paas:analytics::read`;
const ANALYTICS_WRITE = `${CONSUMER}:paas:analytics::write`;

describe('a permit', () => {
  test('a permit reports the requirement and the scope that covers it', () => {
    expect(ask(`openid ${PAAS_READ}`, ANALYTICS_READ)).toEqual({
      effect: 'permit',
      required: ANALYTICS_READ,
      coverage: [{ required: ANALYTICS_READ, by: PAAS_READ }],
    });
  });

  test('a permit names the nearest of several covering scopes', () => {
    expect(ask(`${CONSUMER}::all ${PAAS_READ} ${ANALYTICS_READ}`, ANALYTICS_READ).coverage).toEqual([
      { required: ANALYTICS_READ, by: ANALYTICS_READ },
    ]);
  });

  test('a permit lists every covered alternative in the order of the requirement', () => {
    const required = anyOf('a', allOf('b', 'c'), 'd');
    expect(ask('d c a', required)).toEqual({
      effect: 'permit',
      required,
      coverage: [
        { required: 'a', by: 'a' },
        { required: 'c', by: 'c' },
        { required: 'd', by: 'd' },
      ],
    });
  });

  test('a permit lists a scope once that is required more than once', () => {
    expect(ask('a b', anyOf(allOf('a', 'b'), allOf('a', 'c'))).coverage).toEqual([
      { required: 'a', by: 'a' },
      { required: 'b', by: 'b' },
    ]);
  });
});

describe('a denial', () => {
  test('a denial reports the sufficient and the missing scopes', () => {
    expect(ask(PAAS_READ, ANALYTICS_WRITE)).toEqual({
      effect: 'deny',
      required: ANALYTICS_WRITE,
      coverage: [],
      sufficient: [ANALYTICS_WRITE],
      missing: [ANALYTICS_WRITE],
    });
  });

  test('a denial counts a covered scope as sufficient but not as missing', () => {
    const required = allOf(ANALYTICS_READ, ANALYTICS_WRITE);
    expect(ask(PAAS_READ, required)).toEqual({
      effect: 'deny',
      required,
      coverage: [{ required: ANALYTICS_READ, by: PAAS_READ }],
      sufficient: [ANALYTICS_READ, ANALYTICS_WRITE],
      missing: [ANALYTICS_WRITE],
    });
  });

  test('a denial reports the coverage of alternatives that it does not propose', () => {
    const required = anyOf('a', allOf('b', 'c', 'd'));
    expect(ask('b', required)).toEqual({
      effect: 'deny',
      required,
      coverage: [{ required: 'b', by: 'b' }],
      sufficient: ['a'],
      missing: ['a'],
    });
  });

  test('a denial reports an admin scope held beside the root with `all` as missing', () => {
    const required = allOf('reports:read', MY_SCOPES);
    expect(ask(`${MY_SCOPES} reports:read ${CONSUMER}::all`, required)).toEqual({
      effect: 'deny',
      required,
      coverage: [{ required: 'reports:read', by: 'reports:read' }],
      sufficient: ['reports:read', MY_SCOPES],
      missing: [MY_SCOPES],
    });
  });

  test('a denial without held scopes reports every sufficient scope as missing', () => {
    expect(ask('', allOf('a', 'b'))).toMatchObject({ coverage: [], sufficient: ['a', 'b'], missing: ['a', 'b'] });
  });
});

describe('the alternative that a denial proposes', () => {
  test.each<[which: string, claim: string, required: Requirement, sufficient: string[], missing: string[]]>([
    ['the first, where each lacks as much', '', anyOf('a', 'b', 'c'), ['a'], ['a']],
    ['the one that lacks less, though it comes later', 'c', anyOf(allOf('a', 'b'), allOf('c', 'd')), ['c', 'd'], ['d']],
    [
      'the one that lacks less, though it asks more',
      'c d',
      anyOf(allOf('a', 'b'), allOf('c', 'd', 'e')),
      ['c', 'd', 'e'],
      ['e'],
    ],
    [
      'the first of those that lack the least',
      'c e',
      anyOf(allOf('a', 'b'), allOf('c', 'd'), allOf('e', 'f')),
      ['c', 'd'],
      ['d'],
    ],
    [
      'the one that lacks one scope, though it asks for it twice',
      '',
      anyOf(allOf('a', 'b'), allOf('c', 'c')),
      ['c'],
      ['c'],
    ],
    ['one for each place where there is a choice', 'b', allOf(anyOf('a', 'b'), anyOf('c', 'd')), ['b', 'c'], ['c']],
    ['the best of alternatives within alternatives', 'c', anyOf(allOf('a', 'b'), anyOf('d', 'e')), ['d'], ['d']],
    [
      'what lacks less below, by hierarchy',
      PAAS_READ,
      anyOf(ANALYTICS_WRITE, allOf(ANALYTICS_READ, 'a')),
      [ANALYTICS_WRITE],
      [ANALYTICS_WRITE],
    ],
    ['a scope once that it needs twice', '', allOf('a', anyOf('a', 'b'), 'a'), ['a'], ['a']],
  ])('a denial proposes %s', (_, claim, required, sufficient, missing) => {
    expect(ask(claim, required)).toMatchObject({ effect: 'deny', sufficient, missing });
  });
});

test.each([[[]], [''], ['a b'], [null], [{ allOf: [] }]])('throws for the invalid requirement %j', (required) => {
  expect(() => ask('a b', required as never)).toThrow(TypeError);
});

test('decide() accepts a scope claim as well as a compiled set', () => {
  expect(decide({ held: 'a b', required: 'b' })).toEqual(decide({ held: scopeSet('a b'), required: 'b' }));
  expect(decide({ held: '', required: 'b' }).effect).toBe('deny');
});

describe('the scope model', () => {
  const exact = parseScopeModel('', exactScopeModel());
  const set = scopeSet(PAAS_READ);

  test.each([
    ['that of OCI IAM for a claim', PAAS_READ, undefined, 'permit'],
    ['that of a compiled set', applyScopeModel(set, exact), undefined, 'deny'],
    ['the one that is given, for a claim', PAAS_READ, exactScopeModel(), 'deny'],
    ['the one that is given, before that of the set', applyScopeModel(set, exact), ociScopeModel(), 'permit'],
  ])('decide() uses %s', (_, held, scopeModel, effect) => {
    expect(decide({ held, required: ANALYTICS_READ, scopeModel })).toMatchObject({ effect });
  });

  test('decide() throws for a model that is none, and names itself', () => {
    expect(() => decide({ held: 'read', required: 'read', scopeModel: 'exact' as never })).toThrow(/^decide\(\): /);
  });
});

test('the sufficient scopes of a requirement are those of the alternative with the fewest', () => {
  const required = anyOf(allOf('a', 'b'), 'c');
  expect(sufficientScopes(compileRequirement(required, parseScopeModel('', undefined)))).toEqual(['c']);
});
