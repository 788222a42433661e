import type { Express, Request, Response } from 'express';
import { allOf, anyOf, CONSUMER_ALL, createGate, type Gate, MY_SCOPES, scopeSet } from 'scopegate';
import request from 'supertest';
import { context } from '../support/stores.js';
import { ANALYTICS, bearer, delayed, issuer, PAAS, STACK, showAuth, warmVerifier } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';

const STRANGER = '9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3f';
const entrances = ['/require', '/authenticate', '/optional'] as const;

describe.each(['at once', 'behind a promise'])('a verifier that responds %s', (manner) => {
  const verifier = manner === 'at once' ? warmVerifier() : delayed(warmVerifier());

  test.each(entrances)('%s permits a token the scopes that its application is also granted', async (path) => {
    const { grant, clientId, send } = await liveGate({ verifier });
    await grant(PAAS);
    for (let i = 0; i < 2; i++) {
      const answer = await send(path, { scope: `openid ${PAAS} ${STACK}` });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ client: clientId, scopes: [PAAS] });
    }
  });

  test('responds with 403 and names the scope when its grant is gone', async () => {
    const { grant, send } = await liveGate({ verifier });
    await grant(PAAS, STACK);
    expect((await send('/require')).status).toBe(200);
    await grant(STACK);
    for (let i = 0; i < 2; i++) {
      const answer = await send('/require');
      expect(answer.status).toBe(403);
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer realm="api", error="insufficient_scope", ' +
          `error_description="The access token lacks the scope that this resource needs.", scope="${PAAS}"`,
      );
      expect(JSON.parse(answer.text)).toEqual({
        type: 'about:blank',
        title: 'Forbidden',
        status: 403,
        detail: 'The access token lacks the scope that this resource needs.',
        error: 'insufficient_scope',
        reason: 'insufficient_scope',
        required_scope: PAAS,
      });
    }
    await grant(PAAS);
    expect((await send('/require')).status).toBe(200);
  });

  type Made = Awaited<ReturnType<typeof liveGate>>;
  const ways: readonly [string, (made: Made) => Promise<unknown>][] = [
    ['it has no grant', ({ grant }) => grant()],
    ['it is disabled', ({ enable }) => enable(false)],
    [
      'its tokens were revoked',
      ({ store, applicationAt }) => store.applications.revokeTokens(applicationAt, undefined, context),
    ],
    [
      'the subject’s were',
      ({ store, applicationAt }) => store.applications.revokeTokens(applicationAt, 'test-client', context),
    ],
    ['it was deleted', ({ remove }) => remove()],
  ];
  test.each(ways)('responds with 401 to a token that is effectively revoked, since %s', async (_, change) => {
    const made = await liveGate({ verifier });
    await made.grant(PAAS);
    const iat = Math.floor(Date.now() / 1000) - 60;
    for (const path of entrances) expect((await made.send(path, { iat })).status).toBe(200);
    await change(made);
    for (const path of entrances) {
      const answer = await made.send(path, { iat });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer realm="api", error="invalid_token", error_description="The access token was revoked."',
      );
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(JSON.parse(answer.text)).toEqual({
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
        detail: 'The access token was revoked.',
        error: 'invalid_token',
        reason: 'application_revoked',
      });
    }
  });

  test.each(entrances)('%s responds with 401 to a token of an unknown application', async (path) => {
    const { send } = await liveGate({ verifier });
    for (const id of [STRANGER, 'test-client', undefined]) {
      const answer = await send(path, { client_id: id });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer realm="api", error="invalid_token", ' +
          'error_description="The access token is for an application that is not known."',
      );
      expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'application_unknown' });
    }
  });

  test('accepts a token of an unknown application when the options allow it', async () => {
    const { send } = await liveGate({ verifier }, { unknownApplications: 'trust-token' });
    for (const id of [STRANGER, 'test-client']) {
      expect((await send('/require', { client_id: id })).body).toMatchObject({ scopes: [PAAS] });
    }
    expect((await send('/require', { client_id: undefined })).status).toBe(401);
  });

  test('responds to missing credentials and bad tokens without a query to the store', async () => {
    const { app, asked } = await liveGate({ verifier });
    expect((await request(app).get('/optional')).body).toEqual({ client: 'nobody', scopes: [] });
    expect((await request(app).get('/require')).status).toBe(401);
    const expired = bearer(issuer.expiredToken({ scope: PAAS }));
    const answer = await request(app).get('/require').set('Authorization', expired);
    expect(JSON.parse(answer.text)).toMatchObject({ reason: 'token_expired' });
    expect(asked.standings).toEqual([]);
  });
});

