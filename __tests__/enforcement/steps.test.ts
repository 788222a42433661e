import { GateRequest, type GateRules } from '../../lib/enforcement/gate-request.js';
import type { HttpRequest } from '../../lib/enforcement/http-message.js';
import { Refusal } from '../../lib/enforcement/refusal.js';
import { compileRoutePolicy, type RouteOptions, type RoutePolicy } from '../../lib/enforcement/route-policy.js';
import { DONE, runSteps, type StepResult } from '../../lib/enforcement/run-steps.js';
import { requireScopes, STEPS } from '../../lib/enforcement/steps.js';
import type { LiveVerdict } from '../../lib/live/live-grants.js';
import { OCI_MODEL } from '../../lib/scope/models.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { isSelfScope } from '../../lib/scope/self-scopes.js';

const NOW = Date.UTC(2026, 0, 15);
const SELF = 'p1:read:self:user';
const clock = { now: () => NOW, monotonic: () => 0 };
const defaults = {
  creator: 'gate.require()',
  grantsUnavailable: 'refuse' as const,
  passesPreflights: false,
  isSelfScope,
  hasGrants: true,
  scopeModel: OCI_MODEL,
  reportUntil: undefined,
  clock,
};
const routeFor = (scope: string, options: RouteOptions = {}) => compileRoutePolicy([scope, options], defaults);

interface Given {
  readonly policy?: RoutePolicy;
  readonly held?: string;
  readonly claims?: object;
  readonly verdict?: unknown;
  /** What live grants say; `undefined` for a gate without them. */
  readonly live?: LiveVerdict | Promise<LiveVerdict>;
  readonly req?: Partial<HttpRequest>;
}

/** Runs all steps; `result` is the refusal, an early permit, or `undefined`. */
async function run({ policy = routeFor('a'), held = 'a', claims, verdict, live, req }: Given) {
  const accepted = { payload: { sub: 'ada', ...claims }, header: {}, token: 'abc', scopes: scopeSet(held) };
  const rules: GateRules = {
    verifier: { verify: () => (verdict === undefined ? accepted : verdict) as never },
    grants: live === undefined ? undefined : { check: () => live, close: () => undefined },
    isSelfScope,
    clock,
    applyModel: (accessToken) => accessToken,
  };
  const message = { method: 'GET', url: '/', headers: { authorization: 'Bearer abc' }, ...req } as HttpRequest;
  const error = jest.fn();
  const request = new GateRequest(rules, policy, message, undefined, error, 0);
  const result = await new Promise<StepResult>((resolve, reject) => {
    error.mockImplementation(reject);
    runSteps(request, STEPS, (_, each) => {
      resolve(each);
      return false;
    });
  });
  return { request, result, refusal: result instanceof Refusal ? result : undefined };
}
const reasonOf = async (given: Given) => (await run(given)).refusal?.reason;

describe('without credentials', () => {
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
  const preflight: Partial<HttpRequest> = { method: 'OPTIONS', headers };
  const passing = { ...routeFor('a'), passesPreflights: true };

  test.each<[string, RoutePolicy, Partial<HttpRequest>, unknown, boolean]>([
    ['a route refuses', routeFor('a'), { headers: {} }, 'no_credentials', false],
    ['an optional route permits', { ...routeFor('a'), isOptional: true }, { headers: {} }, DONE, false],
    [
      'an optional route refuses another scheme',
      { ...routeFor('a'), isOptional: true },
      { headers: { authorization: 'Basic abc' } },
      'scheme_not_supported',
      false,
    ],
    ['a preflight passes where it may', passing, preflight, DONE, true],
    ['a preflight is refused where it may not', routeFor('a'), preflight, 'no_credentials', false],
    ['another method is no preflight', passing, { ...preflight, method: 'GET' }, 'no_credentials', false],
    [
      'without Origin it is no preflight',
      passing,
      { ...preflight, headers: { ...headers, origin: undefined } },
      'no_credentials',
      false,
    ],
    [
      'without the method to come it is no preflight',
      passing,
      { ...preflight, headers: { origin: headers.origin } },
      'no_credentials',
      false,
    ],
  ])('%s', async (_, policy, req, expected, isPreflight) => {
    const { request, result, refusal } = await run({ policy, req });
    expect({ result: refusal?.reason ?? result, isPreflight: request.isPreflight }).toEqual({
      result: expected,
      isPreflight,
    });
  });
});

