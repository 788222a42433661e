import { setImmediate } from 'node:timers/promises';
import { jwtVerifier } from 'scopegate';
import { json, type KeyServer, keyServer } from '../../support/key-server.js';
import { AUDIENCE, ISSUER, signingKey } from '../../support/tokens.js';
import {
  ask,
  holdTimers,
  MovableClock,
  outageOf,
  outcomeOf,
  published,
  tokenOf,
  verifierOf,
} from './fixtures/setting.js';

const key = signingKey('ES256', 'first');
const fresh = signingKey('ES256', 'fresh');
const badSignature = tokenOf(signingKey('ES256', 'first'));
const unknownKid = tokenOf(signingKey('ES256', 'forged'));

beforeEach(holdTimers);
afterEach(() => {
  jest.useRealTimers();
});

/** A verifier with keys, whose budget for looking after new ones is spent. */
async function spent(clock = new MovableClock()) {
  const server = await keyServer(json(published(key)));
  const verifier = verifierOf(server, { clock });
  await verifier.ready();
  await spend(verifier, server);
  return { server, verifier, clock };
}

async function spend(verifier: ReturnType<typeof verifierOf>, server: KeyServer): Promise<void> {
  const before = server.requests.length;
  expect(await outcomeOf(verifier, badSignature)).toBe('signature_invalid');
  expect(await outcomeOf(verifier, unknownKid)).toBe('key_unknown');
  expect(await outcomeOf(verifier, badSignature)).toBe('signature_invalid');
  expect(server.requests).toHaveLength(before + 3);
}

test.each([
  ['signature_invalid', badSignature],
  ['key_unknown', unknownKid],
])('after three free fetches for new keys, the fourth waits 2.5 s: %s', async (reason, token) => {
  const { server, verifier } = await spent();
  const outcome = outcomeOf(verifier, token);

  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(2499);
  await setImmediate();
  expect(server.requests).toHaveLength(4);
  jest.advanceTimersByTime(1);
  expect(await outcome).toBe(reason);
  expect(server.requests).toHaveLength(5);
});

test('requests that wait for the next fetch share it, and a new key is found', async () => {
  const { server, verifier } = await spent();
  const forged = Array.from({ length: 200 }, (_, i) => outcomeOf(verifier, i % 2 ? badSignature : unknownKid));
  const genuine = outcomeOf(verifier, tokenOf(fresh));
  server.answer = json(published(fresh, key));

  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(2500);
  expect(await genuine).toBe('accepted');
  expect(new Set(await Promise.all(forged))).toEqual(new Set(['signature_invalid', 'key_unknown']));
  expect(server.requests).toHaveLength(5);
});

test('verifies tokens of known keys at once while other tokens wait for a fetch', async () => {
  const { verifier } = await spent();
  const forged = outcomeOf(verifier, unknownKid);

  expect(ask(verifier, tokenOf(key))).toMatchObject({ header: { kid: 'first' } });
  jest.advanceTimersByTime(2500);
  await forged;
});

test('allows another fetch for new keys every 2.5 s', async () => {
  const { server, verifier, clock } = await spent();

  for (let i = 1; i <= 10; i++) {
    clock.advance(2500);
    expect(await outcomeOf(verifier, i % 2 ? badSignature : unknownKid)).toMatch(/signature_invalid|key_unknown/);
    expect(server.requests).toHaveLength(4 + i);
  }
});

test('allows at most three fetches at once even after an hour without any', async () => {
  const { server, verifier, clock } = await spent();
  clock.advance(3_600_000);
  await verifier.ready();
  await spend(verifier, server);

  const outcome = outcomeOf(verifier, unknownKid);
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(2500);
  expect(await outcome).toBe('key_unknown');
});

test('lets a thousand tokens wait for a fetch and reports an outage for more', async () => {
  const { server, verifier, clock } = await spent();
  const waiting = Array.from({ length: 1000 }, () => outcomeOf(verifier, unknownKid));

  const outage = await outageOf(ask(verifier, unknownKid));
  expect(outage.message).toContain('1000 requests are already waiting');
  expect(outage.retryAfter).toBe(3);
  expect(await outcomeOf(verifier, badSignature)).toBe('outage'); // its key may be a new one under the same kid
  expect(ask(verifier, tokenOf(key))).not.toBeInstanceOf(Promise);

  clock.advance(2500);
  jest.advanceTimersByTime(2500);
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['key_unknown']));
  expect(server.requests).toHaveLength(5);
  const next = outcomeOf(verifier, unknownKid); // there is room again
  jest.advanceTimersByTime(2500);
  expect(await next).toBe('key_unknown');
});

test('limits the tokens that wait for a fetch to eight million characters', async () => {
  const { verifier, clock } = await spent();
  const long = tokenOf(signingKey('ES256', 'forged'), {}, { filler: 'x'.repeat(90_000) });
  const room = Math.floor(8_000_000 / long.length);
  const waiting = Array.from({ length: room }, () => outcomeOf(verifier, long));

  expect((await outageOf(ask(verifier, long))).message).toContain(`${room} requests are already waiting`);
  clock.advance(2500);
  jest.advanceTimersByTime(2500);
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['key_unknown']));
  const next = outcomeOf(verifier, long); // there is room again
  jest.advanceTimersByTime(2500);
  expect(await next).toBe('key_unknown');
});

test('a minute of forged tokens causes one fetch every 2.5 s', async () => {
  const clock = new MovableClock();
  let fetches = 0;
  const fetch = async () => {
    fetches++;
    return Response.json(published(key));
  };
  const jwksUri = 'https://issuer.example/jwks';
  const verifier = jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri, clock, fetch });
  await verifier.ready();

  for (let elapsed = 0; elapsed < 60_000; elapsed += 500) {
    for (const token of [badSignature, unknownKid]) void outcomeOf(verifier, token);
    expect(ask(verifier, tokenOf(key))).not.toBeInstanceOf(Promise);
    clock.advance(500);
    jest.advanceTimersByTime(500);
    await setImmediate();
  }
  expect(fetches).toBeGreaterThan(20);
  expect(fetches).toBeLessThanOrEqual(1 + 3 + 60_000 / 2500);
});
