import type { JwtHeader } from '../../../lib/token/access-token.js';
import { checkTokenKind } from '../../../lib/token/jwt/token-kind.js';
import { claims, detailOf } from '../../support/tokens.js';

type Claims = Readonly<Record<string, unknown>>;

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const ID_TOKEN_CLAIMS: readonly Claims[] = [
  { nonce: 'n-0S6_WzA2Mj' },
  { nonce: '' },
  { at_hash: 'MTIzNDU2Nzg5' },
  { c_hash: 'LDktKdoQak3Pk0cn' },
  { s_hash: 'bOhtX8F73IMjSPeVAqxyTQ' },
  { nonce: 'n', at_hash: 'MTIz', c_hash: 'LDkt' },
];

function judge(over: Claims, header: JwtHeader = {}, ignoreIdTokenClaims = false) {
  return checkTokenKind(header, claims({ scope: undefined, ...over }), { ignoreIdTokenClaims });
}

function check(over: Claims, header?: JwtHeader, ignoreIdTokenClaims?: boolean): string {
  return judge(over, header, ignoreIdTokenClaims)?.reason ?? 'accepted';
}

/** Whatever says that a token is of another kind. */
const OTHER_KINDS: readonly Claims[] = [
  ...['IT', 'RT', 'at', 'AT ', ''].map((tok_type) => ({ tok_type })),
  ...['id', 'refresh', 'Access', 'access ', ''].map((token_use) => ({ token_use })),
  ...['ID', 'Refresh', 'Offline', 'Logout', 'Serialized-ID'].map((typ) => ({ typ })),
  { events: { [LOGOUT_EVENT]: {} } },
];

/** Whatever says that a token is an access token. */
const DECLARED: readonly (readonly [string, Claims, JwtHeader])[] = [
  ['the header typ at+jwt', {}, { typ: 'at+jwt' }],
  ['the header typ at+JWT', {}, { typ: 'at+JWT' }],
  ['the header typ application/at+jwt', {}, { typ: 'application/at+jwt' }],
  ['a type that the option "typ" lists', {}, { typ: 'application/okta-internal-at+jwt' }],
  ['tok_type AT', { tok_type: 'AT' }, {}],
  ['token_use access', { token_use: 'access' }, {}],
  ['typ Bearer', { typ: 'Bearer' }, {}],
  ['typ DPoP', { typ: 'DPoP' }, {}],
  ['a scope', { scope: 'read' }, {}],
  ['a scope beside those of OpenID Connect', { scope: 'openid profile read' }, {}],
  ['a list of scopes', { scope: ['openid', 'read'] }, {}],
  ['scp', { scp: ['read'] }, {}],
];

/** Whatever says nothing about the kind of token. */
const SILENT: readonly (readonly [string, Claims, JwtHeader])[] = [
  ['nothing', {}, {}],
  ['the header typ JWT', {}, { typ: 'JWT' }],
  ['the header typ application/jwt', {}, { typ: 'application/jwt' }],
  ['the scope openid, as in ID tokens of UAA', { scope: ['openid'] }, {}],
  ['the scopes of OpenID Connect', { scope: 'openid profile email address phone offline_access' }, {}],
  ['an empty scope', { scope: '' }, {}],
  ['no scope', { scope: null }, {}],
  ['OpenID scopes in scp', { scp: 'openid email' }, {}],
  ['another typ claim', { typ: 'Invoice' }, {}],
  ['tok_type that is not a string', { tok_type: ['AT'] }, {}],
];

describe('8725-11: a token that says it is of another kind', () => {
  test.each(OTHER_KINDS)('a token that says it is of another kind is rejected: %j', (over) => {
    const [claim] = Object.keys(over);
    expect(check(over)).toBe('not_an_access_token');
    expect(check(over, {}, true)).toBe('not_an_access_token');
    expect(detailOf(judge(over))).toContain(`"${claim}"`);
  });

  test.each(OTHER_KINDS)(
    'a token that says it is of another kind is rejected although something else says it is an access token: %j',
    (over) => {
      for (const [, declared, header] of DECLARED) {
        expect(check({ ...declared, ...over }, header)).toBe('not_an_access_token');
      }
    },
  );
});

describe.each(DECLARED)('8725-9: a token that says it is an access token, by %s', (_, declared, header) => {
  test('a token that says it is an access token is accepted with or without claims of an ID token', () => {
    expect(check(declared, header)).toBe('accepted');
    for (const over of ID_TOKEN_CLAIMS) expect(check({ ...declared, ...over }, header)).toBe('accepted');
  });
});

describe.each(SILENT)('8725-9: a token that does not say its kind, with %s', (_, silent, header) => {
  test('a token that does not say its kind is accepted without claims of an ID token', () => {
    expect(check(silent, header)).toBe('accepted');
    expect(check({ ...silent, nonce: null, at_hash: null, c_hash: null, s_hash: null }, header)).toBe('accepted');
  });

  test.each(ID_TOKEN_CLAIMS)(
    'a token that does not say its kind is rejected with %j unless an option ignores it',
    (over) => {
      expect(check({ ...silent, ...over }, header)).toBe('not_an_access_token');
      expect(check({ ...silent, ...over }, header, true)).toBe('accepted');
    },
  );
});

test.each<Claims>([
  { events: ['login'] },
  { events: { 'https://schemas.acme.example/signed-in': {} } },
  { events: null },
  { htm: 'GET', htu: 'https://api.example/' },
  { typ: 'Invoice' },
  { typ: 7 },
  { tok_type: null },
  { tok_type: 7 },
  { token_use: null },
  { token_use: ['monthly'] },
  { hash: 'x', nonce_count: 3 },
])('reserves no claim of an issuer by its name alone: %j', (over) => {
  expect(check(over)).toBe('accepted');
});

test.each<[Claims, string]>([
  [{ events: { [LOGOUT_EVENT]: {} } }, '"events" of a logout token'],
  [{ token_use: 'id' }, '"token_use" of "id"'],
])('the detail says which kind a token is of: %j', (over, shown) => {
  expect(detailOf(judge(over))).toBe(`The token has a ${shown}: it says that it is not an access token.`);
});

test('the detail names the claim without its value, and the option', () => {
  const detail = detailOf(judge({ nonce: 'n-0S6_WzA2Mj' }));
  expect(detail).toContain('"nonce"');
  expect(detail).toContain('ignoreIdTokenClaims: true');
  expect(detail).not.toContain('n-0S6_WzA2Mj');
});
