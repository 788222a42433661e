// Beside the MCP SDK, which declares a `req.auth` of its own: compiled with each TypeScript, never run.
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import express from 'express';
import { createGate, type TokenVerifier } from 'scopegate';

declare const verifier: TokenVerifier;
const gate = createGate<{ tenant: string }>({ verifier });
const app = express();

app.post('/mcp', gate.require('tools:call'), (req, res) => {
  const { token, payload } = gate.auth(req);
  const theirs: AuthInfo | undefined = req.auth; // by their declaration
  res.json({ length: token.length, tenant: payload.tenant, theirs });
});
app.use(requireBearerAuth({ verifier: { verifyAccessToken: async (token) => ({ token, clientId: '', scopes: [] }) } }));