test('applies the scope hierarchy to grants as to tokens in both directions', async () => {
  const { grant, send } = await liveGate({}, {}, (app, gate) => {
    app.get('/analytics', gate.require(ANALYTICS), showAuth);
    app.get('/paas', gate.require(PAAS), showAuth);
  });
  await grant(PAAS);
  expect((await send('/analytics', { scope: ANALYTICS })).body).toMatchObject({ scopes: [ANALYTICS] });
  await grant(ANALYTICS);
  expect((await send('/analytics', { scope: PAAS })).body).toMatchObject({ scopes: [ANALYTICS] });
  expect((await send('/paas', { scope: PAAS })).status).toBe(403);
});

test('applies allOf and anyOf to the scopes that remain granted', async () => {
  const { grant, send } = await liveGate({}, {}, (app, gate) => {
    app.get('/all', gate.require(allOf(PAAS, STACK)), showAuth);
    app.get('/any', gate.require(anyOf(PAAS, STACK)), showAuth);
  });
  const scope = `${PAAS} ${STACK}`;
  await grant(PAAS, STACK);
  expect((await send('/all', { scope })).status).toBe(200);
  await grant(STACK);
  expect((await send('/all', { scope })).status).toBe(403);
  expect((await send('/any', { scope })).body).toMatchObject({ scopes: [STACK] });
  await grant('openid');
  expect((await send('/any', { scope })).status).toBe(403);
});

test('refuses an effectively revoked token as revoked, whatever its scopes are', async () => {
  const { grant, enable, send } = await liveGate();
  await grant(PAAS);
  expect((await send('/require', { scope: 'openid' })).status).toBe(403);
  await enable(false);
  const answer = await send('/require', { scope: 'openid' });
  expect(answer.status).toBe(401);
  expect(JSON.parse(answer.text)).toMatchObject({ reason: 'application_revoked' });
});

test('revokes a token issued by a clock that is ahead within the tolerance', async () => {
  const { grant, store, applicationAt, send } = await liveGate();
  await grant(PAAS);
  const iat = Math.floor(Date.now() / 1000) + 4;
  expect((await send('/require', { iat })).status).toBe(200);
  await store.applications.revokeTokens(applicationAt, undefined, context);
  expect((await send('/require', { iat })).status).toBe(401);
});

test.each(['at once', 'behind a promise'])('leaves errors of applicationOf to the application: %s', async (manner) => {
  const failure = new Error('no such claim');
  const applicationOf = () => {
    throw failure;
  };
  const verifier = manner === 'at once' ? warmVerifier() : delayed(warmVerifier());
  const { send, faults, asked } = await liveGate({ verifier }, { applicationOf });
  for (const path of entrances) expect((await send(path)).status).toBe(500);
  expect(faults).toEqual(entrances.map(() => failure));
  expect(asked.standings).toEqual([]);
});

test('passes a cached request on synchronously, after a single query', async () => {
  const { grant, gate, asked, clientId } = await liveGate({ onDecision: undefined });
  await grant(PAAS);
  const authorization = bearer(issuer.token({ client_id: clientId, scope: PAAS }));
  const pass = (handler: ReturnType<typeof gate.require>) => {
    const req = { headers: { authorization } } as Request;
    let isPassed = false;
    const passed = new Promise<void>((resolve, reject) => {
      handler(req, {} as Response, (error?: unknown) => {
        isPassed = true;
        if (error === undefined) resolve();
        else reject(error);
      });
    });
    return { isPassed, passed, req };
  };
  const cold = pass(gate.require(PAAS));
  expect(cold.isPassed).toBe(false);
  await cold.passed;
  for (const handler of [gate.require(PAAS), gate.authenticate, gate.optional]) {
    const { isPassed, req } = pass(handler);
    expect(isPassed).toBe(true);
    expect([...gate.auth(req).scopes]).toEqual([PAAS]);
  }
  expect(asked.standings).toEqual([clientId]);
});

