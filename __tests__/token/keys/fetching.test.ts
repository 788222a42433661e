import { down, json, keyServer, status } from '../../support/key-server.js';
import { reasonOf, signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outageOf, outcomeOf, published, tokenOf, verifierOf } from './setting.js';

const key = signingKey('ES256', 'first');

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
