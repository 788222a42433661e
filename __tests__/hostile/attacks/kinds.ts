import { AUDIENCE, ISSUER, part } from '../../support/tokens.js';
import { saying, type TokenCase, withTokens } from '../attack.js';
import { es256, now } from '../keys.js';

const CLIENT = 'reports';
const none = { scope: undefined, client_id: undefined };
const user = { sub: 'alice', name: 'Alice', email: 'alice@example.com', auth_time: now - 60, azp: CLIENT };
const logout = { events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, sid: 's1' };
const proof = {
  htm: 'GET',
  htu: 'http://api.example/',
  ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
  iss: undefined,
};

/** Tokens that the issuer has signed with the same key for another use, as issuers write them. */
const KINDS: readonly TokenCase[] = [
  ['an ID token', saying({ ...none, ...user, aud: CLIENT, nonce: 'n' }), 'audience_mismatch'],
  ['an ID token for this audience', saying({ ...none, ...user, nonce: 'n' }), 'not_an_access_token'],
  [
    'an ID token with the scope of OpenID Connect, for this audience too',
    saying({ ...user, aud: [CLIENT, AUDIENCE], scope: ['openid'], nonce: 'n' }),
    'not_an_access_token',
  ],
  [
    'an ID token of the hybrid flow',
    saying({ ...none, ...user, c_hash: 'LDktKdoQak3Pk0cn', at_hash: 'MTIzNDU2Nzg5' }),
    'not_an_access_token',
  ],
  ['an ID token with at_hash alone', saying({ ...none, ...user, at_hash: 'MTIzNDU2Nzg5' }), 'not_an_access_token'],
  ['an ID token of Oracle’s', saying({ tok_type: 'IT' }), 'not_an_access_token'],
  ['a refresh token of Oracle’s', saying({ tok_type: 'RT' }), 'not_an_access_token'],
  ['an ID token of Cognito’s', saying({ token_use: 'id' }), 'not_an_access_token'],
  ['a refresh token by token_use', saying({ token_use: 'refresh' }), 'not_an_access_token'],
  ...['ID', 'Refresh', 'Offline', 'Logout', 'Serialized-ID'].map(
    (typ): TokenCase => [`a token of Keycloak’s, typ ${typ}`, saying({ typ }), 'not_an_access_token'],
  ),
  ['a logout token', saying({ ...logout }, { typ: 'logout+jwt' }), 'type_not_allowed'],
  ['a logout token without typ', saying({ ...logout }), 'not_an_access_token'],
  ['a DPoP proof', saying(proof, { typ: 'dpop+jwt', jwk: es256.jwk }), 'type_not_allowed'],
  ['a DPoP proof without typ', saying(proof), 'claim_missing'],
  [
    'a DPoP proof with the claims of a token',
    saying({ ...proof, iss: ISSUER }, { typ: 'dpop+jwt' }),
    'type_not_allowed',
  ],
  [
    'an introspection answer',
    saying({ token_introspection: { active: true, scope: 'x' } }, { typ: 'token-introspection+jwt' }),
    'type_not_allowed',
  ],
  [
    'a client assertion',
    saying({ iss: CLIENT, sub: CLIENT, aud: `${ISSUER}token`, scope: undefined }),
    'issuer_mismatch',
  ],
  [
    'a client assertion by its new type',
    saying({ iss: CLIENT, sub: CLIENT, aud: ISSUER }, { typ: 'client-authentication+jwt' }),
    'type_not_allowed',
  ],
  [
    'an authorization request',
    saying({ iss: CLIENT, aud: ISSUER, response_type: 'code' }, { typ: 'oauth-authz-req+jwt' }),
    'type_not_allowed',
  ],
  ['an authorization response', saying({ aud: CLIENT, code: 'c', scope: undefined }), 'audience_mismatch'],
  ['a user info answer', saying({ ...none, ...user, aud: CLIENT, exp: undefined }), 'claim_missing'],
  [
    'a security event',
    saying(
      { events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {} } },
      { typ: 'secevent+jwt' },
    ),
    'type_not_allowed',
  ],
];

const TYPES: readonly unknown[] = [
  'JWS',
  'JOSE',
  'JOSE+JSON',
  'JWE',
  'id_token+jwt',
  'id+jwt',
  'rt+jwt',
  'at-jwt',
  'at+jwt ',
  ' at+jwt',
  'at+jwt\0',
  'at+jwt;charset=utf-8',
  'application/at+jwt;x=1',
  'application/ at+jwt',
  'application/application/at+jwt',
  'text/at+jwt',
  'at+jwt,JWT',
  'JWT ',
  'JW\u0422',
  'at%2Bjwt',
  '',
  ' ',
  '*',
  '__proto__',
  'none',
  null,
  0,
  true,
  [],
  ['at+jwt'],
  ['JWT'],
  {},
  { toString: 'JWT' },
];

/** What says that a token is of another kind, and what ID tokens have. */
const MARKS: readonly (readonly [string, unknown])[] = [
  ...['IT', 'RT', 'at', 'AT ', 'A\u0422', ''].map((value) => ['tok_type', value] as const),
  ...['id', 'refresh', 'ACCESS', 'access ', ''].map((value) => ['token_use', value] as const),
  ...['nonce', 'at_hash', 'c_hash', 's_hash'].flatMap((claim) =>
    ['', 0, false, [], {}, 'x'].map((value) => [claim, value] as const),
  ),
];

/** RFC 8725 §3.11, §3.12; RFC 9068 §4. */
export const kinds = withTokens([
  ...KINDS,
  ...TYPES.map((typ): TokenCase => [`typ of ${JSON.stringify(typ)}`, saying({}, { typ }), 'type_not_allowed']),
  ...MARKS.map(
    ([claim, value]): TokenCase => [
      `${claim} of ${JSON.stringify(value)}`,
      saying({ scope: 'openid', [claim]: value }),
      'not_an_access_token',
    ],
  ),
]);

const thumbprint = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
const CONFIRMATIONS: readonly unknown[] = [
  { jkt: thumbprint },
  { jkt: '' },
  { jkt: null },
  { jkt: [thumbprint] },
  { jwk: es256.jwk },
  { kid: 'x' },
  { jku: 'http://127.0.0.1:65000' },
  {},
  [],
  null,
  false,
  0,
  '',
  thumbprint,
  [{ jkt: thumbprint }],
  { JKT: thumbprint },
  JSON.parse(`{"__proto__":{"jkt":"${thumbprint}"}}`),
];

/** RFC 9449 §7.1, RFC 8705 §3: a token that is bound to a key is no bearer token. */
export const bound = withTokens([
  ...CONFIRMATIONS.map(
    (cnf): TokenCase => [
      `cnf of ${JSON.stringify(cnf).slice(0, 50)}, as a bearer token`,
      saying({ cnf }),
      'sender_constrained',
    ],
  ),
  [
    'a token for another certificate',
    saying({ cnf: { 'x5t#S256': thumbprint } }),
    'sender_constrained',
    { at: { senderConstrainedVerifier: 'certificate_mismatch' } },
  ],
  [
    'a token for no certificate',
    saying({ cnf: { 'x5t#S256': '' } }),
    'sender_constrained',
    { at: { senderConstrainedVerifier: 'certificate_mismatch' } },
  ],
  [
    'a token for a key and a certificate',
    saying({ cnf: { jkt: thumbprint, 'x5t#S256': thumbprint } }),
    'sender_constrained',
  ],
  ['a token for a key, in Bearer, as part of itself', `${part({ cnf: 1 })}.${part({})}.AAAA`, 'algorithm_not_allowed'],
]);
