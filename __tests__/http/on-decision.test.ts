import { runInNewContext } from 'node:vm';
import express, { type Request } from 'express';
import { createGate, type DecisionRecord, type GateOptions, VerifierUnavailableError } from 'scopegate';
import request from 'supertest';
import { ANALYTICS, bearer, delayed, issuer, PAAS, STACK, showAuth, warmVerifier } from './fixtures/domain.js';
import { appOf, recordOf } from './fixtures/records.js';

const ISS = 'https://identity.oraclecloud.com/';
const whose = { issuer: ISS, client: 'reports-job', subject: 'reports-job', jti: 'j1', audience: [expect.any(String)] };
const claims = { client_id: 'reports-job', sub: 'reports-job', jti: 'j1' };
const required = { anyOf: [ANALYTICS, STACK] };

describe.each(['at once', 'behind a promise'])('a verifier that responds %s', (manner) => {
  const verifier = manner === 'at once' ? warmVerifier() : delayed(warmVerifier());

  test.each<[string, string, string | undefined, Omit<DecisionRecord, 'durationMs'>]>([
    [
      'covered',
      '/require',
      bearer(issuer.token({ ...claims, scope: `openid ${PAAS}` })),
      {
        outcome: 'permit',
        reason: 'covered',
        required,
        held: ['openid', PAAS],
        coverage: [{ required: ANALYTICS, by: PAAS }],
        ...whose,
      },
    ],
    [
      'authenticated',
      '/authenticate',
      bearer(issuer.token({ ...claims, scope: PAAS })),
      { outcome: 'permit', reason: 'authenticated', held: [PAAS], ...whose },
    ],
    ['anonymous', '/optional', undefined, { outcome: 'permit', reason: 'anonymous' }],
    [
      'no credentials',
      '/require',
      undefined,
      {
        outcome: 'deny',
        reason: 'no_credentials',
        status: 401,
        detail: 'This resource needs a bearer token in the Authorization header.',
        required,
      },
    ],
    [
      'malformed credentials',
      '/authenticate',
      'Bearer a b',
      {
        outcome: 'deny',
        reason: 'credentials_malformed',
        status: 400,
        detail: 'The Authorization header is not of the form Bearer, space, token.',
      },
    ],
    [
      'a refused token',
      '/require',
      bearer(issuer.token({ ...claims, tok_type: 'ID' })),
      {
        outcome: 'deny',
        reason: 'not_an_access_token',
        status: 401,
        detail: expect.stringContaining('"tok_type" of "ID"'),
        unverified: { iss: ISS, client_id: 'reports-job', sub: 'reports-job', jti: 'j1' },
        required,
      },
    ],
    [
      'too little scope',
      '/require',
      bearer(issuer.token({ ...claims, scope: 'openid' })),
      {
        outcome: 'deny',
        reason: 'insufficient_scope',
        status: 403,
        detail: `Nothing covers ${ANALYTICS}; the token holds openid.`,
        sufficient: [ANALYTICS],
        required,
        held: ['openid'],
        coverage: [],
        ...whose,
      },
    ],
  ])('records the decision: %s', async (_, path, authorization, expected) => {
    expect(await recordOf(path, authorization, { verifier })).toEqual(expected);
  });
});

test('records an outage with its error', async () => {
  const outage = new VerifierUnavailableError('https://keys.internal.example answered 500.');
  const verifier = { verify: () => Promise.reject(outage) };
  expect(await recordOf('/require', 'Bearer abc', { verifier })).toEqual({
    outcome: 'outage',
    reason: 'verifier_unavailable',
    status: 503,
    detail: 'https://keys.internal.example answered 500.',
    error: outage,
    required,
  });
});

test('notifies the observer of each gate with the record and the request', async () => {
  const seen: [DecisionRecord, Request][] = [];
  const gate = createGate({ verifier: warmVerifier(), onDecision: (record, req: Request) => seen.push([record, req]) });
  const app = express().get('/reports/:id', gate.authenticate, gate.require(PAAS), showAuth);
  await request(app)
    .get('/reports/7')
    .set('Authorization', bearer(issuer.token({ scope: PAAS })));
  expect(seen.map(([{ reason }, req]) => [reason, req.originalUrl])).toEqual([
    ['authenticated', '/reports/7'],
    ['covered', '/reports/7'],
  ]);
});

test('creates a record only when there is an observer', async () => {
  const detail = jest.fn(() => 'for operators');
  const verifier = { verify: () => ({ ok: false as const, reason: 'token_rejected' as const, detail }) };
  await request(appOf({ verifier })).get('/require').set('Authorization', 'Bearer abc');
  expect(detail).not.toHaveBeenCalled();
  await recordOf('/require', 'Bearer abc', { verifier });
  expect(detail).toHaveBeenCalledTimes(1);
});

describe('failing observers', () => {
  const fail = () => {
    throw new Error('the disk is full');
  };

  test.each<[string, NonNullable<GateOptions['onDecision']>]>([
    ['throws', fail],
    ['rejects', async () => fail()],
    ['rejects by a promise of another realm', () => runInNewContext('Promise.reject(new Error("the disk is full"))')],
    ['returns what fails to be awaited', () => Object.defineProperty({}, 'then', { get: fail })],
    ['rejects with nothing', () => Promise.reject(undefined)],
    ['never answers', () => new Promise(() => undefined)],
  ])('serves requests as usual when the observer %s', async (_, onDecision) => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    try {
      const app = appOf({ onDecision });
      const permitted = await request(app)
        .get('/require')
        .set('Authorization', bearer(issuer.token({ scope: PAAS })));
      expect(permitted.status).toBe(200);
      expect((await request(app).get('/require')).status).toBe(401);
      expect((await request(app).get('/optional')).status).toBe(200);
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  });
});
