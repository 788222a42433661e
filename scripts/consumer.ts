// What a user's project compiles: once as an ES module and once as CommonJS, beside another owner of `req.auth`.
import express from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import { createGate, jwtVerifier } from 'scopegate';
import { grantsRouter } from 'scopegate/admin';
import { consoleRouter } from 'scopegate/console';
import { explain } from 'scopegate/explain';
import { bearerAuthVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import { mcpAuthInfo, scopeChallenge } from 'scopegate/mcp';
import { otelObserver } from 'scopegate/otel';
import { openPostgresStore } from 'scopegate/postgres';
import { assertCovered } from 'scopegate/routes';
import { openSqliteStore } from 'scopegate/sqlite';
import * as testing from 'scopegate/testing';

const gate = createGate({
  verifier: jwtVerifier({ issuer: 'https://issuer.example', audience: 'reports', jwks: { keys: [] } }),
});

export const app = express();
app.get('/theirs', auth({ issuerBaseURL: 'https://issuer.example', audience: 'reports' }), (req, res) => {
  res.json({ reader: req.auth?.payload.sub });
});
app.get('/ours', gate.require('reports:read'), (req, res) => {
  res.json({ reader: req.auth?.payload.sub });
});

export async function administration(file: string) {
  const store = await openSqliteStore({ file });
  app.use('/v1', grantsRouter({ store, gate, environmentOf: ({ payload }) => payload.env }));
  return openPostgresStore;
}

app.post(
  '/mcp',
  express.json(),
  scopeChallenge(gate, { required: 'reports:read', tools: { add: 'reports:write' } }),
  mcpAuthInfo(gate),
);

const signIn = { issuer: 'https://issuer.example', clientId: 'console', scope: 'grants:read' };
app.use('/console', consoleRouter({ api: '/v1', signIn }));

export const checkRoutes = () => assertCovered(app, { except: ['GET /theirs'] });

export const observed = createGate({ verifier: bearerAuthVerifier(), onDecision: otelObserver().onDecision });
export const explained = explain({ held: ['reports:read'], required: 'reports:read' });
export const theirs = createGate({ verifier: bearerAuthVerifier() });
export const kit = Object.keys(testing);
