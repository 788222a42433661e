import crypto from 'node:crypto';
import { type JwtVerifierOptions, jwtVerifier } from 'scopegate';
import { json, keyServer } from '../../support/key-server.js';
import {
  AUDIENCE,
  claims,
  forge,
  ISSUER,
  NOW,
  part,
  reasonOf,
  type SigningKey,
  signingKey,
  verdictOf,
} from '../../support/tokens.js';
import { ask, MovableClock, outcomeOf, published, tokenOf, verifierOf } from '../keys/fixtures/setting.js';

const key = signingKey('EdDSA', 'k1');
const other = signingKey('EdDSA', 'k2');
const checks = jest.spyOn(crypto, 'verify');

beforeEach(() => checks.mockClear());

/** Keys at hand, a clock to move, and a verifier that has seen a token often enough to know it. */
function setting(over: Partial<JwtVerifierOptions> = {}) {
  const clock = new MovableClock();
  const options = { issuer: ISSUER, audience: AUDIENCE, jwks: published(key), clock, ...over };
  const verifier = jwtVerifier(options);
  const know = (token: string) => {
    for (let i = 0; i < 2; i++) expect(reasonOf(verdictOf(verifier, token))).toBe('accepted');
    checks.mockClear();
  };
  return { clock, verifier, know, outcome: (token: string) => reasonOf(verdictOf(verifier, token)) };
}

test('verifies the signature of a token twice and then caches the result', () => {
  const { outcome } = setting();
  const token = tokenOf(key);
  for (let i = 0; i < 10; i++) expect(outcome(token)).toBe('accepted');
  expect(checks).toHaveBeenCalledTimes(2);
});

test('`cache: false` verifies the signature each time', () => {
  const { outcome } = setting({ cache: false });
  const token = tokenOf(key);
  for (let i = 0; i < 10; i++) expect(outcome(token)).toBe('accepted');
  expect(checks).toHaveBeenCalledTimes(10);
});

test('a cached token has the same claims as the verified one', () => {
  const { verifier, know } = setting();
  const roles = ['x', { deep: [1, null, true] }];
  const token = tokenOf(key, { typ: 'at+jwt' }, { scope: 'a b', roles, manager: null });
  const first = verdictOf(verifier, token);
  know(token);
  const later = verdictOf(verifier, token);
  expect(later).toEqual(first);
  expect(later).toMatchObject({ token, payload: { roles, manager: null }, header: { typ: 'at+jwt' } });
  expect('scopes' in later && [...later.scopes]).toEqual(['a', 'b']);
});

describe('time claims of cached tokens', () => {
  test('a cached token expires at its exp', () => {
    const { clock, know, outcome } = setting();
    const token = tokenOf(key, {}, { exp: NOW + 60 });
    know(token);
    clock.advance(64_999);
    expect(outcome(token)).toBe('accepted');
    clock.advance(1);
    expect(outcome(token)).toBe('token_expired');
    expect(checks).not.toHaveBeenCalled();
  });

  test('an expired token is evicted and verified again if the clock is set back', () => {
    const { clock, know, outcome } = setting();
    const token = tokenOf(key, {}, { exp: NOW + 60 });
    know(token);
    clock.wall += 100_000;
    expect(outcome(token)).toBe('token_expired');
    clock.wall -= 100_000;
    expect(outcome(token)).toBe('accepted');
    expect(checks).toHaveBeenCalledTimes(1);
  });

  test.each(['nbf', 'iat'])('rejects a cached token whose "%s" is in the future after a clock change', (claim) => {
    const { clock, know, outcome } = setting();
    const token = tokenOf(key, {}, { iat: undefined, [claim]: NOW });
    know(token);
    clock.wall -= 100_000;
    expect(outcome(token)).toBe('token_not_yet_valid');
    clock.wall += 100_000;
    expect(outcome(token)).toBe('accepted');
    expect(checks).not.toHaveBeenCalled();
  });

  test('the rejection of a cached token contains its unverified claims', () => {
    const { clock, verifier, know } = setting();
    const token = tokenOf(key, {}, { exp: NOW + 60 });
    know(token);
    clock.advance(100_000);
    expect(verdictOf(verifier, token)).toMatchObject({ unverified: { client_id: 'reports', jti: 'one' } });
  });
});

