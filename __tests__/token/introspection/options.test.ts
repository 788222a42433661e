import { type IntrospectionVerifierOptions, introspectionVerifier, jwtVerifier, multiIssuerVerifier } from 'scopegate';
import { detailOf, reasonOf } from '../../support/tokens.js';
import { ACTIVE, ask, ENDPOINT, endpointOf, options } from './fixtures/fake-endpoint.js';

test.each<[string, object, RegExp]>([
  ['a missing endpoint', { introspectionEndpoint: undefined }, /"introspectionEndpoint" must be an absolute URL/],
  ['a relative endpoint', { introspectionEndpoint: '/introspect' }, /must be an absolute URL/],
  ['credentials in the URL', { introspectionEndpoint: 'https://a:b@issuer.example/' }, /must not hold credentials/],
  ['plain http', { introspectionEndpoint: 'http://issuer.example/' }, /must be an https address/],
  ['another protocol', { introspectionEndpoint: 'file:///introspect' }, /must be an https address/],
  ['a misspelt option', { introspectionEndpont: ENDPOINT }, /Did you mean "introspectionEndpoint"/],
  ['the name of the metadata', { introspection_endpoint: ENDPOINT }, /Did you mean "introspectionEndpoint"/],
  ['the name of Spring', { introspectionUri: ENDPOINT }, /Did you mean "introspectionEndpoint"/],
  ['another name', { introspectionUrl: ENDPOINT }, /Did you mean "introspectionEndpoint"/],
  ['a short name', { endpoint: ENDPOINT }, /Did you mean "introspectionEndpoint"/],
  ['a shorter name', { url: ENDPOINT }, /Did you mean "introspectionEndpoint"/],
  ['a secret in the wrong place', { clientSecret: 'a' }, /Did you mean "client: \{ clientId, clientSecret \}"/],
  ['a key in the wrong place', { privateKey: 'a' }, /Did you mean "client: \{ clientId, privateKey \}"/],
  ['a client ID in the wrong place', { clientId: 'a' }, /Did you mean "client: \{ clientId, clientSecret \}"/],
  ['no audience', { audience: undefined }, /"audience" must be/],
  ['an empty list of audiences', { audience: [] }, /at least one audience/],
  [
    "'any-for-this-client' among others",
    { audience: ['orders', 'any-for-this-client'] },
    /or 'any-for-this-client' alone/,
  ],
  ["Oracle's common audience", { audience: 'urn:opc:resource:scope:account' }, /accountAudience/],
  ['an empty issuer', { issuer: '' }, /"issuer" must be a string/],
  ['cache: true', { cache: true }, /in "cache", takes an object/],
  ['a cache without an age', { cache: {} }, /"cache.maxAgeMs" must be a number of milliseconds/],
  ['a cache without an end', { cache: { maxAgeMs: Number.POSITIVE_INFINITY } }, /"cache.maxAgeMs" must be/],
  ['a cache by another name', { cache: { ttl: 5 } }, /Did you mean "maxAgeMs"/],
  ['a bound by another name', { cache: { maxAgeMs: 1, max: 5 } }, /Did you mean "maxTokens"/],
  ['a cache for one token', { cache: { maxAgeMs: 1, maxTokens: 1 } }, /"cache.maxTokens" must be/],
  ['a burst of 0', { unknownTokens: { burst: 0 } }, /"unknownTokens.burst" must be/],
  ['a rate of 0', { unknownTokens: { perSecond: 0 } }, /"unknownTokens.perSecond" must be/],
  ['a timeout of 0', { timeoutMs: 0 }, /"timeoutMs" must be/],
  ['a timeout beyond a minute', { timeoutMs: 60_001 }, /"timeoutMs" must be/],
  ['a tolerance that is text', { clockTolerance: '5' }, /"clockTolerance" must be/],
  ['a negative tolerance', { futureTolerance: -1 }, /"futureTolerance" must be/],
  ['a prefix with a space', { scopePrefix: 'a b' }, /"scopePrefix" must be/],
  ['a flag that is text', { assumeAccessToken: 'yes' }, /"assumeAccessToken" must be true or false/],
  ['http allowed by text', { allowInsecureHttp: 'yes' }, /"allowInsecureHttp" must be true or false/],
  ['a clock that is a function', { clock: Date.now }, /"clock" must be an object/],
  ['a fetch that is none', { fetch: 'fetch' }, /"fetch" must be a function/],
])('introspectionVerifier() throws for %s', (_, over, sentence) => {
  const declare = () => introspectionVerifier(options(over as Partial<IntrospectionVerifierOptions>));

  expect(declare).toThrow(TypeError);
  expect(declare).toThrow(sentence);
  expect(declare).toThrow(/^introspectionVerifier\(\)[: ,]/);
});

test('scopes are requested with the prefix of the option', () => {
  const verifier = introspectionVerifier(options({ scopePrefix: 'api://orders/' }));

  expect(verifier.toRequestedScope?.('read', undefined)).toBe('api://orders/read');
});

test.each(['http://localhost:3000/introspect', 'http://127.0.0.1/introspect', 'http://[::1]/introspect'])(
  'plain http is allowed on this machine: %s',
  (introspectionEndpoint) => {
    expect(() => introspectionVerifier(options({ introspectionEndpoint }))).not.toThrow();
  },
);

test('plain http to another machine is allowed by name', () => {
  const introspectionEndpoint = 'http://issuer.internal/introspect';

  expect(() => introspectionVerifier(options({ introspectionEndpoint, allowInsecureHttp: true }))).not.toThrow();
});

test('a token of more than 131072 characters is refused without a request', async () => {
  const { asked, fetch } = endpointOf(() => Response.json(ACTIVE));
  const verifier = introspectionVerifier(options({ fetch }));

  const verdict = await ask(verifier, 'x'.repeat(131_073));

  expect(reasonOf(verdict)).toBe('token_malformed');
  expect(detailOf(verdict)).toBe('The token has 131073 characters; the limit is 131072.');
  expect(asked).toEqual([]);
});

describe('within multiIssuerVerifier()', () => {
  const other = jwtVerifier({
    issuer: 'https://else.example',
    audience: 'orders',
    jwksUri: 'https://else.example/keys',
  });

  test('a verifier with an issuer gets the JWTs of that issuer', async () => {
    const { fetch } = endpointOf(() => Response.json(ACTIVE));
    const introspected = introspectionVerifier(options({ fetch, issuer: ACTIVE.iss }));
    const token = `e30.${Buffer.from(JSON.stringify({ iss: ACTIVE.iss })).toString('base64url')}.AA`;

    expect(await ask(multiIssuerVerifier([other, introspected]), token)).toMatchObject({ verifier: introspected });
  });

  test('without an audience, a verifier gets all tokens of its issuer', () => {
    const { origins } = introspectionVerifier(options({ issuer: ACTIVE.iss, audience: 'any-for-this-client' }));

    expect(origins).toEqual([{ issuer: ACTIVE.iss, binding: undefined }]);
  });

  test('a verifier without an issuer is refused', () => {
    expect(() => multiIssuerVerifier([other, introspectionVerifier(options())])).toThrow(/does not say whose tokens/);
  });
});
