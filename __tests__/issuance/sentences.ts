/** What the two founding documents say about requests and tokens, sentence by sentence. */
export const SENTENCES = {
  // Oracle, "Accessing All Resources"
  'any resource': 'The All authorized resource option enables the client to access any resource within a domain.',
  'select all':
    'Select All to allow your application to request an access token for trusted or confidential client using the scope urn:opc:resource:consumer::all.',
  wide: 'This option provides a wide scope.',
  'account token':
    'The access token in the response contains the audience urn:opc:resource:scope:account and the scope urn:opc:resource:consumer::all, which gives access to any of the services that are in the same domain without requiring explicit association with target services.',
  'use only': 'Use only the urn:opc:resource:consumer::all scope in the request.',
  'not both':
    'An invalid scope error is returned if you attempt to include both the urn:opc:resource:consumer::all scope and another scope in the same request, such as urn:opc:idm:__myscopes__.',
  'specific resource':
    'In the account mode, clients can get token for any specific resource provided either urn:opc:resource:consumer::all or the specific resource is added in the allowed scopes.',
  'fine-grained': 'Apart from the scope defined above, you can also specify fine-grained scope as follows:',
  'fine-grained, a service': 'urn:opc:resource:consumer:paas::read',
  'fine-grained, a subtree': 'urn:opc:resource:consumer:paas:stack::all',
  'fine-grained, below': 'urn:opc:resource:consumer:paas:analytics::read',
  'exist and match':
    "The requested scope should always exist and match, either directly or hierarchically, the client's defined allowed scopes to allow the client access to the resource.",
  example:
    'For example, a client uses the urn:opc:resource:consumer:paas:analytics::read scope in its request for access to a resource.',
  'direct match':
    'If the scope directly matches an allowed scope defined, then in the returned access token the audience is urn:opc:resource:scope:account and the scope is urn:opc:resource:consumer:paas:analytics::read.',
  'hierarchical match':
    'If the allowed scope defined by the client is urn:opc:resource:consumer:paas::read, then the client is allowed to access the resource hierarchically if the client requests one of the following scopes:',
  'hierarchical match, itself': 'urn:opc:resource:consumer:paas::read',
  'hierarchical match, below': 'urn:opc:resource:consumer:paas:analytics::read',
  'different qualifier':
    "However, if the requested scope is urn:opc:resource:consumer:paas:analytics::write with a different qualifier, then the client isn't allowed access to the resource.",
  'no admin access': "The All option doesn't provide access to the IAM admin APIs.",
  myscopes: 'You must continue to use the scope urn:opc:idm:__myscopes__ to access the admin APIs.',
  'refresh token':
    'To generate a refresh token in addition to the access token, use the scope urn:opc:resource:consumer::all offline_access in the request.',
  // PingOne, "Work with grants"
  'grants assign scopes': 'Grants allow you to assign scopes to an application.',
  'at least one scope':
    'If you do not assign at least one scope to your application through a resource access grant, the application cannot access any resources.',
  'no token':
    'Furthermore, its client_id and client_secret property values cannot be used to generate access tokens for the application.',
  'self scopes':
    'When making an OAuth request, only self scopes are included in the access token when using the IMPLICIT or AUTHORIZATION_CODE grant types (for example, p1:read:self:user and p1:update:self:user).',
  'environment scopes':
    'Only the environment scopes (non self scopes) are included in the access token when using the CLIENT_CREDENTIALS grant type.',
} as const;

/** A sentence that has a case, by its key, or one that is about neither a request nor a token, and why. */
type Judged = keyof typeof SENTENCES | { readonly text: string; readonly not: string };

/**
 * Both documents from the first word to the last, without bullets, with one space between words, and SHA-256 of the whole,
 * so that no sentence is lost without a test that says so.
 */
