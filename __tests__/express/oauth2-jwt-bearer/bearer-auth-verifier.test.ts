import { createHmac } from 'node:crypto';
import express, { type RequestHandler } from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { ACCOUNT_AUDIENCE, createGate, type Gate } from 'scopegate';
import { bearerAuthVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import request from 'supertest';
import { ANALYTICS, bearer, issuer, PAAS, recorder, showAuth } from '../../http/fixtures/domain.js';
import { type Listening, listening } from '../../http/fixtures/raw-http.js';
import { certificate, dpopClient } from './fixtures/proofs.js';

const SECRET = 'a secret that an issuer and this server share';
const options = { issuer: issuer.issuer, audience: ACCOUNT_AUDIENCE };
// That package obeys key_ops, and a domain's lack "verify".
const keys = issuer.jwks().keys.map(({ key_ops: _, ...key }) => key);

const told = recorder();
const gate = createGate({ verifier: bearerAuthVerifier(), onDecision: told.observe });
const covering = issuer.token({ scope: PAAS, client_id: 'reader' });
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());

/** A token of these very characters, signed with the shared secret. */
function signed(payload: string): string {
  const input = [`{"alg":"HS256"}`, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
}

function appBehind(...before: RequestHandler[]) {
  const app = express();
  for (const middleware of before) app.use(middleware);
  app.get('/reports', gate.require(ANALYTICS), showAuth);
  app.get('/optional', gate.optional, showAuth);
  return app;
}

function send(app: ReturnType<typeof appBehind>, token: string, path = '/reports') {
  return request(app).get(path).set('Authorization', bearer(token));
}

describe('bearerAuthVerifier() after auth()', () => {
  let keyServer: Listening;
  let ways: Record<string, RequestHandler>;

  beforeAll(async () => {
    keyServer = await listening((_req, res) => res.end(JSON.stringify({ keys })));
    ways = {
      jwksUri: auth({ ...options, jwksUri: `${keyServer.origin}/keys` }),
      publicKey: auth({ ...options, publicKey: { keys } }),
    };
  });
  afterAll(() => keyServer.close());

  test.each(['jwksUri', 'publicKey'])('accepts a covering scope, which auth() alone refuses: %s', async (way) => {
    const verified = ways[way] as RequestHandler;
    const answer = await send(appBehind(verified), covering);
    expect(answer.body).toEqual({ client: 'reader', scopes: [PAAS] });
    const theirs = express().get('/', verified, requiredScopes(ANALYTICS), showAuth);
    expect((await send(theirs, covering, '/')).status).toBe(403);
  });

  test('refuses an insufficient scope with its own challenge', async () => {
    const answer = await send(appBehind(ways.publicKey as RequestHandler), issuer.token({ scope: 'openid' }));
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer realm="api", error="insufficient_scope".*, DPoP realm="api"/,
    );
    expect(told.records.at(-1)).toMatchObject({
      reason: 'insufficient_scope',
      client: 'test-client',
      held: ['openid'],
    });
  });

  test('accepts a token signed with a shared secret', async () => {
    const verified = auth({ ...options, secret: SECRET, tokenSigningAlg: 'HS256' });
    const token = signed(JSON.stringify({ ...claimsOf(covering), client_id: 'partner' }));
    expect((await send(appBehind(verified), token)).body).toEqual({ client: 'partner', scopes: [PAAS] });
  });

  test('refuses a bad token and treats a missing one as anonymous with authRequired: false', async () => {
    const app = appBehind(auth({ ...options, publicKey: { keys }, authRequired: false }));
    const expired = issuer.expiredToken({ scope: PAAS });
    for (const path of ['/reports', '/optional']) expect((await send(app, expired, path)).status).toBe(401);
    expect((await request(app).get('/optional')).body).toEqual({ client: 'nobody', scopes: [] });
    expect((await request(app).get('/reports')).status).toBe(401);
  });

  test('6750-5: ignores a token in the query that auth() accepted', async () => {
    const app = appBehind(ways.publicKey as RequestHandler);
    expect((await request(app).get(`/reports?access_token=${covering}`)).status).toBe(401);
    expect((await request(app).get(`/optional?access_token=${covering}`)).body).toEqual({
      client: 'nobody',
      scopes: [],
    });
  });

  test('7519-4: refuses a repeated claim, whichever value auth() read', async () => {
    const verified = auth({ ...options, secret: SECRET, tokenSigningAlg: 'HS256' });
    const twice = JSON.stringify(claimsOf(covering)).replace('{', '{"scope":"openid",');
    expect((await send(appBehind(verified), signed(twice))).status).toBe(401);
    expect(told.records.at(-1)).toMatchObject({ reason: 'token_malformed' });
  });

  test('refuses a token that is nested too deeply to compare, without an outage', async () => {
    const verified = auth({ ...options, secret: SECRET, tokenSigningAlg: 'HS256' });
    const deep = `${'['.repeat(3_900)}${']'.repeat(3_900)}`; // a longer payload may not have so many
    const server = await listening(appBehind(verified));
    try {
      const token = signed(JSON.stringify(claimsOf(covering)).replace('{', `{"deep":${deep},`));
      const answer = await request(server.origin).get('/reports').set('Authorization', bearer(token));
      expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'token_rejected' });
    } finally {
      await server.close();
    }
  });

  test.each([
    ['a list with a number', [PAAS, 7]],
    ['a number', 7],
    ['an object', { [PAAS]: true }],
  ])('refuses a scope claim that is %s', async (_, scope) => {
    const answer = await send(
      appBehind(ways.publicKey as RequestHandler),
      issuer.token(Object.fromEntries([['scope', scope]])),
    );
    expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'claim_malformed' });
  });

  test.each([
    ['a list', { scope: [PAAS] }],
    ['null, with scp', { scope: null, scp: [PAAS] }],
    ['absent, with scp', { scope: undefined, scp: PAAS }],
  ])('reads a scope claim that is %s', async (_, claims) => {
    const token = issuer.token({ ...(claims as object), client_id: 'reader' });
    const answer = await send(appBehind(ways.publicKey as RequestHandler), token);
    expect(answer.body).toEqual({ client: 'reader', scopes: [PAAS] });
  });

  test('refuses a token without expiry even when auth() accepts it', async () => {
    const lax = auth({ ...options, publicKey: { keys }, validators: { exp: false } });
    const answer = await send(appBehind(lax), issuer.token({ scope: PAAS, exp: undefined }));
    expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'claim_missing' });
  });

  test('7519-1: refuses a token that expired after auth() accepted it', async () => {
    const now = Date.now;
    let later = 0;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + later);
    try {
      const wait: RequestHandler = (_req, _res, next) => {
        later = 3_700_000;
        next();
      };
      const app = appBehind(ways.publicKey as RequestHandler, wait);
      const answer = await send(app, covering);
      expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'token_expired' });
    } finally {
      clock.mockRestore();
    }
  });
});