test('a token that is refused is not taken for the caller', async () => {
  const { request, refusal } = await run({ verdict: { ok: false, reason: 'token_expired' } });
  expect([refusal?.reason, request.accessToken]).toEqual(['token_expired', undefined]);
});

describe('the scopes of a route', () => {
  test('a route without scopes requires only a token, and has no owner', async () => {
    const { request, result } = await run({ policy: { ...routeFor('a'), required: undefined }, held: '' });
    expect([result, request.isOwner]).toEqual([undefined, false]);
  });

  test('where no self scope is accepted, nobody is taken for the owner', async () => {
    const policy = { ...routeFor(SELF, { owner: () => 'ada' }), acceptsSelfScope: false };
    expect((await run({ policy, held: SELF })).request.isOwner).toBe(false);
  });

  test('a request whose token was not verified is a fault of the gate', () => {
    const request = { policy: routeFor('a'), accessToken: undefined } as unknown as GateRequest;
    expect(() => requireScopes(request)).toThrow('This step runs after verifyToken.');
  });
});

describe('live grants', () => {
  const granting = (held: string): LiveVerdict => ({
    ok: true,
    scopes: scopeSet(held),
    granted: scopeSet(held),
    asOf: { now: NOW, monotonic: 0 },
    activeUntil: Number.POSITIVE_INFINITY,
  });
  const outage: LiveVerdict = { ok: false, reason: 'grants_unavailable', cause: new Error('down') };
  const trusting = routeFor('a', { grantsUnavailable: 'trust-token' });

  test('a scope that is still granted opens the route, and is kept for the request', async () => {
    const { request, result } = await run({ live: granting('a'), held: 'a b' });
    expect([result, [...(request.granted ?? [])], request.permission?.ok]).toEqual([undefined, ['a'], true]);
  });

  test('a scope that is no longer granted is missing, and the sentence says why', async () => {
    const { refusal } = await run({ live: Promise.resolve(granting('b')), held: 'a b' });
    expect(refusal?.reason).toBe('insufficient_scope');
    expect(refusal?.detail?.()).toMatch(/its application is no longer granted it/);
  });

  test('a check that fails is an error of the gate, and lets nobody pass', async () => {
    const fault = new Error('a fault of the check');
    await expect(run({ live: Promise.reject(fault) })).rejects.toThrow(fault);
  });

  test('a refusal keeps the cause', async () => {
    const cause = new Error('of the store');
    const { refusal } = await run({ live: { ok: false, reason: 'application_revoked', cause } });
    expect(refusal?.cause).toBe(cause);
  });

  test.each<[string, Given, string | undefined, number | undefined, string | undefined]>([
    ['revoked', { live: { ok: false, reason: 'application_revoked' } }, 'application_revoked', undefined, undefined],
    [
      'revoked, for a route that trusts the token',
      { live: { ok: false, reason: 'application_revoked' }, policy: trusting },
      'application_revoked',
      undefined,
      undefined,
    ],
    ['unavailable', { live: outage }, 'grants_unavailable', 1, undefined],
    [
      'unavailable, for a route that trusts the token',
      { live: outage, policy: trusting },
      undefined,
      undefined,
      'The grants cannot be checked; the token alone decided.',
    ],
  ])('the application is %s', async (_, given, reason, retryAfter, warning) => {
    const { request, refusal } = await run(given);
    expect({ reason: refusal?.reason, retryAfter: refusal?.retryAfter, warning: request.warning }).toEqual({
      reason,
      retryAfter,
      warning,
    });
  });

  test('while they are unavailable, a scope that the token lacks is still missing', async () => {
    expect(await reasonOf({ live: outage, policy: trusting, held: 'b' })).toBe('insufficient_scope');
  });
});