describe('keys of cached tokens', () => {
  /** A verifier that knows a token, when its keys are about to be read anew. */
  async function rotating(before: readonly SigningKey[], token: string) {
    const server = await keyServer(json(published(...before)));
    const clock = new MovableClock();
    const verifier = verifierOf(server, { clock, cacheMaxAgeMs: 1000, outageToleranceMs: 5000 });
    for (let i = 0; i < 2; i++) expect(await outcomeOf(verifier, token)).toBe('accepted');
    checks.mockClear();
    return { server, clock, verifier };
  }

  test('rejects a cached token after its key is removed', async () => {
    const token = tokenOf(key);
    const { server, clock, verifier } = await rotating([key, other], token);
    server.answer = json(published(other));
    clock.advance(1001);
    expect(await outcomeOf(verifier, token)).toBe('key_unknown');
    expect(await outcomeOf(verifier, token)).toBe('key_unknown');
  });

  test('rejects a cached token after another key replaces its key under the same kid', async () => {
    const token = tokenOf(key);
    const { server, clock, verifier } = await rotating([key], token);
    server.answer = json(published(signingKey('EdDSA', key.kid)));
    clock.advance(1001);
    for (let i = 0; i < 2; i++) expect(await outcomeOf(verifier, token)).toBe('signature_invalid');
  });

  test('reports an outage for a cached token after its keys expire', async () => {
    const token = tokenOf(key);
    const { server, clock, verifier } = await rotating([key], token);
    server.answer = json('no keys');
    clock.advance(6001);
    expect(await outcomeOf(verifier, token)).toBe('outage');
  });

  test('does not verify a cached token again if its key is published unchanged', async () => {
    const token = tokenOf(key);
    const { server, clock, verifier } = await rotating([key], token);
    const { kid, ...members } = key.jwk;
    server.answer = json({ keys: [other.jwk, { ...members, kid, x5c: ['a certificate'] }] });
    clock.advance(1001);
    await verifier.ready();
    expect(await outcomeOf(verifier, token)).toBe('accepted');
    expect(server.requests).toHaveLength(2);
    expect(checks).not.toHaveBeenCalled();
  });
});

describe('the identity of cached tokens', () => {
  test('rejects a cached token with any character altered', () => {
    const { know, outcome } = setting();
    const token = tokenOf(key);
    know(token);
    for (let i = 0; i < token.length; i++) {
      for (const character of ['A', 'z', '.', ' ']) {
        const altered = token.slice(0, i) + character + token.slice(i + 1);
        if (altered !== token) expect(outcome(altered)).not.toBe('accepted');
      }
    }
    expect(outcome(`${token}A`)).not.toBe('accepted');
    expect(outcome(token.slice(0, -1))).not.toBe('accepted');
    checks.mockClear();
    expect(outcome(token)).toBe('accepted');
    expect(checks).not.toHaveBeenCalled();
  });

  test('rejects other claims under the signature of a cached token', () => {
    const { know, outcome } = setting();
    const token = tokenOf(key);
    know(token);
    const [header, , signature] = token.split('.');
    const forged = `${header}.${part(claims({ scope: 'admin' }))}.${signature}`;
    expect(outcome(forged)).toBe('signature_invalid');
  });

  /** A forgery under the signature of `token` whose digest begins, or ends, with the same sixteen bits. */
  function collision(token: string, at: 'start' | 'end'): string {
    const [header, , signature] = token.split('.');
    const bits = (text: string) => {
      const digest = crypto.hash('sha256', text, 'hex');
      return at === 'start' ? digest.slice(0, 4) : digest.slice(-4);
    };
    const wanted = bits(token);
    for (let jti = 0; ; jti++) {
      const forged = `${header}.${part(claims({ scope: 'admin', jti: String(jti) }))}.${signature}`;
      if (bits(forged) === wanted) return forged;
    }
  }

  test.each(['start', 'end'] as const)('rejects a forged token whose digest has the same %s as a cached one', (at) => {
    const { know, outcome } = setting();
    const token = tokenOf(key);
    know(token);
    expect(outcome(collision(token, at))).toBe('signature_invalid');
  });

  test('another verifier does not use the cached token', () => {
    const token = tokenOf(key);
    setting().know(token);
    const configurations: [Partial<JwtVerifierOptions>, string][] = [
      [{ audience: 'another' }, 'audience_mismatch'],
      [{ issuer: 'https://another.example/' }, 'issuer_mismatch'],
      [{ typ: 'at+jwt' }, 'type_not_allowed'],
      [{ jwks: published(other) }, 'key_unknown'],
    ];
    for (const [over, reason] of configurations) expect(setting(over).outcome(token)).toBe(reason);
  });
});

