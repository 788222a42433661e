import { jwtVerifier, ociDomain } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import { json, keyServer } from '../../support/key-server.js';
import { signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outcomeOf, published, tokenOf, verifierOf } from './setting.js';

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

test('a key that is published under a new kid is found at once', async () => {
  const { server, verifier } = await rotating(published(old), published(fresh, old));

  expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(old))).toBe('accepted');
  expect(server.requests).toHaveLength(2);
});

test('a key that took the place and the kid of another is found at once, through the signature that fails', async () => {
  const [before, after] = constant;
  const { server, verifier } = await rotating(published(before), published(after));

  expect(await outcomeOf(verifier, tokenOf(after))).toBe('accepted');
  expect(server.requests).toHaveLength(2);
  expect(await outcomeOf(verifier, tokenOf(before))).toBe('signature_invalid');
});

test('so it is with a real domain’s tokens, with and without thumbprints', async () => {
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

test('two rotations within a second are both seen at once', async () => {
  const third = signingKey('ES256', 'third');
  const { server, verifier } = await rotating(published(old), published(fresh));

  expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('accepted');
  server.answer = json(published(third));
  expect(await outcomeOf(verifier, tokenOf(third))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(third))).toBe('accepted');
  expect(server.requests).toHaveLength(3);
});

test('a hundred requests with the new key share a fetch or two, and none is refused', async () => {
  const { server, verifier } = await rotating(published(old), published(fresh));

  const outcomes = await Promise.all(Array.from({ length: 100 }, () => outcomeOf(verifier, tokenOf(fresh))));
  expect(new Set(outcomes)).toEqual(new Set(['accepted']));
  expect(server.requests).toHaveLength(2);
});

test('requests with the known key are answered at once while a new one is looked for', async () => {
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

test('a key published while a fetch was under way already is found by a second one', async () => {
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

test('a first request that joins a fetch under way looks again, if its key is not in the answer', async () => {
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

test('keys that a newer answer no longer holds are forgotten', async () => {
  const { verifier } = await rotating(published(old), published(fresh));

  expect(await outcomeOf(verifier, tokenOf(old))).toBe('accepted'); // nothing was fetched yet
  expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(old))).toBe('key_unknown');
});

test('a signature that no newer key verifies is refused after one look', async () => {
  const { server, verifier } = await rotating(published(old), published(old));
  const forged = signingKey('ES256', 'old');

  expect(await outcomeOf(verifier, tokenOf(forged))).toBe('signature_invalid');
  expect(server.requests).toHaveLength(2);
});

test('a token that is refused for its claims causes no fetch, whoever signed it', async () => {
  const { server, verifier } = await rotating(published(old), published(fresh));

  expect(await outcomeOf(verifier, tokenOf(fresh, {}, { exp: 1 }))).toBe('token_expired');
  expect(await outcomeOf(verifier, tokenOf(fresh, {}, { iss: 'https://elsewhere.example' }))).toBe('issuer_mismatch');
  expect(await outcomeOf(verifier, tokenOf(fresh, { alg: 'HS256' }))).toBe('algorithm_not_allowed');
  expect(await outcomeOf(verifier, tokenOf(old, {}, { cnf: { jkt: 'x' } }))).toBe('sender_constrained');
  expect(server.requests).toHaveLength(1);
});

test('the clock that issues tokens plays no part: a rotation is seen years ahead, too', async () => {
  const clock = new MovableClock();
  const server = await keyServer(json(published(old)));
  const verifier = verifierOf(server, { clock });
  await verifier.ready();
  clock.wall += 10 * 365 * 86_400_000;
  const now = clock.wall / 1000;
  server.answer = json(published(fresh));

  expect(await outcomeOf(verifier, tokenOf(fresh, {}, { iat: now, exp: now + 60 }))).toBe('accepted');
});
