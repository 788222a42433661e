import { jwtVerifier } from '../../lib/token/jwt/jwt-verifier.js';
import type { JwtVerifierOptions } from '../../lib/token/jwt/jwt-verifier-options.js';
import { auth0Tenant } from '../../lib/token/presets/auth0-tenant.js';
import { cognitoUserPool } from '../../lib/token/presets/cognito-user-pool.js';
import { entraTenant } from '../../lib/token/presets/entra-tenant.js';
import { keycloakRealm } from '../../lib/token/presets/keycloak-realm.js';
import { oktaAuthorizationServer } from '../../lib/token/presets/okta-authorization-server.js';
import { claims, clockAt, forge, keyEndpoint, NOW, reasonOf, signingKey } from '../support/tokens.js';

// The tokens of each issuer are in issuer-cases.ts; here is what the options build, and what they refuse.

const TENANT = '3f8a1c52-7d40-4e1b-9a6c-5b0e2d7f9c31';
const key = signingKey('RS256', 'k1');

const GOOD = {
  auth0Tenant: { domain: 'acme.eu.auth0.com', audience: 'https://api.acme.example' },
  cognitoUserPool: { region: 'eu-west-1', userPoolId: 'eu-west-1_AbCdEf', clientIds: '57cbishk' },
  entraTenant: { tenantId: TENANT, audience: 'api://orders' },
  keycloakRealm: { baseUrl: 'https://sso.acme.example', realm: 'main', audience: 'orders-api' },
  oktaAuthorizationServer: { domain: 'acme.okta.com', audience: 'api://default' },
};
const PRESETS = { auth0Tenant, cognitoUserPool, entraTenant, keycloakRealm, oktaAuthorizationServer };
type Name = keyof typeof PRESETS;
const NAMES = Object.keys(PRESETS) as Name[];

function build(name: Name, over: object = {}): JwtVerifierOptions {
  return PRESETS[name]({ ...GOOD[name], ...over } as never);
}

const MICROSOFT = `https://login.microsoftonline.com/${TENANT}`;

test.each<[Name, object, string | readonly string[], string]>([
  ['auth0Tenant', {}, 'https://acme.eu.auth0.com/', 'https://acme.eu.auth0.com/.well-known/jwks.json'],
  [
    'auth0Tenant',
    { domain: 'id.acme.example' },
    'https://id.acme.example/',
    'https://id.acme.example/.well-known/jwks.json',
  ],
  [
    'cognitoUserPool',
    {},
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf',
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf/.well-known/jwks.json',
  ],
  [
    'cognitoUserPool',
    { region: 'us-gov-west-1', userPoolId: 'us-gov-west-1_Ab' },
    'https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_Ab',
    'https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_Ab/.well-known/jwks.json',
  ],
  ['entraTenant', {}, [`https://sts.windows.net/${TENANT}/`, `${MICROSOFT}/v2.0`], `${MICROSOFT}/discovery/v2.0/keys`],
  ['entraTenant', { versions: [2] }, [`${MICROSOFT}/v2.0`], `${MICROSOFT}/discovery/v2.0/keys`],
  ['entraTenant', { versions: [1] }, [`https://sts.windows.net/${TENANT}/`], `${MICROSOFT}/discovery/keys`],
  [
    'keycloakRealm',
    {},
    'https://sso.acme.example/realms/main',
    'https://sso.acme.example/realms/main/protocol/openid-connect/certs',
  ],
  [
    'keycloakRealm',
    { baseUrl: 'https://sso.acme.example/auth/', realm: 'my realm' },
    'https://sso.acme.example/auth/realms/my%20realm',
    'https://sso.acme.example/auth/realms/my%20realm/protocol/openid-connect/certs',
  ],
  [
    'keycloakRealm',
    { jwksUri: 'https://keycloak.internal/certs' },
    'https://sso.acme.example/realms/main',
    'https://keycloak.internal/certs',
  ],
  [
    'oktaAuthorizationServer',
    {},
    'https://acme.okta.com/oauth2/default',
    'https://acme.okta.com/oauth2/default/v1/keys',
  ],
  [
    'oktaAuthorizationServer',
    { serverId: 'aus1ab2cd3EF' },
    'https://acme.okta.com/oauth2/aus1ab2cd3EF',
    'https://acme.okta.com/oauth2/aus1ab2cd3EF/v1/keys',
  ],
])('%s() with %j has its issuer and its keys', (name, over, issuer, jwksUri) => {
  expect(build(name, over)).toMatchObject({ issuer, jwksUri });
});

