import fc from 'fast-check';
import { coveringTokens } from '../../lib/scope/hierarchy.js';
import { intersection } from '../../lib/scope/intersection.js';
import { compileRequirement, satisfies } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { isSelfScope, withoutSelfScopes } from '../../lib/scope/self-scopes.js';
import { tryEachProperty } from '../support/property-runs.js';
import { demand, heldList, question, scopeToken } from './fixtures/arbitraries.js';
import { satisfiesSlowly } from './fixtures/model.js';

tryEachProperty(1000);

const SELF = 'p1:read:self:user';

test.each<[string, boolean]>([
  [SELF, true],
  ['p1:update:self:user', true],
  ['p1:read:self:sessions:all', true],
  ['p1:read:self:', true],
  ['p1:read:env:user', false],
  ['p1:read:self', false],
  ['p1:read:selfish:user', false],
  ['p1::self:user', false],
  ['p1:read:env:self:user', false],
  ['P1:read:self:user', false],
  ['xp1:read:self:user', false],
  ['urn:opc:resource:consumer:self::read', false],
  ['openid', false],
  ['p1:read:user', true],
  ['p1:update:user', true],
  ['p1:read:user:contact', true],
  ['p1:update:user:contact:home', true],
  ['p1:read:user:', false],
  ['p1:read:user::contact', false],
  ['p1:read:users', false],
  ['p1:delete:user', false],
  ['p1:read:user:contact:', false],
  ['P1:read:user', false],
  ['xp1:read:user', false],
  ['p1:read:env:user:contact', false],
  ['p1:update:userMfaEnabled', true],
  ['p1:read:device', true],
  ['p1:read:device:mobile', false],
  ['p1:read:devices', false],
  ['p1:validate:userPassword', true],
  ['p1:update:userPassword', false],
  ['p1:verify:user', true],
  ['p1:verify:user:contact', false],
  ['p1:update:oauthConsent', true],
  ['p1:delete:oauthConsent', false],
])('isSelfScope() for %s returns %s', (scope, expected) => {
  expect(isSelfScope(scope)).toBe(expected);
});

/** The list in PingOne's documentation, as far as it is one of whole names. */
const documented = `
  p1:read:user p1:update:user p1:verify:user p1:update:userMfaEnabled p1:read:userConsent
  p1:create:device p1:read:device p1:update:device p1:delete:device
  p1:read:userPassword p1:reset:userPassword p1:validate:userPassword
  p1:read:userLinkedAccounts p1:delete:userLinkedAccounts p1:read:sessions p1:delete:sessions
  p1:create:pairingKey p1:read:pairingKey p1:delete:pairingKey p1:read:oauthConsent p1:update:oauthConsent`;

test.each(documented.trim().split(/\s+/))('%s is a self scope; a misspelling of it is not', (scope) => {
  expect(isSelfScope(scope)).toBe(true);
  expect(isSelfScope(`${scope}s`)).toBe(false);
  expect(isSelfScope(scope.slice(0, -1))).toBe(false);
});

const selfScope = fc.constantFrom(SELF, 'p1:update:self:user', 'p1:read:self:device');
const mixed = fc.tuple(heldList, fc.array(selfScope, { maxLength: 3 })).map(([held, own]) => [...own, ...held]);

describe('a set without its self scopes', () => {
  test('the set covers the same scopes as before, except self scopes', () => {
    fc.assert(
      fc.property(question, fc.array(selfScope), ([held, asked], own) => {
        const set = scopeSet([...own, ...held]);
        const rest = withoutSelfScopes(set, isSelfScope);
        expect(rest.covers(asked)).toBe(!isSelfScope(asked) && set.covers(asked));
        expect(rest.coveredBy(asked)).toBe(isSelfScope(asked) ? undefined : set.coveredBy(asked));
        for (const each of own) {
          expect(rest.covers(each)).toBe(false);
          expect(rest.coveredBy(each)).toBeUndefined();
          expect(rest.firstHeld([each])).toBeUndefined();
        }
      }),
    );
  });

  test('the set satisfies what its other scopes satisfy alone', () => {
    fc.assert(
      fc.property(demand, fc.array(selfScope), ([held, required], own) => {
        const others = held.filter((scope) => !isSelfScope(scope));
        const rest = withoutSelfScopes(scopeSet([...own, ...held]), isSelfScope);
        expect(satisfies(rest, compileRequirement(required))).toBe(satisfiesSlowly(others, required));
      }),
    );
  });

  test('the set lists its other scopes in order, each time', () => {
    fc.assert(
      fc.property(mixed, (held) => {
        const rest = withoutSelfScopes(scopeSet(held), isSelfScope);
        const expected = [...new Set(held)].filter((scope) => !isSelfScope(scope));
        expect([...rest]).toEqual(expected);
        expect([...rest]).toEqual(expected);
        expect(rest.toJSON()).toEqual(expected);
        expect(rest.size).toBe(expected.length);
        rest.toJSON().push(SELF);
        expect(rest.covers(SELF)).toBe(false);
      }),
    );
  });

  test('self scopes can be removed from an intersection', () => {
    fc.assert(
      fc.property(mixed, mixed, scopeToken, (one, other, asked) => {
        const common = intersection(scopeSet(one), scopeSet(other));
        const rest = withoutSelfScopes(common, isSelfScope);
        expect(rest.covers(asked)).toBe(!isSelfScope(asked) && common.covers(asked));
        expect(rest.covers(SELF)).toBe(false);
        expect([...rest]).toEqual([...common].filter((scope) => !isSelfScope(scope)));
      }),
    );
  });

  test('covers() and firstOf() agree for any definition of self scopes', () => {
    const isMine = (scope: string) => scope.startsWith('urn:opc:resource:consumer:me:');
    const required = 'urn:opc:resource:consumer:me:x::read';
    const rest = withoutSelfScopes(scopeSet('urn:opc:resource:consumer::all'), isMine);
    expect(rest.covers(required)).toBe(rest.firstHeld(coveringTokens(required)) !== undefined);
  });

  test('the given predicate alone decides what a self scope is', () => {
    const isMine = (scope: string) => scope === 'my:profile';
    const rest = withoutSelfScopes(scopeSet(['my:profile', SELF]), isMine);
    expect([rest.covers('my:profile'), rest.covers(SELF)]).toEqual([false, true]);
    expect([...rest]).toEqual([SELF]);
  });
});
