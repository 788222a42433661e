import express from 'express';
import {
  createGate,
  jwtVerifier,
  type OciDomainOptions,
  ociDomain,
  pingOneEnvironment,
  type TokenVerifier,
} from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import request from 'supertest';

const audience = 'https://orders.example/';
const issuer = testIssuer({ audience });
const token = issuer.token({ scope: 'orders:write' });

/** The scopes of the challenge and of the body of a 403. */
async function requiredScopes(verifier: TokenVerifier, scope: string, bearer = token) {
  const gate = createGate({ verifier });
  const app = express().get('/orders', gate.require(scope));
  const { status, headers, body } = await request(app).get('/orders').set('Authorization', `Bearer ${bearer}`);
  expect(status).toBe(403);
  return [/scope="([^"]*)"/.exec(headers['www-authenticate'] as string)?.[1], body.required_scope];
}

function domain(options: Partial<OciDomainOptions> = {}) {
  return { ...ociDomain({ url: issuer.url, tenant: issuer.tenant, audience, ...options }), fetch: issuer.fetch };
}

test('with a resource application of OCI, a 403 names the scope as a client has to request it', async () => {
  const qualified = 'https://orders.example/orders:read';

  expect(await requiredScopes(jwtVerifier(domain()), 'orders:read')).toEqual([qualified, qualified]);
});

test('the first of several audiences stands before the scope', async () => {
  const verifier = jwtVerifier(domain({ audience: [audience, 'https://old.example/'] }));

  expect((await requiredScopes(verifier, 'orders:read'))[0]).toBe('https://orders.example/orders:read');
});

test("Oracle's own scopes are requested as they are, with an audience of one's own too", async () => {
  const scope = 'urn:opc:resource:consumer:paas::read';

  expect(await requiredScopes(jwtVerifier(domain()), scope)).toEqual([scope, scope]);
});

test('without an audience of its own, a domain names scopes as tokens hold them', async () => {
  const account = testIssuer();
  const verifier = jwtVerifier({ ...ociDomain({ url: account.url, tenant: account.tenant }), fetch: account.fetch });

  expect(await requiredScopes(verifier, 'orders:read', account.token({ scope: 'a' }))).toEqual([
    'orders:read',
    'orders:read',
  ]);
});

test('an audience that cannot stand in a scope is left out', async () => {
  const other = testIssuer({ audience: 'My orders' });
  const options = ociDomain({ url: other.url, tenant: other.tenant, audience: 'My orders' });
  const verifier = jwtVerifier({ ...options, fetch: other.fetch });

  expect((await requiredScopes(verifier, 'orders:read', other.token({ scope: 'a' })))[0]).toBe('orders:read');
});

test('PingOne scopes are requested as they are', () => {
  const environmentId = '6b1f0a52-5d3c-4b7e-9a70-2f1f1c3e8d44';

  expect(pingOneEnvironment({ environmentId, audience: 'orders' })).not.toHaveProperty('scopePrefix');
});

test('what a verifier of the application returns cannot add to the header', async () => {
  const verifier = { ...jwtVerifier(domain()), toRequestedScope: () => 'a", error="none' };

  expect((await requiredScopes(verifier, 'orders:read'))[0]).toBe('orders:read');
});

test.each(['a b', 'a"', 5])('a scopePrefix of %j is refused at creation', (scopePrefix) => {
  expect(() => jwtVerifier({ ...domain(), scopePrefix: scopePrefix as string })).toThrow(
    'jwtVerifier(): "scopePrefix" must be the beginning of a scope',
  );
});
