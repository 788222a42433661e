import express, { type RequestHandler } from 'express';
import { createGate } from 'scopegate';
import { bearerAuthVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import request from 'supertest';
import { ANALYTICS, bearer, issuer, PAAS, showAuth } from './fixtures/domain.js';

const gate = createGate({ verifier: bearerAuthVerifier() });
const covering = issuer.token({ scope: PAAS });
const decoded = (token: string, part: 0 | 1) =>
  JSON.parse(Buffer.from(token.split('.')[part] as string, 'base64url').toString());

function appBehind(before: RequestHandler) {
  const app = express().use(before);
  app.get('/reports', gate.require(ANALYTICS), showAuth);
  app.get('/optional', gate.optional, showAuth);
  return app;
}

function send(app: ReturnType<typeof appBehind>, token: string, path = '/reports') {
  return request(app).get(path).set('Authorization', bearer(token));
}

describe('req.auth that does not match the token of the request', () => {
  const narrow = issuer.token({ scope: 'openid' });
  const honest = { token: narrow, header: decoded(narrow, 0), payload: decoded(narrow, 1) };
  const powerful = { token: covering, header: decoded(covering, 0), payload: decoded(covering, 1) };
  const wider = { ...honest.payload, scope: PAAS };

  test.each<[string, unknown]>([
    ['true', true],
    ['a string', narrow],
    ['null', null],
    ['an empty object', {}],
    ['a list', [honest]],
    ['only the token', { token: narrow }],
    ['another token, as a whole', powerful],
    ["another token's claims", { ...honest, payload: powerful.payload }],
    ['a wider scope', { ...honest, payload: wider }],
    ['a wider scope, inherited', { ...honest, payload: Object.create(wider) }],
    ['one claim more', { ...honest, payload: { ...honest.payload, admin: true } }],
    ['one claim less', { ...honest, payload: { ...honest.payload, tenant: undefined } }],
    ['a later expiry', { ...honest, payload: { ...honest.payload, exp: honest.payload.exp + 1 } }],
    ['a number as a string', { ...honest, payload: { ...honest.payload, exp: String(honest.payload.exp) } }],
    ['another header', { ...honest, header: { ...honest.header, alg: 'none' } }],
    ['no header', { ...honest, header: undefined }],
    ['the token as an object', { ...honest, token: Object(narrow) }],
    ['scopes of its own', { token: narrow, payload: wider, header: honest.header, scopes: { covers: () => true } }],
  ])('refuses a req.auth that does not match the token: %s', async (_, spoofed) => {
    const spoof: RequestHandler = (req, _res, next) => {
      Object.assign(req, { auth: spoofed });
      next();
    };
    const app = appBehind(spoof);
    for (const path of ['/reports', '/optional']) {
      expect(JSON.parse((await send(app, narrow, path)).text)).toMatchObject({ status: 401, reason: 'token_rejected' });
    }
  });

  test('ignores members of req.auth other than the token, header and claims', async () => {
    const spoof: RequestHandler = (req, _res, next) => {
      Object.assign(req, { auth: { ...honest, scopes: { covers: () => true, firstOf: () => ANALYTICS } } });
      next();
    };
    expect((await send(appBehind(spoof), narrow)).status).toBe(403);
    expect((await send(appBehind(spoof), narrow, '/optional')).body).toEqual({
      client: 'test-client',
      scopes: ['openid'],
    });
  });

  // The limit that bearerAuthVerifier() states: signature and issuer are not looked at again.
  test('accepts a req.auth identical to the token, since only auth() may write it', async () => {
    const write: RequestHandler = (req, _res, next) => {
      Object.assign(req, { auth: powerful });
      next();
    };
    expect((await send(appBehind(write), covering)).status).toBe(200);
  });
});
