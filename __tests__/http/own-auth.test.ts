import express, { type RequestHandler } from 'express';
import { createGate, scopeSet } from 'scopegate';
import request from 'supertest';
import { ANALYTICS, bearer, issuer, PAAS, STACK, showAuth, warmVerifier } from './fixtures/domain.js';

// What the gate goes by is its own: neither handlers nor prototypes can change it.

const gate = createGate({ verifier: warmVerifier() });
const token = bearer(issuer.token({ scope: PAAS, client_id: 'reader' }));

test('ignores scopes that a handler writes into req.auth', async () => {
  const write: RequestHandler = (req, _res, next) => {
    Object.assign(req.auth as object, { scopes: scopeSet(STACK) });
    next();
  };
  const app = express().get('/stack', gate.authenticate, write, gate.require(STACK), showAuth);
  const still = express().get('/reports', gate.authenticate, write, gate.require(ANALYTICS), showAuth);

  await request(app).get('/stack').set('Authorization', token).expect(403);
  await request(still)
    .get('/reports')
    .set('Authorization', token)
    .expect(200, { client: 'reader', scopes: [PAAS] });
});

test('ignores an inherited req.auth and hides it from anonymous requests', async () => {
  const app = express();
  Object.assign(app.request, { auth: { payload: { client_id: 'root' }, scopes: [STACK] } });
  app.get('/optional', gate.optional, showAuth);
  app.get('/stack', gate.require(STACK), showAuth);

  await request(app).get('/optional').expect(200, { client: 'nobody', scopes: [] });
  await request(app).get('/stack').expect(401);
  await request(app)
    .get('/optional')
    .set('Authorization', token)
    .expect(200, { client: 'reader', scopes: [PAAS] });
});

test('replaces a req.auth that other middleware defined as a getter', async () => {
  const fix: RequestHandler = (req, _res, next) => {
    Object.defineProperty(req, 'auth', { get: () => ({ payload: { client_id: 'root' } }), configurable: true });
    next();
  };
  const app = express().get('/reports', fix, gate.require(ANALYTICS), showAuth);

  await request(app)
    .get('/reports')
    .set('Authorization', token)
    .expect(200, { client: 'reader', scopes: [PAAS] });
});
