import express, { type RequestHandler } from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import { ACCOUNT_AUDIENCE, accountAudience, createGate } from 'scopegate';
import { type BearerAuthVerifierOptions, bearerAuthVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import request from 'supertest';
import { ANALYTICS, bearer, issuer, PAAS, recorder, showAuth } from '../../http/fixtures/domain.js';
import { type Listening, listening } from '../../http/fixtures/raw-http.js';
import { forge, signingKey } from '../../support/tokens.js';
import { dpopClient } from './fixtures/proofs.js';

// That package obeys key_ops, and a domain's lack "verify".
const keys = issuer.jwks().keys.map(({ key_ops: _, ...key }) => key);
const theirs = { issuer: issuer.issuer, audience: ACCOUNT_AUDIENCE, publicKey: { keys } };
const covering = issuer.token({ scope: PAAS, client_id: 'reader' });
const told = recorder();

function appOf(options: BearerAuthVerifierOptions, ...before: RequestHandler[]) {
  const gate = createGate({ verifier: bearerAuthVerifier(options), onDecision: told.observe });
  const app = express();
  for (const middleware of before) app.use(middleware);
  return app.get('/reports', gate.require(ANALYTICS), showAuth);
}

function send(app: ReturnType<typeof appOf>, token: string) {
  return request(app).get('/reports').set('Authorization', bearer(token));
}

describe('auth() given to bearerAuthVerifier()', () => {
  const app = appOf({ auth: auth(theirs) });

  test('runs auth() itself, without earlier middleware', async () => {
    expect((await send(app, covering)).body).toEqual({ client: 'reader', scopes: [PAAS] });
  });

  test('trusts only auth() and ignores a req.auth that other code has set', async () => {
    const [, payload] = issuer.token({ scope: PAAS, client_id: 'root' }).split('.') as [string, string];
    const header = Buffer.from('{"alg":"RS256"}').toString('base64url');
    const forged = `${header}.${payload}.AAAA`;
    const write: RequestHandler = (req, _res, next) => {
      const said = JSON.parse(Buffer.from(payload, 'base64url').toString());
      Object.assign(req, { auth: { token: forged, header: { alg: 'RS256' }, payload: said } });
      next();
    };

    expect((await send(appOf({}, write), forged)).status).toBe(200); // without the option it is
    expect((await send(appOf({ auth: auth(theirs) }, write), forged)).status).toBe(401);
    expect((await send(appOf({ auth: auth(theirs) }, write), covering)).body.client).toBe('reader');
  });

  test('hides the error of auth() from the client and records it for operators', async () => {
    const answer = await send(app, issuer.expiredToken({ scope: PAAS }));

    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['www-authenticate']).toContain('error_description="The access token is not accepted."');
    expect(told.records.at(-1)).toMatchObject({
      reason: 'token_rejected',
      detail: '"exp" claim timestamp check failed',
    });
  });

  test('rejects a proof with an oversized key before auth() reads it', async () => {
    const client = await dpopClient();
    const token = issuer.token({ scope: PAAS, cnf: { jkt: client.jkt } });
    const jwk = { ...signingKey('RS256', 'any').jwk, e: 'x'.repeat(8000) };
    const header = JSON.stringify({ typ: 'dpop+jwt', alg: 'RS256', jwk });
    const answer = await request(app)
      .get('/reports')
      .set('Authorization', `DPoP ${token}`)
      .set('DPoP', forge(header, {}, signingKey('EdDSA', 'any')));
    expect(answer.status).toBe(401);
    expect(told.records.at(-1)).toMatchObject({ reason: 'dpop_proof_invalid' });
    expect(told.records.at(-1)?.detail).toContain('its exponent is too long');
  });

  test('reports DPoP errors of auth() as invalid_dpop_proof', async () => {
    const client = await dpopClient();
    const token = issuer.token({ scope: PAAS, cnf: { jkt: client.jkt } });
    let server: Listening | undefined;
    try {
      server = await listening(app);
      const url = `${server.origin}/reports`;
      const ask = (proof: string) =>
        request(server?.origin as string)
          .get('/reports')
          .set('Authorization', `DPoP ${token}`)
          .set('DPoP', proof);

      expect((await ask(await client.proof({ token, url }))).status).toBe(200);
      const answer = await ask(await client.proof({ token, url, method: 'POST' }));
      expect(answer.body.reason ?? JSON.parse(answer.text).reason).toBe('dpop_proof_invalid');
      expect(answer.headers['www-authenticate']).toContain('DPoP realm="api", error="invalid_dpop_proof"');
    } finally {
      await server?.close();
    }
  });
});

test('explains to operators why auth() finds no key of an OCI IAM domain', async () => {
  const server = await listening(issuer.keyEndpoint);
  try {
    const { publicKey: _, ...rest } = theirs;
    await send(appOf({ auth: auth({ ...rest, jwksUri: `${server.origin}/keys` }) }), covering);
    expect(told.records.at(-1)?.detail).toContain('That package obeys "key_ops"');
  } finally {
    await server.close();
  }
});

