import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { type ClientMetadata, Provider } from 'oidc-provider';
import {
  createGate,
  type IntrospectionVerifierOptions,
  introspectionVerifier,
  jwtVerifier,
  type TokenVerifier,
  tokenFormVerifier,
  VerifierUnavailableError,
} from 'scopegate';
import request from 'supertest';
import { reasonOf } from '../support/tokens.js';

const ORDERS = 'https://orders.example';
const BILLING = 'https://billing.example';
const SIGNED = 'https://signed.example';

const clientKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const secretClient: ClientMetadata = {
  client_id: 'orders-api',
  client_secret: 'hush',
  redirect_uris: [],
  response_types: [],
  grant_types: [],
};
const keyClient: ClientMetadata = {
  ...secretClient,
  client_id: 'orders-api-with-key',
  client_secret: undefined as never,
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [{ ...clientKey.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' } as never] },
};
const shop: ClientMetadata = {
  client_id: 'shop',
  client_secret: 'shop secret',
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
};

let server: Server;
let provider: Provider;
let issuer: string;

beforeAll(async () => {
  for (const method of ['info', 'warn'] as const) jest.spyOn(console, method).mockImplementation(() => undefined);
  // Jest's own gives objects of another realm, which the package does not take for plain ones.
  jest.spyOn(globalThis, 'structuredClone').mockImplementation((value: unknown) => JSON.parse(JSON.stringify(value)));
  server = createServer((req, res) => provider.callback()(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  provider = new Provider(issuer, {
    clients: [secretClient, keyClient, shop],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'p1', alg: 'RS256', use: 'sig' } as never] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: (_ctx, client) => client.clientId !== 'shop' },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: 'orders:read orders:write',
          audience: resource,
          accessTokenFormat: resource === SIGNED ? 'jwt' : 'opaque',
        }),
      },
    },
  });
});

afterAll(async () => {
  jest.restoreAllMocks();
  await new Promise((resolve) => server.close(resolve));
});

const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

async function post(path: string, form: Record<string, string>) {
  const headers = { authorization: basic('shop', 'shop secret') };
  return fetch(`${issuer}${path}`, { method: 'POST', headers, body: new URLSearchParams(form) });
}

async function tokenFor(resource: string | undefined, scope = 'orders:read'): Promise<string> {
  const response = await post('/token', { grant_type: 'client_credentials', ...(resource && { resource, scope }) });
  const body = (await response.json()) as { access_token: string };
  expect([response.status, body]).toEqual([200, expect.objectContaining({ token_type: 'Bearer' })]);
  return body.access_token;
}

function verifierOf(over: Partial<IntrospectionVerifierOptions> = {}) {
  return introspectionVerifier({
    introspectionEndpoint: `${issuer}/token/introspection`,
    issuer,
    client: { clientId: 'orders-api', clientSecret: 'hush' },
    audience: ORDERS,
    ...over,
  });
}

const reasonFor = async (verifier: TokenVerifier, token: string) =>
  reasonOf(await verifier.verify({ scheme: 'bearer', token }));

test.each<[string, () => IntrospectionVerifierOptions['client']]>([
  ['client_secret_basic', () => ({ clientId: 'orders-api', clientSecret: 'hush' })],
  [
    'private_key_jwt',
    () => ({
      clientId: 'orders-api-with-key',
      privateKey: { ...clientKey.privateKey.export({ format: 'jwk' }), kid: 'k1' },
    }),
  ],
])('an opaque token of oidc-provider is accepted by a client with %s', async (_, client) => {
  expect(await reasonFor(verifierOf({ client: client() }), await tokenFor(ORDERS))).toBe('accepted');
});

test('tokens that are not good here are refused, each for its reason', async () => {
  const verifier = verifierOf();

  expect(await reasonFor(verifier, await tokenFor(BILLING))).toBe('audience_mismatch');
  expect(await reasonFor(verifier, await tokenFor(undefined))).toBe('claim_missing');
  expect(await reasonFor(verifier, 'unknown')).toBe('token_inactive');
});

test('a token that the server revokes is refused with the next request', async () => {
  const token = await tokenFor(ORDERS);
  const verifier = verifierOf();
  expect(await reasonFor(verifier, token)).toBe('accepted');

  await post('/token/revocation', { token });

  expect(await reasonFor(verifier, token)).toBe('token_inactive');
});

test.each<[string, Partial<IntrospectionVerifierOptions>]>([
  ['a wrong secret', { client: { clientId: 'orders-api', clientSecret: 'wrong' } }],
  ['an unknown client', { client: { clientId: 'nobody', clientSecret: 'hush' } }],
])('%s is an outage', async (_, over) => {
  const asking = reasonFor(verifierOf(over), await tokenFor(ORDERS));

  await expect(asking).rejects.toThrow(VerifierUnavailableError);
  await expect(asking).rejects.toThrow(/credentials of this resource server were not accepted/);
});

test('JWTs and opaque tokens of one server reach an API through one gate', async () => {
  const jwt = jwtVerifier({ issuer, audience: SIGNED, jwksUri: `${issuer}/jwks` });
  const gate = createGate({ verifier: tokenFormVerifier({ jwt, opaque: verifierOf() }) });
  const app = express().get('/orders', gate.require('orders:read'), (req, res) => {
    res.json(gate.auth(req).verifier === jwt ? 'jwt' : 'opaque');
  });
  const get = async (token: string) => {
    const { status, body } = await request(app).get('/orders').set('Authorization', `Bearer ${token}`);
    return [status, body.reason ?? body];
  };

  expect(await get(await tokenFor(SIGNED))).toEqual([200, 'jwt']);
  expect(await get(await tokenFor(ORDERS))).toEqual([200, 'opaque']);
  expect(await get(await tokenFor(ORDERS, 'orders:write'))).toEqual([403, 'insufficient_scope']);
});
