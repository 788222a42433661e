import { resolveTokenRequest } from '../../lib/issuance/resolve-token-request.js';
import type { RequestableResource, TokenRequest } from '../../lib/issuance/token-request.js';

const A = 'https://a.example/';
const B = 'https://b.example/';
const PAAS = 'urn:opc:resource:consumer:paas::read';
const ANALYTICS = 'urn:opc:resource:consumer:paas:analytics::read';
const SIGN_IN = 'A requested scope is of a resource that the user did not consent to: send the user to sign in.';

const resource = (id: string, audience: string, more: Partial<RequestableResource> = {}): RequestableResource => ({
  id,
  type: 'CUSTOM',
  audience,
  accessTokenValiditySeconds: 3600,
  scopes: ['read', 'write', PAAS, ANALYTICS],
  ...more,
});
const granted = (resourceId: string, ...names: string[]) => ({ resourceId, scopes: names.map((name) => ({ name })) });

function refresh(scope: string, more: Partial<TokenRequest>) {
  return resolveTokenRequest({
    grantType: 'refresh_token',
    refreshed: { grantType: 'authorization_code', scope },
    application: {
      enabled: true,
      grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
      trustScope: 'Explicit',
      allowedTags: [],
    },
    grants: [],
    resources: [resource('a', A), resource('b', B)],
    consentedAudience: A,
    ...more,
  });
}

test('a scope that is now granted of another resource is not refreshed', () => {
  expect(refresh('read', { grants: [granted('b', 'read')] })).toEqual({
    ok: false,
    reason: 'audience_not_consented',
    error: 'invalid_scope',
    error_description: SIGN_IN,
  });
});

test('a scope that two resources grant by now is that of the consented audience', () => {
  const grants = [granted('b', 'read'), granted('a', 'read')];
  expect(refresh('read', { grants })).toMatchObject({ scope: 'read', audience: A });
  expect(refresh('read', { grants, consentedAudience: B })).toMatchObject({ scope: 'read', audience: B });
  expect(refresh('read', { grants, consentedAudience: undefined })).toMatchObject({ error: 'invalid_scope' });
});

test('a broader grant of the consented audience comes before a nearer one of another', () => {
  const grants = [granted('b', ANALYTICS), granted('a', PAAS)];
  expect(refresh(ANALYTICS, { grants })).toMatchObject({ scope: ANALYTICS, audience: A });
  expect(refresh(ANALYTICS, { grants, consentedAudience: undefined })).toMatchObject({ audience: B });
});

test('each of several scopes has to be of the consented audience', () => {
  const grants = [granted('a', 'read'), granted('b', 'write')];
  const multiple = {
    enabled: true,
    grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
    trustScope: 'Explicit' as const,
    allowedTags: [],
    requestScopesForMultipleResourcesEnabled: true,
  };
  const resources = [resource('a', A, { scopes: ['read'] }), resource('b', B, { scopes: ['write'] })];
  const given = { grants, resources, application: multiple };
  expect(refresh('read write', given)).toMatchObject({ error: 'invalid_scope', error_description: SIGN_IN });
  expect(refresh('read write', { ...given, consentedAudience: [A, B] })).toMatchObject({ audience: [A, B] });
  expect(refresh('read write', { ...given, scope: 'read' })).toMatchObject({ scope: 'read', audience: A });
});

test('a resource whose audience was changed needs a new consent, until it is changed back', () => {
  const grants = [granted('a', 'read')];
  const renamed = [resource('a', 'https://new.example/'), resource('b', B)];
  expect(refresh('read', { grants, resources: renamed })).toMatchObject({ error_description: SIGN_IN });
  expect(refresh('read', { grants })).toMatchObject({ audience: A });
});

test('a secondary audience that was added since is left out', () => {
  const grants = [granted('a', 'read')];
  const resources = [resource('a', A, { secondaryAudiences: ['https://more.example/'] })];
  expect(refresh('read', { grants, resources })).toMatchObject({ audience: A });
  const consentedAudience = [A, 'https://more.example/'];
  expect(refresh('read', { grants, resources, consentedAudience })).toMatchObject({ audience: consentedAudience });
});

test('a consent for the account is not one for a single resource, nor the other way round', () => {
  const application = {
    enabled: true,
    grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
    trustScope: 'Account' as const,
    allowedTags: [],
  };
  const grants = [granted('a', PAAS)];
  const account = 'urn:opc:resource:scope:account';
  expect(refresh(PAAS, { grants, application, consentedAudience: account })).toMatchObject({ audience: account });
  expect(refresh(PAAS, { grants, consentedAudience: account })).toMatchObject({ error_description: SIGN_IN });
  expect(refresh(PAAS, { grants, application })).toMatchObject({ error_description: SIGN_IN });
});

test('a code is for the consented audience as well', () => {
  const grants = [granted('b', 'read')];
  const code = { grantType: 'authorization_code', scope: 'read', refreshed: undefined };
  expect(refresh('', { ...code, grants })).toMatchObject({ error_description: SIGN_IN });
  expect(refresh('', { ...code, grants, consentedAudience: B })).toMatchObject({ audience: B });
});
