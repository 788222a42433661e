import express from 'express';
import {
  allOf,
  anyOf,
  type CheckResult,
  createGate,
  type GateOptions,
  type HttpRequest,
  jwtVerifier,
  RefusalError,
  type Requirement,
  type RouteOptions,
  VerifierUnavailableError,
} from 'scopegate';
import request from 'supertest';
import {
  ANALYTICS,
  bearer,
  delayed,
  domainOptions,
  issuer,
  PAAS,
  recorder,
  STACK,
  warmVerifier,
} from './fixtures/domain.js';
import { pass, type TestRequest } from './fixtures/watching.js';

const token = issuer.token({ scope: PAAS });
const authorization = bearer(token);

const newGate = (options: Partial<GateOptions> = {}) => createGate({ verifier: warmVerifier(), ...options });
const nodeRequest = (headers: object = { authorization }) => ({ method: 'GET', url: '/', headers }) as HttpRequest;
const fetchRequest = (headers: HeadersInit = { authorization }, path = '/') =>
  new Request(`https://api.example${path}`, { headers });

type Asked = readonly [Requirement] | readonly [Requirement, Requirement] | readonly [Requirement, RouteOptions];

/** What is left of a result that a table can show. */
const shown = (result: CheckResult) => (result.ok ? result.auth.payload.client_id : result.refusal.reason);

describe.each([
  ['of Node', nodeRequest()],
  ['of Fetch', fetchRequest()],
  ['that wraps one of Node', { raw: nodeRequest(), headers: {} }],
  ['that wraps one of Fetch', { raw: fetchRequest(), url: '/' }],
] as const)('gate.check() for a request %s', (_, given) => {
  test.each(['at once', 'behind a promise'])(
    'returns the caller, or a refusal, with a verifier that responds %s',
    async (manner) => {
      const warm = warmVerifier();
      const gate = newGate({ verifier: manner === 'at once' ? warm : delayed(warm) });

      expect(await gate.check(given)).toEqual({
        ok: true,
        auth: {
          payload: expect.objectContaining({ client_id: 'test-client' }),
          header: expect.anything(),
          token,
          scopes: expect.anything(),
        },
      });
      expect(await gate.check(given, ANALYTICS)).toMatchObject({ ok: true });
      expect(await gate.check(given, STACK)).toEqual({ ok: false, refusal: expect.any(RefusalError) });
      expect(await gate.check(given, STACK)).toMatchObject({
        refusal: {
          status: 403,
          requiredScope: STACK,
          headers: { 'WWW-Authenticate': expect.stringContaining(`scope="${STACK}"`), 'Cache-Control': 'no-store' },
        },
      });
    },
  );

  test('takes the requirements of gate.require()', async () => {
    const gate = newGate();
    const shownFor = async (...requirements: Asked) => shown(await gate.check(given, ...requirements));

    expect(await shownFor(ANALYTICS, PAAS)).toBe('test-client');
    expect(await shownFor(ANALYTICS, STACK)).toBe('insufficient_scope');
    expect(await shownFor(anyOf(STACK, ANALYTICS))).toBe('test-client');
    expect(await shownFor(allOf(STACK, ANALYTICS))).toBe('insufficient_scope');
    expect(await shownFor(ANALYTICS, { maxAge: 60 })).toBe('insufficient_user_authentication');
    expect(await shownFor(ANALYTICS, { acr: ['urn:example:mfa'] })).toBe('insufficient_user_authentication');
  });

  test('sets nothing on the request', async () => {
    const gate = newGate();
    const before = { ...given };
    await gate.check(given, ANALYTICS);

    expect({ ...given }).toEqual(before);
    expect('auth' in given).toBe(false);
    expect(() => gate.auth(given as HttpRequest)).toThrow('this gate has not let the request pass');
  });
});

