import { describeOrigin, isAmbiguous, toOrigins } from '../../../lib/token/multi-issuer/origin.js';

const ISSUER = 'https://issuer.example';
const tenant = (value: string, optional = false) => ({ claim: 'tenant', value, optional });
const audience = (binding?: ReturnType<typeof tenant>) => ({
  expected: 'orders',
  accepts: () => true,
  ...(binding && { binding }),
});

test.each([
  ['no audience', [], [undefined]],
  ['an audience of every tenant', [audience(), audience(tenant('a'))], [undefined]],
  ['two audiences of a tenant', [audience(tenant('a')), audience(tenant('a'))], [tenant('a')]],
  ['audiences of two tenants', [audience(tenant('a')), audience(tenant('b'))], [tenant('a'), tenant('b')]],
  [
    'a tenant whose tokens may leave it out, and one whose tokens may not',
    [audience(tenant('a')), audience(tenant('a', true))],
    [tenant('a'), tenant('a', true)],
  ],
])('the origins of a verifier with %s', (_, audiences, bindings) => {
  expect(toOrigins([ISSUER], audiences)).toEqual(bindings.map((binding) => ({ issuer: ISSUER, binding })));
});

test.each([
  [undefined, undefined, true],
  [tenant('a'), undefined, true],
  [undefined, tenant('a'), true],
  [tenant('a'), tenant('a'), true],
  [tenant('a'), tenant('b'), false],
  [tenant('a', true), tenant('b'), true],
  [tenant('a'), tenant('b', true), true],
  [tenant('a'), { ...tenant('b'), claim: 'env' }, true],
])('whether one token can be of %j and %j: %p', (a, b, expected) => {
  expect(isAmbiguous({ issuer: ISSUER, binding: a }, { issuer: ISSUER, binding: b })).toBe(expected);
});

test('an origin is described by its issuer and its tenant', () => {
  expect(describeOrigin({ issuer: ISSUER })).toBe(ISSUER);
  expect(describeOrigin({ issuer: ISSUER, binding: tenant('a') })).toBe(`${ISSUER} with "tenant" a`);
});
