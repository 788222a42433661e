import type { JwtVerifierOptions } from '../../lib/token/jwt/jwt-verifier-options.js';
import { auth0Tenant } from '../../lib/token/presets/auth0-tenant.js';
import { cognitoUserPool } from '../../lib/token/presets/cognito-user-pool.js';
import { entraTenant } from '../../lib/token/presets/entra-tenant.js';
import { keycloakRealm } from '../../lib/token/presets/keycloak-realm.js';
import { ociDomain } from '../../lib/token/presets/oci-domain.js';
import { oktaAuthorizationServer } from '../../lib/token/presets/okta-authorization-server.js';
import { pingOneEnvironment } from '../../lib/token/presets/pingone-environment.js';
import { NOW } from '../support/tokens.js';

/** The audience of the API in the table. */
export const API = 'https://api.acme.example';
const CLIENT = 'K1AUPhZq';
const OKTA_ORG = 'application/okta-internal-at+jwt';
const times = { iat: NOW, exp: NOW + 3600 };

/** A token in the published shape of an issuer, and the outcome of its verification. */
export interface IssuerCase {
  readonly issuer: string;
  readonly token: string;
  readonly alg?: 'RS256' | 'ES384';
  readonly header?: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Beside `issuer` (that of the token), `audience` (default {@link API}) and the keys. */
  readonly options?: Partial<JwtVerifierOptions>;
  /** The scopes that the token holds where it is accepted, or the reason of its rejection. */
  readonly expected: readonly string[] | string;
  /** Why it is rejected, or why the options are needed. */
  readonly why?: string;
  /** Whether the token is accepted with any `aud`: then another claim binds it. */
  readonly anyAudience?: true;
}

const auth0 = {
  iss: 'https://acme.eu.auth0.com/',
  sub: 'auth0|65f0',
  aud: [API, 'https://acme.eu.auth0.com/userinfo'],
  ...times,
  scope: 'openid read:reports',
};
const entra = {
  aud: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
  ...times,
  nbf: NOW,
  oid: '6902',
  sub: 'HKZp',
  tid: '72f9',
};
const entraV2 = { ...entra, iss: 'https://login.microsoftonline.com/72f9/v2.0', azp: '0f1e', ver: '2.0' };
const entraV1 = {
  ...entra,
  iss: 'https://sts.windows.net/72f9/',
  aud: 'api://acme-reports',
  appid: '0f1e',
  ver: '1.0',
};
const okta = { ver: 1, jti: 'AT.abc', ...times, cid: '0oa1', uid: '00u1', auth_time: NOW, sub: 'jane@acme.example' };
const keycloak = {
  iss: 'https://sso.acme.example/realms/main',
  aud: ['reports-api', 'account'],
  sub: 'f1e2',
  azp: 'console',
  sid: 's-1',
  acr: '1',
  jti: 'on:1',
  ...times,
  scope: 'email profile',
};
const cognito = {
  iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf',
  sub: 'aaaa-bbbb',
  'cognito:groups': ['staff'],
  origin_jti: 'o-1',
  jti: 'j-1',
  auth_time: NOW,
  ...times,
};
const google = {
  iss: 'https://accounts.google.com',
  azp: '1234.apps.googleusercontent.com',
  aud: API,
  sub: '1107',
  email: 'jane@acme.example',
  email_verified: true,
  ...times,
};
const ping = { iss: 'https://auth.pingone.eu/5caa81af-ec05-41ff-a709-c7378007a99c/as', sub: 'f1', aud: ['reports'] };
const pingOne = {
  ...ping,
  client_id: CLIENT,
  env: '5caa81af-ec05-41ff-a709-c7378007a99c',
  org: 'o',
  jti: 'j',
  ...times,
};
const pingOptions = pingOneEnvironment({
  environmentId: '5caa81af-ec05-41ff-a709-c7378007a99c',
  region: 'eu',
  audience: 'reports',
});
const duende = { iss: 'https://demo.duendesoftware.com', nbf: NOW, aud: [API], client_id: CLIENT, jti: 'j', ...times };
const spring = { iss: 'https://auth.acme.example', sub: CLIENT, aud: [CLIENT], nbf: NOW, jti: 'j', ...times };
const uaa = {
  iss: 'https://uaa.acme.example/oauth/token',
  sub: 'u-1',
  client_id: CLIENT,
  cid: CLIENT,
  azp: CLIENT,
  zid: 'uaa',
  rev_sig: 'd4',
  grant_type: 'authorization_code',
  jti: 'j',
  ...times,
};
const hydra = {
  iss: 'https://hydra.acme.example',
  sub: 'u-1',
  client_id: CLIENT,
  ext: {},
  nbf: NOW,
  jti: 'j',
  ...times,
};
const dex = { iss: 'https://dex.acme.example', sub: 'CgNib2I', aud: CLIENT, at_hash: 'MTIzNDU2Nzg5', ...times };
const zitadel = {
  iss: 'https://acme.zitadel.cloud',
  sub: '1709',
  aud: ['1234@reports', '5678'],
  client_id: '1234@reports',
  nbf: NOW,
  jti: 'j',
  ...times,
};
const logto = { iss: 'https://acme.logto.app/oidc', sub: 'u', aud: API, client_id: CLIENT, jti: 'j', ...times };
const TENANT = 'idcs-0a1b2c3d';
const oci = {
  iss: 'https://identity.oraclecloud.com/',
  sub: '5f0c',
  sub_type: 'client',
  client_id: '5f0c',
  client_name: 'reports',
  aud: 'urn:opc:resource:scope:account',
  tenant: TENANT,
  gtp: 'cc',
  jti: 'j',
  ...times,
};
const ociOptions = ociDomain({ url: `https://${TENANT}.identity.oraclecloud.com`, tenant: TENANT });
const anotherTenant = 'the audience is the same for every customer of Oracle; the tenant binds the token';

