import express from 'express';
import { createGate, type GateOptions, jwtVerifier, multiIssuerVerifier, type TokenVerifier } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import request from 'supertest';
import { liveSetting } from '../live/fixtures/setting.js';
import { bearer, PAAS, recorder } from './fixtures/domain.js';

const staffIssuer = testIssuer({ url: 'https://staff.example', issuer: 'https://staff.example', audience: 'orders' });
const partnerIssuer = testIssuer({
  url: 'https://partner.example',
  issuer: 'https://partner.example',
  audience: 'orders',
});

const verifierOf = ({ issuer, jwks }: typeof staffIssuer, scopePrefix?: string) =>
  jwtVerifier({ issuer, audience: 'orders', jwks: jwks(), ignoreKeyOps: true, scopePrefix });
const staff = verifierOf(staffIssuer, 'api://staff/');
const partners = verifierOf(partnerIssuer);

function setting(verifier: TokenVerifier, options: Partial<GateOptions> = {}) {
  const { records, observe } = recorder();
  const gate = createGate({ verifier, onDecision: observe, ...options });
  const app = express().get('/orders', gate.require(PAAS), (req, res) => {
    res.json({ isStaff: gate.auth(req).verifier === staff, scopes: gate.auth(req).scopes });
  });
  const flat = app.get('/flat', gate.require('orders:read'), (_req, res) => {
    res.sendStatus(204);
  });
  const get = (path: string, token?: string) => {
    const sent = request(flat).get(path);
    return token === undefined ? sent : sent.set('Authorization', bearer(token));
  };
  return { get, records };
}

const verifier = multiIssuerVerifier([staff, partners]);

test.each([
  ['staff', staffIssuer, true],
  ['partners', partnerIssuer, false],
])('gate.auth() says which verifier accepted a token of %s', async (_, issuer, isStaff) => {
  const { get } = setting(verifier);

  expect((await get('/orders', issuer.token({ scope: PAAS }))).body).toEqual({ isStaff, scopes: [PAAS] });
});

test('a challenge names the scope as clients of the issuer of the token request it', async () => {
  const { get } = setting(verifier);
  const scopes = async (token: string) => {
    const { status, headers, body } = await get('/flat', token);
    return [status, /scope="([^"]*)"/.exec(headers['www-authenticate'] as string)?.[1], body.required_scope];
  };

  expect(await scopes(staffIssuer.token())).toEqual([403, 'api://staff/orders:read', 'api://staff/orders:read']);
  expect(await scopes(partnerIssuer.token())).toEqual([403, 'orders:read', 'orders:read']);
});

test('a request without a token gets one challenge, without a scope', async () => {
  const { headers } = await setting(verifier).get('/flat');

  expect(headers['www-authenticate']).toBe('Bearer realm="api"');
});

test('records name the issuer of each token, verified or not', async () => {
  const { get, records } = setting(verifier);
  await get('/orders', partnerIssuer.token({ scope: PAAS, client_id: 'shop' }));
  await get('/orders', testIssuer({ issuer: 'https://else.example' }).token());

  expect(records).toMatchObject([
    { outcome: 'permit', issuer: 'https://partner.example', client: 'shop' },
    { outcome: 'deny', reason: 'issuer_mismatch', unverified: { iss: 'https://else.example' } },
  ]);
});

test('an outage of one issuer is 503 for its own tokens only', async () => {
  const dead = jwtVerifier({
    issuer: 'https://partner.example',
    audience: 'orders',
    jwksUri: 'https://partner.example/keys',
    fetch: () => Promise.reject(new TypeError('fetch failed')),
  });
  const { get, records } = setting(multiIssuerVerifier([staff, dead]));

  expect((await get('/orders', partnerIssuer.token({ scope: PAAS }))).status).toBe(503);
  expect((await get('/orders', staffIssuer.token({ scope: PAAS }))).status).toBe(200);
  expect(records.map(({ outcome }) => outcome)).toEqual(['outage', 'permit']);
});

test('live grants are checked for the tokens of every issuer', async () => {
  const live = await liveSetting();
  await live.grant(PAAS);
  const { get } = setting(verifier, { grants: live.grants });
  const tokens = [staffIssuer, partnerIssuer].map((each) => each.token({ scope: PAAS, client_id: live.clientId }));
  const statuses = () => Promise.all(tokens.map(async (token) => (await get('/orders', token)).status));
  expect(await statuses()).toEqual([200, 200]);

  await live.enable(false);

  expect(await statuses()).toEqual([401, 401]);
});
