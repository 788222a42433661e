import {
  type CachedVerification,
  getCachedVerification,
  setCachedVerification,
} from '../../../lib/token/cache/cached-verification.js';
import type { TokenOrigin } from '../../../lib/token/multi-issuer/origin.js';
import type { TokenVerifier } from '../../../lib/token/verifier.js';

const verifierWith = (...origins: TokenOrigin[]) =>
  ({ verify: jest.fn(), ...(origins.length > 0 && { origins }) }) as unknown as TokenVerifier;
const verification = {} as CachedVerification;

test('a copy of a verifier is found by its function', () => {
  const verifier = verifierWith({ issuer: 'https://issuer.example' });
  setCachedVerification(verifier, verification);
  expect(getCachedVerification({ ...verifier })).toBe(verification);
});

test('a copy with other origins is not', () => {
  const verifier = verifierWith({ issuer: 'https://issuer.example' });
  setCachedVerification(verifier, verification);
  expect(getCachedVerification({ ...verifier, origins: [{ issuer: 'https://other.example' }] })).toBeUndefined();
});

test('a verifier of the application has none', () => {
  expect(getCachedVerification(verifierWith())).toBeUndefined();
});
