import fc from 'fast-check';
import { authorize } from '../../lib/enforcement/authorize.js';
import { Refusal } from '../../lib/enforcement/refusal.js';
import { compileRequirement } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import type { TokenVerifier } from '../../lib/token/verifier.js';
import { runs } from '../support/property-runs.js';
import { authenticate } from './authenticate.js';

const request = { headers: { authorization: 'Bearer abc' } };
const accessToken = { payload: { sub: 's' }, header: {}, token: 'abc', scopes: scopeSet('a') };
const returning = (verdict: unknown) => ({ verify: () => verdict }) as TokenVerifier;

test('the access token is the very object that the verifier returned', async () => {
  expect(authenticate(returning(accessToken), request)).toBe(accessToken);
  expect(await authenticate(returning(Promise.resolve(accessToken)), request)).toBe(accessToken);
});

test('the verifier is given scheme, token and request, and only for a scheme that it takes', () => {
  const verify = jest.fn(() => accessToken);
  void authenticate({ verify }, request);
  expect(verify).toHaveBeenCalledWith({ scheme: 'bearer', token: 'abc' }, request);

  const dpop = { headers: { authorization: 'DPoP abc' } };
  expect(authenticate({ verify }, dpop)).toMatchObject({ reason: 'scheme_not_supported' });
  expect(verify).toHaveBeenCalledTimes(1);
  void authenticate({ verify, schemes: ['bearer', 'dpop'] }, dpop);
  expect(verify).toHaveBeenLastCalledWith({ scheme: 'dpop', token: 'abc' }, dpop);
});

test('a thenable of any make is awaited', async () => {
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: a promise of another library
    then: (resolve: (verdict: unknown) => void) => resolve(accessToken),
  };
  expect(await authenticate(returning(thenable), request)).toBe(accessToken);
});

test('whatever a verifier returns or throws is a token of its own, or a refusal', async () => {
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

describe('a token without the scope', () => {
  const lackOf = (held: string, required: string) => {
    const refusal = authorize({ ...accessToken, scopes: scopeSet(held) }, compileRequirement(required));
    return refusal?.detail?.();
  };

  test('is told apart from one that holds none', () => {
    expect(lackOf('a b', 'c')).toBe('Nothing covers c; the token holds a, b.');
    expect(lackOf('a', 'urn:opc:resource:consumer:paas:read')).toContain(
      'urn:opc:resource:consumer:paas:read is not of the form urn:opc:resource:consumer:…::qualifier',
    );
    expect(lackOf('', 'c')).toBe('Nothing covers c; the token holds no scope.');
  });

  test('OPC-5: an admin scope beside consumer::all is named as what it is', () => {
    const pair = 'urn:opc:idm:__myscopes__ urn:opc:resource:consumer::all';
    expect(lackOf(pair, 'urn:opc:idm:__myscopes__')).toMatch(/no domain issues that pair/);
  });

  test('with it, nothing is refused', () => {
    expect(authorize(accessToken, compileRequirement('a'))).toBeUndefined();
  });
});
