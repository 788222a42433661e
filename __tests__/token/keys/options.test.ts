import { type JwtVerifierOptions, jwtVerifier, ociDomain } from 'scopegate';
import { AUDIENCE, ISSUER } from '../../support/tokens.js';

/** The public key of RFC 7517 appendix A.1: the titles of the tests show it, and are the same in each run. */
const jwks = {
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    },
  ],
};
const remote = { jwksUri: 'https://issuer.example/jwks' };

function make(options: Readonly<Record<string, unknown>>) {
  return () => jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, ...options } as JwtVerifierOptions);
}

const wrong: readonly (readonly [Readonly<Record<string, unknown>>, sentence: string])[] = [
  [{}, 'jwtVerifier() needs either "jwksUri", where the issuer publishes its keys, or "jwks", the keys.'],
  [{ ...remote, jwks }, 'takes "jwksUri" or "jwks", not both'],
  [{ jwks, cacheMaxAgeMs: 1000 }, '"cacheMaxAgeMs" goes with "jwksUri"'],
  [{ ...remote, clock: Date }, '"clock" must be an object with now() and monotonic()'],
  [{ ...remote, clock: { monotonic: () => 0 } }, '"clock" must be an object with now() and monotonic()'],
  [{ ...remote, clock: { now: () => 0 } }, '"clock" must be an object with now() and monotonic()'],
  [{ ...remote, clock: null }, '"clock" must be an object with now() and monotonic()'],
  [{ jwks: { keys: [] } }, 'jwtVerifier(): "jwks" cannot be used. The key set has no usable key.'],
  [{ jwksUri: 'http://issuer.example/jwks' }, '"jwksUri" must be an https address'],
  [{ jwksUri: 'http://issuer.example/jwks' }, 'say allowInsecureHttp: true'],
  [{ jwksUri: 'http://127.0.0.1.example/jwks' }, '"jwksUri" must be an https address'],
  [{ jwksUri: 'http://localhost.example/jwks' }, '"jwksUri" must be an https address'],
  [{ jwksUri: 'http://notlocalhost/jwks' }, '"jwksUri" must be an https address: over plain http, a network attacker'],
  [{ jwksUri: 'http://10.0.0.1/jwks' }, '"jwksUri" must be an https address'],
  [{ jwksUri: 'ftp://127.0.0.1/jwks' }, '"jwksUri" must be an https address'],
  [{ jwksUri: 'file:///etc/jwks' }, '"jwksUri" must be an https address'],
  [{ jwksUri: 'data:application/json,{}' }, '"jwksUri" must be an https address'],
  [{ jwksUri: 'https://user@issuer.example/' }, '"jwksUri" must not hold credentials; use "keyAuthorization".'],
  [{ jwksUri: 'https://:pass@issuer.example/' }, '"jwksUri" must not hold credentials; use "keyAuthorization".'],
  [{ jwksUri: 'issuer.example/jwks' }, '"jwksUri" must be an absolute URL'],
  [{ jwksUri: '' }, '"jwksUri" must be an absolute URL'],
  [{ jwksUri: [remote.jwksUri] }, '"jwksUri" must be an absolute URL'],
  [{ jwksUri: null }, '"jwksUri" must be an absolute URL'],
  [{ jwksUrl: remote.jwksUri }, 'has no option "jwksUrl". Did you mean "jwksUri"?'],
  [{ jwks_uri: remote.jwksUri }, 'has no option "jwks_uri". Did you mean "jwksUri"?'],
  [{ jwksURI: remote.jwksUri }, 'has no option "jwksURI". Did you mean "jwksUri"?'],
  [{ JWKS: jwks }, 'has no option "JWKS". Did you mean "jwks"?'],
  [{ publicKey: jwks }, 'has no option "publicKey". Did you mean "jwks"?'],
  [{ ...remote, algorithm: ['RS256'] }, 'has no option "algorithm". Did you mean "algorithms"?'],
  [{ ...remote, alg: 'RS256' }, 'has no option "alg". Did you mean "algorithms"?'],
  [{ ...remote, tokenSigningAlg: 'RS256' }, 'has no option "tokenSigningAlg". Did you mean "algorithms"?'],
  [{ ...remote, algorithms: 'RS256' }, '"algorithms" must be a list of RS256'],
  [{ ...remote, algorithms: [] }, '"algorithms" must be a list of RS256'],
  [{ ...remote, algorithms: ['RS256', 'HS256'] }, '"algorithms" must be a list of RS256'],
  [{ ...remote, ignoreKeyOps: 'obay' }, `"ignoreKeyOps" must be true or false`],
  [{ ...remote, ignoreKeyOps: 1 }, `"ignoreKeyOps" must be true or false`],
  [{ ...remote, ignore_key_ops: true }, 'has no option "ignore_key_ops". Did you mean "ignoreKeyOps"?'],
  [{ ...remote, cacheMaxage: 1000 }, 'has no option "cacheMaxage". Did you mean "cacheMaxAgeMs"?'],
  [{ ...remote, cacheMaxAgeMs: 0 }, '"cacheMaxAgeMs" must be a number of milliseconds'],
  [{ ...remote, cacheMaxAgeMs: '10m' }, '"cacheMaxAgeMs" must be a number of milliseconds'],
  [{ ...remote, cacheMaxAgeMs: Number.NaN }, '"cacheMaxAgeMs" must be a number of milliseconds'],
  [{ ...remote, outageToleranceMs: -1 }, '"outageToleranceMs" must be a number of milliseconds'],
  [{ ...remote, outageToleranceMs: Number.POSITIVE_INFINITY }, '"outageToleranceMs" must be a number of milliseconds'],
  [{ ...remote, outageTolerence: 1 }, 'has no option "outageTolerence". Did you mean "outageToleranceMs"?'],
  [{ ...remote, keyAuthorization: 'Bearer secret' }, '"keyAuthorization" must be a function'],
  [{ ...remote, keyAuthorisation: () => 'Bearer' }, 'Did you mean "keyAuthorization"?'],
  [{ ...remote, fetch: 'fetch' }, '"fetch" must be a function'],
];

