import express from 'express';
import fc from 'fast-check';
import { accountAudience, createGate, jwtVerifier, ociDomain, resolveTokenRequest, tagAudience } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import request from 'supertest';
import type { TokenGrant, TokenRequest } from '../../lib/issuance/token-request.js';
import { isMalformedConsumerScope } from '../../lib/scope/grammar.js';
import { isSelfScope } from '../../lib/scope/self-scopes.js';
import { ACCOUNT } from './fixtures/cases.js';
import { isTagAudience, mayDo, requiredAt, TAGS, tokenRequest } from './fixtures/model.js';

const issuer = testIssuer();
const { url, tenant } = issuer;
const { jwksUri: _, ...domain } = ociDomain({ url, tenant });

/** A resource server that answers to `audience`, with a route for each scope that it may need. */
function resourceServer(audience: string, scopes: readonly string[]) {
  const rule = isTagAudience(audience)
    ? tagAudience({ tags: TAGS, tenant })
    : audience === ACCOUNT
      ? accountAudience({ tenant })
      : audience;
  const gate = createGate({ verifier: jwtVerifier({ ...domain, jwks: issuer.jwks(), audience: rule }) });
  const app = express();
  scopes.forEach((scope, i) => {
    const options = isSelfScope(scope) ? { owner: () => 'test-client' } : {};
    app.get(`/${i}`, gate.require(scope, options), (_req, res) => {
      res.sendStatus(204);
    });
  });
  return app;
}

const isIssued = (answer: ReturnType<typeof resolveTokenRequest>): answer is TokenGrant => answer.ok;

/** What was issued for requests drawn at random, the same ones every time. */
function drawn(seed: number, count: number): { asked: TokenRequest; token: TokenGrant }[] {
  return fc
    .sample(tokenRequest, { seed, numRuns: count })
    .map((asked) => ({ asked, token: resolveTokenRequest(asked) }))
    .flatMap(({ asked, token }) => (isIssued(token) ? [{ asked, token }] : []));
}

test('a gate permits with an issued token only what the grants cover', async () => {
  const outcomes = { permitted: 0, refused: 0 };
  for (const { asked, token } of drawn(7, 160)) {
    const bearer = issuer.token({ scope: token.scope, aud: token.audience });
    for (const audience of [token.audience].flat() as string[]) {
      const scopes = requiredAt(asked, audience).filter((scope) => !isMalformedConsumerScope(scope)); // no route has one
      const server = resourceServer(audience, scopes);
      for (const [i, scope] of scopes.entries()) {
        const { status } = await request(server).get(`/${i}`).set('Authorization', `Bearer ${bearer}`);
        if (status === 204) outcomes.permitted++;
        else outcomes.refused++;
        const isGood = status === 403 || (status === 204 && mayDo(asked, audience, scope));
        expect({ audience, scope, status, isGood }).toEqual({ audience, scope, status, isGood: true });
      }
    }
  }
  expect(outcomes.permitted).toBeGreaterThan(50);
  expect(outcomes.refused).toBeGreaterThan(50);
}, 120_000);

test('a gate of another audience refuses every issued token', async () => {
  const server = resourceServer('https://elsewhere.example', ['read']);
  const tokens = drawn(8, 40);
  for (const { token } of tokens) {
    const bearer = issuer.token({ scope: token.scope, aud: token.audience });
    await request(server).get('/0').set('Authorization', `Bearer ${bearer}`).expect(401);
  }
  expect(tokens.length).toBeGreaterThan(5);
});