export const DOCUMENTS: Readonly<Record<string, { readonly sha256: string; readonly judged: readonly Judged[] }>> = {
  'Oracle, "Accessing All Resources"': {
    sha256: 'e40348eef0751e61e055e259e11b06d7bdd4864ba6eb18c828cebae6628e517f',
    judged: [
      { text: 'Accessing All Resources', not: 'title' },
      'any resource',
      'select all',
      'wide',
      'account token',
      'use only',
      'not both',
      'specific resource',
      'fine-grained',
      'fine-grained, a service',
      'fine-grained, a subtree',
      'fine-grained, below',
      'exist and match',
      'example',
      'direct match',
      'hierarchical match',
      'hierarchical match, itself',
      'hierarchical match, below',
      'different qualifier',
      'no admin access',
      'myscopes',
      'refresh token',
    ],
  },
  'PingOne, "Work with grants"': {
    sha256: '055c9efb45119457144884a3f41a0150b37a08c7e3f5ad9fd5e58cbb5ace067e',
    judged: [
      { text: 'Work with grants', not: 'title' },
      'grants assign scopes',
      {
        text: 'For example, a request to the POST /environments/{envId}/applications/{appId}/grants endpoint specifies the application ID in the request URL, which designates the application to which the resource access grant is applied.',
        not: 'admin API',
      },
      {
        text: 'The request body specifies the resource ID (the resource associated with the application) and the list of scope IDs to associate with the application.',
        not: 'admin API',
      },
      { text: 'Important:', not: 'form of the page' },
      'at least one scope',
      'no token',
      { text: 'Get resource access grants', not: 'title' },
      {
        text: 'The GET /environments/{envId}/applications/{appId}/grants endpoint returns a list of all grants associated with the specified application resource.',
        not: 'admin API',
      },
      {
        text: 'curl -X "GET" "" \\ -H \'Content-type: application/json\' \\ -H \'Authorization: Bearer jwtToken\'',
        not: 'example of the admin API',
      },
      { text: 'The response data looks like this:', not: 'admin API' },
      {
        text: '"_links": { "self": { "href": "" "_embedded": { "grants": [] "count": 0, "size": 0',
        not: 'example of the admin API',
      },
      {
        text: 'To get data for a single grant associated with a specified application resource , the GET /environments/{envId}/applications/{appId}/grants/{id} operation returns data for the grant resource with the specified ID.',
        not: 'admin API',
      },
      {
        text: 'curl -X GET "{id}" \\ -H "Content-type: application/json" \\ -H "Authorization: Bearer jwtToken"',
        not: 'example of the admin API',
      },
      { text: 'Granting scopes to an application', not: 'title' },
      { text: 'Note:', not: 'form of the page' },
      { text: 'This operation is not supported in this release.', not: 'admin API' },
      {
        text: 'The following sample shows the POST /environments/{envId}/resources/{resId}/grants operation to assign scopes to an application.',
        not: 'admin API',
      },
      {
        text: 'curl -X "POST" "{appId}/grants/" \\ -H \'Content-type: application/json\' \\ -H \'Authorization: Bearer jwtToken\' \\ -d $\'{ "resource": { "id": "{resourceID}" "scopes": [ "{scopeID}", ... ]',
        not: 'example of the admin API',
      },
      {
        text: 'You can call GET /environments/{envId}/resources to get a list of resource IDs associated with the specified environment.',
        not: 'admin API',
      },
      {
        text: 'In addition, you can call GET /environments/{envId}/scopes to get a list of scope IDs for the specified environment.',
        not: 'admin API',
      },
      { text: 'Note:', not: 'form of the page' },
      'self scopes',
      'environment scopes',
      { text: 'For more information about grant types, see Getting started.', not: 'reference to another page' },
    ],
  },
};

