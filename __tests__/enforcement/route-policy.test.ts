import { compileRoutePolicy, type GateDefaults, type RouteOptions } from '../../lib/enforcement/route-policy.js';
import { exactScopeModel, OCI_MODEL, parseScopeModel, segmentScopeModel } from '../../lib/scope/models.js';
import { allOf, anyOf, type Requirement } from '../../lib/scope/requirement.js';
import { isSelfScope } from '../../lib/scope/self-scopes.js';

const NOW = Date.UTC(2026, 0, 15);
const SELF = 'p1:read:self:user';
const MY_SCOPES = 'urn:opc:idm:__myscopes__';
const defaults: GateDefaults = {
  creator: 'gate.require()',
  grantsUnavailable: 'refuse',
  passesPreflights: false,
  isSelfScope,
  hasGrants: true,
  scopeModel: OCI_MODEL,
  reportUntil: NOW + 1000,
  clock: { now: () => NOW, monotonic: () => 0 },
};
type Part = Requirement | RouteOptions;
const compile = (given: readonly Part[], gate: Partial<GateDefaults> = {}) =>
  compileRoutePolicy(given, { ...defaults, ...gate });
const owner = () => 'ada';
const exact = parseScopeModel('', exactScopeModel());
const segments = parseScopeModel('', segmentScopeModel({ separator: ':' }));

test('a route takes from its gate what it does not say itself', () => {
  expect(compile(['a'], { grantsUnavailable: 'trust-token', passesPreflights: true })).toEqual({
    required: expect.objectContaining({ source: 'a' }),
    isOptional: false,
    passesPreflights: true,
    grantsUnavailable: 'trust-token',
    owner: undefined,
    acceptsSelfScope: false,
    authentication: undefined,
    reportUntil: NOW + 1000,
  });
});

test('the options of a route are the last argument', () => {
  const options = { owner, grantsUnavailable: 'trust-token', acr: ['gold'], maxAge: 5, reportOnly: false } as const;
  expect(compile([SELF, options])).toMatchObject({
    required: { source: SELF },
    grantsUnavailable: 'trust-token',
    owner,
    acceptsSelfScope: true,
    authentication: { acrValues: ['gold'], maxAge: 5 },
    reportUntil: false,
  });
});

test('the options follow any number of scopes', () => {
  expect(compile(['a', 'b', 'c', { maxAge: 5 }])).toMatchObject({
    required: { source: allOf('a', 'b', 'c') },
    authentication: { maxAge: 5 },
  });
});

test('a route of a gate without grants may leave out "grantsUnavailable"', () => {
  expect(compile(['a', { maxAge: 5 }], { hasGrants: false }).grantsUnavailable).toBe('refuse');
});

test('a route has a trial of its own', () => {
  expect(compile(['a', { reportOnly: { until: '2026-02-01' } }]).reportUntil).toBeGreaterThan(NOW + 1000);
});

test('several scopes are all required', () => {
  expect(compile(['a', 'b']).required?.source).toEqual(allOf('a', 'b'));
});

test('a requirement is not taken for options', () => {
  expect(compile(['a', anyOf('b', 'c')]).required?.source).toEqual(allOf('a', anyOf('b', 'c')));
  expect(compile(['a', allOf('b', 'c')]).required?.source).toEqual(allOf('a', allOf('b', 'c')));
});

test.each<[what: string, given: readonly Part[], gate: Partial<GateDefaults>, message: RegExp]>([
  ['no scope', [], {}, /^gate\.require\(\) needs at least one scope\.$/],
  ['options alone', [{ acr: ['gold'] }], {}, /allOf\(\.\.\.\) or anyOf\(\.\.\.\)/],
  [
    'a request',
    [{ headers: {} } as never],
    {},
    /write app\.use\(gate\.require\('scope'\)\), not app\.use\(gate\.require\)/,
  ],
  [
    'grantsUnavailable without grants',
    ['a', { grantsUnavailable: 'refuse' }],
    { hasGrants: false },
    /"grantsUnavailable" has no effect: the gate has no "grants"/,
  ],
  ['an unknown option', ['a', { roles: ['x'] } as never], {}, /has no option "roles"/],
  ['the name of a challenge parameter', ['a', { max_age: 5 } as never], {}, /Did you mean "maxAge"\?/],
  ['the name of another parameter', ['a', { acr_values: 'gold' } as never], {}, /Did you mean "acr"\?/],
  ['that name in camel case', ['a', { acrValues: ['gold'] } as never], {}, /Did you mean "acr"\?/],
  ['a list that is empty', ['a', { acr: [] }], {}, /"acr" must be a list/],
  ['a class with a space', ['a', { acr: ['go ld'] }], {}, /"acr" must be a list/],
  ['no age at all', ['a', { maxAge: 0 }], {}, /"maxAge" must be a whole number of seconds, 1 or more/],
  ['half a second', ['a', { maxAge: 1.5 }], {}, /"maxAge" must be/],
  [
    'an owner without a self scope',
    ['a', { owner }],
    {},
    /"owner" has no effect: none of the required scopes is a self scope/,
  ],
  ['a self scope alone, without an owner', [SELF], {}, /a self scope opens a route with the option "owner" only/],
  [
    'a scope whose qualifier follows one colon',
    ['urn:opc:resource:consumer:paas:read'],
    {},
    /with "::" before the qualifier/,
  ],
  ['an audience', ['urn:opc:resource:scope:account'], {}, /is an audience, not a scope/],
  ['an admin scope and the root', [allOf(MY_SCOPES, 'urn:opc:resource:consumer::all')], {}, /opens no IAM admin API/],
])('refuses %s', (_, given, gate, message) => {
  expect(() => compile(given, gate)).toThrow(TypeError);
  expect(() => compile(given, gate)).toThrow(message);
});

test.each<[what: string, given: readonly Part[], gate: Partial<GateDefaults>]>([
  ['a self scope with an owner', [SELF, { owner }], {}],
  ['a self scope beside another', [anyOf(SELF, 'users:read')], {}],
  ['a malformed consumer scope in another model', ['urn:opc:resource:consumer:paas:read'], { scopeModel: exact }],
  ['a scope of segments', ['a:b'], { scopeModel: segments }],
  ['grantsUnavailable with grants', ['a', { grantsUnavailable: 'refuse' }], {}],
])('takes %s', (_, given, gate) => {
  expect(compile(given, gate).required).toBeDefined();
});

test('a scope that no scope covers is refused', () => {
  const scopeModel = parseScopeModel('', () => []);
  expect(() => compile(['a'], { scopeModel })).toThrow(
    /no token passes, since no scope covers a in the model of the application/,
  );
});
