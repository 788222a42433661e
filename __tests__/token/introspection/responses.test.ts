import {
  type AccessToken,
  accountAudience,
  type IntrospectionVerifierOptions,
  introspectionVerifier,
  VerifierUnavailableError,
} from 'scopegate';
import { detailOf, NOW, reasonOf } from '../../support/tokens.js';
import { ACTIVE, ask, endpointOf, options, reasonFor, verifierSaying } from './fixtures/fake-endpoint.js';

const ANY = 'any-for-this-client';

test('an active token is accepted, with the response as its payload and its scopes compiled', async () => {
  const verdict = (await ask(verifierSaying(ACTIVE))) as AccessToken;

  expect(verdict).toMatchObject({ payload: ACTIVE, header: {}, token: 'mF_9.B5f-4.1JqM' });
  expect(verdict.scopes.toJSON()).toEqual(['orders:read']);
  expect(Object.isFrozen(verdict.payload)).toBe(true);
});

test('a token that is not active is refused, whatever else the response says', async () => {
  const verdict = await ask(verifierSaying({ ...ACTIVE, active: false }));

  expect(reasonOf(verdict)).toBe('token_inactive');
  expect(detailOf(verdict)).toContain('it expired, was revoked, is unknown');
});

test.each<[string, object, string]>([
  ['for another audience', { aud: 'billing' }, 'audience_mismatch'],
  ['for several other audiences', { aud: ['billing', 'shipping'] }, 'audience_mismatch'],
  ['for an empty list of audiences', { aud: [] }, 'audience_mismatch'],
  ['without an audience', { aud: undefined }, 'claim_missing'],
  ['whose audience is null', { aud: null }, 'claim_missing'],
  ['that expired', { exp: NOW - 60 }, 'token_expired'],
  ['that is not valid yet', { nbf: NOW + 3600 }, 'token_not_yet_valid'],
  ['that was issued in the future', { iat: NOW + 3600 }, 'token_not_yet_valid'],
  ['that is bound to a key', { cnf: { jkt: 'x' } }, 'sender_constrained'],
  ['that is bound to a certificate', { cnf: { 'x5t#S256': 'x' } }, 'sender_constrained'],
  ['of the type DPoP, without a confirmation', { token_type: 'DPoP' }, 'sender_constrained'],
  ['that is a refresh token by token_type', { token_type: 'refresh_token' }, 'not_an_access_token'],
  ['that is a refresh token of Hydra', { token_use: 'refresh_token' }, 'not_an_access_token'],
  ['that is a refresh token of Keycloak', { typ: 'Refresh' }, 'not_an_access_token'],
  ['that is an offline token of Keycloak', { typ: 'Offline' }, 'not_an_access_token'],
  ['that is an ID token of Keycloak', { typ: 'ID' }, 'not_an_access_token'],
  ['that is an ID token of OCI', { tok_type: 'IT' }, 'not_an_access_token'],
])('an active token is refused %s', async (_, over, reason) => {
  expect(await reasonFor(verifierSaying({ ...ACTIVE, ...over }))).toBe(reason);
});

test('the detail of a response that does not say what the token is names the option', async () => {
  const verdict = await ask(verifierSaying({ ...ACTIVE, token_type: undefined }, { audience: ANY }));

  expect(detailOf(verdict)).toContain('neither an "aud" that is checked nor a "token_type"');
  expect(detailOf(verdict)).toContain('assumeAccessToken: true');
});

test('the detail of a token that is bound to a key says that no proofs are checked', async () => {
  expect(detailOf(await ask(verifierSaying({ ...ACTIVE, cnf: { jkt: 'x' } })))).toContain('does not check proofs');
});

test('the detail names the member that says another kind', async () => {
  expect(detailOf(await ask(verifierSaying({ ...ACTIVE, typ: 'Refresh' })))).toBe(
    'The introspection response has a "typ" of "Refresh": it is not about an access token.',
  );
});

test.each<[string, object]>([
  ['for several audiences with ours', { aud: ['billing', 'orders'] }],
  ['without exp, since the server says that it is active', { exp: undefined }],
  ['without iss, where none is expected', { iss: undefined }],
  ['whose optional members are null', { cnf: null, nbf: null, sub: null, exp: null, scope: null }],
  ['with a list of scopes', { scope: ['orders:read'] }],
  ['without a token_type, where its audience was checked', { token_type: undefined }],
  ['of the type bearer in lower case', { token_type: 'bearer' }],
  ['of the type of a token exchange', { token_type: 'urn:ietf:params:oauth:token-type:access_token' }],
  ['of a type that is named like the token', { token_type: 'access_token' }],
  ['of Hydra', { token_use: 'access_token' }],
  ['of Cognito', { token_use: 'access' }],
  ['of OCI', { tok_type: 'AT' }],
  ['of Keycloak', { typ: 'Bearer' }],
  ['with a typ of the application', { typ: 'customer' }],
])('an active token is accepted %s', async (_, over) => {
  expect(await reasonFor(verifierSaying({ ...ACTIVE, ...over }))).toBe('accepted');
});

