import { findDeadline, isOver, NEVER, type PassedPolicy, refuseAgain } from '../../lib/enforcement/passed-policy.js';
import type { RoutePolicy } from '../../lib/enforcement/route-policy.js';
import type { LiveVerdict } from '../../lib/live/live-grants.js';
import { OCI_MODEL } from '../../lib/scope/models.js';
import { compileRequirement } from '../../lib/scope/requirement.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { isSelfScope } from '../../lib/scope/self-scopes.js';
import type { AccessToken } from '../../lib/token/access-token.js';
import type { TokenVerifier } from '../../lib/token/verifier.js';

const NOW = Date.UTC(2026, 0, 15);
const SELF = 'p1:read:self:user';
const policyFor = (scope: string | undefined, more: Partial<RoutePolicy> = {}): RoutePolicy => ({
  required: scope === undefined ? undefined : compileRequirement(scope, OCI_MODEL),
  isOptional: false,
  passesPreflights: false,
  grantsUnavailable: 'refuse',
  acceptsSelfScope: scope === SELF,
  ...more,
});
const passed = (policy: RoutePolicy, more: Partial<PassedPolicy> = {}): PassedPolicy => ({
  policy,
  isOwner: false,
  earlier: undefined,
  ...more,
});

describe('what live grants say later', () => {
  const granting = (held: string): LiveVerdict => ({
    ok: true,
    scopes: scopeSet(held),
    granted: undefined,
    asOf: { now: NOW, monotonic: 0 },
    activeUntil: NEVER,
  });
  const outage: LiveVerdict = { ok: false, reason: 'grants_unavailable' };
  const trusting = policyFor('a', { grantsUnavailable: 'trust-token' });

  test.each<[string, PassedPolicy, LiveVerdict, string | undefined]>([
    ['the scope is still granted', passed(policyFor('a')), granting('a b'), undefined],
    ['the scope is no longer granted', passed(policyFor('a')), granting('b'), 'insufficient_scope'],
    ['no scope was required', passed(policyFor(undefined)), granting(''), undefined],
    [
      'an earlier middleware required it',
      passed(policyFor('b'), { earlier: passed(policyFor('a')) }),
      granting('b'),
      'insufficient_scope',
    ],
    [
      'the application is revoked',
      passed(trusting),
      { ok: false, reason: 'application_revoked' },
      'application_revoked',
    ],
    ['they are unavailable', passed(policyFor('a')), outage, 'grants_unavailable'],
    ['they are unavailable, and the token is trusted', passed(trusting), outage, undefined],
    [
      'the token is trusted by the last middleware only',
      passed(trusting, { earlier: passed(policyFor('a')) }),
      outage,
      'grants_unavailable',
    ],
    ['the scope is in trial', passed(policyFor('a', { reportUntil: NOW + 1 })), granting('b'), undefined],
    ['its trial is over', passed(policyFor('a', { reportUntil: NOW })), granting('b'), 'insufficient_scope'],
    ['a self scope, for its owner', passed(policyFor(SELF), { isOwner: true }), granting(SELF), undefined],
    ['a self scope, for another', passed(policyFor(SELF)), granting(SELF), 'insufficient_scope'],
  ])('%s', (_, last, verdict, reason) => {
    expect(refuseAgain(last, verdict, isSelfScope, NOW)).toBe(reason);
  });
});

describe('when the time alone refuses', () => {
  const gate = { clockTolerance: 5 } as unknown as TokenVerifier;
  const tokenOf = (payload: object, verifier?: object) => ({ payload, verifier }) as unknown as AccessToken;
  const aged = (maxAge: number, earlier?: PassedPolicy) =>
    passed(policyFor('a', { authentication: { acrValues: undefined, maxAge } }), { earlier });
  const expiry = (seconds: number) => ({ at: seconds * 1000, reason: 'token_expired' });
  const stale = (seconds: number) => ({ at: seconds * 1000 + 1, reason: 'insufficient_user_authentication' });

  test.each<[string, PassedPolicy, AccessToken, object]>([
    ['the expiry, and the tolerance of the gate', passed(policyFor('a')), tokenOf({ exp: 100 }), expiry(105)],
    [
      'the tolerance of the verifier that accepted the token',
      passed(policyFor('a')),
      tokenOf({ exp: 100 }, { clockTolerance: 7 }),
      expiry(107),
    ],
    ['a verifier without a tolerance', passed(policyFor('a')), tokenOf({ exp: 100 }, {}), expiry(100)],
    ['a token without an expiry', passed(policyFor('a')), tokenOf({}), { at: NEVER, reason: 'token_expired' }],
    ['the age of the authentication, where it comes first', aged(30), tokenOf({ exp: 100, auth_time: 10 }), stale(40)],
    ['the expiry, where that comes first', aged(300), tokenOf({ exp: 100, auth_time: 10 }), expiry(105)],
    ['the strictest of two routes', aged(30, aged(20)), tokenOf({ exp: 100, auth_time: 10 }), stale(30)],
    [
      'classes without an age',
      passed(policyFor('a', { authentication: { acrValues: ['gold'], maxAge: undefined } })),
      tokenOf({ exp: 100, auth_time: 10 }),
      expiry(105),
    ],
  ])('%s', (_, last, token, deadline) => {
    expect(findDeadline(last, token, gate)).toEqual(deadline);
  });

  test.each([
    [104_999, false],
    [105_000, true],
  ])('at %d ms, a token that expires after 105 s is over: %p', (time, expected) => {
    const settings = { clock: { now: () => time, monotonic: () => 0 }, verifier: gate };
    expect(isOver(passed(policyFor('a')), tokenOf({ exp: 100 }), settings)).toBe(expected);
  });
});