const ENTRA_TENANT = '3f8a1c52-7d40-4e1b-9a6c-5b0e2d7f9c31';
const entraUser = { ...entra, tid: ENTRA_TENANT, azp: '0f1e', azpacr: '1', uti: 'fqiB', ver: '2.0' };
const entraByPreset = entraTenant({ tenantId: ENTRA_TENANT, audience: [entra.aud, 'api://acme-reports'] });
const entraWithRoles = entraTenant({ tenantId: ENTRA_TENANT, audience: entra.aud, rolePrefix: 'role:' });
const v2Issuer = `https://login.microsoftonline.com/${ENTRA_TENANT}/v2.0`;
const v1Issuer = `https://sts.windows.net/${ENTRA_TENANT}/`;
const auth0ByPreset = auth0Tenant({ domain: 'acme.eu.auth0.com', audience: API });
const pool = { region: 'eu-west-1', userPoolId: 'eu-west-1_AbCdEf', clientIds: ['57cbishk', '68dcjtil'] };
const poolToken = { ...cognito, version: 2, username: 'jane', client_id: '57cbishk', token_use: 'access' };
const realm = { baseUrl: 'https://sso.acme.example', realm: 'main', audience: 'reports-api' };
const realmToken = {
  ...keycloak,
  typ: 'Bearer',
  realm_access: { roles: ['offline_access'] },
  resource_access: { 'reports-api': { roles: ['reader'] }, account: { roles: ['manage'] } },
  scope: 'email profile reports.read',
};
const oktaByPreset = oktaAuthorizationServer({ domain: 'acme.okta.com', audience: 'api://default' });
const oktaToken = { ...okta, iss: 'https://acme.okta.com/oauth2/default', aud: 'api://default' };

