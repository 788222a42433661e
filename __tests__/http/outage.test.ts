import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler } from 'express';
import { createGate, jwtVerifier, ociDomain, type TokenVerifier, VerifierUnavailableError } from 'scopegate';
import { senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import request from 'supertest';
import { bearer, issuer, PAAS, recorder, showAuth } from './fixtures/domain.js';
import { type Listening, listening } from './fixtures/raw-http.js';

const INNER = 'keys.internal.example';

/** Sends one good token to a gate with this verifier. `faults` are errors that reached the application. */
async function ask(verifier: TokenVerifier, path = '/require') {
  const told = recorder();
  const gate = createGate({ verifier, onDecision: told.observe });
  const faults: unknown[] = [];
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    faults.push(error);
    res.sendStatus(500);
  };
  const app = express();
  app.get('/require', gate.require(PAAS), showAuth);
  app.get('/authenticate', gate.authenticate, showAuth);
  app.get('/optional', gate.optional, showAuth);
  app.use(onError);
  const answer = await request(app)
    .get(path)
    .set('Authorization', bearer(issuer.token({ scope: PAAS })));
  return { answer, faults, record: told.records[0], all: JSON.stringify([answer.headers, answer.text]) };
}

function expectOutage({ answer, faults, all }: Awaited<ReturnType<typeof ask>>, retryAfter = '1') {
  expect(faults).toEqual([]);
  expect(answer.status).toBe(503);
  expect(answer.headers).toMatchObject({
    'retry-after': retryAfter,
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
  });
  expect(answer.headers).not.toHaveProperty('www-authenticate');
  expect(JSON.parse(answer.text)).toEqual({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'Access tokens cannot be verified at the moment.',
    reason: 'verifier_unavailable',
  });
  expect(all).not.toContain('internal');
}

const answering = (answer: () => unknown) => ({ verify: answer }) as TokenVerifier;
const returning = (verdict: unknown) => answering(() => verdict);
const throwing = (thrown: unknown): TokenVerifier => ({
  verify() {
    throw thrown;
  },
});

const hostile = {
  // biome-ignore lint/suspicious/noThenProperty: a thenable that fails is what is meant
  get then() {
    throw new Error(INNER);
  },
};

describe.each(['/require', '/authenticate', '/optional'])(
  'responses at %s to a verifier that fails to decide or returns nonsense',
  (path) => {
    test.each<[string, TokenVerifier]>([
      ['throws', throwing(new Error(`connect ECONNREFUSED ${INNER}`))],
      ['throws an error of a subclass', throwing(new TypeError(INNER))],
      ['throws a string', throwing(INNER)],
      ['throws undefined', throwing(undefined)],
      ['throws null', throwing(null)],
      ['throws a rejection', throwing({ ok: false, reason: 'token_expired' })],
      ['rejects', answering(() => Promise.reject(new Error(INNER)))],
      ['rejects with a number', answering(() => Promise.reject(7))],
      ['rejects with undefined', answering(() => Promise.reject(undefined))],
      ['returns undefined', returning(undefined)],
      ['returns null', returning(null)],
      ['returns true', returning(true)],
      ['returns a string', returning('ok')],
      ['returns an empty object', returning({})],
      ['returns a list', returning([])],
      ['returns claims', returning({ active: true, scope: PAAS })],
      ['returns a token whose scopes are a string', returning({ payload: {}, header: {}, token: 'a', scopes: PAAS })],
      ['returns a token without claims', returning({ scopes: { firstOf: () => PAAS } })],
      ['resolves to undefined', answering(() => Promise.resolve())],
      ['resolves to true', answering(() => Promise.resolve(true))],
      ['resolves to an empty object', answering(() => Promise.resolve({}))],
      ['returns what fails to be awaited', returning(hostile)],
    ])('responds with 503, never 401 or 500, when the verifier %s', async (_, verifier) => {
      expectOutage(await ask(verifier, path));
    });
  },
);