describe('the issuer', () => {
  const issuer = 'https://issuer.example';

  test.each([
    ['equal', issuer, 'accepted'],
    ['another', 'https://else.example', 'issuer_mismatch'],
    ['with a slash more', `${issuer}/`, 'issuer_mismatch'],
    ['missing', undefined, 'claim_missing'],
  ])('a response whose issuer is %s', async (_, iss, reason) => {
    expect(await reasonFor(verifierSaying({ ...ACTIVE, iss }, { issuer }))).toBe(reason);
  });
});

describe('servers that send no audience', () => {
  test('the record of a missing audience names the option', async () => {
    expect(detailOf(await ask(verifierSaying({ ...ACTIVE, aud: undefined })))).toContain(
      "say audience: 'any-for-this-client'",
    );
  });

  test.each<[string, object, string]>([
    ['without an audience', { aud: undefined }, 'accepted'],
    ['with another audience', { aud: 'billing' }, 'accepted'],
    [
      'that says it is an access token in another way',
      { aud: undefined, token_type: undefined, tok_type: 'AT' },
      'accepted',
    ],
    ['of Keycloak', { aud: undefined, token_type: undefined, typ: 'Bearer' }, 'accepted'],
    ['of Keycloak, for DPoP', { aud: undefined, token_type: undefined, typ: 'DPoP' }, 'accepted'],
    ['that may be a refresh token', { aud: undefined, token_type: undefined }, 'not_an_access_token'],
    ['that expired', { aud: undefined, exp: NOW - 60 }, 'token_expired'],
  ])("with audience: 'any-for-this-client', a response %s", async (_, over, reason) => {
    expect(await reasonFor(verifierSaying({ ...ACTIVE, ...over }, { audience: ANY }))).toBe(reason);
  });

  test('assumeAccessToken believes an untyped token, and none that says it is another', async () => {
    const over = { audience: ANY, assumeAccessToken: true } as const;

    expect(await reasonFor(verifierSaying({ ...ACTIVE, token_type: undefined }, over))).toBe('accepted');
    expect(await reasonFor(verifierSaying({ ...ACTIVE, token_type: 'refresh_token' }, over))).toBe(
      'not_an_access_token',
    );
  });

  test('an audience that is bound to a tenant needs both', async () => {
    const audience = accountAudience({ tenant: 'idcs-1' });
    const aud = 'urn:opc:resource:scope:account';

    expect(await reasonFor(verifierSaying({ ...ACTIVE, aud, tenant: 'idcs-1' }, { audience }))).toBe('accepted');
    expect(await reasonFor(verifierSaying({ ...ACTIVE, aud, tenant: 'idcs-2' }, { audience }))).toBe('tenant_mismatch');
    expect(await reasonFor(verifierSaying({ ...ACTIVE, aud: null, tenant: 'idcs-1' }, { audience }))).toBe(
      'claim_missing',
    );
  });
});

test.each<[string, object]>([
  ['an exp that is text', { exp: '1790003600' }],
  ['an exp in milliseconds', { exp: NOW * 1000 }],
  ['an aud that is a number', { aud: 7 }],
  ['an aud that holds a number', { aud: ['orders', 7] }],
  ['a scope that is an object', { scope: { 'orders:read': true } }],
  ['a sub that is a list', { sub: ['alice'] }],
  ['an iss that is a number', { iss: 7 }],
])('a response with %s is an outage, since the token is not at fault', async (_, over) => {
  const asking = ask(verifierSaying({ ...ACTIVE, ...over }));

  await expect(asking).rejects.toThrow(VerifierUnavailableError);
  await expect(asking).rejects.toThrow(/the response is malformed\. The token's "/);
});

test('a member named __proto__ lends nothing to the response', async () => {
  const text = '{"active":true,"token_type":"Bearer","__proto__":{"aud":"orders","scope":"orders:read"}}';
  const { fetch } = endpointOf(() => new Response(text, { headers: { 'content-type': 'application/json' } }));

  expect(await reasonFor(introspectionVerifier(options({ fetch })))).toBe('claim_missing');
});

describe('scopes in other members', () => {
  const scopesOf = async (over: object, scopesFrom: IntrospectionVerifierOptions['scopesFrom']) =>
    ((await ask(verifierSaying({ ...ACTIVE, ...over }, { scopesFrom }))) as AccessToken).scopes.toJSON();

  test('scopesFrom names the members, or is a function of the response', async () => {
    expect(await scopesOf({ permissions: ['orders:write'] }, 'permissions')).toEqual(['orders:write']);
    expect(await scopesOf({}, ['permissions', 'scope'])).toEqual(['orders:read']);
    expect(await scopesOf({ roles: { editor: {} } }, ({ roles }) => Object.keys(roles as object))).toEqual(['editor']);
  });

  test('a function that throws is an error of the application, and no outage', async () => {
    const scopesFrom = () => {
      throw new TypeError('no roles');
    };

    await expect(scopesOf({}, scopesFrom)).rejects.toThrow(/"scopesFrom" threw an error/);
    await expect(scopesOf({}, scopesFrom)).rejects.not.toThrow(VerifierUnavailableError);
  });
});
