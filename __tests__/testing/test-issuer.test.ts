import { createPublicKey, type JsonWebKey } from 'node:crypto';
import express from 'express';
import jwt from 'jsonwebtoken';
import { jwtVerifier, ociDomain } from 'scopegate';
import { type TestIssuer, testIssuer } from 'scopegate/testing';
import { json, keyServer } from '../support/key-server.js';
import { reasonOf } from '../support/tokens.js';

const scope = 'urn:opc:resource:consumer:paas:analytics::read';

/** The verifier of a user who follows the documentation of `testIssuer`. */
function verifierFor(issuer: TestIssuer) {
  return jwtVerifier({ ...ociDomain({ url: issuer.url, tenant: issuer.tenant }), fetch: issuer.fetch });
}

async function judged(token: string, verifier: ReturnType<typeof jwtVerifier>) {
  return reasonOf(await verifier.verify({ scheme: 'bearer', token }));
}

function decode(token: string) {
  const { header, payload } = jwt.decode(token, { complete: true }) as jwt.Jwt;
  return { header, payload: payload as jwt.JwtPayload };
}

describe('a token of the test issuer', () => {
  /** The payload of a real access token for client credentials, values invented. */
  const real = {
    sub: '5f0c',
    iss: 'https://identity.oraclecloud.com/',
    tok_type: 'AT',
    client_id: '5f0c',
    client_name: 'reports',
    sub_type: 'client',
    aud: 'urn:opc:resource:scope:account',
    scope,
    tenant: 'idcs-0a1b',
    gtp: 'cc',
    client_tenantname: 'idcs-0a1b',
    jti: 'a1b2',
    iat: 1_790_000_000,
    exp: 1_790_003_600,
  };

  test('a test token has the claims of a real one', () => {
    const before = Math.floor(Date.now() / 1000);
    const { payload } = decode(testIssuer({ tenant: 'idcs-0a1b' }).token({ scope }));
    const after = Math.floor(Date.now() / 1000);
    const { iss, tok_type, sub_type, aud, tenant, client_tenantname, gtp } = real;

    expect(Object.keys(payload).sort()).toEqual(Object.keys(real).sort());
    expect(payload).toMatchObject({ iss, tok_type, sub_type, aud, scope, tenant, client_tenantname, gtp });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(real.exp - real.iat);
    expect(payload.iat).toBeGreaterThanOrEqual(before);
    expect(payload.iat).toBeLessThanOrEqual(after);
  });

  test('a test token has the header of a real one, without typ', () => {
    const { header } = decode(testIssuer().token());

    expect(Object.keys(header).sort()).toEqual(['alg', 'kid', 'x5t', 'x5t#S256']);
    expect(header).toMatchObject({ alg: 'RS256', kid: 'SIGNING_KEY' });
  });

  test.each(['RS256', 'RS384', 'PS256', 'PS512'] as const)(
    'jsonwebtoken verifies a test token signed with %s',
    (alg) => {
      const issuer = testIssuer();
      const key = createPublicKey({ key: issuer.jwks().keys[0] as JsonWebKey, format: 'jwk' });

      expect(jwt.verify(issuer.token({ scope }, { alg }), key, { algorithms: [alg] })).toMatchObject({ scope });
    },
  );

  test('jsonwebtoken refuses a test token under the name of an algorithm that it is not signed with', () => {
    const issuer = testIssuer();
    const key = createPublicKey({ key: issuer.jwks().keys[0] as JsonWebKey, format: 'jwk' });
    const token = issuer.token({ scope }, { alg: 'ES256' });

    expect(() => jwt.verify(token, key, { algorithms: ['ES256', 'RS256'] })).toThrow();
    expect(token.split('.')).toHaveLength(3);
  });

  test('each test token has its own jti', () => {
    const issuer = testIssuer();

    expect(decode(issuer.token()).payload.jti).not.toBe(decode(issuer.token()).payload.jti);
  });

  test('the verifier of the domain accepts a test token', async () => {
    const issuer = testIssuer();

    expect(await judged(issuer.token({ scope }), verifierFor(issuer))).toBe('accepted');
  });

  test('given claims replace the defaults, and undefined omits one', () => {
    const { payload } = decode(
      testIssuer().token({ sub_type: 'user', user_id: 'alice', gtp: undefined, scope: undefined }),
    );

    expect(payload).toMatchObject({ sub_type: 'user', user_id: 'alice' });
    expect(payload).not.toHaveProperty('gtp');
    expect(payload).not.toHaveProperty('scope');
  });

  test('given header members replace the defaults, and undefined omits one', () => {
    const { header } = decode(testIssuer().token({}, { typ: 'at+jwt', kid: 'other', x5t: undefined }));

    expect(header).toMatchObject({ typ: 'at+jwt', kid: 'other' });
    expect(header).not.toHaveProperty('x5t');
  });

  test('a test token has the times that it is given', () => {
    const issuer = testIssuer();
    const { iat, exp } = decode(issuer.expiredToken()).payload;

    expect((exp ?? 0) - (iat ?? 0)).toBe(3600);
    expect(decode(issuer.token({ iat: 1_790_000_000 })).payload.iat).toBe(1_790_000_000);
    expect(decode(issuer.token({ iat: undefined })).payload).not.toHaveProperty('iat');
  });

  test('a test token follows the options of its issuer', () => {
    const issuer = testIssuer({ issuer: 'https://login.example', audience: ['https://rs.example/', 'other'] });

    expect(decode(issuer.token()).payload).toMatchObject({
      iss: 'https://login.example',
      aud: ['https://rs.example/', 'other'],
    });
  });
});

