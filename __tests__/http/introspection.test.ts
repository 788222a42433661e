import express from 'express';
import { createGate, type GateOptions, type IntrospectionVerifierOptions, introspectionVerifier } from 'scopegate';
import request from 'supertest';
import { liveSetting } from '../live/fixtures/setting.js';
import { bearer, PAAS, recorder } from './fixtures/domain.js';

const TOKEN = 'mF_9.B5f-4.1JqM';

/** A gate over an endpoint whose response the test can change. */
function setting(
  response: object,
  over: Partial<IntrospectionVerifierOptions> = {},
  options: Partial<GateOptions> = {},
) {
  const server = { response, status: 200, asked: 0 };
  const fetch = async () => {
    server.asked++;
    return Response.json(server.response, { status: server.status });
  };
  const verifier = introspectionVerifier({
    introspectionEndpoint: 'https://issuer.example/introspect',
    client: { clientId: 'orders-api', clientSecret: 'hush' },
    audience: 'orders',
    scopePrefix: 'api://orders/',
    fetch,
    ...over,
  });
  const { records, observe } = recorder();
  const gate = createGate({ verifier, onDecision: observe, ...options });
  const app = express()
    .get('/orders', gate.require(PAAS), (req, res) => {
      res.json({ sub: gate.auth(req).payload.sub });
    })
    .get('/twice', gate.authenticate, gate.require(PAAS), (_req, res) => {
      res.sendStatus(204);
    })
    .get('/flat', gate.require('orders:read'), (_req, res) => {
      res.sendStatus(204);
    });
  const get = (path: string) => request(app).get(path).set('Authorization', bearer(TOKEN));
  return { server, records, get };
}

const active = (over: object = {}) => ({
  active: true,
  iss: 'https://issuer.example',
  aud: 'orders',
  sub: 'alice',
  client_id: 'shop',
  jti: 'one',
  scope: PAAS,
  token_type: 'Bearer',
  iat: Math.floor(Date.now() / 1000),
  ...over,
});

test('an active token with the scope reaches the handler, and the record names its claims', async () => {
  const { get, records } = setting(active());

  expect((await get('/orders')).body).toEqual({ sub: 'alice' });
  expect(records).toMatchObject([
    { outcome: 'permit', issuer: 'https://issuer.example', client: 'shop', subject: 'alice', jti: 'one', held: [PAAS] },
  ]);
});

test('a token that is not active gets 401 invalid_token, and the record says why', async () => {
  const { get, records } = setting({ active: false });
  const { status, headers, body } = await get('/orders');

  expect(status).toBe(401);
  expect(headers['www-authenticate']).toBe(
    'Bearer realm="api", error="invalid_token", error_description="The access token is not active."',
  );
  expect(body.reason).toBe('token_inactive');
  expect(records).toMatchObject([{ outcome: 'deny', detail: expect.stringContaining('it expired, was revoked') }]);
  expect(JSON.stringify(records)).not.toContain(TOKEN);
});

test('a challenge names the scope as clients request it', async () => {
  const { headers } = await setting(active()).get('/flat');

  expect(headers['www-authenticate']).toContain('scope="api://orders/orders:read"');
});

test('wrong credentials of the resource server are 503, and only the record says so', async () => {
  const { get, records, server } = setting({ error: 'invalid_client' });
  server.status = 401;
  const { status, headers, text } = await get('/orders');

  expect([status, headers['retry-after'], headers['www-authenticate']]).toEqual([503, '1', undefined]);
  expect(text).not.toMatch(/issuer\.example|client/);
  expect(records).toMatchObject([
    { outcome: 'outage', detail: expect.stringContaining('credentials of this resource server were not accepted') },
  ]);
});

test('one request asks once, however many middleware of the gate it passes', async () => {
  const { get, server } = setting(active());
  await get('/twice');

  expect(server.asked).toBe(1);
});

test('live grants revoke at once what the cache still accepts', async () => {
  const live = await liveSetting();
  await live.grant(PAAS);
  const response = active({ client_id: live.clientId });
  const { get, server } = setting(response, { cache: { maxAgeMs: 60_000 } }, { grants: live.grants });
  expect([(await get('/orders')).status, (await get('/orders')).status, server.asked]).toEqual([200, 200, 1]);

  await live.enable(false);

  expect((await get('/orders')).body.reason).toBe('application_revoked');
  expect(server.asked).toBe(1);
});
