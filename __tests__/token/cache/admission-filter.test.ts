import { randomBytes } from 'node:crypto';
import { scopeSet } from '../../../lib/scope/scope-set.js';
import { TokenCache, type VerifiedJwt } from '../../../lib/token/cache/token-cache.js';

const MIB = 2 ** 20;

/** Nothing of it matters here but its size. */
const jwt: VerifiedJwt = { header: {}, payload: {}, scopes: scopeSet(undefined), key: {} as VerifiedJwt['key'] };

/** The part of so many tokens that is remembered when they have come in turns. */
function remembered(cache: TokenCache, number: number, turns: number, what = jwt): number {
  const tokens = Array.from({ length: number }, () => randomBytes(32).toString('base64url'));
  for (let turn = 0; turn < turns; turn++) {
    for (const token of tokens) if (cache.get(token) === undefined) cache.record(token, what);
  }
  return tokens.filter((token) => cache.get(token) !== undefined).length / number;
}

test('many tokens that come in turns are remembered, and not only those that come twice in a row', () => {
  const cache = new TokenCache({ maxTokens: 200_000, maxBytes: 512 * MIB });
  expect(remembered(cache, 100_000, 4)).toBeGreaterThan(0.97);
});

test('a bound of bytes holds for the door as well', () => {
  const cache = new TokenCache({ maxTokens: 1e9, maxBytes: MIB });
  expect(remembered(cache, 200, 2)).toBeGreaterThan(0.97);
});

test('the greatest bounds make no greater door than can be had', () => {
  const cache = new TokenCache({ maxTokens: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER });
  expect(remembered(cache, 1000, 2)).toBeGreaterThan(0.97);
});

test.each<[string, Partial<VerifiedJwt>]>([
  ['header', { header: { more: 'x'.repeat(11_000) } }],
  ['payload', { payload: { more: 'x'.repeat(11_000) } }],
  ['set of scopes', { scopes: scopeSet(Array.from({ length: 100 }, (_, i) => `scope${i}`).join(' ')) }],
])('of tokens with a large %s as many are remembered as the bytes beside the door allow', (_, large) => {
  const cache = new TokenCache({ maxTokens: 10_000, maxBytes: MIB });
  const count = 1000 * remembered(cache, 1000, 2, { ...jwt, ...large });
  expect(count).toBeGreaterThan(20);
  expect(count).toBeLessThan((0.4 * MIB) / 11_000); // a look at each finds about one generation of two
});