describe('tokens that are not cached', () => {
  test.each<[string, string]>([
    ['a bad signature', forge({ alg: 'EdDSA', kid: 'k1' }, claims(), other)],
    ['another audience', tokenOf(key, {}, { aud: 'another' })],
    ['an unknown key', tokenOf(other)],
  ])('checks a token with %s again each time', (_, token) => {
    const { verifier } = setting();
    const hashed = jest.spyOn(crypto, 'hash');
    const verdicts = [1, 2, 3, 4].map(() => verdictOf(verifier, token));
    expect(verdicts.map(reasonOf)).not.toContain('accepted');
    expect(new Set(verdicts).size).toBe(4);
    expect(hashed).not.toHaveBeenCalled(); // nothing is kept under a digest, or looked for
    hashed.mockRestore();
  });

  test('tokens seen once need no digest and no cache entry', () => {
    const { outcome } = setting();
    const hashed = jest.spyOn(crypto, 'hash');
    for (let i = 0; i < 50; i++) expect(outcome(tokenOf(key, {}, { jti: String(i) }))).toBe('accepted');
    expect(hashed).not.toHaveBeenCalled();
    hashed.mockRestore();
  });
});

test('a flood of tokens does not evict a token in regular use', () => {
  const { know, outcome } = setting({ cache: { maxTokens: 20 } });
  const hot = tokenOf(key);
  know(hot);
  let checked = 0;
  for (let i = 0; i < 400; i++) {
    const passing = tokenOf(key, {}, { jti: String(i) });
    for (let sight = 0; sight < 2; sight++) expect(outcome(passing)).toBe('accepted');
    if (i % 5 !== 0) continue;
    checks.mockClear();
    expect(outcome(hot)).toBe('accepted');
    checked += checks.mock.calls.length;
  }
  expect(checked).toBe(0);
});

test('evicts the oldest tokens beyond maxTokens', () => {
  const { know, outcome } = setting({ cache: { maxTokens: 20 } });
  const tokens = Array.from({ length: 100 }, (_, i) => tokenOf(key, {}, { jti: String(i) }));
  for (const token of tokens) know(token);
  for (const token of tokens.slice(-10)) outcome(token);
  expect(checks).not.toHaveBeenCalled();
  for (const token of tokens.slice(0, 80)) outcome(token);
  expect(checks).toHaveBeenCalledTimes(80);
});

test('a token of more than 8192 characters is not remembered', () => {
  const { know, outcome } = setting();
  const [short, long] = [5000, 7000].map((length) => tokenOf(key, {}, { more: 'x'.repeat(length) })) as [
    string,
    string,
  ];
  for (const token of [short, long]) know(token);
  outcome(short);
  expect(checks).not.toHaveBeenCalled();
  outcome(long);
  expect(checks).toHaveBeenCalledTimes(1);
});

describe.each([
  ['remembered or not', {}],
  ['where nothing is remembered', { cache: false }],
] as const)('frozen access tokens, %s', (_, over) => {
  test('accepted tokens are deeply frozen, both new and cached', () => {
    const { verifier } = setting(over);
    const token = tokenOf(key, {}, { list: [{ deep: [[{}]] }], aud: [AUDIENCE] });
    for (let i = 0; i < 4; i++) {
      const verdict = verdictOf(verifier, token);
      if (!('payload' in verdict)) throw new Error('refused');
      const list = verdict.payload.list as { deep: object[][] }[];
      const parts = [verdict.payload, verdict.header, verdict.scopes, list, list[0], list[0]?.deep, list[0]?.deep[0]];
      for (const each of [...parts, list[0]?.deep[0]?.[0], verdict.payload.aud])
        expect(Object.isFrozen(each)).toBe(true);
      expect(() => Object.assign(verdict.payload, { sub: 'root' })).toThrow(TypeError);
      expect(() => Object.assign(verdict.scopes, { firstOf: () => 'root' })).toThrow(TypeError);
    }
  });

  test('deeply nested tokens are accepted without exhausting the stack', () => {
    const { outcome } = setting(over);
    const token = tokenOf(key, {}, {});
    const deep = forge(
      { alg: 'EdDSA', kid: 'k1' },
      // a longer payload may not have so many
      `${JSON.stringify(claims()).slice(0, -1)},"deep":${'['.repeat(3_800)}${']'.repeat(3_800)}}`,
      key,
    );
    for (let i = 0; i < 3; i++) expect([outcome(token), outcome(deep)]).toEqual(['accepted', 'accepted']);
  });
});

test('rejects a sender-constrained token each time without proof support', () => {
  const { outcome } = setting();
  const token = tokenOf(key, {}, { cnf: { jkt: 'a' } });
  for (let i = 0; i < 4; i++) expect(outcome(token)).toBe('sender_constrained');
  expect(checks).toHaveBeenCalledTimes(4);
});

test('returns verdicts synchronously with local keys', () => {
  const { verifier } = setting();
  const token = tokenOf(key);
  for (let i = 0; i < 4; i++) expect(ask(verifier, token)).not.toBeInstanceOf(Promise);
});
