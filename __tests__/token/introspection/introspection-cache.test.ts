import type { ActiveToken } from '../../../lib/token/introspection/active-token.js';
import { IntrospectionCache } from '../../../lib/token/introspection/introspection-cache.js';

const asOf = { now: 0, monotonic: 0 };
const tokenOf = (size: number) => ({ size }) as ActiveToken;

test('tokens are kept within the memory of the cache, whatever their number', () => {
  const cache = new IntrospectionCache({ maxAgeMs: 1000, maxTokens: 1000 });
  const names = ['1', '2', '3', '4', '5', '6', '7', '8'];
  for (const name of names) cache.set(name, tokenOf(2 ** 23), asOf);
  const kept = names.filter((name) => cache.get(name, asOf) !== undefined);
  expect(kept.length).toBeLessThanOrEqual(4);
  expect(kept.at(-1)).toBe('8');
});

test('small tokens are kept up to their number', () => {
  const cache = new IntrospectionCache({ maxAgeMs: 1000, maxTokens: 1000 });
  for (const name of ['1', '2', '3']) cache.set(name, tokenOf(100), asOf);
  expect(['1', '2', '3'].map((name) => cache.get(name, asOf)?.size)).toEqual([100, 100, 100]);
});

test('a clock that returns NaN finds nothing', () => {
  const cache = new IntrospectionCache({ maxAgeMs: 1000, maxTokens: 1000 });
  cache.set('1', tokenOf(100), asOf);
  expect(cache.get('1', { now: Number.NaN, monotonic: Number.NaN })).toBeUndefined();
});