test.each<[string, number | undefined, string]>([
  ['seconds', 30, '30'],
  ['part of a second', 1.2, '2'],
  ['nothing', undefined, '1'],
  ['zero', 0, '1'],
  ['the past', -5, '1'],
  ['no number', Number.NaN, '1'],
  ['for ever', Number.POSITIVE_INFINITY, '1'],
])('sends Retry-After in whole seconds when an outage states %s', async (_, retryAfter, expected) => {
  const outage = new VerifierUnavailableError('down', retryAfter === undefined ? {} : { retryAfter });
  expectOutage(await ask(throwing(outage)), expected);
});

describe('unknown rejection reasons of a custom verifier', () => {
  test.each<[string, unknown]>([
    ['an unknown one', 'introspection_says_no'],
    ['the name of something every object has', 'constructor'],
    ['__proto__', '__proto__'],
    ['no string', 7],
    ['undefined', undefined],
    ['one of the credentials', 'credentials_malformed'],
    ['one that would be anonymous', 'no_credentials'],
    ['one of the decision', 'insufficient_scope'],
    ['one of an outage', 'verifier_unavailable'],
  ])('refuses the token with token_rejected when the reason is %s', async (_, reason) => {
    for (const path of ['/require', '/optional']) {
      const { answer, faults } = await ask(returning({ ok: false, reason }), path);
      expect(faults).toEqual([]);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
      expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'token_rejected' });
    }
  });
});

describe('failing key endpoint', () => {
  let endpoint: Listening;
  let respond: RequestListener;

  beforeAll(async () => {
    endpoint = await listening((req, res) => respond(req, res));
  });
  afterAll(() => endpoint.close());

  const verifiers = {
    jwtVerifier: () => jwtVerifier(ociDomain({ url: endpoint.origin, tenant: issuer.tenant })),
    senderConstrainedVerifier: () =>
      senderConstrainedVerifier(ociDomain({ url: endpoint.origin, tenant: issuer.tenant })),
  };

  describe.each(['jwtVerifier', 'senderConstrainedVerifier'] as const)('%s', (kind) => {
    test.each<[string, RequestListener, RegExp]>([
      ['hangs up', (req) => req.socket.destroy(), /cannot be reached/],
      ['answers 500', (_req, res) => res.writeHead(500).end(), /answered 500/],
      ['answers 401', (_req, res) => res.writeHead(401).end(), /Configure client access/],
      ['redirects', (_req, res) => res.writeHead(302, { location: `http://${INNER}/` }).end(), /redirects are not/],
      ['answers with a page', (_req, res) => res.end(`<h1>${INNER}</h1>`), /not with JSON/],
      ['answers with no keys', (_req, res) => res.end('{"keys":[]}'), /no usable key/],
    ])('responds with 503 and records the reason when the endpoint %s', async (_, response, sentence) => {
      respond = response;
      const outcome = await ask(verifiers[kind]());
      expectOutage(outcome);
      expect(outcome.all).not.toMatch(/127\.0\.0\.1|SigningCert|Configure/);
      expect(outcome.record).toMatchObject({ outcome: 'outage', detail: expect.stringMatching(sentence) });
      expect(outcome.record?.error).toBeInstanceOf(VerifierUnavailableError);
    });
  });

  test('uses the key endpoint again when it has recovered', async () => {
    respond = issuer.keyEndpoint;
    expect((await ask(verifiers.jwtVerifier())).answer.status).toBe(200);
  });
});

test('refuses requests that need no key while the keys are unavailable', async () => {
  const domain = ociDomain({ url: issuer.url, tenant: issuer.tenant });
  const verifier = jwtVerifier({ ...domain, fetch: () => Promise.reject(new Error(INNER)) });
  const app = express().get('/', createGate({ verifier }).authenticate, showAuth);
  expect((await request(app).get('/')).status).toBe(401);
  expect((await request(app).get('/').set('Authorization', bearer(issuer.expiredToken()))).status).toBe(401);
  expect((await request(app).get('/').set('Authorization', bearer(issuer.token()))).status).toBe(503);
});
