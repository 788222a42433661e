import { authorize, authorizeRemaining } from '../../lib/enforcement/authorize.js';
import { REFUSALS, Refusal, type RefusalReason } from '../../lib/enforcement/refusal.js';
import { allOf, compileRequirement } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { CallbackError } from '../../lib/token/callback-error.js';
import type { TokenVerifier } from '../../lib/token/verifier.js';
import { authenticate } from './fixtures/authenticate.js';

const request = { headers: { authorization: 'Bearer abc' } };
const scopes = scopeSet('a');
const refusalOf = (verify: () => unknown) => {
  const refusal = authenticate({ verify } as TokenVerifier, request);
  if (!(refusal instanceof Refusal)) throw new Error('It was accepted.');
  return refusal;
};

test.each<[what: string, value: unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['a text', 'ok'],
  ['an empty object', {}],
  ['claims without scopes', { payload: {} }],
  ['scopes without claims', { scopes }],
  ['null for claims', { payload: null, scopes }],
  ['a text for claims', { payload: 'sub', scopes }],
  ['a text for scopes', { payload: {}, scopes: 'a' }],
  ['an object for scopes', { payload: {}, scopes: {} }],
  ['null for scopes', { payload: {}, scopes: null }],
])('a verdict that is neither token nor rejection is an outage: %s', (_, value) => {
  const { reason, retryAfter, detail } = refusalOf(() => value);
  expect({ reason, retryAfter }).toEqual({ reason: 'verifier_unavailable', retryAfter: 1 });
  expect(detail?.()).toBe('The verifier returned neither an access token nor a rejection.');
});

test('the detail quotes a thrown error but no other thrown value', () => {
  const throwing = (thrown: unknown) => () => {
    throw thrown;
  };
  expect(refusalOf(throwing(new RangeError('too deep'))).detail?.()).toBe('too deep');
  expect(refusalOf(throwing('too deep')).detail?.()).toBe('The verifier threw a value that is not an error.');
});

test('an error of a function of the application is no outage', () => {
  const failure = new CallbackError('scopesFrom() threw an error.');
  expect(() =>
    refusalOf(() => {
      throw failure;
    }),
  ).toThrow(failure);
});

describe('the reason of a rejection', () => {
  const aboutTokens = Object.entries(REFUSALS).filter(([, { status, error }]) => status === 401 && error);

  test.each(aboutTokens.map(([reason]) => reason as RefusalReason))('passes on the rejection reason %s', (reason) => {
    const known = { detail: () => 'why', unverified: { sub: 's' } };
    expect(refusalOf(() => ({ ok: false, reason, ...known }))).toMatchObject({ reason, ...known });
  });

  const others = Object.keys(REFUSALS).filter((reason) => !aboutTokens.some(([about]) => about === reason));

  test.each([...others, 'introspection_failed', 'toString', '__proto__', ''])(
    'the gate replaces the rejection reason %s by token_rejected',
    (reason) => {
      expect(refusalOf(() => ({ ok: false, reason })).reason).toBe('token_rejected');
    },
  );
});

describe('authorization by a part of the scopes', () => {
  const accessToken = { payload: {}, header: {}, token: 'abc', scopes: scopeSet('a b c') };
  const [needsA, needsBoth] = [compileRequirement('a'), compileRequirement(allOf('a', 'b', 'd'))];
  const rest = (claim: string) => ({ scopes: scopeSet(claim), why: 'they are not granted' });

  test('permits when the remaining scopes are sufficient', () => {
    expect(authorizeRemaining(accessToken, rest('a'), needsA)).toBeUndefined();
  });

  test('names the sufficient scopes, and in the detail those that no longer count', () => {
    const refusal = authorizeRemaining(accessToken, rest('a'), needsBoth);
    expect(refusal).toMatchObject({ reason: 'insufficient_scope', scope: ['a', 'b', 'd'] });
    expect(refusal?.detail?.()).toBe('The token covers b, but they are not granted.');
  });

  test('names no scopes that a new token would not contain', () => {
    for (const lost of ['a', 'b', 'd']) {
      const refusal = authorizeRemaining(
        accessToken,
        { ...rest('c'), isObtainable: (scope) => scope !== lost },
        needsBoth,
      );
      expect([refusal?.reason, refusal?.scope]).toEqual(['insufficient_scope', undefined]);
    }
  });
});

test.each([
  ['a scope that is not held', 'a', 'b', ['b']],
  ['a pair that no domain issues', 'urn:opc:idm:x urn:opc:resource:consumer::all', 'urn:opc:idm:x', undefined],
])('refuses %s as insufficient_scope', (_, held, required, scope) => {
  const accessToken = { payload: {}, header: {}, token: 'abc', scopes: scopeSet(held) };
  const refusal = authorize(accessToken, compileRequirement(required));
  expect([refusal?.reason, refusal?.scope]).toEqual(['insufficient_scope', scope]);
});
