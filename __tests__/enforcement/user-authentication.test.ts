import { findShortfall, toAuthenticationRule } from '../../lib/enforcement/user-authentication.js';
import type { JwtPayload } from '../../lib/token/access-token.js';

const NOW = 1_800_000_000;
const shortfall = (rule: { acr?: readonly string[]; maxAge?: number }, payload: JwtPayload) => {
  const given = toAuthenticationRule(rule);
  return given && findShortfall({ payload }, given, NOW)?.();
};
const allowed = 'the route requires at most 300 s';
const missing = `The token has no "auth_time"; ${allowed} since the user authenticated.`;

test('a route without either option requires nothing', () => {
  expect(toAuthenticationRule({})).toBeUndefined();
});

test('the classes of a rule are a copy that cannot be changed', () => {
  const acr = ['gold'];
  const rule = toAuthenticationRule({ acr });
  acr.push('bronze');
  expect(rule?.acrValues).toEqual(['gold']);
  expect(Object.isFrozen(rule?.acrValues)).toBe(true);
});

test.each<[claim: unknown, sentence: string | undefined]>([
  ['silver', undefined],
  ['gold', undefined],
  ['bronze', `The token's "acr" is "bronze"; the route requires "gold" or "silver".`],
  [['gold'], `The token's "acr" is ["gold"]; the route requires "gold" or "silver".`],
  [undefined, `The token has no "acr"; the route requires "gold" or "silver".`],
])('a route for two classes: %j', (acr, sentence) => {
  expect(shortfall({ acr: ['gold', 'silver'] }, { acr })).toBe(sentence);
});

test.each<[claim: unknown, sentence: string | undefined]>([
  [NOW, undefined],
  [NOW - 300, undefined],
  [NOW + 60, undefined],
  [NOW - 300.5, `The user authenticated 301 s ago; ${allowed}.`],
  [NOW + 60.5, `The token's "auth_time" is 61 s in the future; ${allowed} since the user authenticated.`],
  [String(NOW), `The token's "auth_time" is "${NOW}"; ${allowed} since the user authenticated.`],
  [Number.NaN, `The token's "auth_time" is null; ${allowed} since the user authenticated.`],
  [undefined, missing],
])('a route for the last five minutes: %p', (auth_time, sentence) => {
  expect(shortfall({ maxAge: 300 }, { auth_time })).toBe(sentence);
});

test('where both are required, the class comes first', () => {
  expect(shortfall({ acr: ['gold'], maxAge: 300 }, {})).toMatch(/"acr"/);
  expect(shortfall({ acr: ['gold'], maxAge: 300 }, { acr: 'gold' })).toBe(missing);
});