test.each(NAMES)('the options of %s() make a verifier that fetches keys there and nothing else', async (name) => {
  const endpoint = keyEndpoint(key);
  const options = build(name);
  const verifier = jwtVerifier({ ...options, fetch: endpoint.fetch, clock: clockAt(NOW) });
  const payload = claims({
    iss: [options.issuer].flat()[0],
    aud: name === 'cognitoUserPool' ? undefined : GOOD[name].audience,
    client_id: '57cbishk',
    token_use: 'access',
  });
  const token = forge({ alg: 'RS256', kid: 'k1' }, payload, key);

  expect(reasonOf(await verifier.verify({ scheme: 'bearer', token }))).toBe('accepted');
  expect(endpoint.asked).toEqual([options.jwksUri]);
});

test('without an audience, a verifier of cognitoUserPool() gets all tokens of its pool', () => {
  const options = build('cognitoUserPool');
  expect(jwtVerifier(options).origins).toEqual([{ issuer: options.issuer, binding: undefined }]);
});

test.each(NAMES)('%s() is pure: it returns the same options each time, and reads lists once', (name) => {
  const audience = ['a'];
  const first = build(name, { audience });
  audience.push('b');
  expect(JSON.stringify(first)).toBe(JSON.stringify(build(name, { audience: ['a'] })));
});

test.each(NAMES)('%s() accepts no HMAC and no unsigned tokens', (name) => {
  const { algorithms = [] } = build(name);
  expect(algorithms.filter((alg) => !/^[RP]S256$/.test(alg))).toEqual([]);
});

test.each<[object, string | undefined]>([
  [{ audience: 'api://orders' }, 'api://orders/'],
  [{ audience: 'https://orders.acme.example/' }, 'https://orders.acme.example/'],
  [{ audience: ['api://orders', '6e74172b-be56-4843-9ff4-e66a39bb12e3'] }, 'api://orders/'],
  [{ audience: '6e74172b-be56-4843-9ff4-e66a39bb12e3' }, undefined],
])('entraTenant() with %j has the scope prefix %s', (over, scopePrefix) => {
  expect(build('entraTenant', over).scopePrefix).toBe(scopePrefix);
});

const WRONG_AUDIENCES = [undefined, '', [], ['a', ''], 5, null];

test.each(NAMES)('%s() throws for wrong audiences', (name) => {
  for (const audience of WRONG_AUDIENCES) {
    if (name === 'cognitoUserPool' && audience === undefined) continue; // not checked then
    expect(() => build(name, { audience })).toThrow('"audience" must be a string or a list of strings');
  }
});

