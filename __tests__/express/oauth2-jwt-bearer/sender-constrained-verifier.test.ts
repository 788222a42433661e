import express, { type RequestHandler } from 'express';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createGate } from 'scopegate';
import { type SenderConstrainedVerifierOptions, senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import request from 'supertest';
import { REFUSALS } from '../../../lib/enforcement/refusal.js';
import { parseChallenges } from '../../enforcement/fixtures/challenge-parser.js';
import { bearer, domainOptions, issuer, PAAS, recorder, showAuth } from '../../http/fixtures/domain.js';
import { type Listening, listening } from '../../http/fixtures/raw-http.js';
import { certificate, type DpopClient, dpopClient } from './fixtures/proofs.js';

let client: DpopClient;
const servers: Listening[] = [];
const told = recorder();

beforeAll(async () => {
  client = await dpopClient();
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serverOf(options: Partial<SenderConstrainedVerifierOptions> = {}, ...before: RequestHandler[]) {
  const gate = createGate({
    verifier: senderConstrainedVerifier({ ...domainOptions, ...options }),
    onDecision: told.observe,
  });
  const app = express();
  for (const middleware of before) app.use(middleware);
  app.get('/', gate.require(PAAS), showAuth);
  app.get('/optional', gate.optional, showAuth);
  app.get('/theirs', gate.authenticate, (req, res) => {
    res.json({ members: Object.keys(req.auth ?? {}).sort(), covered: gate.auth(req).scopes.covers(PAAS) });
  });
  const server = await listening(app);
  servers.push(server);
  return server.origin;
}

const boundTo = ({ jkt }: DpopClient, claims = {}) => issuer.token({ scope: PAAS, cnf: { jkt }, ...claims });

async function sendProven(origin: string, token: string, path = '/', by = client) {
  const proof = await by.proof({ token, url: `${origin}${path}` });
  return request(origin).get(path).set('Authorization', `DPoP ${token}`).set('DPoP', proof);
}

describe('plain bearer tokens', () => {
  test('accepts a plain bearer token', async () => {
    const origin = await serverOf({ getCertificate: () => Buffer.from('some certificate') });
    const answer = await request(origin)
      .get('/')
      .set('Authorization', bearer(issuer.token({ scope: PAAS })));
    expect(answer.body).toEqual({ client: 'test-client', scopes: [PAAS] });
  });

  test.each<[string, Partial<SenderConstrainedVerifierOptions>, string]>([
    ['DPoP', { dpop: { required: true } }, 'sender_constrained'],
    ['mTLS', { mtls: { required: true }, getCertificate: () => Buffer.from('any') }, 'certificate_mismatch'],
  ])('refuses a plain bearer token where %s is required', async (_, options, reason) => {
    const origin = await serverOf(options);
    const answer = await request(origin)
      .get('/')
      .set('Authorization', bearer(issuer.token({ scope: PAAS })));
    expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason });
    if (reason === 'sender_constrained') expect((await sendProven(origin, boundTo(client))).status).toBe(200);
  });

  test('refuses an invalid plain bearer token for its own defect', async () => {
    const origin = await serverOf();
    const answer = await request(origin)
      .get('/')
      .set('Authorization', bearer(issuer.expiredToken({ scope: PAAS })));
    expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'token_expired' });
  });

  test('6750-8: offers both schemes to a request without credentials', async () => {
    const origin = await serverOf();
    const answer = await request(origin).get('/');
    expect(parseChallenges(answer.headers['www-authenticate'])).toEqual([
      { scheme: 'Bearer', parameters: { realm: 'api' } },
      { scheme: 'DPoP', parameters: { realm: 'api', algs: expect.stringContaining('ES256') } },
    ]);
    expect((await request(origin).get('/optional')).body).toEqual({ client: 'nobody', scopes: [] });
  });
});

describe('9449-10: bound tokens with scheme Bearer', () => {
  test.each(['with', 'without'])('refuses a bound token with scheme Bearer %s a proof', async (manner) => {
    const origin = await serverOf();
    const token = boundTo(client);
    const sent = request(origin).get('/').set('Authorization', bearer(token));
    const answer = await (manner === 'with'
      ? sent.set('DPoP', await client.proof({ token, url: `${origin}/` }))
      : sent);
    expect(answer.status).toBe(401);
    const [told, other] = parseChallenges(answer.headers['www-authenticate']);
    expect(told).toMatchObject({ scheme: 'Bearer', parameters: { error: 'invalid_token' } });
    expect(other?.parameters).not.toHaveProperty('error');
    expect(JSON.parse(answer.text)).toMatchObject({ reason: 'sender_constrained' });
  });
});

