import { createPrivateKey, randomUUID } from 'node:crypto';
import express, { type Router } from 'express';
import jwt from 'jsonwebtoken';
import { ACCOUNT_AUDIENCE } from 'scopegate';
import { now } from './authorization-server/clock.js';
import type { SigningKey } from './authorization-server/keys.js';

export interface BadTokenOptions {
  readonly issuer: string;
  readonly tenant: string;
  readonly signingKey: () => SigningKey;
}

type Claims = Readonly<Record<string, string | number>>;

/** The fault of each kind; the signature is valid. */
const KINDS: ReadonlyMap<string, (claims: Claims) => Claims> = new Map<string, (claims: Claims) => Claims>([
  ['expired', (claims) => ({ ...claims, iat: now() - 7200, exp: now() - 3600 })],
  ['wrong-audience', (claims) => ({ ...claims, aud: 'https://another-api.example' })],
  ['wrong-tenant', (claims) => ({ ...claims, tenant: 'idcs-another' })],
  ['id-token', (claims) => ({ ...claims, tok_type: 'IT' })],
]);

/**
 * Tokens that a resource server has to refuse, to try that it does: `POST /bad-tokens` with `kind=expired`,
 * for any caller. No real authorization server has such a thing.
 */
export function badTokens({ issuer, tenant, signingKey }: BadTokenOptions): Router {
  const router = express.Router();
  router.post('/bad-tokens', express.urlencoded({ extended: false, limit: '1kb' }), (req, res) => {
    const spoil = KINDS.get(String(req.body?.kind));
    res.set('Cache-Control', 'no-store');
    if (spoil === undefined) {
      const sentence = `kind is one of ${[...KINDS.keys()].join(', ')}.`;
      res.status(400).json({ error: 'invalid_request', error_description: sentence });
      return;
    }
    const { jwk } = signingKey();
    const good: Claims = {
      iss: issuer,
      sub: 'nobody',
      client_id: 'nobody',
      tenant,
      tok_type: 'AT',
      aud: ACCOUNT_AUDIENCE,
      scope: 'urn:opc:resource:consumer:paas::read',
      jti: randomUUID(),
      iat: now(),
      exp: now() + 3600,
    };
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    const token = jwt.sign(spoil(good), key, { algorithm: 'RS256', keyid: jwk.kid });
    res.json({ access_token: token, token_type: 'Bearer' });
  });
  return router;
}
