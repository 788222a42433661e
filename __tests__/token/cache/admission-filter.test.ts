import { randomBytes } from 'node:crypto';
import { scopeSet } from '../../../lib/scope/scope-set.js';
import { AdmissionFilter } from '../../../lib/token/cache/admission-filter.js';
import { TokenCache, type VerifiedJwt } from '../../../lib/token/cache/token-cache.js';

/** Nothing of it matters here but its size. */
const jwt: VerifiedJwt = { header: {}, payload: {}, scopes: scopeSet(undefined), key: {} as VerifiedJwt['key'] };

/** The part of so many tokens that is remembered when they have come in turns. */
function remembered(cache: TokenCache, number: number, turns: number): number {
  const tokens = Array.from({ length: number }, () => randomBytes(32).toString('base64url'));
  for (let turn = 0; turn < turns; turn++) {
    for (const token of tokens) if (cache.get(token) === undefined) cache.record(token, jwt);
  }
  return tokens.filter((token) => cache.get(token) !== undefined).length / number;
}

test('caches tokens that return in turns, not only twice in a row', () => {
  const cache = new TokenCache({ maxTokens: 200_000 });
  expect(remembered(cache, 100_000, 4)).toBeGreaterThan(0.97);
});

test.each([0, 1, 2, 0xff_ff_ff_fe])('the fingerprint %d is new once', (fingerprint) => {
  const filter = new AdmissionFilter(1000);
  expect([filter.admits(fingerprint), filter.admits(fingerprint)]).toEqual([false, true]);
});

test('the greatest bounds make no greater filter than memory allows', () => {
  const cache = new TokenCache({ maxTokens: Number.MAX_SAFE_INTEGER });
  expect(remembered(cache, 1000, 2)).toBeGreaterThan(0.97);
});