test('rejects tokens that are not access tokens, which auth() does not check', async () => {
  const app = appOf({ auth: auth(theirs) });
  const logout = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  for (const mark of [{ tok_type: 'IT' }, { tok_type: 'RT' }, { events: logout }, { typ: 'ID' }, { token_use: 'id' }]) {
    expect((await send(app, issuer.token({ scope: PAAS, ...mark }))).status).toBe(401);
    expect(told.records.at(-1)).toMatchObject({ reason: 'not_an_access_token' });
  }
  await send(app, issuer.token({ scope: PAAS }, { typ: 'logout+jwt' }));
  expect(told.records.at(-1)).toMatchObject({ reason: 'type_not_allowed' });
});

test('rejects a token of another tenant when an audience binds the tenant', async () => {
  const app = appOf({ auth: auth(theirs), audience: accountAudience({ tenant: issuer.tenant }) });

  expect((await send(app, covering)).status).toBe(200);
  await send(app, issuer.token({ scope: PAAS, tenant: 'idcs-other' }));
  expect(told.records.at(-1)).toMatchObject({ reason: 'tenant_mismatch' });
});

test.each([{ nonce: 'n' }, { at_hash: 'a' }, { nonce: 'n', at_hash: 'a', c_hash: 'c' }])(
  'accepts an access token with claims of an ID token, as auth() does: %j',
  async (over) => {
    const app = appOf({ auth: auth(theirs) });
    const silent = { ...over, tok_type: undefined };
    expect((await send(app, issuer.token({ ...over, scope: PAAS }))).status).toBe(200);
    expect((await send(app, issuer.token({ ...silent, scope: PAAS }))).status).toBe(200);
    expect((await send(app, issuer.token({ ...silent, scope: 'openid' }, { typ: 'at+jwt' }))).status).toBe(403);
    expect((await send(app, issuer.token({ ...silent, scope: 'openid' }))).status).toBe(401);
    const lax = appOf({ auth: auth(theirs), ignoreIdTokenClaims: true });
    expect((await send(lax, issuer.token({ ...silent, scope: 'openid' }))).status).toBe(403);
  },
);

test('the option typ lists further types of access tokens', async () => {
  const okta = issuer.token(
    { scope: PAAS, tok_type: undefined, nonce: 'n' },
    { typ: 'application/okta-internal-at+jwt' },
  );
  expect((await send(appOf({ auth: auth(theirs) }), okta)).status).toBe(401);
  expect(told.records.at(-1)).toMatchObject({ reason: 'type_not_allowed' });
  const listed = appOf({ auth: auth(theirs), typ: ['at+jwt', 'JWT', 'application/okta-internal-at+jwt'] });
  expect((await send(listed, okta)).status).toBe(200);
  expect((await send(listed, covering)).status).toBe(200);
});

test('accepts a token that the issuer dates a few seconds ahead, as long as auth() does', async () => {
  const now = Math.floor(Date.now() / 1000);
  const lax = auth({ ...theirs, validators: { iat: false } });
  expect((await send(appOf({ auth: lax }), issuer.token({ scope: PAAS, iat: now + 30 }))).status).toBe(200);
  expect((await send(appOf({ auth: lax }), issuer.token({ scope: PAAS, iat: now + 300 }))).status).toBe(401);
  const later = appOf({ auth: lax, futureTolerance: 600 });
  expect((await send(later, issuer.token({ scope: PAAS, iat: now + 300 }))).status).toBe(200);
});

test('requires clockTolerance to allow what auth() tolerates', async () => {
  const lately = issuer.token({ scope: PAAS, exp: Math.floor(Date.now() / 1000) - 20 });
  const lax = auth({ ...theirs, clockTolerance: 60 });

  expect((await send(appOf({ auth: lax }), lately)).status).toBe(401);
  expect((await send(appOf({ auth: lax, clockTolerance: 60 }), lately)).status).toBe(200);
});

test.each<[unknown, string]>([
  [{ auth: {} }, '"auth" must be the middleware that auth({ … }) returns'],
  [{ auth }, '"auth" must be the middleware that auth({ … }) returns'],
  [{ clockTolerance: -1 }, '"clockTolerance" must be'],
  [{ futureTolerance: -1 }, '"futureTolerance" must be'],
  [{ typ: [] }, '"typ" must be the "typ" of access tokens'],
  [{ ignoreIdTokenClaims: 1 }, '"ignoreIdTokenClaims" must be true or false'],
  [{ audience: ACCOUNT_AUDIENCE }, 'Say accountAudience({ tenant })'],
  [{ issuer: 'x' }, 'has no option "issuer"'],
  [auth(theirs), 'takes an object of options'],
])('throws when bearerAuthVerifier() is created with %p', (options, sentence) => {
  expect(() => bearerAuthVerifier(options as BearerAuthVerifierOptions)).toThrow(TypeError);
  expect(() => bearerAuthVerifier(options as BearerAuthVerifierOptions)).toThrow(sentence);
});
