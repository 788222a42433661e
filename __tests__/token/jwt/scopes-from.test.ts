import type { JwtPayload } from '../../../lib/token/access-token.js';
import { CallbackError } from '../../../lib/token/callback-error.js';
import { jwtVerifier } from '../../../lib/token/jwt/jwt-verifier.js';
import { describeUnreadClaims } from '../../../lib/token/jwt/scope-claim.js';
import type { ScopesFrom } from '../../../lib/token/jwt/scopes-from.js';
import { isRejection } from '../../../lib/token/verifier.js';
import {
  AUDIENCE,
  claims,
  clockAt,
  detailOf,
  forge,
  ISSUER,
  keyEndpoint,
  NOW,
  signingKey,
  verdictOf,
} from '../../support/tokens.js';

type Claims = Readonly<Record<string, unknown>>;

const key = signingKey('EdDSA', 'k1');

function verifierWith(scopesFrom?: ScopesFrom) {
  const jwks = { keys: [key.jwk] };
  return jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks, clock: clockAt(NOW), scopesFrom });
}

function tokenWith(over: Claims): string {
  return forge({ alg: 'EdDSA', kid: 'k1' }, claims({ scope: undefined, ...over }), key);
}

/** The scopes of a token, or the reason of its rejection. */
function read(scopesFrom: ScopesFrom | undefined, over: Claims): readonly string[] | string {
  const verdict = verdictOf(verifierWith(scopesFrom), tokenWith(over));
  return isRejection(verdict) ? verdict.reason : [...verdict.scopes];
}

describe('names of claims', () => {
  test.each<[ScopesFrom | undefined, Claims, readonly string[] | string]>([
    [undefined, { scope: 'a b', scp: 'c', permissions: ['d'] }, ['a', 'b']],
    [undefined, { scp: ['c'], permissions: ['d'], roles: ['e'] }, ['c']],
    [undefined, { permissions: ['d'], roles: ['e'] }, []],
    ['permissions', { scope: 'a', permissions: ['d', 'e'] }, ['d', 'e']],
    [['permissions'], { scope: 'a', permissions: 'd e' }, ['d', 'e']],
    [['permissions'], { scope: 'a' }, []],
    [['permissions', 'scope'], { scope: 'a', permissions: ['d'] }, ['d']],
    [['permissions', 'scope'], { scope: 'a' }, ['a']],
    [['permissions', 'scope'], { scope: 'a', permissions: null }, ['a']],
    [['permissions', 'scope'], { scope: 'a', permissions: [] }, []],
    [['permissions', 'scope'], { scope: 'a', permissions: '' }, []],
    [['https://acme.example/scopes'], { 'https://acme.example/scopes': ['a'] }, ['a']],
    [['toString', 'constructor', '__proto__', 'scope'], { scope: 'a' }, ['a']],
    [['roles'], { roles: ['Read All', 'read', '', 'a"b'] }, ['read']],
    // What is not read need not be well-formed, and what is read must be.
    ['permissions', { scope: { a: 1 }, permissions: ['d'] }, ['d']],
    ['permissions', { scope: 5, nonce: 'n', permissions: ['d'] }, 'not_an_access_token'],
    ['permissions', { permissions: { a: 1 } }, 'claim_malformed'],
    [['permissions', 'scope'], { scope: 'a', permissions: [1] }, 'claim_malformed'],
    [['permissions', 'scope'], { scope: 5 }, 'claim_malformed'],
    [undefined, { scope: 5, scp: 'a' }, 'claim_malformed'],
  ])('scopesFrom %j reads %j as %j', (scopesFrom, over, expected) => {
    expect(read(scopesFrom, over)).toEqual(expected);
  });

  test('later changes of the list have no effect', () => {
    const scopesFrom = ['permissions'];
    const verifier = verifierWith(scopesFrom);
    scopesFrom.unshift('roles');
    expect(verdictOf(verifier, tokenWith({ permissions: ['d'], roles: ['e'] }))).toMatchObject({
      scopeClaims: ['permissions'],
    });
  });
});

