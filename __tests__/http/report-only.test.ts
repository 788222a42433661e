import express, { type Request } from 'express';
import {
  createGate,
  type DecisionRecord,
  type GateOptions,
  jwtVerifier,
  type Requirement,
  type RouteOptions,
} from 'scopegate';
import { ALL_ENVIRONMENTS, grantsRouter } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import type { TestClaims } from 'scopegate/testing';
import request from 'supertest';
import { context } from '../support/stores.js';
import {
  ANALYTICS,
  bearer,
  domainOptions,
  issuer,
  PAAS,
  recorder,
  STACK,
  showAuth,
  warmVerifier,
} from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';
import { open, pass, quiet, requestWith } from './fixtures/watching.js';

/** The last moment of a day, by the clock of the gate. */
const LAST_DAY = '2027-01-31';
const END = Date.parse('2027-02-01');
const LATER = { until: LAST_DAY };
let now: number;
const clock = { now: () => now, monotonic: () => 0 };

let warnings: unknown[][];
beforeEach(() => {
  now = END - 1;
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((...given) => void warnings.push(given));
});
afterEach(() => jest.restoreAllMocks());

/** Sends a token that is valid whatever the clock says. */
async function send(
  gateOptions: Partial<GateOptions>,
  required: readonly [Requirement, ...Requirement[]],
  options: RouteOptions,
  claims: TestClaims | undefined,
) {
  const told = recorder();
  const verifier = jwtVerifier({ ...domainOptions, clock: { now: () => Date.now(), monotonic: () => 0 } });
  const gate = createGate({ verifier, clock, onDecision: told.observe, ...gateOptions });
  const app = express().get('/:id', gate.require(...required, options), showAuth);
  const sent = request(app).get('/ada');
  const { status, body } = await (claims === undefined
    ? sent
    : sent.set('Authorization', bearer(issuer.token(claims))));
  const [{ durationMs, ...record }] = told.records as [DecisionRecord];
  return { status, body, record };
}

describe('a scope that is missing', () => {
  const missing = {
    outcome: 'permit',
    reason: 'report_only',
    wouldDeny: 'insufficient_scope',
    sufficient: [ANALYTICS],
  };

  test.each<[string, Partial<GateOptions>, RouteOptions]>([
    ['the gate', { reportOnly: LATER }, {}],
    ['the route', {}, { reportOnly: LATER }],
    ['the route, for longer than the gate', { reportOnly: { until: '2027-01-30' } }, { reportOnly: LATER }],
  ])('is recorded and let through where %s says so', async (_, gateOptions, options) => {
    const { status, body, record } = await send(gateOptions, [ANALYTICS], options, { scope: STACK });

    expect([status, body.client]).toEqual([200, 'test-client']);
    expect(record).toEqual({
      ...missing,
      required: ANALYTICS,
      detail: `Nothing covers ${ANALYTICS}; the token holds ${STACK}.`,
      held: [STACK],
      coverage: [],
      issuer: 'https://identity.oraclecloud.com/',
      client: 'test-client',
      audience: ['urn:opc:resource:scope:account'],
      subject: 'test-client',
      jti: expect.any(String),
    });
  });

  test.each<[string, Partial<GateOptions>, RouteOptions]>([
    ['no one says so', {}, {}],
    ['the route is enforced', { reportOnly: LATER }, { reportOnly: false }],
    ['the day of the gate has ended', { reportOnly: { until: '2027-01-30' } }, {}],
    ['the day of the route has ended', { reportOnly: LATER }, { reportOnly: { until: '2027-01-30' } }],
  ])('is refused where %s', async (_, gateOptions, options) => {
    const { status, record } = await send(gateOptions, [ANALYTICS], options, { scope: STACK });

    expect([status, record.outcome, record.reason, record.wouldDeny]).toEqual([
      403,
      'deny',
      'insufficient_scope',
      undefined,
    ]);
  });

  test('is refused from the moment on at which the day ends, without a restart', async () => {
    const gate = createGate({ verifier: warmVerifier(), clock, reportOnly: LATER });
    const app = express().get('/', gate.require(ANALYTICS), showAuth);
    const ask = () =>
      request(app)
        .get('/')
        .set('Authorization', bearer(issuer.token({ scope: STACK })));

    await ask().expect(200);
    now = END;
    await ask().expect(403);
    expect(warnings).toEqual([]);
  });

  test('that is not missing is recorded as ever', async () => {
    const { record } = await send({ reportOnly: LATER }, [ANALYTICS], {}, { scope: PAAS });

    expect(record).toMatchObject({ outcome: 'permit', reason: 'covered' });
    expect('wouldDeny' in record).toBe(false);
  });

  test('lets through what the owner rule refuses, since a token without any scope passes too', async () => {
    const options = { owner: (req: Request) => req.params.id, reportOnly: LATER };
    const { status, record } = await send({}, ['p1:read:self:user'], options, {
      scope: 'p1:read:self:user',
      sub: 'bob',
    });

    expect([status, record.wouldDeny]).toEqual([200, 'insufficient_scope']);
  });

  test('passes gate.check in the same way, without a warning for each call', async () => {
    const told = recorder();
    const gate = createGate({ verifier: warmVerifier(), clock, onDecision: told.observe });
    const check = (until: string) =>
      gate.check(requestWith({ scope: STACK }) as never, ANALYTICS, { reportOnly: { until } });

    expect((await check(LAST_DAY)).ok).toBe(true);
    expect((await check('2027-01-30')).ok).toBe(false);
    expect([told.records[0]?.wouldDeny, warnings]).toEqual(['insufficient_scope', []]);
  });
});