describe('self scopes', () => {
  const owner = (subject: unknown) => routeFor(SELF, { owner: () => subject as string });

  test.each<[string, Given, string | undefined, boolean]>([
    ['the record is the caller’s own', { policy: owner('ada') }, undefined, true],
    ['it is of another', { policy: owner('bob') }, 'insufficient_scope', false],
    ['nobody owns it', { policy: owner(undefined) }, 'insufficient_scope', false],
    [
      'the token has no subject, and nobody owns it',
      { policy: owner(undefined), claims: { sub: undefined } },
      'insufficient_scope',
      false,
    ],
  ])('%s', async (_, given, reason, isOwner) => {
    const { request, refusal } = await run({ held: SELF, ...given });
    expect([refusal?.reason, request.isOwner]).toEqual([reason, isOwner]);
  });

  test('a refusal says whose record it is', async () => {
    const { refusal } = await run({ held: SELF, policy: owner('bob') });
    expect(refusal?.detail?.()).toBe(`The token covers ${SELF}, but the record is not the caller’s own.`);
  });

  test('a route without a rule says so, and names what can be obtained', async () => {
    const policy = compileRoutePolicy([{ anyOf: ['users:read', SELF] }], defaults);
    const { refusal } = await run({ policy, held: SELF });
    expect([refusal?.scope, refusal?.detail?.()]).toEqual([
      ['users:read'],
      expect.stringContaining('the route has no owner rule'),
    ]);
  });

  test('an owner that is a promise is a mistake of the application', async () => {
    const policy = routeFor(SELF, { owner: (() => Promise.reject(new Error('late'))) as never });
    await expect(run({ policy, held: SELF })).rejects.toThrow('"owner" must return a string synchronously');
  });
});

describe('scopes in trial', () => {
  const inTrial = (more: RouteOptions = {}): RoutePolicy => ({ ...routeFor('a', more), reportUntil: NOW + 1 });

  test('a missing scope is for the record only', async () => {
    const { request, result } = await run({ policy: inTrial(), held: 'b' });
    expect([result, request.wouldDeny?.reason]).toEqual([undefined, 'insufficient_scope']);
  });

  test('it is enforced from the end of the trial on', async () => {
    expect(await reasonOf({ policy: { ...inTrial(), reportUntil: NOW }, held: 'b' })).toBe('insufficient_scope');
  });

  test('a self scope for the record of another user is only reported', async () => {
    const policy = { ...routeFor(SELF, { owner: () => 'bob' }), reportUntil: NOW + 1 };
    const { request, result } = await run({ policy, held: SELF });
    expect([result, request.wouldDeny?.reason]).toEqual([undefined, 'insufficient_scope']);
  });

  test('the authentication of the user is enforced', async () => {
    const { request, refusal } = await run({ policy: inTrial({ acr: ['gold'] }), held: 'b' });
    expect([refusal?.reason, request.wouldDeny?.reason]).toEqual([
      'insufficient_user_authentication',
      'insufficient_scope',
    ]);
  });
});

describe('the authentication of the user', () => {
  const gold = { policy: routeFor('a', { acr: ['gold'] }) };

  test('a token with the class passes', async () => {
    expect(await reasonOf({ ...gold, claims: { acr: 'gold' } })).toBeUndefined();
  });

  test.each([
    [300, undefined],
    [301, 'insufficient_user_authentication'],
  ])('of %d s ago, where 300 are allowed: %p', async (age, reason) => {
    const policy = routeFor('a', { maxAge: 300 });
    expect(await reasonOf({ policy, claims: { auth_time: NOW / 1000 - age } })).toBe(reason);
  });

  test('one refusal names the scope and the class where both are missing', async () => {
    const { refusal } = await run({ ...gold, held: 'b' });
    expect([refusal?.reason, refusal?.scope]).toEqual(['insufficient_user_authentication', ['a']]);
    expect(refusal?.detail?.()).toMatch(/^The token has no "acr".* Nothing covers a/);
  });

  test('a missing scope alone is told without it', async () => {
    expect(await reasonOf({ ...gold, held: 'b', claims: { acr: 'gold' } })).toBe('insufficient_scope');
  });
});