describe('several middlewares of one gate', () => {
  const oneAfterAnother = (app: Express, gate: Gate) => {
    app.use(gate.authenticate);
    app.get('/', gate.optional, gate.require(PAAS), showAuth);
  };

  test('queries once per request when nothing is cached', async () => {
    const { grant, grants, send, asked } = await liveGate({}, {}, oneAfterAnother);
    await grant(PAAS);
    grants.close();
    for (let i = 1; i <= 2; i++) {
      expect((await send('/')).status).toBe(200);
      expect(asked.standings).toHaveLength(i);
    }
  });

  test('does not repeat a query after the cache entry is evicted during the request', async () => {
    const made = await liveGate({}, { maxApplications: 2 }, (app, gate) => {
      app.use(gate.authenticate, async (_req, _res, next) => {
        for (const id of others) await made.grants.check({ payload: { client_id: id }, scopes: scopeSet([]) });
        next();
      });
      app.get('/', gate.require(PAAS), showAuth);
    });
    const { grant, another, send, asked } = made;
    const others = [(await another('one')).id, (await another('two')).id];
    await grant(PAAS);
    expect((await send('/')).status).toBe(200);
    expect(asked.standings).toHaveLength(3);
  });

  test('an earlier answer is not given again when it is older than `maxStalenessMs`', async () => {
    const made = await liveGate({}, {}, (app, gate) => {
      app.use(gate.authenticate, async (_req, _res, next) => {
        await made.grant();
        made.clock.time += 60_001;
        next();
      });
      app.get('/', gate.require(PAAS), showAuth);
    });
    await made.grant(PAAS);
    expect((await made.send('/')).status).toBe(401);
    expect(made.asked.standings).toHaveLength(2);
  });
});

test('each requirement checks all current scopes, not the remainder of an earlier one', async () => {
  const { grant, send } = await liveGate({}, {}, (app, gate) => {
    app.get('/both', gate.authenticate, gate.require(PAAS), gate.require(STACK), showAuth);
  });
  await grant(PAAS, STACK);
  const scope = `${PAAS} ${STACK}`;
  expect((await send('/both', { scope })).body).toMatchObject({ scopes: [PAAS, STACK] });
  await grant(PAAS);
  expect((await send('/both', { scope })).status).toBe(403);
});

test.each<[string, string[]]>([
  ['both', [MY_SCOPES, CONSUMER_ALL]],
  ['the admin scope only', [MY_SCOPES]],
  ['the root only', [CONSUMER_ALL]],
])('refuses consumer::all next to an admin scope when the application is granted %s', async (_, granted) => {
  const scopeNames = [MY_SCOPES, CONSUMER_ALL];
  const { grant, send } = await liveGate({}, { scopeNames }, (app, gate) => {
    app.get('/admin', gate.require(MY_SCOPES), showAuth);
  });
  await grant(...granted);
  const answer = await send('/admin', { scope: `${MY_SCOPES} ${CONSUMER_ALL}` });
  expect(answer.status).toBe(403);
  expect(answer.headers['www-authenticate']).not.toContain('scope="');
  expect((await send('/admin', { scope: MY_SCOPES })).status).toBe(granted.includes(MY_SCOPES) ? 200 : 403);
});

test.each(['live', {}, { check: true }, 7, null])('createGate() throws for the grants %j', (grants) => {
  expect(() => createGate({ verifier: warmVerifier(), grants: grants as never })).toThrow(
    /"grants" must be what liveGrants\(\{ source: store \}\) returns/,
  );
});