describe('everything but scopes is enforced', () => {
  test.each<[string, RouteOptions, TestClaims | undefined, number, string]>([
    ['a request without a token', {}, undefined, 401, 'no_credentials'],
    ['an expired token', {}, { exp: 1 }, 401, 'token_expired'],
    ['a token for another audience', {}, { aud: 'https://other.example/' }, 401, 'audience_mismatch'],
    ['a weak authentication', { acr: ['mfa'] }, { scope: ANALYTICS }, 401, 'insufficient_user_authentication'],
    [
      'a weak authentication without the scope',
      { acr: ['mfa'] },
      { scope: STACK },
      401,
      'insufficient_user_authentication',
    ],
  ])('%s is refused', async (_, options, claims, status, reason) => {
    const sent = await send({ reportOnly: LATER }, [ANALYTICS], options, claims);

    expect([sent.status, sent.record.outcome, sent.record.reason]).toEqual([status, 'deny', reason]);
    expect('wouldDeny' in sent.record).toBe(false);
  });

  test('the admin API of a gate is never in trial, even after the gate has let the request pass', async () => {
    const store = await openSqliteStore({ file: ':memory:' });
    const gate = createGate({ verifier: warmVerifier(), clock, reportOnly: LATER });
    const app = express()
      .use(gate.require('admin'))
      .use(grantsRouter({ store, gate, environmentOf: () => ALL_ENVIRONMENTS }));
    const { status } = await request(app)
      .get('/environments')
      .set('Authorization', bearer(issuer.token({ scope: 'a' })));
    await store.close();

    expect(status).toBe(403);
  });
});

describe('with live grants', () => {
  const trial = (days = 7) => ({ until: new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10) });

  test('a grant that was taken away is recorded and let through', async () => {
    const { grant, send: ask, record } = await liveGate({ reportOnly: trial() });
    await grant('openid');

    expect((await ask('/require', { scope: `${PAAS} openid` })).status).toBe(200);
    expect(record()).toMatchObject({ reason: 'report_only', wouldDeny: 'insufficient_scope', coverage: [] });
  });

  test('a revoked token and a disabled application are refused', async () => {
    const { grant, send: ask, enable, store, applicationAt, record } = await liveGate({ reportOnly: trial() });
    await grant(PAAS);
    await store.applications.revokeTokens(applicationAt, 'ada', context);
    expect((await ask('/require', { sub: 'ada' })).status).toBe(401);
    await enable(false);
    expect((await ask('/require')).status).toBe(401);
    expect(record()).toMatchObject({ outcome: 'deny', reason: 'application_revoked' });
  });

  test('an open connection stays open when a scope is taken away, and ends when the application is disabled', async () => {
    const { gate, grant, enable, clientId } = await liveGate({ reportOnly: trial() }, { scopeNames: [PAAS, STACK] });
    await grant(PAAS);
    const access = await open(gate, requestWith({ client_id: clientId }), gate.require(PAAS));
    await grant(STACK);
    await pass(requestWith({ client_id: clientId }), gate.require(PAAS)); // the change has arrived
    await quiet();
    expect(access.reason).toBeUndefined();
    await enable(false);
    await new Promise((resolve) => access.signal.addEventListener('abort', resolve));
    expect(access.reason).toBe('application_revoked');
  });
});

describe('the date', () => {
  const declare = (reportOnly: unknown) => createGate({ verifier: warmVerifier(), clock, reportOnly } as GateOptions);

  test.each(['2027-01-31', '2027-02-28', '2028-02-01'])('%s is one', (until) => {
    expect(() => declare({ until })).not.toThrow();
    expect(warnings).toEqual([]);
  });

  test.each([
    ...[undefined, null, 7, 1801440000000, '', 'tomorrow', '2027', '2027-01', '2027-1-31', '31.01.2027', '2027-02-29'],
    ...['2027-13-01', '2027-01-31T00:00:00Z', ' 2027-01-31', '2028-02-02', '9999-12-31', ['2027-01-31']],
  ])('%p is none, and an error where it is declared', (until) => {
    const sentence = /createGate\(\): "reportOnly.until" must be a date like '2027-01-31', at most a year ahead/;
    expect(() => declare({ until })).toThrow(TypeError);
    expect(() => declare({ until })).toThrow(sentence);
    expect(() =>
      createGate({ verifier: warmVerifier(), clock }).require('a', { reportOnly: { until } as never }),
    ).toThrow(/gate.require\(\): "reportOnly.until"/);
  });

  test.each([null, true, '2027-01-31', [], {}])('reportOnly: %p is an error: the date is required', (reportOnly) => {
    expect(() => declare(reportOnly)).toThrow(/"reportOnly.until"/);
  });

  test.each(['2027-01-30', '1999-12-31'])('%s has passed: scopes are enforced, and the start warns', (until) => {
    expect(() => declare({ until })).not.toThrow();
    expect(warnings).toEqual([
      [
        `createGate(): "reportOnly" ended on ${until}.`,
        { type: 'ScopegateWarning', code: 'SCOPEGATE_REPORT_ONLY_ENDED' },
      ],
    ]);
  });
});
