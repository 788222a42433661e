import { jwtVerifier, ociDomain } from 'scopegate';
import { down, json, keyServer, status } from '../../support/key-server.js';
import { AUDIENCE, ISSUER, reasonOf, signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outageOf, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

const key = signingKey('ES256', 'first');
const rsa = signingKey('RS256', 'rsa');

test('fetches the keys once for sixty concurrent first requests', async () => {
  const server = await keyServer(json(published(key)));
  const verifier = verifierOf(server);

  const outcomes = await Promise.all(Array.from({ length: 60 }, () => outcomeOf(verifier, tokenOf(key))));

  expect(new Set(outcomes)).toEqual(new Set(['accepted']));
  expect(server.requests).toHaveLength(1);
});

test('fetches the keys once even if sixty concurrent first requests fail', async () => {
  const server = await keyServer(down);
  const verifier = verifierOf(server);

  const outcomes = await Promise.all(Array.from({ length: 60 }, () => outcomeOf(verifier, tokenOf(key))));

  expect(new Set(outcomes)).toEqual(new Set(['outage']));
  expect(server.requests).toHaveLength(1);
});

test('does not fetch the keys for a token that is rejected without them', async () => {
  const server = await keyServer(json(published(key)));
  const verifier = verifierOf(server);

  expect(await outcomeOf(verifier, tokenOf(key, {}, { aud: 'https://elsewhere.example' }))).toBe('audience_mismatch');
  expect(await outcomeOf(verifier, tokenOf(key, {}, { exp: 1 }))).toBe('token_expired');
  expect(await outcomeOf(verifier, 'no-token')).toBe('token_malformed');
  expect(server.requests).toHaveLength(0);
});

test('verifies a token of a known key synchronously and without a fetch', async () => {
  const server = await keyServer(json(published(key)));
  const verifier = verifierOf(server);
  await verifier.ready();

  for (let i = 0; i < 20; i++) {
    const verdict = ask(verifier, tokenOf(key));
    expect(verdict).not.toBeInstanceOf(Promise);
    expect(reasonOf(verdict as Awaited<typeof verdict>)).toBe('accepted');
  }
  expect(server.requests).toHaveLength(1);
});

test('ready() fetches the keys once and then resolves', async () => {
  const server = await keyServer(json(published(key)));
  const verifier = verifierOf(server);

  await expect(Promise.all([verifier.ready(), verifier.ready()])).resolves.toEqual([undefined, undefined]);
  await verifier.ready();
  expect(server.requests).toHaveLength(1);
});

test('ready() rejects while the keys are unavailable and resolves later', async () => {
  const clock = new MovableClock();
  const server = await keyServer(status(503));
  const verifier = verifierOf(server, { clock });

  const outage = await outageOf(verifier.ready());
  expect(outage.message).toContain(`${server.url}/jwks answered 503`);

  server.answer = json(published(key));
  clock.advance(outage.retryAfter * 1000);
  await expect(verifier.ready()).resolves.toBeUndefined();
});

test('rejects a token that expires while the keys are fetched', async () => {
  const clock = new MovableClock();
  const server = await keyServer((req, res) => {
    clock.advance(7_200_000);
    json(published(key))(req, res);
  });

  expect(await outcomeOf(verifierOf(server, { clock }), tokenOf(key))).toBe('token_expired');
});

test('fetches the keys by GET as uncompressed JSON without sending the token', async () => {
  const server = await keyServer(json(published(key)));
  const token = tokenOf(key);
  await ask(verifierOf(server), token);

  const [request] = server.requests;
  expect(request).toMatchObject({
    method: 'GET',
    url: '/jwks',
    headers: { accept: 'application/json', 'accept-encoding': 'identity' },
  });
  expect(request?.headers.authorization).toBeUndefined();
  expect(request?.rawHeaders.join()).not.toContain(token);
});

describe('the global fetch', () => {
  const original = globalThis.fetch;
  const answering = (by: typeof key) => async () => Response.json(published(by));
  const remote = { issuer: ISSUER, audience: AUDIENCE, jwksUri: 'https://issuer.example/jwks' };
  const later = signingKey('ES256', 'later');

  afterEach(() => {
    globalThis.fetch = original;
  });

  test('the global fetch is looked up at each fetch, so that a mock that is installed later is used', async () => {
    const verifier = jwtVerifier({ ...remote, clock: new MovableClock() });
    globalThis.fetch = answering(key);
    expect(await outcomeOf(verifier, tokenOf(key))).toBe('accepted');
    globalThis.fetch = answering(later);
    expect(await outcomeOf(verifier, tokenOf(later))).toBe('accepted');
  });

  test('the global fetch is looked up at each fetch, so that a mock that is removed is not used', async () => {
    const server = await keyServer(json(published(later)));
    globalThis.fetch = answering(key);
    const verifier = verifierOf(server);
    expect(await outcomeOf(verifier, tokenOf(key))).toBe('accepted');
    globalThis.fetch = original;
    expect(await outcomeOf(verifier, tokenOf(later))).toBe('accepted');
    expect(server.requests).toHaveLength(1);
  });

  test('also fetches the token for a protected key endpoint', async () => {
    const options = ociDomain({
      url: 'https://idcs.example',
      tenant: 'idcs',
      issuer: ISSUER,
      audience: AUDIENCE,
      keyCredentials: { clientId: 'id', clientSecret: 'secret' },
    });
    const verifier = jwtVerifier({ ...options, clock: new MovableClock() });
    const asked: unknown[] = [];
    globalThis.fetch = async (url) => {
      asked.push(url);
      return Response.json(String(url).endsWith('/token') ? { access_token: 'abc' } : published(rsa));
    };
    await verifier.ready();
    expect(asked).toEqual(['https://idcs.example/oauth2/v1/token', 'https://idcs.example/admin/v1/SigningCert/jwk']);
  });

  test('does not replace the fetch of the options', async () => {
    const verifier = jwtVerifier({ ...remote, clock: new MovableClock(), fetch: answering(key) });
    globalThis.fetch = answering(later);
    expect(await outcomeOf(verifier, tokenOf(key))).toBe('accepted');
  });
});
