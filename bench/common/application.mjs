/** An application as the store takes it: a client for client credentials. */
export function applicationNamed(name) {
  return {
    name,
    enabled: true,
    type: 'WORKER',
    protocol: 'OPENID_CONNECT',
    tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
    grantTypes: ['CLIENT_CREDENTIALS'],
    responseTypes: [],
    redirectUris: [],
    postLogoutRedirectUris: [],
    pkceEnforcement: 'OPTIONAL',
    trustScope: 'Account',
    allowedTags: [],
    requestScopesForMultipleResourcesEnabled: false,
  };
}
