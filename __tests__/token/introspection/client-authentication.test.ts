import { constants, createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { type JWTPayload, jwtVerify } from 'jose';
import { type IntrospectionClientKey, type IntrospectionVerifierOptions, introspectionVerifier } from 'scopegate';
import { clockAt, NOW } from '../../support/tokens.js';
import { ACTIVE, type Asked, ask, ENDPOINT, endpointOf, options } from './fixtures/fake-endpoint.js';

/** What the endpoint gets of this client. */
async function askedBy(client: IntrospectionVerifierOptions['client'], over: object = {}): Promise<Asked> {
  const { asked, fetch } = endpointOf(() => Response.json(ACTIVE));
  await ask(introspectionVerifier(options({ client, fetch, clock: clockAt(NOW), ...over })), 'opaque');
  return asked[0] as Asked;
}

test('a request is a form with the token and its kind, and asks for JSON', async () => {
  const { url, init, headers, form } = await askedBy({ clientId: 'orders-api', clientSecret: 'hush' });

  expect([url, init.method, init.redirect]).toEqual([ENDPOINT, 'POST', 'manual']);
  expect(headers.get('accept')).toBe('application/json');
  expect(headers.get('content-type')).toBe('application/x-www-form-urlencoded');
  expect(Object.fromEntries(form)).toEqual({ token: 'opaque', token_type_hint: 'access_token' });
});

test('a secret is sent in the Authorization header, form-encoded before base64', async () => {
  const { headers } = await askedBy({ clientId: 'orders:api', clientSecret: 'p&ss wörd+' });
  const [, credentials = ''] = /^Basic (.+)$/.exec(headers.get('authorization') ?? '') ?? [];

  expect(Buffer.from(credentials, 'base64').toString()).toBe('orders%3Aapi:p%26ss+w%C3%B6rd%2B');
});

test('a secret is sent in the body where the server wants it there', async () => {
  const { headers, form } = await askedBy({
    clientId: 'orders-api',
    clientSecret: 'hush',
    method: 'client_secret_post',
  });

  expect(headers.get('authorization')).toBeNull();
  expect(Object.fromEntries(form)).toMatchObject({ client_id: 'orders-api', client_secret: 'hush' });
});

describe('private_key_jwt', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...ec.privateKey.export({ format: 'jwk' }), kid: 'k1' };

  async function assertionOf(
    client: Omit<IntrospectionClientKey, 'clientId'>,
    publicKey: KeyObject,
    over: object = {},
  ) {
    const { headers, form } = await askedBy({ clientId: 'orders-api', ...client }, over);
    expect(headers.get('authorization')).toBeNull();
    expect(form.get('client_id')).toBe('orders-api');
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const verified = await jwtVerify(form.get('client_assertion') as string, publicKey, {
      currentDate: new Date(NOW * 1000),
      maxTokenAge: 1,
    });
    return { header: verified.protectedHeader, claims: verified.payload as JWTPayload };
  }

  test('an assertion names the client, the endpoint, a minute, and a jti that no other has', async () => {
    const first = await assertionOf({ privateKey: jwk }, ec.publicKey);
    const second = await assertionOf({ privateKey: jwk }, ec.publicKey);

    expect(first.header).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'k1' });
    expect(first.claims).toEqual({
      iss: 'orders-api',
      sub: 'orders-api',
      aud: ENDPOINT,
      iat: NOW,
      exp: NOW + 60,
      jti: expect.stringMatching(/^[\w-]{22}$/),
    });
    expect(second.claims.jti).not.toBe(first.claims.jti);
  });

  test('the audience is the issuer where that is given, or what the option says', async () => {
    const issuer = ACTIVE.iss;

    expect((await assertionOf({ privateKey: jwk }, ec.publicKey, { issuer })).claims.aud).toBe(issuer);
    const stated = { privateKey: jwk, assertionAudience: 'https://issuer.example/token' };
    expect((await assertionOf(stated, ec.publicKey, { issuer })).claims.aud).toBe('https://issuer.example/token');
  });

  test.each([
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['EdDSA', generateKeyPairSync('ed25519')],
  ])('a key signs with %s unless the option says otherwise', async (alg, { privateKey, publicKey }) => {
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

    expect((await assertionOf({ privateKey }, publicKey)).header).toEqual({ alg, typ: 'JWT' });
    expect((await assertionOf({ privateKey: pem, keyId: 'pem' }, publicKey)).header).toMatchObject({ alg, kid: 'pem' });
  });

  test('an RSA key signs with PS256 where the key or the option says so', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const ofJwk = { ...privateKey.export({ format: 'jwk' }), alg: 'PS256' };

    expect((await assertionOf({ privateKey: ofJwk }, publicKey)).header.alg).toBe('PS256');
    expect((await assertionOf({ privateKey, algorithm: 'PS256' }, publicKey)).header.alg).toBe('PS256');
  });

  test('a key that is for PSS only signs with PS256', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });

    const { form } = await askedBy({ clientId: 'a', privateKey, algorithm: 'PS256' });

    const [header = '', payload = '', signature = ''] = (form.get('client_assertion') as string).split('.');
    const key = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const rsa2048 = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const pss1024 = generateKeyPairSync('rsa-pss', { modulusLength: 1024 }).privateKey;
  const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  const ed448 = generateKeyPairSync('ed448').privateKey;
  const x25519 = generateKeyPairSync('x25519').privateKey;
  const { d: _, ...publicJwk } = jwk as Record<string, unknown>;

  test.each<[string, object, RegExp]>([
    ['no credentials', { clientId: 'a' }, /"client" must be \{ clientId, clientSecret \} or/],
    ['no client', undefined as never, /"client" must be/],
    ['null for a client', null as never, /"client" must be/],
    ['no client ID', { clientSecret: 'x' }, /"client.clientId" must be a string/],
    ['both credentials', { clientId: 'a', clientSecret: 'x', privateKey: jwk }, /not both/],
    ['an empty secret', { clientId: 'a', clientSecret: '' }, /"client.clientSecret" must be a string/],
    ['an unknown method', { clientId: 'a', clientSecret: 'x', method: 'basic' }, /"client.method" must be/],
    ['a misspelt member', { clientId: 'a', privateKey: jwk, kid: 'k' }, /no option "kid"/],
    ['a public JWK', { clientId: 'a', privateKey: publicJwk }, /"client.privateKey" must be a private key/],
    ['a public key', { clientId: 'a', privateKey: createPublicKey(ec.privateKey) }, /must be a private key/],
    ['text that is no key', { clientId: 'a', privateKey: 'hush' }, /must be a private key/],
    ['a secret as a JWK', { clientId: 'a', privateKey: { kty: 'oct', k: 'aHVzaA' } }, /must be a private key/],
    ['a short RSA key', { clientId: 'a', privateKey: rsa1024 }, /"client.algorithm" must be an asymmetric/],
    ['a short RSA key for PSS', { clientId: 'a', privateKey: pss1024, algorithm: 'PS256' }, /that fits the key/],
    [
      'an algorithm of EC for an RSA key',
      { clientId: 'a', privateKey: rsa2048, algorithm: 'ES256' },
      /that fits the key/,
    ],
    [
      'a curve that no algorithm has',
      { clientId: 'a', privateKey: secp256k1 },
      /"client.algorithm" must be an asymmetric/,
    ],
    ['RSA for such a curve', { clientId: 'a', privateKey: secp256k1, algorithm: 'RS256' }, /that fits the key/],
    ['the longer Edwards curve', { clientId: 'a', privateKey: ed448, algorithm: 'EdDSA' }, /that fits the key/],
    ['a key that cannot sign', { clientId: 'a', privateKey: x25519, algorithm: 'EdDSA' }, /that fits the key/],
    ['an algorithm of another key', { clientId: 'a', privateKey: jwk, algorithm: 'RS256' }, /that fits the key/],
    [
      'the algorithm of the other Edwards curve',
      { clientId: 'a', privateKey: generateKeyPairSync('ed25519').privateKey, algorithm: 'Ed448' },
      /that fits the key/,
    ],
    [
      'an algorithm without PSS for a key of PSS',
      {
        clientId: 'a',
        privateKey: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey,
        algorithm: 'RS256',
      },
      /that fits the key/,
    ],
    ['HMAC', { clientId: 'a', privateKey: jwk, algorithm: 'HS256' }, /must be an asymmetric algorithm/],
    ['no signature', { clientId: 'a', privateKey: jwk, algorithm: 'none' }, /must be an asymmetric algorithm/],
    ['an empty audience', { clientId: 'a', privateKey: jwk, assertionAudience: '' }, /"client.assertionAudience"/],
  ])('a client with %s is refused at declaration, without its secret', (_title, client, sentence) => {
    const declare = () => introspectionVerifier(options({ client: client as never }));

    expect(declare).toThrow(TypeError);
    expect(declare).toThrow(sentence);
    expect(declare).not.toThrow(/hush|aHVzaA/);
  });
});
