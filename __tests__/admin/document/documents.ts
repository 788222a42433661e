import type { DocumentApplication, GrantsDocument } from 'scopegate/admin';

/** An application in which every member has another value than its default. */
export const DASHBOARD = {
  id: '0d0c0000-0000-4000-8000-000000000002',
  name: 'Dashboard',
  description: 'For the sales team',
  enabled: false,
  type: 'WEB_APP',
  protocol: 'OPENID_CONNECT',
  tokenEndpointAuthMethod: 'CLIENT_SECRET_POST',
  grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
  responseTypes: ['CODE'],
  redirectUris: ['https://dashboard.example/callback'],
  postLogoutRedirectUris: ['https://dashboard.example/'],
  pkceEnforcement: 'S256_REQUIRED',
  trustScope: 'Tags',
  allowedTags: [{ key: 'team', value: 'sales' }],
  requestScopesForMultipleResourcesEnabled: true,
  grants: [
    {
      resource: 'Orders',
      scopes: [{ name: 'orders:write', notBefore: '2026-02-01T00:00:00.000Z' }, 'orders:read'],
      notBefore: '2026-01-01T00:00:00.000Z',
      expiresAt: '2027-01-01T00:00:00.000Z',
    },
    { resource: 'openid', scopes: ['profile'] },
  ],
} satisfies DocumentApplication;

/** A document in which every member has another value than its default. */
export const FULL_DOCUMENT = {
  $schema: './node_modules/scopegate/dist/document.schema.json',
  environment: {
    id: '0d0c0000-0000-4000-8000-000000000001',
    name: 'Shop',
    description: 'What customers use',
    type: 'PRODUCTION',
    region: 'EU',
    license: { id: '0d0c0000-0000-4000-8000-000000000003' },
  },
  resources: [
    {
      name: 'Orders',
      description: 'Orders and invoices',
      audience: 'https://orders.example/',
      type: 'CUSTOM',
      accessTokenValiditySeconds: 600,
      introspectEndpointAuthMethod: 'NONE',
      applicationPermissionsSettings: { claimEnabled: true },
      tags: [{ key: 'team', value: 'sales' }],
      secondaryAudiences: ['https://invoices.example/'],
      scopes: [{ name: 'orders:read', description: 'See orders' }, { name: 'orders:write' }],
    },
    { name: 'openid', scopes: [{ name: 'openid' }, { name: 'profile' }, { name: 'groups' }] },
  ],
  applications: [DASHBOARD, { name: 'Reports' }],
} satisfies GrantsDocument;
