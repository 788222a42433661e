import express from 'express';
import { createGate, type Gate } from 'scopegate';
import request from 'supertest';
import { ANALYTICS, bearer, delayed, issuer, PAAS, showAuth, warmVerifier } from './fixtures/domain.js';

const entrances = ['/require', '/authenticate', '/optional'] as const;

function appOf(gate: Gate) {
  const app = express();
  app.get('/require', gate.require(ANALYTICS), showAuth);
  app.get('/authenticate', gate.authenticate, showAuth);
  app.get('/optional', gate.optional, showAuth);
  return app;
}

describe.each(['at once', 'behind a promise'])('a verifier that responds %s', (manner) => {
  let app: ReturnType<typeof appOf>;

  beforeAll(async () => {
    const warm = warmVerifier();
    app = appOf(createGate({ verifier: manner === 'at once' ? warm : delayed(warm) }));
  });

  function send(path: string, authorization?: string) {
    const sent = request(app).get(path);
    return authorization === undefined ? sent : sent.set('Authorization', authorization);
  }

  test.each(entrances)('6750-1: %s accepts a token in the Authorization header', async (path) => {
    const answer = await send(path, bearer(issuer.token({ scope: PAAS })));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ client: 'test-client', scopes: [PAAS] });
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });

  test.each(['bearer', 'BEARER', 'bEaReR'])('6750-2: accepts the scheme written as %s', async (scheme) => {
    expect((await send('/require', `${scheme} ${issuer.token({ scope: PAAS })}`)).status).toBe(200);
  });

  test.each([2, 5])('6750-2: accepts %i spaces after the scheme', async (count) => {
    const authorization = `Bearer${' '.repeat(count)}${issuer.token({ scope: PAAS })}`;
    for (const path of entrances) expect((await send(path, authorization)).status).toBe(200);
  });

  test('6750-8: responds with 401 and a challenge without an error when credentials are missing', async () => {
    for (const path of ['/require', '/authenticate']) {
      const answer = await send(path);
      expect(answer.status).toBe(401);
      expect(answer.headers).toMatchObject({
        'www-authenticate': 'Bearer realm="api"',
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
      });
      expect(JSON.parse(answer.text)).toEqual({
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
        detail: 'This resource needs a bearer token in the Authorization header.',
        reason: 'no_credentials',
      });
    }
  });

  test('treats a request without credentials as anonymous at /optional', async () => {
    expect((await send('/optional')).body).toEqual({ client: 'nobody', scopes: [] });
  });

  test.each(entrances)('6750-8: %s does not accept another scheme', async (path) => {
    for (const authorization of ['Basic dXNlcjpwYXNz', 'DPoP abc', 'Bearer2 abc', 'Negotiate']) {
      const answer = await send(path, authorization);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="api"');
      expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'scheme_not_supported' });
      expect(JSON.parse(answer.text)).not.toHaveProperty('error');
    }
  });

  test.each(entrances)('6750-3: %s responds with 400 to credentials that are not token68', async (path) => {
    for (const authorization of [
      'Bearer',
      'Bearer\ttwo',
      'Bearer a b',
      'Bearer a,b',
      'Bearer "a"',
      'Bearer =',
      'Bearer ü',
    ]) {
      expect([authorization, (await send(path, authorization)).status]).toEqual([authorization, 400]);
    }
    const answer = await send(path, 'Bearer a b');
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="api", error="invalid_request", ' +
        'error_description="The Authorization header is not of the form Bearer, space, token."',
    );
    expect(JSON.parse(answer.text)).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'The Authorization header is not of the form Bearer, space, token.',
      error: 'invalid_request',
      reason: 'credentials_malformed',
    });
  });

  test.each(entrances)('6750-12: %s refuses an expired token with invalid_token', async (path) => {
    const answer = await send(path, bearer(issuer.expiredToken({ scope: PAAS })));
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="api", error="invalid_token", error_description="The access token expired."',
    );
    expect(JSON.parse(answer.text)).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: 'The access token expired.',
      error: 'invalid_token',
      reason: 'token_expired',
    });
  });

  test('6750-13: responds with 403 and the required scope when the token lacks it', async () => {
    const answer = await send('/require', bearer(issuer.token({ scope: 'openid' })));
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="api", error="insufficient_scope", ' +
        `error_description="The access token lacks the scope that this resource needs.", scope="${ANALYTICS}"`,
    );
    expect(JSON.parse(answer.text)).toEqual({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      detail: 'The access token lacks the scope that this resource needs.',
      error: 'insufficient_scope',
      reason: 'insufficient_scope',
      required_scope: ANALYTICS,
    });
  });

  test('accepts a token without scopes where no scope is required', async () => {
    for (const path of ['/authenticate', '/optional']) {
      expect((await send(path, bearer(issuer.token()))).body).toEqual({ client: 'test-client', scopes: [] });
    }
  });

  test('9457-1: sends every refusal as problem details with a matching status', async () => {
    const refused = [undefined, 'Basic x', 'Bearer', bearer(issuer.expiredToken()), bearer(issuer.token())];
    for (const authorization of refused) {
      const answer = await send('/require', authorization);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(answer.text)).toMatchObject({ type: 'about:blank', status: answer.status });
      expect(answer.text).not.toMatch(/[<>]/);
    }
  });

  test('refuses HEAD like GET, without a body', async () => {
    const get = await send('/require');
    const head = await request(app).head('/require');
    expect(head.status).toBe(401);
    expect(head.headers['www-authenticate']).toBe(get.headers['www-authenticate']);
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(get.text)));
    expect(head.text ?? '').toBe('');
  });
});

test('includes the realm in every challenge', async () => {
  const gate = createGate({ verifier: warmVerifier(), realm: "Reports, all of them (it's =)" });
  const answer = await request(appOf(gate)).get('/require');
  expect(answer.headers['www-authenticate']).toBe('Bearer realm="Reports, all of them (it\'s =)"');
});

test('replaces the content type, length and caching of the response with those of the refusal', async () => {
  const gate = createGate({ verifier: warmVerifier() });
  const app = express();
  app.use((_req, res, next) => {
    res.status(200).set({ 'Content-Type': 'text/html', 'Content-Length': '9999', 'Cache-Control': 'public' });
    next();
  });
  app.get('/', gate.authenticate, showAuth);
  const answer = await request(app).get('/');
  expect(answer.status).toBe(401);
  expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  expect(JSON.parse(answer.text)).toMatchObject({ reason: 'no_credentials' });
});