/** What later editions of the sources say, in our words. */
export const FACTS = {
  tags: 'OCI IAM §2: in tags mode the audience is urn:opc:resource:scope:tag= and base64 of JSON.',
  'tags, specific':
    'Oracle, "Access Resources With Matching Tags": a specific resource by a tag and consumer::all, or by grant.',
  qualified:
    'OCI IAM §1: a fully qualified scope is audience and scope without a separator; the token has the bare one.',
  secondary: 'OCI IAM §2: secondary audiences are added to every token for the resource.',
  'offline_access in scope': 'OCI IAM §1: offline_access shows up in the scope claim.',
  'no refresh token': 'OCI IAM §1: never a refresh token for client credentials, nor for implicit.',
  expiry:
    'Oracle, "Token Expiry Table": the least of urn:opc:resource:expiry=<seconds>, 60 seconds to a year, and the lifetime of the resource.',
  multiresourcescope: 'Oracle, "Scopes": urn:opc:resource:multiresourcescope asks for one token per resource.',
  expansion: 'OCI IAM §1: a domain expands urn:opc:idm:__myscopes__ into the admin scopes that are held.',
  'self scopes of today':
    'PingOne, self-management scopes: p1:read:user, p1:update:user and nineteen more, never for client credentials.',
  'no scope': 'PingOne §3: without scope, all granted scopes of the one granted custom resource.',
  'several resources':
    'PingOne §3: two custom resources in one request are refused: May not request scopes for multiple resources.',
  'several allowed': 'PingOne, applications: requestScopesForMultipleResourcesEnabled.',
  'openid beside': 'PingOne, "Resource scopes": OIDC scopes may stand beside those of a custom resource.',
  'RFC 8707 §2': 'resource is the absolute URI of the resource that the client wants the token for, or invalid_target.',
  'RFC 8707 §2.2': 'The token request with a code or a refresh token may name some of the resources granted.',
  'RFC 6749 §3.3': 'scope = scope-token *( SP scope-token )',
  'RFC 6749 §4.4': 'The client credentials grant type MUST only be used by confidential clients.',
  'RFC 6749 §5.2': 'invalid_request, unauthorized_client, unsupported_grant_type, invalid_scope',
  'RFC 6749 §6': 'The requested scope MUST NOT include any scope not originally granted by the resource owner.',
} as const;

/** What we decided where the sources are silent. */
export const DECISIONS = {
  'explicit mode': 'In Explicit mode a hierarchical scope is for the resource whose grant covers it.',
  'one audience': 'A token has one audience, or those of resources alone: a shared one never stands beside another.',
  'own audience': 'A resource with no audience of its own has only tokens that the trust scope makes for all.',
  clash: 'A scope of one resource must not open something else at another that the token is for.',
  'longest audience': 'Of several splits the longest audience wins; a granted scope spelt like the whole goes first.',
  'names need an owner': 'A bare scope that several resources define needs the audience before it.',
  reserved: 'What the authorization server gives a meaning is nobody’s scope, and is not asked for behind an audience.',
  'admin by grant': 'urn:opc:idm:__myscopes__ is in the token only where it is granted itself.',
  'admin by name': 'An admin scope may be asked for by its name.',
  'refresh where configured': 'offline_access is left out where there is no refresh token.',
  'offline alone': 'offline_access alone, and expiry alone, are like no scope.',
  'openid alone': 'openid needs no grant, but a user.',
  'OIDC by grant': 'The other scopes of the OpenID Connect resource need a grant.',
  'nothing left': 'Where every scope is of the wrong kind, the answer is invalid_scope.',
  'custom for both': 'Scopes of custom resources are for users and clients alike.',
  'unknown definitions': 'What nobody knows to be defined cannot be had by virtue of consumer::all.',
  'custom only': 'consumer::all is for custom resources, not for the built-in ones.',
  'no tags': 'An application without allowed tags has no token in tags mode but for specific resources.',
  'shortest lifetime': 'A token lives as long as the shortest of the resources whose scopes it has.',
  bounded: 'A scope parameter has at most 8192 characters.',
  'consented audience': 'A refresh token and a code stand for the audience that was consented to.',
  'expiry beside all': 'urn:opc:resource:expiry=<seconds> may stand beside urn:opc:resource:consumer::all.',
  'several resources requested': 'Several resources need an application that allows scopes of several resources.',
  'refresh both': 'A refresh needs the grant type of the original request too.',
} as const;