test.each<[Name, object, string]>([
  ['auth0Tenant', { domain: 'https://acme.eu.auth0.com' }, '"domain" must be a host name such as'],
  ['auth0Tenant', { domain: 'acme.eu.auth0.com/' }, '"domain" must be a host name'],
  ['auth0Tenant', { domain: 'me@acme.eu.auth0.com' }, '"domain" must be a host name'],
  ['auth0Tenant', { domain: 'acme' }, '"domain" must be a host name'],
  ['auth0Tenant', { domain: 'acme.eu.auth0.com\n' }, '"domain" must be a host name'],
  ['auth0Tenant', { domain: undefined }, '"domain" must be a host name'],
  ['auth0Tenant', { permissions: 'yes' }, '"permissions" must be true or false'],
  ['auth0Tenant', { permission: true }, 'Did you mean "permissions"?'],
  ['auth0Tenant', { issuerBaseURL: 'https://acme.eu.auth0.com' }, 'Did you mean "domain"?'],
  ['auth0Tenant', { tenant: 'acme' }, 'Did you mean "domain"?'],
  ['auth0Tenant', { identifier: 'https://api.acme.example' }, 'Did you mean "audience"?'],
  ['cognitoUserPool', { region: 'Ireland' }, '"region" must be a region such as'],
  ['cognitoUserPool', { region: 'eu-west-1.evil.example/' }, '"region" must be a region'],
  ['cognitoUserPool', { region: undefined }, '"region" must be a region'],
  ['cognitoUserPool', { userPoolId: 'AbCdEf' }, '"userPoolId" must be the id of a pool'],
  ['cognitoUserPool', { userPoolId: 'us-east-1_AbCdEf' }, '"userPoolId" must be the id of a pool: its region'],
  ['cognitoUserPool', { userPoolId: 'eu-west-1_Ab/../x' }, '"userPoolId" must be the id of a pool'],
  ['cognitoUserPool', { clientIds: undefined }, '"clientIds" must be the id of an app client, or a list'],
  ['cognitoUserPool', { clientIds: [] }, '"clientIds" must be'],
  ['cognitoUserPool', { clientIds: ['a', ''] }, '"clientIds" must be'],
  ['cognitoUserPool', { clientId: 'a' }, 'Did you mean "clientIds"?'],
  ['entraTenant', { tenantId: 'common' }, '"tenantId" must be the GUID of the tenant in lower case'],
  ['entraTenant', { tenantId: 'organizations' }, '"tenantId" must be the GUID'],
  ['entraTenant', { tenantId: 'acme.onmicrosoft.com' }, '"tenantId" must be the GUID'],
  ['entraTenant', { tenantId: TENANT.toUpperCase() }, '"tenantId" must be the GUID'],
  ['entraTenant', { tenantId: [TENANT] }, '"tenantId" must be the GUID'],
  ['entraTenant', { tenant: TENANT }, 'Did you mean "tenantId"?'],
  ['entraTenant', { versions: [] }, '"versions" must be a list of 1 and 2, not an empty list'],
  ['entraTenant', { versions: [3] }, '"versions" must be a list of 1 and 2'],
  ['entraTenant', { versions: 2 }, '"versions" must be a list of 1 and 2'],
  ['entraTenant', { version: 2 }, 'Did you mean "versions"?'],
  ['entraTenant', { rolePrefix: '' }, `"rolePrefix" must be the beginning of a scope, such as 'role:'`],
  ['entraTenant', { rolePrefix: 'a role' }, '"rolePrefix" must be the beginning of a scope'],
  ['entraTenant', { rolePrefix: true }, '"rolePrefix" must be the beginning of a scope'],
  ['entraTenant', { roles: true }, 'Did you mean "rolePrefix"?'],
  ['keycloakRealm', { baseUrl: 'sso.acme.example' }, '"baseUrl" must be an address'],
  ['keycloakRealm', { baseUrl: 'https://sso.acme.example/realms/main' }, 'without /realms/'],
  ['keycloakRealm', { baseUrl: 'https://sso.acme.example?a' }, '"baseUrl" must be an address'],
  ['keycloakRealm', { realm: 'a/b' }, '"realm" must be the name of a realm'],
  ['keycloakRealm', { realm: '' }, '"realm" must be the name of a realm'],
  ['keycloakRealm', { clientRoles: 'orders-api' }, 'in "clientRoles", takes an object of options'],
  ['keycloakRealm', { clientRoles: { client: 'a' } }, '"clientRoles.prefix" must be the beginning of a scope'],
  ['keycloakRealm', { clientRoles: { client: 'a', prefix: '' } }, '"clientRoles.prefix" must be'],
  ['keycloakRealm', { clientRoles: { prefix: 'role:' } }, '"clientRoles.client" must be the id of a client'],
  ['keycloakRealm', { clientRoles: { clientId: 'a', prefix: 'role:' } }, 'Did you mean "client"?'],
  ['keycloakRealm', { url: 'https://sso.acme.example' }, 'Did you mean "baseUrl"?'],
  ['keycloakRealm', { issuer: 'https://sso.acme.example' }, 'Did you mean "baseUrl"?'],
  ['keycloakRealm', { authServerUrl: 'https://sso.acme.example' }, 'Did you mean "baseUrl"?'],
  ['oktaAuthorizationServer', { orgUrl: 'https://acme.okta.com' }, 'Did you mean "domain"?'],
  ['oktaAuthorizationServer', { authorizationServerId: 'default' }, 'Did you mean "serverId"?'],
  ['oktaAuthorizationServer', { domain: 'https://acme.okta.com' }, '"domain" must be a host name'],
  ['oktaAuthorizationServer', { domain: 'acme-admin.okta.com' }, 'without https:// and -admin'],
  ['oktaAuthorizationServer', { domain: 'acme-admin.oktapreview.com' }, 'without https:// and -admin'],
  ['oktaAuthorizationServer', { serverId: '' }, 'Tokens of the org authorization server are for Okta alone'],
  ['oktaAuthorizationServer', { serverId: null }, 'Tokens of the org authorization server are for Okta alone'],
  ['oktaAuthorizationServer', { serverId: '../x' }, '"serverId" must be the id of a custom authorization server'],
  ['oktaAuthorizationServer', { issuer: 'https://acme.okta.com' }, 'Did you mean "domain"?'],
])('%s() throws for %j', (name, over, sentence) => {
  expect(() => build(name, over)).toThrow(TypeError);
  expect(() => build(name, over)).toThrow(sentence);
  expect(() => build(name, over)).toThrow(`${name}()`);
});

test('keycloakRealm() accepts plain http on this machine only', () => {
  expect(() => jwtVerifier(build('keycloakRealm', { baseUrl: 'http://localhost:8080' }))).not.toThrow();
  expect(() => jwtVerifier(build('keycloakRealm', { baseUrl: 'http://sso.acme.example' }))).toThrow(
    'must be an https address',
  );
});
