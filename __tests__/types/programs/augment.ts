// With `scopegate/augment`: compiled with each TypeScript, never run.
import 'scopegate/augment';
import express from 'express';
import { type Auth, createGate, type TokenVerifier } from 'scopegate';

declare const verifier: TokenVerifier;
const gate = createGate({ verifier });
const app = express();

app.get('/orders/:id', gate.require('orders:read'), (req, res) => {
  const auth: Auth | undefined = req.auth;
  const may: boolean | undefined = req.auth?.scopes.covers('orders:write');
  res.json({ id: req.params.id, client: auth?.payload.client_id, may });
});

export function wrong(req: express.Request): unknown[] {
  return [
    // @ts-expect-error an anonymous request has no req.auth
    req.auth.payload,
    // @ts-expect-error the scope claim stands in payload.scope; compiled, it is `scopes`
    req.auth?.scope,
  ];
}