describe('verification of bad test tokens', () => {
  const issuer = testIssuer();
  const verifier = verifierFor(issuer);

  test.each([
    ['expired', () => issuer.expiredToken({ scope }), 'token_expired'],
    ['expired, with another header', () => issuer.expiredToken({}, { typ: 'at+jwt' }), 'token_expired'],
    ['of another tenant', () => issuer.token({ tenant: 'idcs-another' }), 'tenant_mismatch'],
    ['for another audience', () => issuer.token({ aud: 'https://rs.example/' }), 'audience_mismatch'],
    ['of another issuer', () => issuer.token({ iss: 'https://login.example' }), 'issuer_mismatch'],
    ['an ID token', () => issuer.token({ tok_type: 'IT' }), 'not_an_access_token'],
    ['without an end', () => issuer.token({ exp: undefined }), 'claim_missing'],
    ['of another algorithm', () => issuer.token({}, { alg: 'PS256' }), 'algorithm_not_allowed'],
    ['signed by an issuer of the same name', () => testIssuer().token(), 'key_unknown'],
    [
      'signed by an issuer of the same name, without the marks of its key',
      () => testIssuer().token({}, { x5t: undefined, 'x5t#S256': undefined }),
      'signature_invalid',
    ],
  ])('the verifier rejects a token that is %s', async (_, token, reason) => {
    expect(await judged(token(), verifier)).toBe(reason);
  });
});

describe('keys of the test issuer', () => {
  test('the test issuer publishes public keys in the form of a real domain', () => {
    const [key] = testIssuer().jwks().keys;

    expect(key).toMatchObject({ kty: 'RSA', kid: 'SIGNING_KEY', alg: 'RS256', key_ops: ['encrypt', 'sign'] });
    expect(Object.keys(key ?? {}).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(name))).toEqual([]);
  });

  test('rotateKeys() stops publishing the old key', async () => {
    const issuer = testIssuer();
    const former = issuer.token();
    issuer.rotateKeys();
    const verifier = verifierFor(issuer);

    expect(issuer.jwks().keys).toHaveLength(1);
    expect(await judged(former, verifier)).toBe('key_unknown');
    expect(await judged(issuer.token(), verifier)).toBe('accepted');
  });

  test('rotateKeys({ keepOld: true }) publishes the old key after the new one', async () => {
    const issuer = testIssuer();
    const [oldKey] = issuer.jwks().keys;
    const former = issuer.token();
    issuer.rotateKeys({ keepOld: true });
    const verifier = verifierFor(issuer);

    expect(issuer.jwks().keys).toEqual([expect.objectContaining({ kid: 'SIGNING_KEY' }), oldKey]);
    expect(await judged(former, verifier)).toBe('accepted');
    expect(await judged(issuer.token(), verifier)).toBe('accepted');
  });

  test('a running verifier notices a key rotation of the test issuer', async () => {
    const issuer = testIssuer();
    const verifier = verifierFor(issuer);
    await verifier.verify({ scheme: 'bearer', token: issuer.token() });
    issuer.rotateKeys();

    expect(await judged(issuer.token(), verifier)).toBe('accepted');
  });
});

