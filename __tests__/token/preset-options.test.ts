import { prefixAll, splitScopes } from '../../lib/token/presets/preset-options.js';

test.each<[claim: unknown, scopes: readonly string[]]>([
  ['read write', ['read', 'write']],
  [
    ['read', 7, 'write'],
    ['read', 'write'],
  ],
  [7, []],
  [undefined, []],
  [{ read: true }, []],
])('the scopes of the claim %j', (claim, scopes) => {
  expect(splitScopes(claim)).toEqual(scopes);
});

test.each<[claim: unknown, scopes: readonly string[]]>([
  [
    ['editor', null, 'viewer'],
    ['role:editor', 'role:viewer'],
  ],
  ['editor', []],
  [undefined, []],
])('the roles of the claim %j', (claim, scopes) => {
  expect(prefixAll('role:', claim)).toEqual(scopes);
});
