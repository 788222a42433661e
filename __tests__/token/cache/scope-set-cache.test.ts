import { jwtVerifier } from 'scopegate';
import { ScopeSetCache } from '../../../lib/token/cache/scope-set-cache.js';
import { AUDIENCE, ISSUER, NOW, signingKey, verdictOf } from '../../support/tokens.js';
import { published, tokenOf } from '../keys/fixtures/setting.js';

const tokensOf = (claims: ScopeSetCache, claim: string | undefined) => [...claims.compile(claim)];

test('compiles the same scope claim once', () => {
  const claims = new ScopeSetCache();
  const set = claims.compile('openid read');
  expect(claims.compile(['openid', 'read'].join(' '))).toBe(set);
  expect([...set]).toEqual(['openid', 'read']);
});

test('compiles different scope claims to different sets', () => {
  const claims = new ScopeSetCache();
  for (const claim of ['a b', 'b a', 'a  b', 'A b', 'a b c', 'a', '']) {
    expect(tokensOf(claims, claim)).toEqual(claim.split(' ').filter((scope) => scope !== ''));
    expect(tokensOf(claims, claim)).toEqual(claim.split(' ').filter((scope) => scope !== ''));
  }
  expect(tokensOf(claims, undefined)).toEqual([]);
});

test('compiles a claim of more than 400 characters each time', () => {
  const claims = new ScopeSetCache();
  expect(claims.compile('x'.repeat(400))).toBe(claims.compile('x'.repeat(400)));
  expect(claims.compile('x'.repeat(401))).not.toBe(claims.compile('x'.repeat(401)));
  const claim = `read ${'x'.repeat(400)}`;
  expect(claims.compile(claim)).not.toBe(claims.compile(claim));
  expect(claims.compile(claim).covers('read')).toBe(true);
});

test('evicts the oldest claims beyond 256', () => {
  const claims = new ScopeSetCache();
  const first = claims.compile('scope0');
  for (let i = 1; i < 128; i++) claims.compile(`scope${i}`);
  expect(claims.compile('scope0')).toBe(first);
  for (let i = 128; i < 512; i++) claims.compile(`scope${i}`);
  expect(claims.compile('scope0')).not.toBe(first);
});

test('compiles a list of scopes like the string of them', () => {
  const claims = new ScopeSetCache();
  expect(claims.compile(['openid', 'read'])).toBe(claims.compile('openid read'));
  expect([...claims.compile([])]).toEqual([]);
  expect([...claims.compile(['read', '', 'read'])]).toEqual(['read']);
});

test('holds nothing for an item of a list that is not one scope-token', () => {
  const claims = new ScopeSetCache();
  expect([...claims.compile(['read write', 'a"b', 'list'])]).toEqual(['list']);
});

test.each([
  [{ scope: ['read', 'write'] }, ['read', 'write']],
  [{ scope: 'read write' }, ['read', 'write']],
  [{ scope: null }, []],
  [{ scope: undefined, scp: ['read', 'write'] }, ['read', 'write']],
  [{ scope: undefined, scp: 'read write' }, ['read', 'write']],
  [{ scope: null, scp: ['read'] }, ['read']],
  [{ scope: '', scp: ['read'] }, []],
  [{ scope: 'read', scp: ['write'] }, ['read']],
  [{ scope: undefined, scp: null }, []],
])('a token that says %j holds the scopes %j', (over, scopes) => {
  const key = signingKey('EdDSA', 'k1');
  const clock = { now: () => NOW * 1000, monotonic: () => 0 };
  const verifier = jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: published(key), clock });
  for (let i = 0; i < 3; i++) expect(verdictOf(verifier, tokenOf(key, {}, over))).toHaveProperty('scopes');
  const verdict = verdictOf(verifier, tokenOf(key, {}, over));
  expect([...(verdict as { scopes: Iterable<string> }).scopes]).toEqual(scopes);
});

test('tokens with the same scope claim share an immutable set', () => {
  const key = signingKey('EdDSA', 'k1');
  const clock = { now: () => NOW * 1000, monotonic: () => 0 };
  const verifier = jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: published(key), clock });
  const [one, two] = ['a', 'b'].map((jti) => verdictOf(verifier, tokenOf(key, {}, { scope: 'read', jti })));
  const { scopes } = one as { scopes: { covers: unknown } };
  expect((two as { scopes: unknown }).scopes).toBe(scopes);
  expect(() => {
    scopes.covers = () => true;
  }).toThrow(TypeError);
});
