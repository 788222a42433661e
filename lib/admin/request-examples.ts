const resource = { id: '8d3f1c52-6b7a-4e0d-9c41-2a5e7f9b0d13' };
const application = { id: '4f1f7b0e-8a0c-4f0e-9d51-0b1d3f6a7c22' };
const dashboard = {
  name: 'Dashboard',
  enabled: true,
  type: 'WORKER',
  protocol: 'OPENID_CONNECT',
  tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  grantTypes: ['CLIENT_CREDENTIALS'],
};
const orders = { name: 'Orders', audience: 'https://orders.example/', accessTokenValiditySeconds: 3600 };
const scope = { name: 'orders:read', description: 'Read orders' };
const grant = { resource, scopes: ['orders:read'] };

/** For each operation that takes a body: one that a client may send, for the OpenAPI document. */
export const REQUEST_EXAMPLES: Readonly<Record<string, object>> = {
  createEnvironment: { name: 'Production', type: 'PRODUCTION' },
  replaceEnvironment: { name: 'Production', type: 'PRODUCTION' },
  patchEnvironment: { description: 'What customers use' },
  createResource: orders,
  replaceResource: orders,
  patchResource: { accessTokenValiditySeconds: 600 },
  createGrantOfResource: { application, scopes: ['orders:read'] },
  createScope: scope,
  replaceScope: scope,
  patchScope: { description: 'Read orders and their lines' },
  createApplication: dashboard,
  replaceApplication: dashboard,
  patchApplication: { enabled: false },
  rotateApplicationSecret: { previous: { expiresAt: '2030-01-31T12:00:00Z' } },
  createSecret: { name: 'blue', expiresAt: '2030-06-30T12:00:00Z' },
  revokeTokens: { subject: 'ada' },
  createGrant: grant,
  setGrants: { grants: [grant] },
  replaceGrant: grant,
  patchGrant: { scopes: ['orders:read', 'orders:write'] },
  explainAccess: { application, audience: 'https://orders.example/', required: 'orders:write' },
  addGrantScopes: { scopes: ['orders:write'] },
};