/** Access tokens as issuers publish their shape, and tokens beside them that are none. All values are invented. */
export const ISSUER_CASES: readonly IssuerCase[] = [
  {
    issuer: 'auth0Tenant()',
    token: 'default profile',
    header: { typ: 'JWT' },
    payload: { ...auth0, azp: CLIENT, permissions: ['read:reports', 'write:reports'] },
    options: auth0ByPreset,
    expected: ['openid', 'read:reports'],
  },
  {
    issuer: 'auth0Tenant()',
    token: 'RFC 9068 profile',
    header: { typ: 'at+jwt' },
    payload: { ...auth0, client_id: CLIENT, jti: 'j' },
    options: { ...auth0ByPreset, strict: true },
    expected: ['openid', 'read:reports'],
  },
  {
    issuer: 'auth0Tenant()',
    token: 'permissions',
    header: { typ: 'JWT' },
    payload: { ...auth0, azp: CLIENT, permissions: ['read:reports', 'write:reports'] },
    options: auth0Tenant({ domain: 'acme.eu.auth0.com', audience: API, permissions: true }),
    expected: ['read:reports', 'write:reports'],
  },
  {
    issuer: 'auth0Tenant()',
    token: 'without permissions, where they are read',
    header: { typ: 'JWT' },
    payload: { ...auth0, azp: CLIENT },
    options: auth0Tenant({ domain: 'acme.eu.auth0.com', audience: API, permissions: true }),
    expected: [],
    why: 'without RBAC a client may have any scope that it asks for, so scope does not stand in for permissions',
  },
  {
    issuer: 'auth0Tenant()',
    token: 'client credentials',
    header: { typ: 'JWT' },
    payload: {
      ...auth0,
      aud: API,
      sub: `${CLIENT}@clients`,
      azp: CLIENT,
      gty: 'client-credentials',
      scope: 'read:reports',
    },
    options: auth0ByPreset,
    expected: ['read:reports'],
  },
  {
    issuer: 'auth0Tenant()',
    token: 'of another tenant',
    header: { typ: 'JWT' },
    payload: { ...auth0, iss: 'https://other.eu.auth0.com/' },
    options: auth0ByPreset,
    expected: 'issuer_mismatch',
    why: 'each tenant has its own issuer',
  },
  {
    issuer: 'auth0Tenant()',
    token: 'ID token',
    header: { typ: 'JWT' },
    payload: { ...auth0, scope: undefined, aud: CLIENT, nonce: 'n', sid: 's' },
    options: auth0ByPreset,
    expected: 'audience_mismatch',
    why: 'an ID token is for the client',
  },

  {
    issuer: 'entraTenant()',
    token: 'version 2, delegated',
    header: { typ: 'JWT' },
    payload: { ...entraUser, iss: v2Issuer, scp: 'Reports.Read access_as_user', roles: ['Admin'] },
    options: entraByPreset,
    expected: ['Reports.Read', 'access_as_user'],
  },
  {
    issuer: 'entraTenant()',
    token: 'version 1, delegated',
    header: { typ: 'JWT' },
    payload: { ...entraV1, iss: v1Issuer, tid: ENTRA_TENANT, scp: 'Reports.Read' },
    options: entraByPreset,
    expected: ['Reports.Read'],
  },
  {
    issuer: 'entraTenant()',
    token: 'application',
    header: { typ: 'JWT' },
    payload: { ...entraUser, iss: v2Issuer, sub: '1111', oid: '1111', roles: ['Reports.Read.All'] },
    options: entraByPreset,
    expected: [],
    why: 'roles are read only where rolePrefix is set',
  },
  {
    issuer: 'entraTenant()',
    token: 'application, with rolePrefix',
    header: { typ: 'JWT' },
    payload: { ...entraUser, iss: v2Issuer, sub: '1111', oid: '1111', roles: ['Reports.Read.All'] },
    options: entraWithRoles,
    expected: ['role:Reports.Read.All'],
  },
  {
    issuer: 'entraTenant()',
    token: 'delegated, with roles and rolePrefix',
    header: { typ: 'JWT' },
    payload: { ...entraUser, iss: v2Issuer, scp: 'Reports.Read', roles: ['Reports.Write', 'Report Admins'] },
    options: entraWithRoles,
    expected: ['Reports.Read', 'role:Reports.Write'],
  },
  {
    issuer: 'entraTenant()',
    token: 'version 1, where only version 2 is accepted',
    header: { typ: 'JWT' },
    payload: { ...entraV1, iss: v1Issuer, tid: ENTRA_TENANT, scp: 'Reports.Read' },
    options: entraTenant({ tenantId: ENTRA_TENANT, audience: 'api://acme-reports', versions: [2] }),
    expected: 'issuer_mismatch',
    why: 'versions leaves it out',
  },
  {
    issuer: 'entraTenant()',
    token: 'of another tenant',
    header: { typ: 'JWT' },
    payload: { ...entraUser, iss: v2Issuer.replace('3f8a', '83a0'), scp: 'Reports.Read' },
    options: entraByPreset,
    expected: 'issuer_mismatch',
    why: 'iss holds the tenant',
  },
  {
    issuer: 'entraTenant()',
    token: 'for Microsoft Graph',
    header: { typ: 'JWT' },
    payload: { ...entraUser, iss: v2Issuer, aud: '00000003-0000-0000-c000-000000000000', scp: 'User.Read' },
    options: entraByPreset,
    expected: 'audience_mismatch',
    why: 'the client requested no scope of the API',
  },
  {
    issuer: 'entraTenant()',
    token: 'ID token of the same registration',
    header: { typ: 'JWT' },
    payload: { ...entraUser, iss: v2Issuer, nonce: 'n', name: 'Jane', azp: undefined },
    options: entraByPreset,
    expected: 'not_an_access_token',
    why: 'only nonce tells it from an access token',
  },

  {
    issuer: 'cognitoUserPool()',
    token: 'without resource binding',
    payload: { ...poolToken, scope: 'reports/read' },
    options: cognitoUserPool(pool),
    expected: ['reports/read'],
    anyAudience: true,
  },
  {
    issuer: 'cognitoUserPool()',
    token: 'with resource binding, where aud is not checked',
    payload: { ...poolToken, aud: 'https://api.acme.example', scope: 'reports/read' },
    options: cognitoUserPool(pool),
    expected: ['reports/read'],
    anyAudience: true,
  },
  {
    issuer: 'cognitoUserPool()',
    token: 'client credentials of another accepted client',
    payload: {
      ...cognito,
      sub: '68dcjtil',
      client_id: '68dcjtil',
      version: 2,
      token_use: 'access',
      scope: 'reports/read',
    },
    options: cognitoUserPool(pool),
    expected: ['reports/read'],
    anyAudience: true,
  },
  {
    issuer: 'cognitoUserPool()',
    token: 'with resource binding, where aud is checked',
    payload: { ...poolToken, aud: API, scope: 'reports/read' },
    options: cognitoUserPool({ ...pool, audience: API }),
    expected: ['reports/read'],
  },
  {
    issuer: 'cognitoUserPool()',
    token: 'without resource binding, where aud is checked',
    payload: { ...poolToken, scope: 'reports/read' },
    options: cognitoUserPool({ ...pool, audience: API }),
    expected: 'claim_missing',
    why: 'the client did not request the resource',
  },
  {
    issuer: 'cognitoUserPool()',
    token: 'with the right aud, of another client',
    payload: { ...poolToken, aud: API, client_id: 'attacker', scope: 'reports/read' },
    options: cognitoUserPool({ ...pool, audience: API }),
    expected: 'claim_mismatch',
    why: 'any client chooses aud, so it does not stand in for client_id',
  },
  {
    issuer: 'cognitoUserPool()',
    token: 'without client_id',
    payload: { ...poolToken, client_id: undefined, scope: 'reports/read' },
    options: cognitoUserPool(pool),
    expected: 'claim_mismatch',
    why: 'nothing else binds the token',
  },
  {
    issuer: 'cognitoUserPool()',
    token: 'without token_use',
    payload: { ...poolToken, token_use: undefined, scope: 'reports/read' },
    options: cognitoUserPool(pool),
    expected: 'claim_mismatch',
    why: 'every access token of a pool says what it is',
  },
  {
    issuer: 'cognitoUserPool()',
    token: 'ID token',
    payload: {
      ...cognito,
      aud: '57cbishk',
      client_id: '57cbishk',
      token_use: 'id',
      at_hash: 'a',
      scope: 'reports/read',
    },
    options: cognitoUserPool(pool),
    expected: 'claim_mismatch',
    why: 'token_use says so',
  },
  {
    issuer: 'cognitoUserPool()',
    token: 'sign-in with the user-pool API',
    payload: { ...poolToken, scope: 'aws.cognito.signin.user.admin' },
    options: cognitoUserPool(pool),
    expected: ['aws.cognito.signin.user.admin'],
    anyAudience: true,
  },
  {
    issuer: 'cognitoUserPool()',
    token: 'of another pool',
    payload: {
      ...poolToken,
      iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other',
      scope: 'reports/read',
    },
    options: cognitoUserPool(pool),
    expected: 'issuer_mismatch',
    why: 'iss holds the pool',
  },

  {
    issuer: 'keycloakRealm()',
    token: 'Bearer',
    header: { typ: 'JWT' },
    payload: realmToken,
    options: keycloakRealm(realm),
    expected: ['email', 'profile', 'reports.read'],
  },
  {
    issuer: 'keycloakRealm()',
    token: 'Bearer, with the roles of a client',
    header: { typ: 'JWT' },
    payload: realmToken,
    options: keycloakRealm({ ...realm, clientRoles: { client: 'reports-api', prefix: 'role:' } }),
    expected: ['email', 'profile', 'reports.read', 'role:reader'],
  },
  {
    issuer: 'keycloakRealm()',
    token: 'Bearer, with the roles of a client that the user does not have',
    header: { typ: 'JWT' },
    payload: { ...realmToken, resource_access: { account: { roles: ['manage'] } } },
    options: keycloakRealm({ ...realm, clientRoles: { client: 'reports-api', prefix: 'role:' } }),
    expected: ['email', 'profile', 'reports.read'],
  },
  {
    issuer: 'keycloakRealm()',
    token: 'at+jwt by option',
    header: { typ: 'at+jwt' },
    payload: realmToken,
    options: keycloakRealm(realm),
    expected: ['email', 'profile', 'reports.read'],
  },
  {
    issuer: 'keycloakRealm()',
    token: 'without an Audience mapper',
    header: { typ: 'JWT' },
    payload: { ...realmToken, aud: 'account' },
    options: keycloakRealm(realm),
    expected: 'audience_mismatch',
    why: 'an Audience mapper must add the API',
  },
  {
    issuer: 'keycloakRealm()',
    token: 'lightweight',
    header: { typ: 'JWT' },
    payload: { iss: keycloak.iss, typ: 'Bearer', azp: 'console', jti: 'j', sid: 's', scope: 'reports.read', ...times },
    options: keycloakRealm(realm),
    expected: 'claim_missing',
    why: 'it has no aud',
  },
  {
    issuer: 'keycloakRealm()',
    token: 'ID token',
    header: { typ: 'JWT' },
    payload: { ...realmToken, typ: 'ID' },
    options: keycloakRealm(realm),
    expected: 'not_an_access_token',
    why: 'the typ claim says so',
  },
  {
    issuer: 'keycloakRealm()',
    token: 'of another realm',
    header: { typ: 'JWT' },
    payload: { ...realmToken, iss: 'https://sso.acme.example/realms/test' },
    options: keycloakRealm(realm),
    expected: 'issuer_mismatch',
    why: 'iss holds the realm',
  },

  {
    issuer: 'oktaAuthorizationServer()',
    token: 'of a user',
    payload: { ...oktaToken, scp: ['openid', 'reports.read'] },
    options: oktaByPreset,
    expected: ['openid', 'reports.read'],
  },
  {
    issuer: 'oktaAuthorizationServer()',
    token: 'client credentials',
    payload: { ...oktaToken, uid: undefined, auth_time: undefined, sub: '0oa1', scp: ['reports.read'] },
    options: oktaByPreset,
    expected: ['reports.read'],
  },
  {
    issuer: 'oktaAuthorizationServer()',
    token: 'of another server',
    payload: { ...oktaToken, iss: 'https://acme.okta.com/oauth2/aus1', scp: ['reports.read'] },
    options: oktaByPreset,
    expected: 'issuer_mismatch',
    why: 'iss holds the server',
  },
  {
    issuer: 'oktaAuthorizationServer()',
    token: 'of the org server',
    header: { typ: OKTA_ORG },
    payload: { ...oktaToken, iss: 'https://acme.okta.com', scp: ['reports.read'] },
    options: oktaByPreset,
    expected: 'type_not_allowed',
    why: 'these tokens are for Okta alone',
  },
  {
    issuer: 'oktaAuthorizationServer()',
    token: 'ID token for a client that is named as the API is',
    payload: { ...oktaToken, scp: undefined, nonce: 'n', at_hash: 'a', amr: ['pwd'] },
    options: oktaByPreset,
    expected: 'not_an_access_token',
    why: 'nothing says that it is an access token',
  },

  {
    issuer: 'Auth0',
    token: 'default profile',
    header: { typ: 'JWT' },
    payload: { ...auth0, azp: CLIENT },
    expected: ['openid', 'read:reports'],
  },
  {
    issuer: 'Auth0',
    token: 'RFC 9068 profile',
    header: { typ: 'at+jwt' },
    payload: { ...auth0, client_id: CLIENT, jti: 'j' },
    options: { strict: true },
    expected: ['openid', 'read:reports'],
  },
  {
    issuer: 'Auth0',
    token: 'default profile with strict',
    header: { typ: 'JWT' },
    payload: { ...auth0, azp: CLIENT },
    options: { strict: true },
    expected: 'type_not_allowed',
    why: 'the default profile has no at+jwt, client_id and jti: choose the RFC 9068 profile',
  },
  {
    issuer: 'Auth0',
    token: 'ID token',
    header: { typ: 'JWT' },
    payload: { ...auth0, aud: CLIENT, scope: undefined, nonce: 'n' },
    expected: 'audience_mismatch',
    why: 'an ID token is for the client',
  },

  {
    issuer: 'Entra ID v2',
    token: 'delegated',
    header: { typ: 'JWT' },
    payload: { ...entraV2, scp: 'Reports.Read access_as_user' },
    options: { audience: entra.aud },
    expected: ['Reports.Read', 'access_as_user'],
  },
  {
    issuer: 'Entra ID v2',
    token: 'application',
    header: { typ: 'JWT' },
    payload: { ...entraV2, roles: ['Reports.Read.All'] },
    options: { audience: entra.aud },
    expected: [],
    why: 'app-only tokens have roles and no scp',
  },
  {
    issuer: 'Entra ID v2',
    token: 'ID token of the same registration',
    header: { typ: 'JWT' },
    payload: { ...entraV2, nonce: 'n', name: 'Jane' },
    options: { audience: entra.aud },
    expected: 'not_an_access_token',
    why: 'page and API share one registration: iss and aud are equal, only nonce differs',
  },
  {
    issuer: 'Entra ID v1',
    token: 'delegated',
    header: { typ: 'JWT' },
    payload: { ...entraV1, scp: 'Reports.Read' },
    options: { audience: 'api://acme-reports' },
    expected: ['Reports.Read'],
  },
  {
    issuer: 'Entra ID v1',
    token: 'delegated, verified as v2',
    header: { typ: 'JWT' },
    payload: { ...entraV1, scp: 'Reports.Read' },
    options: { issuer: entraV2.iss, audience: 'api://acme-reports' },
    expected: 'issuer_mismatch',
    why: 'the registration of the API decides the version; list both issuers',
  },

  {
    issuer: 'Okta',
    token: 'custom authorization server',
    payload: {
      ...okta,
      iss: 'https://acme.okta.com/oauth2/default',
      aud: 'api://default',
      scp: ['openid', 'reports.read'],
    },
    options: { audience: 'api://default' },
    expected: ['openid', 'reports.read'],
  },
  {
    issuer: 'Okta',
    token: 'org authorization server',
    header: { typ: OKTA_ORG },
    payload: { ...okta, iss: 'https://acme.okta.com', aud: 'https://acme.okta.com', scp: ['openid'] },
    options: { audience: 'https://acme.okta.com' },
    expected: 'type_not_allowed',
    why: 'Okta says that nobody else should verify these tokens, and that they may change at any time',
  },
  {
    issuer: 'Okta',
    token: 'org authorization server, listed',
    header: { typ: OKTA_ORG },
    payload: { ...okta, iss: 'https://acme.okta.com', aud: 'https://acme.okta.com', scp: ['openid'] },
    options: { audience: 'https://acme.okta.com', typ: ['at+jwt', 'JWT', OKTA_ORG] },
    expected: ['openid'],
    why: 'the option typ lists the type, at your own risk',
  },

  {
    issuer: 'Keycloak',
    token: 'Bearer',
    header: { typ: 'JWT' },
    payload: { ...keycloak, typ: 'Bearer', scope: 'email profile reports.read' },
    options: { audience: 'reports-api' },
    expected: ['email', 'profile', 'reports.read'],
  },
  {
    issuer: 'Keycloak',
    token: 'Bearer with nonce, before version 25',
    header: { typ: 'JWT' },
    payload: { ...keycloak, typ: 'Bearer', nonce: 'n', session_state: 's' },
    options: { audience: 'reports-api' },
    expected: ['email', 'profile'],
    why: 'typ Bearer says that it is an access token',
  },
  {
    issuer: 'Keycloak',
    token: 'at+jwt by option',
    header: { typ: 'at+jwt' },
    payload: { ...keycloak, typ: 'Bearer', nonce: 'n' },
    options: { audience: 'reports-api', typ: 'at+jwt' },
    expected: ['email', 'profile'],
  },
  {
    issuer: 'Keycloak',
    token: 'lightweight',
    header: { typ: 'JWT' },
    payload: { iss: keycloak.iss, typ: 'Bearer', azp: 'console', jti: 'j', sid: 's', scope: 'email', ...times },
    options: { audience: 'reports-api' },
    expected: 'claim_missing',
    why: 'it has no aud; introspection is the way',
  },
  {
    issuer: 'Keycloak',
    token: 'without an audience mapper',
    header: { typ: 'JWT' },
    payload: { ...keycloak, aud: 'account', typ: 'Bearer' },
    options: { audience: 'reports-api' },
    expected: 'audience_mismatch',
    why: 'an Audience mapper must add the API',
  },
  ...['ID', 'Refresh', 'Offline', 'Logout', 'Serialized-ID'].map(
    (typ): IssuerCase => ({
      issuer: 'Keycloak',
      token: typ,
      header: { typ: 'JWT' },
      payload: { ...keycloak, typ, scope: 'reports.read' },
      options: { audience: 'reports-api' },
      expected: 'not_an_access_token',
      why: 'the typ claim says so',
    }),
  ),

  {
    issuer: 'Cognito',
    token: 'with resource binding',
    payload: { ...cognito, aud: API, client_id: '57cb', token_use: 'access', scope: 'reports/read' },
    expected: ['reports/read'],
  },
  {
    issuer: 'Cognito',
    token: 'without resource binding',
    payload: { ...cognito, client_id: '57cb', token_use: 'access', scope: 'reports/read' },
    expected: 'claim_missing',
    why: 'it has no aud: the client must send resource, or a verifier of your own must check client_id',
  },
  {
    issuer: 'Cognito',
    token: 'ID token',
    payload: { ...cognito, aud: '57cb', token_use: 'id', at_hash: 'a' },
    options: { audience: '57cb', ignoreIdTokenClaims: true },
    expected: 'not_an_access_token',
    why: 'token_use says so',
  },

  {
    issuer: 'Google',
    token: 'ID token as a bearer token',
    header: { typ: 'JWT' },
    payload: google,
    expected: [],
    why: 'access tokens are opaque; an ID token without nonce and at_hash is accepted on its audience alone, so require a scope',
  },
  {
    issuer: 'Google',
    token: 'ID token with at_hash',
    header: { typ: 'JWT' },
    payload: { ...google, at_hash: 'a', nonce: 'n' },
    expected: 'not_an_access_token',
    why: 'nothing says that it is an access token',
  },
  {
    issuer: 'Google',
    token: 'ID token with at_hash, by option',
    header: { typ: 'JWT' },
    payload: { ...google, at_hash: 'a', nonce: 'n' },
    options: { ignoreIdTokenClaims: true },
    expected: [],
    why: 'the option accepts ID tokens that do not say what they are',
  },

  {
    issuer: 'PingOne',
    token: 'until March 2027',
    payload: { ...pingOne, scope: 'read' },
    options: pingOptions,
    expected: ['read'],
  },
  {
    issuer: 'PingOne',
    token: 'from March 2027',
    header: { typ: 'at+jwt' },
    payload: { ...pingOne, scope: 'openid read' },
    options: pingOptions,
    expected: ['openid', 'read'],
  },
  {
    issuer: 'PingOne',
    token: 'of another environment',
    payload: { ...pingOne, env: 'abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6', scope: 'read' },
    options: pingOptions,
    expected: 'tenant_mismatch',
    why: 'env names another environment',
  },

  {
    issuer: 'Duende',
    token: 'scope as a list',
    header: { typ: 'at+jwt' },
    payload: { ...duende, scope: ['api1', 'openid'] },
    expected: ['api1', 'openid'],
  },
  {
    issuer: 'Duende',
    token: 'one scope in a list',
    header: { typ: 'at+jwt' },
    payload: { ...duende, scope: ['api1'] },
    options: { typ: 'at+jwt' },
    expected: ['api1'],
  },
  {
    issuer: 'Duende',
    token: 'issuer 20 s ahead',
    header: { typ: 'at+jwt' },
    payload: { ...duende, iat: NOW + 20, nbf: NOW + 20, scope: ['api1'] },
    expected: ['api1'],
    why: 'nbf equals iat, and both may be 60 s ahead',
  },
  {
    issuer: 'Duende',
    token: 'without an API resource',
    header: { typ: 'at+jwt' },
    payload: { ...duende, aud: undefined, scope: ['api1'] },
    expected: 'claim_missing',
    why: 'without an API resource there is no aud',
  },

  {
    issuer: 'Spring Authorization Server',
    token: 'with an audience by a customizer',
    payload: { ...spring, aud: [API], scope: ['message.read'] },
    expected: ['message.read'],
  },
  {
    issuer: 'Spring Authorization Server',
    token: 'default audience',
    payload: { ...spring, scope: ['message.read'] },
    expected: 'audience_mismatch',
    why: 'aud is the client id until a token customizer sets it',
  },
  {
    issuer: 'Spring Authorization Server',
    token: 'default audience, accepted as audience',
    payload: { ...spring, scope: ['message.read'] },
    options: { audience: CLIENT },
    expected: ['message.read'],
    why: 'ID tokens have the same audience: require a scope',
  },
  {
    issuer: 'Spring Authorization Server',
    token: 'ID token',
    payload: { ...spring, azp: CLIENT, nonce: 'n' },
    options: { audience: CLIENT },
    expected: 'not_an_access_token',
    why: 'nothing says that it is an access token',
  },

  {
    issuer: 'UAA',
    token: 'user token',
    header: { typ: 'JWT' },
    payload: { ...uaa, aud: ['reports', 'openid'], scope: ['openid', 'reports.read'] },
    options: { audience: 'reports' },
    expected: ['openid', 'reports.read'],
  },
  {
    issuer: 'UAA',
    token: 'user token with nonce',
    header: { typ: 'JWT' },
    payload: { ...uaa, aud: ['reports'], scope: ['reports.read'], nonce: 'n' },
    options: { audience: 'reports' },
    expected: ['reports.read'],
    why: 'a scope that is not one of OpenID says that it is an access token',
  },
  {
    issuer: 'UAA',
    token: 'ID token',
    header: { typ: 'JWT' },
    payload: { ...uaa, aud: [CLIENT], scope: ['openid'], nonce: 'n' },
    options: { audience: CLIENT },
    expected: 'not_an_access_token',
    why: 'the scope openid is in its ID tokens, too',
  },
  {
    issuer: 'UAA',
    token: 'client token',
    header: { typ: 'JWT' },
    payload: { ...uaa, aud: ['reports'], scope: ['reports.read'], authorities: ['reports.read'] },
    options: { audience: 'reports' },
    expected: ['reports.read'],
  },

  {
    issuer: 'Hydra',
    token: 'scp list',
    header: { typ: 'JWT' },
    payload: { ...hydra, aud: [API], scp: ['reports.read'] },
    expected: ['reports.read'],
  },
  {
    issuer: 'Hydra',
    token: 'scope string',
    header: { typ: 'JWT' },
    payload: { ...hydra, aud: [API], scope: 'reports.read' },
    expected: ['reports.read'],
  },
  {
    issuer: 'Hydra',
    token: 'both',
    header: { typ: 'JWT' },
    payload: { ...hydra, aud: [API], scope: 'a b', scp: ['a', 'b'] },
    expected: ['a', 'b'],
  },
  {
    issuer: 'Hydra',
    token: 'without an audience',
    header: { typ: 'JWT' },
    payload: { ...hydra, aud: [], scp: ['reports.read'] },
    expected: 'audience_mismatch',
    why: 'the client must be allowed an audience and ask for it',
  },

  {
    issuer: 'Dex',
    token: 'access token',
    payload: { ...dex, groups: ['staff'] },
    options: { audience: CLIENT },
    expected: 'not_an_access_token',
    why: 'it is an ID token in all but name: at_hash always, no scope',
  },
  {
    issuer: 'Dex',
    token: 'access token, by option',
    payload: { ...dex, groups: ['staff'], nonce: 'n' },
    options: { audience: CLIENT, ignoreIdTokenClaims: true },
    expected: [],
    why: 'ID tokens of the client are accepted then, too',
  },

  {
    issuer: 'Zitadel',
    token: 'JWT access token',
    payload: { ...zitadel, 'urn:zitadel:iam:org:project:roles': { reader: { o: 'acme' } } },
    options: { audience: '5678' },
    expected: [],
    why: 'it has roles, and no scope',
  },
  {
    issuer: 'Zitadel',
    token: 'ID token',
    payload: { ...zitadel, at_hash: 'a', nonce: 'n' },
    options: { audience: '5678' },
    expected: 'not_an_access_token',
    why: 'nothing says that it is an access token',
  },

  {
    issuer: 'Logto',
    token: 'for a resource',
    alg: 'ES384',
    header: { typ: 'at+jwt' },
    payload: { ...logto, scope: 'read write' },
    expected: ['read', 'write'],
  },
  {
    issuer: 'Logto',
    token: 'for a resource, RS256 only',
    alg: 'ES384',
    header: { typ: 'at+jwt' },
    payload: { ...logto, scope: 'read' },
    options: { algorithms: ['RS256'] },
    expected: 'algorithm_not_allowed',
    why: 'Logto signs with ES384',
  },

  {
    issuer: 'OCI IAM (ORDS, IDCS)',
    token: 'account',
    payload: { ...oci, tok_type: 'AT', scope: 'urn:opc:resource:consumer:paas:analytics::read' },
    options: ociOptions,
    expected: ['urn:opc:resource:consumer:paas:analytics::read'],
  },
  {
    issuer: 'OCI IAM (ORDS, IDCS)',
    token: 'account, as a list',
    payload: { ...oci, aud: [oci.aud], tok_type: 'AT', scope: 'urn:opc:resource:consumer::all' },
    options: ociOptions,
    expected: ['urn:opc:resource:consumer::all'],
  },
  {
    issuer: 'OCI IAM (ORDS, IDCS)',
    token: 'of an ORDS resource',
    payload: { ...oci, aud: ['ords/reports/', 'secondary'], tok_type: 'AT', scope: 'read' },
    options: ociDomain({
      url: `https://${TENANT}.identity.oraclecloud.com`,
      tenant: TENANT,
      audience: 'ords/reports/',
    }),
    expected: ['read'],
  },
  {
    issuer: 'OCI IAM (ORDS, IDCS)',
    token: 'with nonce',
    payload: { ...oci, tok_type: 'AT', nonce: 'n' },
    options: ociOptions,
    expected: [],
    why: 'tok_type AT says that it is an access token',
  },
  {
    issuer: 'OCI IAM (ORDS, IDCS)',
    token: 'ID token',
    payload: { ...oci, tok_type: 'IT' },
    options: ociOptions,
    expected: 'not_an_access_token',
    why: 'tok_type says so',
  },
  {
    issuer: 'OCI IAM (ORDS, IDCS)',
    token: 'of another tenant',
    payload: { ...oci, tok_type: 'AT', tenant: 'idcs-ffff' },
    options: ociOptions,
    expected: 'tenant_mismatch',
    why: anotherTenant,
  },
  {
    issuer: 'OCI IAM (ORDS, IDCS)',
    token: 'account, with strict',
    payload: { ...oci, tok_type: 'AT' },
    options: { ...ociOptions, strict: true },
    expected: 'type_not_allowed',
    why: 'its header has no typ',
  },
];