describe('gate.check()', () => {
  test('gate.check() is recorded like a decision of the middleware', async () => {
    const told = recorder();
    const gate = newGate({ onDecision: told.observe });
    await gate.check(nodeRequest(), ANALYTICS);
    await gate.check(fetchRequest(), STACK);
    await gate.check(nodeRequest({}));

    expect(told.records.map(({ outcome, reason, required }) => [outcome, reason, required])).toEqual([
      ['permit', 'covered', ANALYTICS],
      ['deny', 'insufficient_scope', STACK],
      ['deny', 'no_credentials', undefined],
    ]);
  });

  test('gives the listener the request of Node, or the path, method and headers of the Fetch request', async () => {
    const seen: HttpRequest[] = [];
    const gate = newGate({ onDecision: (_record, req) => seen.push(req) });
    const [raw, fetched] = [nodeRequest(), fetchRequest({ authorization, 'x-request-id': '7' }, '/orders?page=2')];
    await gate.check({ raw });
    await gate.check(fetched);

    expect(seen[0]).toBe(raw);
    expect(seen[1]).toMatchObject({
      method: 'GET',
      url: '/orders?page=2',
      headers: { authorization, 'x-request-id': '7' },
      raw: fetched,
    });
  });

  test('does not read the body of a Fetch request', async () => {
    const given = new Request('https://api.example/', {
      method: 'POST',
      body: 'access_token=x',
      headers: { authorization },
    });
    await newGate().check(given, ANALYTICS);

    expect([given.bodyUsed, await given.text()]).toEqual([false, 'access_token=x']);
  });

  test('calls the owner rule, which opens a self scope', async () => {
    const given = fetchRequest(
      { authorization: bearer(issuer.token({ scope: 'p1:read:user', sub: 'alice' })) },
      '/users/alice',
    );
    const owner: RouteOptions['owner'] = ({ url }) => url?.split('/').at(-1);

    expect(shown(await newGate().check(given, 'p1:read:user', { owner }))).toBe('test-client');
    expect(shown(await newGate().check(given, 'p1:read:user', { owner: () => 'bob' }))).toBe('insufficient_scope');
  });

  test('returns an outage as a refusal with status 503 and Retry-After', async () => {
    const verify = () => Promise.reject(new VerifierUnavailableError('down', { retryAfter: 9 }));
    const result = await newGate({ verifier: { verify } }).check(nodeRequest(), ANALYTICS);

    expect(result).toMatchObject({
      refusal: {
        status: 503,
        reason: 'verifier_unavailable',
        headers: { 'Retry-After': '9', 'Cache-Control': 'no-store' },
      },
    });
  });

  test('resumes after the middleware of the same gate, which has verified the token', async () => {
    const verifier = warmVerifier();
    const gate = createGate({ verifier });
    const app = express().get('/', gate.authenticate, async (req, res) => {
      res.json(shown(await gate.check(req, ANALYTICS)));
    });

    await request(app).get('/').set('Authorization', authorization).expect(200, '"test-client"');
    expect(verifier.calls).toBe(1);
  });

  test('verifies the token again that has expired since the middleware of the same gate', async () => {
    const time = { now: Date.now() };
    const clock = { now: () => time.now, monotonic: () => time.now };
    const told = recorder();
    const verifier = jwtVerifier({ ...domainOptions, clock });
    const gate = createGate({ verifier, clock, onDecision: told.observe });
    const given = nodeRequest();
    await pass(given as TestRequest, gate.authenticate);
    time.now += 7_200_000;

    expect(shown(await gate.check(given, ANALYTICS))).toBe('token_expired');
    expect(told.records.at(-1)).not.toHaveProperty('held');
  });

  test('rejects with the error of a function of the application', async () => {
    const fault = new Error('a fault of the owner rule');
    const owner = () => {
      throw fault;
    };
    const given = nodeRequest({ authorization: bearer(issuer.token({ scope: 'p1:read:user' })) });

    await expect(newGate().check(given, 'p1:read:user', { owner })).rejects.toBe(fault);
  });

  test.each<[string, unknown[], string]>([
    ['two scopes in one string', ['a b'], 'scope-token'],
    ['undefined', [undefined], 'A requirement is a scope'],
    ['an empty list', [[]], 'A list does not say'],
    ['a scope that no token has', ['urn:opc:resource:consumer:paas:read'], 'gate.check(): no token has the scope'],
    ['a self scope alone', ['p1:read:user'], 'gate.check(): a self scope opens a route with the option "owner" only'],
    ['an unknown option', ['a', { max_age: 1 }], 'gate.check() has no option "max_age". Did you mean "maxAge"?'],
  ])('rejects with a TypeError for %s', async (_, requirements, message) => {
    const check = newGate().check as (...given: unknown[]) => Promise<CheckResult>;
    const checked = check(nodeRequest(), ...requirements);

    await expect(checked).rejects.toThrow(TypeError);
    await expect(checked).rejects.toThrow(message);
  });

  test.each([
    undefined,
    null,
    'GET / HTTP/1.1',
    7,
    {},
    { url: '/' },
    { headers: null },
    { headers: 'a' },
    { raw: {} },
    { req: nodeRequest() },
  ])('rejects with a TypeError for what is not a request: %p', async (given) => {
    await expect(newGate().check(given as never, ANALYTICS)).rejects.toThrow(
      new TypeError(
        'gate.check() takes a request of Node or Fetch, or one that has it as "raw": Fastify\'s and Hono\'s request, but not a context.',
      ),
    );
  });
});
