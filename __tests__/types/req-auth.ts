// `req.auth` in a project that uses express-oauth2-jwt-bearer as well: compiled by `npm run types`, never run.
import express, { type Request } from 'express';
import { type AuthResult, auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { type Auth, createGate, type JwtPayload, type ScopeSet } from 'scopegate';
import { bearerAuthVerifier } from 'scopegate/express-oauth2-jwt-bearer';

const app = express();
const gate = createGate({ verifier: bearerAuthVerifier() });

app.use(auth({ issuerBaseURL: 'https://issuer.example', audience: 'reports' }));
app.get('/theirs', requiredScopes('reports:read'), (req, res) => {
  const subject: string | undefined = req.auth?.payload.sub;
  const algorithm: string | undefined = req.auth?.header.alg;
  const token: string | undefined = req.auth?.token;
  res.json({ subject, algorithm, length: token?.length });
});
app.get('/ours', gate.require('reports:read'), (req, res) => {
  const { payload, scopes } = gate.auth(req);
  const may: boolean = scopes.covers('reports:write');
  const by: string | undefined = scopes.coveredBy('reports:read');
  const held: string[] = [...scopes];
  res.json({ may, by, held, client: payload.client_id });
});

/** Ours is theirs, with the scopes there. */
export function compatible(req: Request, ours: Auth): [AuthResult | undefined, AuthResult, AuthResult] {
  return [req.auth, ours, { payload: {}, header: {}, token: '' }];
}

export function claimsOf({ payload }: Auth): JwtPayload {
  return payload;
}

export function wrong(req: Request, scopes: ScopeSet): unknown[] {
  return [
    // @ts-expect-error an anonymous request has no req.auth
    req.auth.payload,
    // @ts-expect-error the scope claim stands in payload.scope; compiled, it is `scopes`
    req.auth?.scope,
    // @ts-expect-error their type has no scopes: gate.auth(req) has
    req.auth?.scopes.size,
    // @ts-expect-error a question, not an assignment
    scopes.covers(),
    // @ts-expect-error one scope at a time
    scopes.covers(['reports:read']),
    // @ts-expect-error a set of scopes is made by scopeSet()
    scopes.add('reports:write'),
  ];
}

export function change(auth: Auth, scopes: ScopeSet): void {
  // @ts-expect-error nothing is added to what a token holds
  scopes.size = 7;
  // @ts-expect-error compiled scopes, not the claim
  auth.scopes = 'reports:write';
}