test.each(wrong)('jwtVerifier() throws for %j', (options, sentence) => {
  expect(make(options)).toThrow(TypeError);
  expect(make(options)).toThrow(sentence);
});

test('no error message contains the value of an option', () => {
  const secret = 'Bearer of a secret';
  for (const options of [
    { ...remote, keyAuthorization: secret },
    { jwksUri: `https://user:${secret}@issuer.example/` },
    { jwksUri: `http://issuer.example/?key=${secret}` },
    { jwks: secret },
  ]) {
    expect(make(options)).toThrow(TypeError);
    expect(make(options)).not.toThrow(secret);
    expect(make(options)).not.toThrow(encodeURI(secret));
  }
});

test.each([
  'http://localhost:1/',
  'http://127.0.0.1:1/',
  'http://127.8.90.123/',
  'http://[::1]:1/',
  'https://a.example/',
])('jwksUri accepts %s', (jwksUri) => {
  expect(make({ jwksUri })).not.toThrow();
});

test('allowInsecureHttp: true permits keys over plain http', () => {
  expect(make({ jwksUri: 'http://issuer.example/jwks', allowInsecureHttp: true })).not.toThrow();
  for (const almost of ['true', 1, {}]) {
    expect(make({ jwksUri: 'http://issuer.example/jwks', allowInsecureHttp: almost })).toThrow(TypeError);
  }
});

describe('options of ociDomain()', () => {
  const domain = { url: 'https://idcs.identity.example', tenant: 'idcs' };
  const make = (options: object) => () => jwtVerifier(ociDomain({ ...domain, ...options }));

  test.each([
    [{ keyCredentials: {} }, 'keyCredentials: "clientId" must be a string'],
    [{ keyCredentials: { clientId: 'id' } }, 'keyCredentials: "clientSecret" must be a string'],
    [{ keyCredentials: { clientId: 'id', clientSecret: '' } }, 'keyCredentials: "clientSecret" must be a string'],
    [{ keyCredentials: { clientId: 'id', secret: 'x' } }, 'has no option "secret"'],
    [{ keyCredentials: { client_id: 'id', clientSecret: 'x' } }, 'has no option "client_id". Did you mean "clientId"?'],
    [{ keyCredentials: 'id:secret' }, 'keyCredentials takes an object of options, not the string given.'],
    [{ keyCredential: {} }, 'ociDomain() has no option "keyCredential". Did you mean "keyCredentials"?'],
    [{ jwksUri: 'https://a.example' }, 'ociDomain() has no option "jwksUri"'],
    [{ url: 'http://idcs.identity.example' }, '"jwksUri" must be an https address'],
    [{ url: 'https://user:secret@idcs.identity.example' }, '"jwksUri" must not hold credentials'],
    [{ url: 'idcs.identity.example' }, 'ociDomain(): "url" must be'],
  ])('ociDomain() throws for %j', (options, sentence) => {
    expect(make(options)).toThrow(TypeError);
    expect(make(options)).toThrow(sentence);
  });

  test('ociDomain() never repeats the client secret in an error', () => {
    expect(make({ keyCredentials: { clientId: 5, clientSecret: 'hush' } })).not.toThrow('hush');
    expect(make({ keyCredentials: { clientId: 'id', clientSecret: ['hush'] } })).not.toThrow('hush');
  });
});
