import { type ProtectedResourceMetadataOptions, protectedResourceMetadata } from 'scopegate';

const options = { resource: 'https://api.example/mcp', authorizationServers: ['https://issuer.example/'] };

function make(over: object) {
  return () => protectedResourceMetadata({ ...options, ...over } as ProtectedResourceMetadataOptions);
}

test.each<[string, unknown]>([
  ['none', undefined],
  ['no URL', 'api.example'],
  ['a relative one', '/mcp'],
  ['plain http', 'http://api.example/mcp'],
  ['another scheme', 'urn:example:mcp'],
  ['a fragment', 'https://api.example/mcp#a'],
  ['an empty fragment', 'https://api.example/mcp#'],
  ['credentials', 'https://user:secret@api.example/mcp'],
  ['upper case in the host', 'https://API.example/mcp'],
  ['the default port', 'https://api.example:443/mcp'],
  ['dot segments', 'https://api.example/a/../mcp'],
  ['a space', 'https://api.example/m cp'],
  ['a quotation mark', 'https://api.example/m"cp'],
  ['a backslash in the query', 'https://api.example/mcp?a=\\'],
  ['a URL object', new URL('https://api.example/mcp')],
  ['a list', ['https://api.example/mcp']],
])('9728-1.2: a resource identifier is refused: %s', (_, resource) => {
  expect(make({ resource })).toThrow(/"resource" must be an https URL without a fragment/);
});

test.each<[string, unknown]>([
  ['none', undefined],
  ['an empty list', []],
  ['a text', 'https://issuer.example'],
  ['plain http', ['http://issuer.example']],
  ['a query', ['https://issuer.example?a=b']],
  ['a fragment', ['https://issuer.example#a']],
  ['one that is no URL', ['https://issuer.example', 'issuer.example']],
])('authorization servers are refused: %s', (_, authorizationServers) => {
  expect(make({ authorizationServers })).toThrow(/"authorizationServers" must be a list of https URLs/);
});

test.each<[string, unknown]>([
  ['a text', 'a b'],
  ['an empty list', []],
  ['a scope with a space', ['a b']],
  ['offline_access', ['a', 'offline_access']],
])('scopes are refused: %s', (_, scopes) => {
  expect(make({ scopes })).toThrow(/"scopes" must be a list of scopes, without offline_access/);
});

test.each<[object, RegExp]>([
  [{ resource_name: '' }, /"members\.resource_name" must be a string/],
  [{ 'resource_name#de': 7 }, /"members\.resource_name#de" must be a string/],
  [{ resource_documentation: 'docs' }, /"members\.resource_documentation" must be an https URL/],
  [{ 'resource_tos_uri#fr': 'javascript:alert(1)' }, /"members\.resource_tos_uri#fr" must be an https URL/],
  [{ resource_policy_uri: 'http://api.example' }, /"members\.resource_policy_uri" must be an https URL/],
  [{ jwks_uri: 'http://api.example/keys' }, /"members\.jwks_uri" must be an https URL/],
  [{ bearer_methods_supported: ['cookie'] }, /"members\.bearer_methods_supported" must be a list of 'header'/],
  [{ resource_signing_alg_values_supported: ['none'] }, /must be a list of algorithms, without 'none'/],
  [{ dpop_signing_alg_values_supported: [] }, /must be a list of algorithms/],
  [{ dpop_bound_access_tokens_required: 'yes' }, /must be true or false/],
  [{ tls_client_certificate_bound_access_tokens: 1 }, /must be true or false/],
  [{ authorization_details_types_supported: [1] }, /must be a list of strings/],
  [{ signed_metadata: {} }, /must be a string/],
  [{ other: null }, /"members\.other" must be a value of JSON/],
  [{ other: () => 1 }, /"members\.other" must be a value of JSON/],
  [{ resource: 'https://other.example' }, /the member resource is the option "resource"/],
  [{ authorization_servers: [] }, /is the option "authorizationServers"/],
  [{ scopes_supported: ['a'] }, /is the option "scopes"/],
])('9728-2: members are refused: %j', (members, message) => {
  expect(make({ members })).toThrow(message);
  expect(make({ members })).toThrow(TypeError);
});

test.each<[object, string]>([
  [{ scopes_supported: ['a'] }, 'scopes'],
  [{ authorization_servers: [] }, 'authorizationServers'],
  [{ resources: 'a' }, 'resource'],
])('a misspelt option is refused with the right name: %j', (over, name) => {
  expect(make(over)).toThrow(`Did you mean "${name}"?`);
});

test('members are an object', () => {
  for (const members of [[], null, 'a']) expect(make({ members })).toThrow(/"members" must be an object/);
  expect(() => protectedResourceMetadata(undefined as never)).toThrow(TypeError);
});