describe('a function of the payload', () => {
  const roles = ({ resource_access }: JwtPayload) =>
    (resource_access as { api?: { roles?: string[] } } | undefined)?.api?.roles?.map((role) => `role:${role}`);

  test('its strings and lists are the scopes', () => {
    expect(read(roles, { scope: 'a', resource_access: { api: { roles: ['reader'] } } })).toEqual(['role:reader']);
    expect(read(roles, { scope: 'a' })).toEqual([]);
    expect(read(() => 'a b', {})).toEqual(['a', 'b']);
    expect(read(() => null, {})).toEqual([]);
    expect(read(({ scope, scp }) => scope ?? scp, { scp: ['c'] })).toEqual(['c']);
  });

  test('scopesFrom is called for verified tokens only', async () => {
    const scopesFrom = jest.fn(() => 'a');
    const verifier = verifierWith(scopesFrom);
    const forged = forge({ alg: 'EdDSA', kid: 'k1' }, claims(), signingKey('EdDSA', 'k1'));
    for (const token of [forged, tokenWith({ exp: NOW - 60 }), tokenWith({ aud: 'other' })]) verdictOf(verifier, token);
    expect(scopesFrom).not.toHaveBeenCalled();
    verdictOf(verifier, tokenWith({}));
    expect(scopesFrom).toHaveBeenCalledTimes(1);
  });

  test('scopesFrom is not called again for a cached token', () => {
    const scopesFrom = jest.fn(() => 'a');
    const verifier = verifierWith(scopesFrom);
    for (let i = 0; i < 5; i++) verdictOf(verifier, tokenWith({}));
    expect(scopesFrom).toHaveBeenCalledTimes(2); // a token is cached at its second occurrence
  });

  test.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('of roles');
      },
      '"scopesFrom" threw an error',
    ],
    [
      'throws a text',
      () => {
        throw 'roles';
      },
      '"scopesFrom" threw an error',
    ],
    ['returns a number', () => 5, '"scopesFrom" must return a string or a list of strings'],
    ['returns true', () => true, '"scopesFrom" must return'],
    ['returns an object', () => ({ a: 1 }), '"scopesFrom" must return'],
    ['returns a set', () => new Set(['a']), '"scopesFrom" must return'],
    ['returns a list with a number', () => ['a', 1], '"scopesFrom" must return'],
    ['returns a promise', async () => 'a', '"scopesFrom" must return'],
    [
      'returns a promise that rejects',
      async () => {
        throw new Error();
      },
      'and synchronously',
    ],
  ])('a function that %s is an error of the application that names it', (_, scopesFrom, sentence) => {
    const verifier = verifierWith(scopesFrom as never);
    for (let i = 0; i < 3; i++) {
      expect(() => verdictOf(verifier, tokenWith({}))).toThrow(CallbackError);
      expect(() => verdictOf(verifier, tokenWith({}))).toThrow(sentence);
    }
  });

  test('the error keeps what the function threw', () => {
    const cause = new Error('of roles');
    const verifier = verifierWith(() => {
      throw cause;
    });
    expect(() => verdictOf(verifier, tokenWith({}))).toThrow(expect.objectContaining({ cause }));
  });

  test('scopesFrom cannot change the payload', () => {
    const scopesFrom = (payload: JwtPayload) => {
      Object.assign(payload, { sub: 'root' });
      return 'a';
    };
    expect(() => read(scopesFrom, {})).toThrow(CallbackError);
  });

  test('scopesFrom fails in the same way after a wait for keys', async () => {
    const { fetch } = keyEndpoint(key);
    const jwksUri = 'https://issuer.example/jwks';
    const scopesFrom = () => 5 as never;
    const verifier = jwtVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwksUri,
      fetch,
      clock: clockAt(NOW),
      scopesFrom,
    });
    await expect(verifier.verify({ scheme: 'bearer', token: tokenWith({}) })).rejects.toThrow(CallbackError);
  });
});

describe('the sentence about claims that are not read', () => {
  test.each<[Claims, readonly string[] | undefined, string | undefined]>([
    [{ roles: ['a'] }, ['scope', 'scp'], 'The token has "roles", which is not read; see "scopesFrom".'],
    [{ scope: 'a', permissions: ['b'] }, ['scope', 'scp'], 'The token has "permissions", which is not read'],
    [{ permissions: ['b'], roles: 'c' }, ['scope'], 'The token has "permissions" and "roles", which are not read'],
    [{ scope: 'a', permissions: ['b'] }, ['permissions'], 'The token has "scope", which is not read'],
    [{ scope: 'a', scp: ['b'] }, ['scope', 'scp'], 'The token has "scp", which is not read'],
    [{ scope: 'a' }, ['scope', 'scp'], undefined],
    [{ roles: ['a'] }, ['roles'], undefined],
    [{ roles: [], permissions: '' }, ['scope'], undefined],
    [{ roles: { a: 1 }, permissions: null }, ['scope'], undefined],
    [{ roles: ['a'] }, undefined, undefined],
  ])('for %j, read from %j, it is %j', (payload, names, expected) => {
    expect(describeUnreadClaims(payload, names)).toEqual(expected && expect.stringContaining(expected));
  });
});

test('a malformed claim is named with what it must be', () => {
  const verdict = verdictOf(verifierWith('roles'), tokenWith({ roles: { admin: {} } }));
  expect(detailOf(verdict)).toBe('The token\'s "roles" is {"admin":{}}, not a string or a list of strings.');
});
