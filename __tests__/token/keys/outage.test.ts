import { setImmediate } from 'node:timers/promises';
import { jwtVerifier, ociDomain, VerifierUnavailableError } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import { down, json, keyServer, status } from '../../support/key-server.js';
import { NOW, signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outageOf, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

const key = signingKey('ES256', 'first');
const fresh = signingKey('ES256', 'fresh');

const HOUR = 3_600_000;
const AGES = { cacheMaxAgeMs: HOUR, outageToleranceMs: 4 * HOUR };

const week = { exp: NOW + 7 * 86_400 };
const token = tokenOf(key, {}, week);
const badSignature = tokenOf(signingKey('ES256', 'first'), {}, week);
const unknownKid = tokenOf(signingKey('ES256', 'forged'), {}, week);

/** A verifier that knows the key, of an endpoint that went down then. */
async function bereft() {
  const clock = new MovableClock();
  const server = await keyServer(json(published(key)));
  const verifier = verifierOf(server, { clock, ...AGES });
  await verifier.ready();
  server.answer = down;
  return { clock, server, verifier };
}

describe('an unavailable key endpoint', () => {
  test('known keys go on until cacheMaxAgeMs and outageToleranceMs are over; then there is an outage', async () => {
    const { clock, verifier } = await bereft();

    for (let age = 0; age < 4.5 * HOUR; age += HOUR / 2) {
      clock.advance(HOUR / 2);
      expect(await outcomeOf(verifier, token)).toBe('accepted');
    }
    clock.advance(HOUR / 2 - 1000);
    expect(await outcomeOf(verifier, token)).toBe('accepted');
    clock.advance(1000);
    const outage = await outageOf(ask(verifier, token));
    expect(outage.message).toContain('cannot be reached');
    expect(outage.retryAfter).toBeGreaterThanOrEqual(1);
  });

  test('tries a fetch for the first request after a long pause, then uses known keys', async () => {
    const { clock, server, verifier } = await bereft();
    clock.advance(3 * HOUR);

    expect(await outcomeOf(verifier, token)).toBe('accepted');
    expect(server.requests).toHaveLength(2);
    expect(ask(verifier, token)).not.toBeInstanceOf(Promise);
  });

  test('does not use a withdrawn key after one failed fetch and a long pause', async () => {
    const { clock, server, verifier } = await bereft();
    clock.advance(HOUR * 0.9);
    expect(await outcomeOf(verifier, token)).toBe('accepted');
    while (verifier.warning() === undefined) await setImmediate(); // the renewal behind that request fails
    server.answer = json(published(fresh));
    clock.advance(3 * HOUR);

    expect(await outcomeOf(verifier, token)).toBe('key_unknown');
  });

  test('warns operators with the reason while it uses known keys', async () => {
    const { clock, server, verifier } = await bereft();
    expect(verifier.warning()).toBeUndefined();
    server.answer = status(401);
    clock.advance(2 * HOUR);
    expect(await outcomeOf(verifier, token)).toBe('accepted');

    expect(verifier.warning()).toMatch(
      /^The issuer's keys are 120 min old and cannot be refreshed: .*Configure client access/,
    );
    server.answer = json(published(key));
    clock.advance(HOUR / 2);
    expect(await outcomeOf(verifier, token)).toBe('accepted');
    expect(verifier.warning()).toBeUndefined();
  });

  test('warns only if there are keys, and counts their age from their request', async () => {
    const clock = new MovableClock();
    const server = await keyServer(down);
    const verifier = verifierOf(server, { clock, ...AGES });
    await outageOf(verifier.ready());
    expect(verifier.warning()).toBeUndefined();

    clock.advance(24 * HOUR);
    server.answer = json(published(key));
    await verifier.ready();
    server.answer = down;
    clock.advance(2 * HOUR);
    expect(await outcomeOf(verifier, token)).toBe('accepted');
    expect(verifier.warning()).toContain('are 120 min old');
  });

  test('reports an outage and no rejection once the known keys have expired', async () => {
    const { clock, verifier } = await bereft();
    clock.advance(5 * HOUR);

    for (const each of [token, badSignature, unknownKid]) expect(await outcomeOf(verifier, each)).toBe('outage');
  });

  test('an outageTolerance of 0 allows no expired keys', async () => {
    const clock = new MovableClock();
    const server = await keyServer(json(published(key)));
    const verifier = verifierOf(server, { clock, cacheMaxAgeMs: HOUR, outageToleranceMs: 0 });
    await verifier.ready();
    server.answer = down;

    clock.advance(HOUR - 1000);
    expect(await outcomeOf(verifier, token)).toBe('accepted');
    clock.advance(1000);
    expect(await outcomeOf(verifier, token)).toBe('outage');
  });

  test('an unknown kid is an outage because its key may be new', async () => {
    const { verifier } = await bereft();

    expect(await outageOf(ask(verifier, unknownKid))).toMatchObject({
      retryAfter: 1,
      name: 'VerifierUnavailableError',
    });
    expect(await outcomeOf(verifier, unknownKid)).toBe('outage');
  });

  test('a bad signature under a known kid is an outage because the key may have rotated', async () => {
    const { verifier } = await bereft();

    expect(await outcomeOf(verifier, badSignature)).toBe('outage');
    expect(await outcomeOf(verifier, badSignature)).toBe('outage');
  });

  test('rejects a bad signature under a known thumbprint without a fetch', async () => {
    const issuer = testIssuer();
    const server = await keyServer(issuer.keyEndpoint);
    const verifier = jwtVerifier(ociDomain({ url: server.url, tenant: issuer.tenant }));
    await verifier.ready();
    server.answer = down;
    const [header, payload] = issuer.token().split('.');

    const forged = `${header}.${payload}.${Buffer.alloc(256).toString('base64url')}`;
    expect(await outcomeOf(verifier, forged)).toBe('signature_invalid');
    expect(server.requests).toHaveLength(1);
  });

  test('a new key under the same kid is an outage because its thumbprint is unknown', async () => {
    const issuer = testIssuer();
    const server = await keyServer(issuer.keyEndpoint);
    const verifier = jwtVerifier(ociDomain({ url: server.url, tenant: issuer.tenant }));
    const before = issuer.token();
    await verifier.ready();
    issuer.rotateKeys();
    server.answer = down;

    expect(await outcomeOf(verifier, issuer.token())).toBe('outage');
    expect(await outcomeOf(verifier, before)).toBe('accepted');
  });
});

describe('retries after a failed fetch', () => {
  test('fetches once in each pause, and the pauses grow to 30 s', async () => {
    const clock = new MovableClock();
    const server = await keyServer(status(500));
    const verifier = verifierOf(server, { clock });

    const pauses: number[] = [];
    for (let failures = 1; failures <= 8; failures++) {
      const { retryAfter } = await outageOf(ask(verifier, token));
      pauses.push(retryAfter);
      for (let i = 0; i < 20; i++) expect((await outageOf(ask(verifier, token))).retryAfter).toBe(retryAfter);
      await outageOf(verifier.ready());
      expect(server.requests).toHaveLength(failures);
      clock.advance(retryAfter * 1000);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  test('retryAfter counts down during the pause', async () => {
    const { clock, verifier } = await bereft();
    clock.advance(5 * HOUR);
    for (let i = 0; i < 4; i++) clock.advance((await outageOf(ask(verifier, token))).retryAfter * 1000);

    expect((await outageOf(ask(verifier, token))).retryAfter).toBe(16);
    clock.advance(10_000);
    expect((await outageOf(ask(verifier, token))).retryAfter).toBe(6);
  });

  test('the outage is a VerifierOutage with its cause', async () => {
    const server = await keyServer(status(500));
    const outage = await outageOf(verifierOf(server).ready());

    expect(outage).toBeInstanceOf(VerifierUnavailableError);
    expect(outage.cause).toMatchObject({ name: 'EndpointFailure', status: 500 });
  });

  test('recovers without a restart, and the pauses start from 1 s again', async () => {
    const clock = new MovableClock();
    const server = await keyServer(down);
    const verifier = verifierOf(server, { clock, ...AGES });
    for (let i = 0; i < 5; i++) clock.advance((await outageOf(ask(verifier, token))).retryAfter * 1000);

    server.answer = json(published(key));
    expect(await outcomeOf(verifier, token)).toBe('accepted');
    expect(ask(verifier, token)).not.toBeInstanceOf(Promise);
    server.answer = down;
    expect((await outageOf(ask(verifier, unknownKid))).retryAfter).toBe(1);
  });

  test('after an outage, expired keys are fetched again before they are used', async () => {
    const clock = new MovableClock();
    const server = await keyServer(down);
    const verifier = verifierOf(server, { clock, cacheMaxAgeMs: 1000 });
    await outageOf(verifier.ready());
    clock.advance(1000);
    server.answer = json(published(key));
    expect(await outcomeOf(verifier, token)).toBe('accepted');

    server.answer = json(published(fresh));
    clock.advance(1000);
    expect(await outcomeOf(verifier, token)).toBe('key_unknown');
  });

  test('finds a new key as soon as the pause is over', async () => {
    const { clock, server, verifier } = await bereft();
    const { retryAfter } = await outageOf(ask(verifier, tokenOf(fresh)));
    server.answer = json(published(fresh, key));

    expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('outage');
    expect(server.requests).toHaveLength(2);
    clock.advance(retryAfter * 1000);
    expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('accepted');
  });
});
