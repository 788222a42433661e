import { jwtVerifier, ociDomain } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import { json, keyServer } from '../../support/key-server.js';
import { signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

const old = signingKey('ES256', 'old');
const fresh = signingKey('ES256', 'fresh');
/** As Oracle's domains rotate: another key under the same name. */
const constant = [signingKey('ES256', 'SIGNING_KEY'), signingKey('ES256', 'SIGNING_KEY')] as const;

async function rotating(before: object, after: object) {
  const server = await keyServer(json(before));
  const verifier = verifierOf(server);
  await verifier.ready();
  server.answer = json(after);
  return { server, verifier };
}

test('finds a key published under a new kid at once', async () => {
  const { server, verifier } = await rotating(published(old), published(fresh, old));

  expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(old))).toBe('accepted');
  expect(server.requests).toHaveLength(2);
});

test('finds a new key under an old kid at once by the failing signature', async () => {
  const [before, after] = constant;
  const { server, verifier } = await rotating(published(before), published(after));

  expect(await outcomeOf(verifier, tokenOf(after))).toBe('accepted');
  expect(server.requests).toHaveLength(2);
  expect(await outcomeOf(verifier, tokenOf(before))).toBe('signature_invalid');
});

test('finds rotated keys of a domain with and without thumbprints', async () => {
  const issuer = testIssuer();
  const server = await keyServer(issuer.keyEndpoint);
  const verifier = jwtVerifier(ociDomain({ url: server.url, tenant: issuer.tenant }));
  const before = issuer.token();
  expect(await outcomeOf(verifier, before)).toBe('accepted');

  issuer.rotateKeys();
  expect(await outcomeOf(verifier, issuer.token({}, { x5t: undefined, 'x5t#S256': undefined }))).toBe('accepted');
  issuer.rotateKeys({ keepOld: true });
  expect(await outcomeOf(verifier, issuer.token())).toBe('accepted');
  expect(server.requests).toHaveLength(3);
  expect(await outcomeOf(verifier, before)).toBe('key_unknown');
});

test('finds the keys of two rotations within a second', async () => {
  const third = signingKey('ES256', 'third');
  const { server, verifier } = await rotating(published(old), published(fresh));

  expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('accepted');
  server.answer = json(published(third));
  expect(await outcomeOf(verifier, tokenOf(third))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(third))).toBe('accepted');
  expect(server.requests).toHaveLength(3);
});

test('a hundred concurrent requests with a new key share one fetch', async () => {
  const { server, verifier } = await rotating(published(old), published(fresh));

  const outcomes = await Promise.all(Array.from({ length: 100 }, () => outcomeOf(verifier, tokenOf(fresh))));
  expect(new Set(outcomes)).toEqual(new Set(['accepted']));
  expect(server.requests).toHaveLength(2);
});

test('verifies tokens of known keys at once during a fetch for a new key', async () => {
  const { server, verifier } = await rotating(published(old), published(fresh, old));
  let answerNow: () => void = () => undefined;
  server.answer = (req, res) => {
    answerNow = () => json(published(fresh, old))(req, res);
  };
  const waiting = outcomeOf(verifier, tokenOf(fresh));
  await server.received(2);

  expect(ask(verifier, tokenOf(old))).toMatchObject({ header: { kid: 'old' } });
  answerNow();
  expect(await waiting).toBe('accepted');
});

test('fetches again to find a key published during a fetch', async () => {
  const { server, verifier } = await rotating(published(old), published(old));
  let answerNow: () => void = () => undefined;
  server.answer = (req, res) => {
    answerNow = () => json(published(old))(req, res);
    server.answer = json(published(fresh, old));
  };
  const forged = outcomeOf(verifier, tokenOf(signingKey('ES256', 'forged')));
  await server.received(2);
  const good = outcomeOf(verifier, tokenOf(fresh)); // the first fetch brings the old keys only
  answerNow();

  expect(await good).toBe('accepted');
  expect(await forged).toBe('key_unknown');
  expect(server.requests).toHaveLength(3);
});

test('a first request that joined a fetch fetches again if its key is missing', async () => {
  const server = await keyServer();
  const verifier = verifierOf(server);
  server.answer = (req, res) => {
    server.answer = json(published(fresh));
    void outcomeOf(verifier, tokenOf(fresh)).then((outcome) => outcomes.push(outcome)); // joins
    json(published(old))(req, res);
  };
  const outcomes: string[] = [];

  expect(await outcomeOf(verifier, tokenOf(old))).toBe('accepted');
  await server.received(2);
  expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('accepted');
  expect(outcomes).toEqual(['accepted']);
});

test('forgets keys that a newer key set no longer contains', async () => {
  const { verifier } = await rotating(published(old), published(fresh));

  expect(await outcomeOf(verifier, tokenOf(old))).toBe('accepted'); // nothing was fetched yet
  expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(old))).toBe('key_unknown');
});

test('rejects a signature that no key verifies after one fetch', async () => {
  const { server, verifier } = await rotating(published(old), published(old));
  const forged = signingKey('ES256', 'old');

  expect(await outcomeOf(verifier, tokenOf(forged))).toBe('signature_invalid');
  expect(server.requests).toHaveLength(2);
});

test('does not fetch for a token that is rejected for its header or claims', async () => {
  const { server, verifier } = await rotating(published(old), published(fresh));

  expect(await outcomeOf(verifier, tokenOf(fresh, {}, { exp: 1 }))).toBe('token_expired');
  expect(await outcomeOf(verifier, tokenOf(fresh, {}, { iss: 'https://elsewhere.example' }))).toBe('issuer_mismatch');
  expect(await outcomeOf(verifier, tokenOf(fresh, { alg: 'HS256' }))).toBe('algorithm_not_allowed');
  expect(await outcomeOf(verifier, tokenOf(old, {}, { cnf: { jkt: 'x' } }))).toBe('sender_constrained');
  expect(server.requests).toHaveLength(1);
});

test('finds rotated keys even if the wall clock is years ahead', async () => {
  const clock = new MovableClock();
  const server = await keyServer(json(published(old)));
  const verifier = verifierOf(server, { clock });
  await verifier.ready();
  clock.wall += 10 * 365 * 86_400_000;
  const now = clock.wall / 1000;
  server.answer = json(published(fresh));

  expect(await outcomeOf(verifier, tokenOf(fresh, {}, { iat: now, exp: now + 60 }))).toBe('accepted');
});