describe('9449-11: downgrade of DPoP', () => {
  test('refuses an unbound token with scheme DPoP and a proof', async () => {
    const answer = await sendProven(await serverOf(), issuer.token({ scope: PAAS }));
    expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'dpop_proof_invalid' });
  });

  test('refuses an unbound token with scheme Bearer and a DPoP header', async () => {
    const sent = request(await serverOf())
      .get('/')
      .set('Authorization', bearer(issuer.token({ scope: PAAS })));
    expect(JSON.parse((await sent.set('DPoP', 'x')).text)).toMatchObject({ status: 401, reason: 'sender_constrained' });
  });

  test.each([[7], [''], [null], [['a']], ['not the thumbprint']])('refuses a token whose jkt is %j', async (jkt) => {
    const answer = await sendProven(await serverOf(), issuer.token({ scope: PAAS, cnf: { jkt } }));
    expect(JSON.parse(answer.text)).toMatchObject({ status: 401, reason: 'dpop_proof_invalid' });
  });

  test('refuses an otherwise invalid token although its proof is valid', async () => {
    const origin = await serverOf();
    for (const [claims, reason] of [
      [{ exp: 1 }, 'token_expired'],
      [{ tenant: 'other' }, 'tenant_mismatch'],
      [{ scope: 'openid' }, 'insufficient_scope'],
    ] as const) {
      const answer = await sendProven(origin, boundTo(client, claims));
      expect(JSON.parse(answer.text)).toMatchObject({ reason });
      const [, dpop] = parseChallenges(answer.headers['www-authenticate']);
      expect(dpop).toMatchObject({ scheme: 'DPoP', parameters: { error: JSON.parse(answer.text).error } });
    }
  });
});

test('sets its own req.auth', async () => {
  const believed: RequestHandler = (req, _res, next) => {
    Object.assign(req, { auth: { payload: { client_id: 'admin' } } });
    next();
  };
  const origin = await serverOf({}, believed);
  const answer = await sendProven(origin, boundTo(client), '/theirs');
  expect(answer.body).toEqual({ members: ['header', 'payload', 'scopes', 'token'], covered: true });
});

describe('issuer keys', () => {
  test('accepts keys of a domain whose key_ops lack "verify"', async () => {
    expect(domainOptions.jwks.keys[0]).toMatchObject({ key_ops: ['encrypt', 'sign'] });
    expect((await sendProven(await serverOf(), boundTo(client))).status).toBe(200);
  });

  test.each(['PS256', 'RS512', 'ES384', 'ES512', 'EdDSA'])('accepts tokens signed with %s', async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    const jwk = { ...(await exportJWK(publicKey)), alg };
    const options = { issuer: 'https://issuer.example', audience: 'reports', jwks: { keys: [jwk] } };
    const gate = createGate({ verifier: senderConstrainedVerifier(options) });
    const server = await listening(express().get('/', gate.authenticate, showAuth));
    servers.push(server);
    const token = await new SignJWT({ client_id: 'c', cnf: { jkt: client.jkt } })
      .setProtectedHeader({ alg })
      .setIssuer(options.issuer)
      .setAudience(options.audience)
      .setExpirationTime('1h')
      .sign(privateKey);
    expect((await sendProven(server.origin, token)).body).toMatchObject({ client: 'c' });
    expect((await sendProven(server.origin, token, '/', await dpopClient())).status).toBe(401);
  });

  test('responds with 503 while the issuer keys are unavailable', async () => {
    const { jwks: _, ...rest } = domainOptions;
    const fetch = () => Promise.reject(new Error('keys.internal.example'));
    const gate = createGate({ verifier: senderConstrainedVerifier({ ...rest, jwksUri: issuer.jwksUri, fetch }) });
    const server = await listening(express().get('/', gate.authenticate, showAuth));
    servers.push(server);
    const answer = await sendProven(server.origin, boundTo(client));
    expect(answer.status).toBe(503);
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    expect(answer.text).not.toContain('internal');
  });
});

test('treats an application error during the proof check as an outage and responds', async () => {
  const faulty: RequestHandler = (req, _res, next) => {
    Object.defineProperty(req, 'query', {
      get() {
        throw new Error('the query parser of the application failed');
      },
    });
    next();
  };
  const answer = await sendProven(await serverOf({}, faulty), boundTo(client));
  expect(answer.status).toBe(503);
  expect(told.records.at(-1)).toMatchObject({ outcome: 'outage', detail: expect.stringContaining('query parser') });
});

test('hides messages and headers of the underlying package from the client', async () => {
  const own = certificate('own');
  const origin = await serverOf({ getCertificate: () => certificate('another').der });
  const answers = [
    await sendProven(origin, boundTo(client), '/', await dpopClient()),
    await sendProven(origin, issuer.token({ scope: PAAS, cnf: { jkt: [] } })),
    await request(origin)
      .get('/')
      .set('Authorization', `DPoP ${boundTo(client)}`)
      .set('DPoP', 'x'),
    await request(origin)
      .get('/')
      .set('Authorization', bearer(issuer.token({ cnf: { 'x5t#S256': own.thumbprint } }))),
  ];
  const ours = Object.values(REFUSALS).map(({ description }) => description);
  const details = told.records.slice(-answers.length).map(({ detail }) => detail);
  expect(details).toContain('JWT Access Token confirmation mismatch');
  for (const { status, headers, text } of answers) {
    expect(status).toBe(401);
    expect(ours).toContain(JSON.parse(text).detail);
    for (const { parameters } of parseChallenges(headers['www-authenticate'])) {
      expect(parameters.realm).toBe('api');
      if (parameters.error_description !== undefined) expect(ours).toContain(parameters.error_description);
    }
    for (const detail of details) expect(text + JSON.stringify(headers)).not.toContain(detail);
  }
});