describe('the key endpoint of the test issuer', () => {
  test('fetch() serves the keys at their own URL only', async () => {
    const issuer = testIssuer();

    expect(await (await issuer.fetch(issuer.jwksUri)).json()).toEqual(issuer.jwks());
    expect((await issuer.fetch(`${issuer.url}/other`)).status).toBe(404);
  });

  test.each(['https://idcs.example/', 'https://IDCS.example', 'https://idcs.example:443'])(
    'fetch() serves the keys for any spelling of the URL: %s',
    async (url) => {
      const issuer = testIssuer({ url });

      expect(await judged(issuer.token(), verifierFor(issuer))).toBe('accepted');
    },
  );

  test('keyEndpoint serves the keys to a verifier over HTTP', async () => {
    const server = await keyServer();
    const issuer = testIssuer({ url: server.url });
    server.answer = issuer.keyEndpoint;
    const verifier = jwtVerifier(ociDomain({ url: issuer.url, tenant: issuer.tenant }));
    await verifier.ready?.();

    expect(await judged(issuer.token(), verifier)).toBe('accepted');
    expect(server.requests.map(({ url }) => url)).toEqual(['/admin/v1/SigningCert/jwk']);
  });

  test('keyEndpoint works as an Express route', async () => {
    const server = await keyServer();
    const issuer = testIssuer({ url: server.url });
    server.answer = express().get('/admin/v1/SigningCert/jwk', issuer.keyEndpoint);
    const response = await fetch(issuer.jwksUri);

    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual(issuer.jwks());
  });

  test('a verifier accepts the result of jwks() as its keys', async () => {
    const issuer = testIssuer();
    const { jwksUri: _, ...domain } = ociDomain({ url: issuer.url, tenant: issuer.tenant });

    expect(await judged(issuer.token(), jwtVerifier({ ...domain, jwks: issuer.jwks() }))).toBe('accepted');
  });

  test('a verifier can use another endpoint that publishes the keys', async () => {
    const issuer = testIssuer();
    const server = await keyServer(json(issuer.jwks()));
    const domain = ociDomain({ url: issuer.url, tenant: issuer.tenant });

    expect(await judged(issuer.token(), jwtVerifier({ ...domain, jwksUri: server.url }))).toBe('accepted');
  });
});

describe('invalid options of the test issuer', () => {
  test.each<[string, object, string]>([
    ['misspelt', { tennant: 'idcs-0a1b' }, 'testIssuer() has no option "tennant". Did you mean "tenant"?'],
    ['no address', { url: 'idcs-0a1b' }, 'testIssuer(): "url" must be an absolute address'],
    ['no tenant', { tenant: '' }, 'testIssuer(): "tenant" must be a string'],
    ['no issuer', { issuer: 7 }, 'testIssuer(): "issuer" must be a string'],
    ['no audience', { audience: [7] }, 'testIssuer(): "audience" must be a string or a list of strings'],
  ])('testIssuer() throws for invalid options: %s', (_, options, sentence) => {
    expect(() => testIssuer(options)).toThrow(sentence);
  });

  test('rotateKeys() throws for a misspelt option', () => {
    const options: object = { keepold: true };

    expect(() => testIssuer().rotateKeys(options)).toThrow(
      'rotateKeys() has no option "keepold". Did you mean "keepOld"?',
    );
  });
});
