import express, { type ErrorRequestHandler } from 'express';
import { createGate, jwtVerifier, type ScopesFrom } from 'scopegate';
import { type TestClaims, testIssuer } from 'scopegate/testing';
import request from 'supertest';
import { recorder, showAuth } from './fixtures/domain.js';

const issuer = testIssuer({ issuer: 'https://acme.eu.auth0.com/', audience: 'https://api.acme.example' });

/** Sends a token with these claims to a route that requires `read:reports`. */
async function ask(scopesFrom: ScopesFrom | undefined, claims: TestClaims) {
  const told = recorder();
  const verifier = jwtVerifier({
    issuer: issuer.issuer,
    audience: 'https://api.acme.example',
    jwks: issuer.jwks(),
    ignoreKeyOps: true,
    scopesFrom,
  });
  const gate = createGate({ verifier, onDecision: told.observe });
  const errors: unknown[] = [];
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    errors.push(error);
    res.sendStatus(500);
  };
  const app = express().get('/', gate.require('read:reports'), showAuth).use(onError);
  app.get('/optional', gate.optional, showAuth).use(onError);
  const send = (path: string) =>
    request(app)
      .get(path)
      .set('Authorization', `Bearer ${issuer.token(claims)}`);
  return { response: await send('/'), errors, record: told.records[0], send };
}

test('a route opens for a scope of the claim that scopesFrom names', async () => {
  const { response } = await ask('permissions', { scope: 'openid', permissions: ['read:reports'] });
  expect(response.status).toBe(200);
});

test.each([
  [{ scope: undefined, roles: ['read:reports'] }, 'the token holds no scope. The token has "roles", which is not read'],
  [{ scope: 'openid', permissions: ['read:reports'] }, 'holds openid. The token has "permissions", which is not read'],
])('the record of a refused token %j says what is not read', async (claims, sentence) => {
  const { response, record } = await ask(undefined, claims);
  expect(response.status).toBe(403);
  expect(record?.detail).toContain(sentence);
  expect(response.text).not.toContain('is not read');
});

test('the record of a refusal says nothing of the kind where everything is read', async () => {
  const { record } = await ask('roles', { roles: ['write:reports'] });
  expect(record?.detail).toBe('Nothing covers read:reports; the token holds write:reports.');
});

test.each<[string, ScopesFrom, string]>([
  [
    'throws',
    () => {
      throw new Error('roles');
    },
    'the function "scopesFrom" threw an error',
  ],
  ['returns a promise', (async () => 'read:reports') as never, 'the function "scopesFrom" must return'],
])('a scopesFrom that %s is an error of the application and never a permit', async (_, scopesFrom, sentence) => {
  const { response, errors, record, send } = await ask(scopesFrom, { scope: 'read:reports' });
  expect(response.status).toBe(500);
  expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining(sentence) })]);
  expect(response.headers).not.toHaveProperty('www-authenticate');
  expect(record).toBeUndefined();
  expect((await send('/optional')).status).toBe(500);
});
