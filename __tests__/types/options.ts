// Misspelt, missing and mistaken options do not compile: compiled by `npm run types`, never run.
import type { Request } from 'express';
import {
  accountAudience,
  createGate,
  jwtVerifier,
  ociDomain,
  pingOneEnvironment,
  protectedResourceMetadata,
  tagAudience,
} from 'scopegate';
import { bearerAuthVerifier, senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';

const domain = ociDomain({ url: 'https://idcs-0a1b.identity.oraclecloud.com', tenant: 'idcs-0a1b' });
const verifier = jwtVerifier({
  ...domain,
  clockTolerance: 30,
  algorithms: ['RS256', 'PS256'],
  fetch: globalThis.fetch,
});

const metadata = protectedResourceMetadata({
  resource: 'https://api.example',
  authorizationServers: ['https://issuer.example'],
  members: { resource_name: 'Orders', 'resource_name#de': 'Bestellungen' },
});
// @ts-expect-error a resource has an authorization server
protectedResourceMetadata({ resource: 'https://api.example' });

senderConstrainedVerifier({
  ...domain,
  dpop: { required: true, iatOffset: 60 },
  getCertificate: () => undefined,
  mtls: { required: true },
});
senderConstrainedVerifier({ ...domain, getCertificate: (req: Request) => req.header('x-client-cert') });

export function gates(): void {
  // @ts-expect-error a gate needs a verifier
  createGate({});
  // @ts-expect-error it has one realm
  createGate({ verifier, realms: ['a'] });
  // @ts-expect-error the listener is called onDecision
  createGate({ verifier, observe: () => undefined });
  // @ts-expect-error and is a function
  createGate({ verifier, onDecision: 'log' });
  // @ts-expect-error a function is no verifier
  createGate({ verifier: () => true });
  createGate({ verifier, resourceMetadata: metadata, challengeScope: 'always' });
  createGate({ verifier, resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource' });
  // @ts-expect-error the first 401, or not
  createGate({ verifier, challengeScope: 'never' });
  // @ts-expect-error a handler has the URL of what it serves
  createGate({ verifier, resourceMetadata: () => undefined });
  createGate({ verifier, realm: undefined, onDecision: undefined }); // as good as left out
  // @ts-expect-error the options of auth() are for auth()
  bearerAuthVerifier({ issuerBaseURL: 'https://issuer.example' });
}

export function constrained(): void {
  // @ts-expect-error required, not requierd
  senderConstrainedVerifier({ ...domain, dpop: { requierd: true } });
  // @ts-expect-error DPoP cannot be switched off here; jwtVerifier() does without
  senderConstrainedVerifier({ ...domain, dpop: { enabled: false } });
  // @ts-expect-error true or false
  senderConstrainedVerifier({ ...domain, mtls: { required: 'yes' } });
  // @ts-expect-error a function, since each request has its own
  senderConstrainedVerifier({ ...domain, getCertificate: Buffer.from('a') });
  // @ts-expect-error an issuer is needed as well
  senderConstrainedVerifier({ dpop: { required: true } });
}

export function verifiers(): void {
  // @ts-expect-error an audience is not left out
  jwtVerifier({ issuer: 'https://issuer.example', jwksUri: 'https://issuer.example/keys' });
  jwtVerifier({ issuerBaseURL: 'https://issuer.example', audience: 'reports' });
  // @ts-expect-error one issuer is discovered by one verifier
  jwtVerifier({ issuerBaseURL: ['https://issuer.example'], audience: 'reports' });
  jwtVerifier({ ...domain, scopesFrom: ['permissions', 'scope'] });
  jwtVerifier({ ...domain, scopesFrom: ({ roles }) => (Array.isArray(roles) ? roles.map(String) : undefined) });
  // @ts-expect-error the scopes must be known synchronously
  jwtVerifier({ ...domain, scopesFrom: async () => ['read'] });
  jwtVerifier({ ...domain, requiredClaims: { client_id: ['dashboard', 'cli'], azp: 'dashboard' } });
  // @ts-expect-error jwksUri, not jwksUrl
  jwtVerifier({ issuer: 'https://issuer.example', audience: 'reports', jwksUrl: 'https://issuer.example/keys' });
  jwtVerifier({ ...domain, typ: ['at+jwt', 'application/okta-internal-at+jwt'] });
  // @ts-expect-error a type is a string
  jwtVerifier({ ...domain, typ: [/at\+jwt/] });
  // @ts-expect-error a list of algorithms
  jwtVerifier({ ...domain, algorithms: 'RS256' });
  // @ts-expect-error a domain has a tenant
  ociDomain({ url: 'https://idcs-0a1b.identity.oraclecloud.com' });
  // @ts-expect-error both halves of the credentials
  ociDomain({ url: 'https://a.example', tenant: 'a', keyCredentials: { clientId: 'a' } });
  // @ts-expect-error a region is one of the list
  pingOneEnvironment({ environmentId: 'a', audience: 'reports', region: 'mars' });
  // @ts-expect-error whose tokens are believed is said in so many words
  accountAudience({});
  // @ts-expect-error tags have a key and a value
  tagAudience({ tenant: 'a', tags: ['a=b'] });
}