describe('bound tokens', () => {
  const lax = auth({ ...options, publicKey: { keys }, dpop: { enabled: false } });

  test('9449-10: refuses a key-bound token with scheme Bearer even when auth() accepts it', async () => {
    const answer = await send(appBehind(lax), issuer.token({ scope: PAAS, cnf: { jkt: 'x' } }));
    expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'sender_constrained' });
  });

  test.each([[{}], [{ kid: 'k' }], ['jkt'], [null]])(
    'refuses a token with a cnf that auth() does not support: %j',
    async (cnf) => {
      const answer = await send(appBehind(lax), issuer.token({ scope: PAAS, cnf }));
      expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'sender_constrained' });
    },
  );

  test('accepts a key-bound token whose proof auth() has verified', async () => {
    const client = await dpopClient();
    const server = await listening(appBehind(auth({ ...options, publicKey: { keys } })));
    try {
      const token = issuer.token({ scope: PAAS, client_id: 'reader', cnf: { jkt: client.jkt } });
      const proof = await client.proof({ token, url: `${server.origin}/reports` });
      const sent = request(server.origin).get('/reports').set('Authorization', `DPoP ${token}`).set('DPoP', proof);
      expect((await sent).body).toEqual({ client: 'reader', scopes: [PAAS] });
    } finally {
      await server.close();
    }
  });

  describe('certificate-bound tokens', () => {
    const own = certificate('own');
    const token = () => issuer.token({ scope: PAAS, cnf: { 'x5t#S256': own.thumbprint } });
    const careless = auth({ ...options, publicKey: { keys } });
    const gateFor = (bytes: Buffer | undefined) =>
      createGate({ verifier: bearerAuthVerifier({ getCertificate: () => bytes }), onDecision: told.observe });
    const reasonAt = async (by: Gate, verified: RequestHandler) => {
      const answer = await send(express().get('/reports', verified, by.require(ANALYTICS), showAuth), token());
      return answer.status === 200 ? 'accepted' : JSON.parse(answer.text).reason;
    };

    test('accepts the bound certificate, whether or not auth() has compared it', async () => {
      const careful = auth({ ...options, publicKey: { keys }, getCertificate: () => own.der });
      expect(await reasonAt(gateFor(own.der), careful)).toBe('accepted');
      expect(await reasonAt(gateFor(own.der), careless)).toBe('accepted');
    });

    test('8705-3: refuses a missing or different certificate', async () => {
      expect(await reasonAt(gateFor(undefined), careless)).toBe('certificate_mismatch');
      expect(await reasonAt(gateFor(certificate('another').der), careless)).toBe('certificate_mismatch');
    });

    test('8705-3: refuses a certificate-bound token without getCertificate', async () => {
      expect(await reasonAt(gate, careless)).toBe('sender_constrained');
      expect(told.records.at(-1)?.detail).toContain('give bearerAuthVerifier() the "getCertificate" of auth()');
    });

    test('8705-4: requires both proofs for a token bound to a certificate and a key', async () => {
      const both = issuer.token({ scope: PAAS, cnf: { 'x5t#S256': own.thumbprint, jkt: 'x' } });
      const verified = auth({ ...options, publicKey: { keys }, dpop: { enabled: false } });
      const app = express().get('/reports', verified, gateFor(own.der).require(ANALYTICS), showAuth);
      expect(JSON.parse((await send(app, both)).text).reason).toBe('sender_constrained');
    });
  });
});

describe('bearerAuthVerifier() without auth()', () => {
  test('refuses a genuine token', async () => {
    const answer = await send(appBehind(), covering);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'token_rejected' });
    expect(told.records.at(-1)?.detail).toBe(
      'No req.auth: put the auth() of express-oauth2-jwt-bearer before the gate, or into bearerAuthVerifier({ auth }).',
    );
    expect(answer.text + JSON.stringify(answer.headers)).not.toContain('req.auth');
  });

  test('refuses a request without a token', async () => {
    expect((await request(appBehind()).get('/reports')).status).toBe(401);
  });
});
