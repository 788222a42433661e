// Without `scopegate/augment`, nothing is declared for Express: compiled with each TypeScript, never run.
import express from 'express';
import { createGate, type TokenVerifier } from 'scopegate';

declare const verifier: TokenVerifier;
const gate = createGate({ verifier });

express().get('/', gate.authenticate, (req, res) => {
  // @ts-expect-error gate.auth(req) is typed; req.auth is for those who import scopegate/augment
  res.json(req.auth);
});
