import fc from 'fast-check';
import { authorize } from '../../lib/enforcement/authorize.js';
import { Refusal } from '../../lib/enforcement/refusal.js';
import { exactScopeModel } from '../../lib/scope/models.js';
import { compileRequirement } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import type { TokenVerifier } from '../../lib/token/verifier.js';
import { runs } from '../support/property-runs.js';
import { authenticate } from './fixtures/authenticate.js';

const request = { headers: { authorization: 'Bearer abc' } };
const accessToken = { payload: { sub: 's' }, header: {}, token: 'abc', scopes: scopeSet('a') };
const returning = (verdict: unknown) => ({ verify: () => verdict }) as TokenVerifier;

test('authenticate() returns the very access token object of the verifier', async () => {
  expect(authenticate(returning(accessToken), request)).toBe(accessToken);
  expect(await authenticate(returning(Promise.resolve(accessToken)), request)).toBe(accessToken);
});

test('calls the verifier with scheme, token and request, for supported schemes only', () => {
  const verify = jest.fn(() => accessToken);
  void authenticate({ verify }, request);
  expect(verify).toHaveBeenCalledWith({ scheme: 'bearer', token: 'abc' }, request);

  const dpop = { headers: { authorization: 'DPoP abc' } };
  expect(authenticate({ verify }, dpop)).toMatchObject({ reason: 'scheme_not_supported' });
  expect(verify).toHaveBeenCalledTimes(1);
  void authenticate({ verify, schemes: ['bearer', 'dpop'] }, dpop);
  expect(verify).toHaveBeenLastCalledWith({ scheme: 'dpop', token: 'abc' }, dpop);
});

test('awaits any thenable that the verifier returns', async () => {
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library
    then: (resolve: (verdict: unknown) => void) => resolve(accessToken),
  };
  expect(await authenticate(returning(thenable), request)).toBe(accessToken);
});

test('turns any other result or exception of a verifier into a refusal', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.anything({ withNullPrototype: true }),
      fc.constantFrom('return', 'resolve', 'throw', 'reject'),
      async (value, manner) => {
        const verifier = {
          verify() {
            if (manner === 'throw') throw value;
            if (manner === 'reject') return Promise.reject(value);
            return manner === 'resolve' ? Promise.resolve(value) : value;
          },
        } as TokenVerifier;
        const refusal = await authenticate(verifier, request);
        expect(refusal).toBeInstanceOf(Refusal);
        const { reason, detail } = refusal as Refusal;
        expect(['verifier_unavailable', 'token_rejected']).toContain(reason);
        if (reason === 'verifier_unavailable') expect(typeof detail?.()).toBe('string');
      },
    ),
    { numRuns: runs(500) },
  );
});

describe('the detail of an insufficient scope', () => {
  const lackOf = (held: string, required: string, scopes = scopeSet(held)) => {
    const refusal = authorize({ ...accessToken, scopes }, compileRequirement(required));
    return refusal?.detail?.();
  };

  test('the detail names the held scopes or says that the token holds none', () => {
    expect(lackOf('a b', 'c')).toBe('Nothing covers c; the token holds a, b.');
    expect(lackOf('a', 'urn:opc:resource:consumer:paas:read')).toContain(
      'urn:opc:resource:consumer:paas:read is not of the form urn:opc:resource:consumer:…::qualifier',
    );
    expect(lackOf('', 'c')).toBe('Nothing covers c; the token holds no scope.');
  });

  test('the detail names a claim with scopes that are not read', () => {
    const lacking = { ...accessToken, payload: { roles: ['c'] }, scopeClaims: ['scope'] };
    expect(authorize(lacking, compileRequirement('c'))?.detail?.()).toBe(
      'Nothing covers c; the token holds a. The token has "roles", which is not read; see "scopesFrom".',
    );
  });

  test('in another model, the form of a consumer scope does not matter', () => {
    const scope = 'urn:opc:resource:consumer:paas:read';
    expect(lackOf('a', scope, scopeSet('a', exactScopeModel()))).toBe(`Nothing covers ${scope}; the token holds a.`);
  });

  test('OPC-5: the detail explains that no domain issues an admin scope beside consumer::all', () => {
    const pair = 'urn:opc:idm:__myscopes__ urn:opc:resource:consumer::all';
    expect(lackOf(pair, 'urn:opc:idm:__myscopes__')).toMatch(/no domain issues that pair/);
  });

  test('a token with the required scope is not refused', () => {
    expect(authorize(accessToken, compileRequirement('a'))).toBeUndefined();
  });
});
