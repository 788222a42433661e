import { json, keyServer, status } from '../../support/key-server.js';
import { NOW, signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outcomeOf, published, tokenOf, verifierOf } from './setting.js';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const key = signingKey('ES256', 'first');
const fresh = signingKey('ES256', 'fresh');
const forever = { exp: NOW + 10 * 365 * 86_400 };
const token = tokenOf(key, {}, forever);

async function warm(options: { cacheMaxAgeMs?: number } = { cacheMaxAgeMs: HOUR }) {
  const clock = new MovableClock();
  const server = await keyServer(json(published(key)));
  const verifier = verifierOf(server, { clock, ...options });
  await verifier.ready();
  return { clock, server, verifier };
}

/** Whether the verifier answers without waiting, and accepts. */
function acceptsAtOnce(verifier: Parameters<typeof ask>[0], tokens = token): boolean {
  return 'payload' in ask(verifier, tokens);
}

describe('keys near their maximum age', () => {
  test('uses keys younger than four fifths of their maximum age without a fetch', async () => {
    const { clock, server, verifier } = await warm();
    clock.advance(0.8 * HOUR - 1000);

    for (let i = 0; i < 50; i++) expect(acceptsAtOnce(verifier)).toBe(true);
    await outcomeOf(verifier, tokenOf(fresh)); // the first thing to cause a fetch
    expect(server.requests).toHaveLength(2);
  });

  test('uses keys near their maximum age at once while one fetch refreshes them', async () => {
    const { clock, server, verifier } = await warm();
    clock.advance(0.8 * HOUR);
    let answerNow: () => void = () => undefined;
    server.answer = (req, res) => {
      answerNow = () => json(published(fresh))(req, res);
    };

    for (let i = 0; i < 50; i++) expect(acceptsAtOnce(verifier)).toBe(true);
    const waiting = outcomeOf(verifier, tokenOf(fresh));
    await server.received(2);
    for (let i = 0; i < 50; i++) expect(acceptsAtOnce(verifier)).toBe(true);
    answerNow();
    expect(await waiting).toBe('accepted');
    expect(server.requests).toHaveLength(2);
  });

  test('refreshed keys count as new, and a removed key is rejected', async () => {
    const { clock, server, verifier } = await warm();
    server.answer = json(published(fresh));
    clock.advance(0.9 * HOUR);
    expect(acceptsAtOnce(verifier)).toBe(true);
    expect(await outcomeOf(verifier, tokenOf(fresh, {}, forever))).toBe('accepted'); // joins the renewal

    clock.advance(0.7 * HOUR);
    expect(acceptsAtOnce(verifier, tokenOf(fresh, {}, forever))).toBe(true);
    expect(server.requests).toHaveLength(2);
    expect(await outcomeOf(verifier, token)).toBe('key_unknown');
  });

  test('uses known keys while the refresh fails, and retries after a pause', async () => {
    const { clock, server, verifier } = await warm();
    server.answer = status(500);
    clock.advance(0.8 * HOUR);
    expect(acceptsAtOnce(verifier)).toBe(true);
    expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('outage'); // joins the renewal

    for (let i = 0; i < 5; i++) {
      expect(acceptsAtOnce(verifier)).toBe(true);
      await fetch(server.url); // there and back again: whatever the verifier sent is there by then
    }
    const renewals = () => server.requests.filter(({ url }) => url === '/jwks').length;
    expect(renewals()).toBe(2);
    clock.advance(1000);
    expect(acceptsAtOnce(verifier)).toBe(true);
    expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('outage');
    expect(renewals()).toBe(3);
  });

  test('refreshes expired keys before it uses them again', async () => {
    const { clock, server, verifier } = await warm();
    server.answer = json(published(fresh));
    clock.advance(HOUR);

    const outcomes = await Promise.all(Array.from({ length: 60 }, () => outcomeOf(verifier, token)));
    expect(new Set(outcomes)).toEqual(new Set(['key_unknown']));
    expect(await outcomeOf(verifier, tokenOf(fresh, {}, forever))).toBe('accepted');
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  test('keys expire after ten minutes by default', async () => {
    const { clock, server, verifier } = await warm({});
    server.answer = json(published(fresh));

    clock.advance(599_000);
    expect(acceptsAtOnce(verifier)).toBe(true);
    await server.received(2);
    const other = await warm({});
    other.server.answer = json(published(fresh));
    other.clock.advance(600_000);
    expect(await outcomeOf(other.verifier, token)).toBe('key_unknown');
  });

  test('a fetch caused by a forged token also refreshes the keys', async () => {
    const { clock, server, verifier } = await warm();
    clock.advance(0.7 * HOUR);
    await outcomeOf(verifier, tokenOf(fresh));
    clock.advance(0.7 * HOUR);

    expect(acceptsAtOnce(verifier)).toBe(true);
    expect(server.requests).toHaveLength(2);
  });
});

describe('changes of the wall clock', () => {
  test.each([
    ['an hour back', -HOUR],
    ['an hour ahead', HOUR],
    ['a year ahead', YEAR],
    ['a year back', -YEAR],
    ['to the beginning', -NOW * 1000],
  ])('setting the clock %s and back causes no fetch and no rejection', async (_, change) => {
    const { clock, server, verifier } = await warm();

    clock.wall += change;
    await outcomeOf(verifier, token); // may be refused for its times, at once
    clock.wall -= change;
    expect(acceptsAtOnce(verifier)).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['an hour back', -HOUR],
    ['a year ahead', YEAR],
  ])('setting the clock %s does not change when the keys are refreshed', async (_, change) => {
    const { clock, server, verifier } = await warm();
    clock.wall += change;
    const now = clock.wall / 1000;
    const current = tokenOf(key, {}, { iat: now, exp: now + 36_000 });

    clock.advance(0.7 * HOUR);
    expect(acceptsAtOnce(verifier, current)).toBe(true);
    expect(server.requests).toHaveLength(1);
    clock.advance(0.2 * HOUR);
    expect(acceptsAtOnce(verifier, current)).toBe(true);
    await server.received(2);
  });

  test('setting the clock a year ahead during an outage does not expire known keys', async () => {
    const { clock, server, verifier } = await warm();
    server.answer = status(500);
    clock.wall += YEAR;
    clock.advance(2 * HOUR);

    expect(await outcomeOf(verifier, token)).toBe('accepted');
  });
});
