import express from 'express';
import request from 'supertest';
import { localIssuer } from '../../demo-app/issuer.js';

const app = express().use(localIssuer('http://127.0.0.1:3000'));
const scope = 'urn:opc:resource:consumer:paas::read';
const good = { grant_type: 'client_credentials', scope };

function ask(form: string | object) {
  return request(app).post('/oauth2/v1/token').type('form').send(form);
}

test('gives a bearer token that must not be stored (RFC 6749 §5.1)', async () => {
  const { body } = await ask(good).expect(200).expect('Cache-Control', 'no-store').expect('Pragma', 'no-cache');

  expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
});

test('the token has the form of a real one, for the client that asked', async () => {
  const { body } = await ask(good).auth('re%3Aports', 'anything').expect(200);
  const [header, payload] = body.access_token.split('.').slice(0, 2).map(decoded);

  expect(header).toEqual({
    alg: 'RS256',
    kid: 'SIGNING_KEY',
    x5t: expect.any(String),
    'x5t#S256': expect.any(String),
  });
  expect(payload).toMatchObject({
    iss: 'https://identity.oraclecloud.com/',
    aud: 'urn:opc:resource:scope:account',
    tok_type: 'AT',
    tenant: 'idcs-demo',
    client_id: 're:ports',
    sub: 're:ports',
    scope,
  });
});

test('publishes its key', async () => {
  const { body } = await request(app).get('/admin/v1/SigningCert/jwk').expect(200).expect('Content-Type', /json/);

  expect(body.keys).toEqual([expect.objectContaining({ kty: 'RSA', kid: 'SIGNING_KEY' })]);
});

test.each([
  ['expired', (claims: Claims) => claims.exp < Date.now() / 1000],
  ['wrong-audience', (claims: Claims) => claims.aud === 'https://another-api.example'],
  ['wrong-tenant', (claims: Claims) => claims.tenant === 'idcs-another'],
  ['id-token', (claims: Claims) => claims.tok_type === 'IT'],
])('demo=%s gives a bad token', async (demo, isBad) => {
  const { body } = await ask({ ...good, demo }).expect(200);

  expect(isBad(decoded(body.access_token.split('.')[1]))).toBe(true);
});

test.each([
  ['nothing', '', 'invalid_request'],
  ['no grant type', { scope }, 'invalid_request'],
  ['another grant type', { ...good, grant_type: 'password' }, 'unsupported_grant_type'],
  ['a repeated parameter', `grant_type=client_credentials&scope=a&scope=b`, 'invalid_request'],
  ['an unknown demo', { ...good, demo: 'toString' }, 'invalid_request'],
  ['no scope', { grant_type: 'client_credentials' }, 'invalid_scope'],
  ['an empty scope', { ...good, scope: '' }, 'invalid_scope'],
  ['a malformed scope', { ...good, scope: 'a"b' }, 'invalid_scope'],
  ['consumer::all with another scope', { ...good, scope: `urn:opc:resource:consumer::all ${scope}` }, 'invalid_scope'],
])('refuses %s (RFC 6749 §5.2)', async (_, form, error) => {
  const { body } = await ask(form).expect(400).expect('Cache-Control', 'no-store');

  expect(body).toEqual({ error, error_description: expect.any(String) });
});

test('consumer::all may be asked for with offline_access', async () => {
  await ask({ ...good, scope: 'urn:opc:resource:consumer::all offline_access' }).expect(200);
});

test('refuses what is no form', async () => {
  const json = await request(app).post('/oauth2/v1/token').send(good).expect(400);
  const unreadable = await request(app)
    .post('/oauth2/v1/token')
    .set('Content-Type', 'application/x-www-form-urlencoded; charset=unknown')
    .send('scope=a')
    .expect(400);

  expect([json.body.error, unreadable.body.error]).toEqual(['invalid_request', 'invalid_request']);
});

interface Claims {
  readonly exp: number;
  readonly aud: string;
  readonly tenant: string;
  readonly tok_type: string;
}

function decoded(part: string) {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}
