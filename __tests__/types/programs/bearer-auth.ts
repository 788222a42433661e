// Beside express-oauth2-jwt-bearer, which declares a `req.auth` of its own: compiled with each TypeScript, never run.
import express from 'express';
import { type AuthResult, auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { createGate, type TokenVerifier } from 'scopegate';

declare const verifier: TokenVerifier;
const gate = createGate<{ tenant: string }>({ verifier });
const app = express();

app.use(auth({ issuerBaseURL: 'https://issuer.example', audience: 'orders' }));
app.get('/theirs/:id', requiredScopes('orders:read'), gate.require('orders:read'), (req, res) => {
  const theirs: AuthResult | undefined = req.auth; // by their declaration
  res.json({ theirs, id: req.params.id, tenant: gate.auth(req).payload.tenant });
});
