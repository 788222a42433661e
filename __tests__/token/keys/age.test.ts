import { json, keyServer, status } from '../../support/key-server.js';
import { NOW, signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

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

/** A token that is current whatever the clock says. */
function currentToken(clock: MovableClock, by = key): string {
  return tokenOf(by, {}, { iat: clock.wall / 1000, exp: clock.wall / 1000 + 36_000 });
}

describe('changes of the wall clock', () => {
  test.each([
    ['an hour back', -HOUR],
    ['a year back', -YEAR],
    ['to the beginning', -NOW * 1000],
  ])('setting the clock %s and ahead again causes no fetch and no rejection', async (_, change) => {
    const { clock, server, verifier } = await warm();

    clock.wall += change;
    await outcomeOf(verifier, token); // may be refused for its times, at once
    clock.wall -= change;
    expect(acceptsAtOnce(verifier)).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  test('setting the clock back does not prolong the life of keys', async () => {
    const { clock, server, verifier } = await warm();
    server.answer = json(published(fresh));
    clock.wall -= HOUR;

    clock.advance(0.7 * HOUR);
    expect(acceptsAtOnce(verifier, currentToken(clock))).toBe(true);
    expect(server.requests).toHaveLength(1);
    clock.advance(0.3 * HOUR);
    expect(await outcomeOf(verifier, currentToken(clock))).toBe('key_unknown');
  });

  test('setting the clock ahead fetches the keys once, and then uses them', async () => {
    const { clock, server, verifier } = await warm();

    clock.wall += YEAR;
    expect(await outcomeOf(verifier, currentToken(clock))).toBe('accepted');
    expect(acceptsAtOnce(verifier, currentToken(clock))).toBe(true);
    expect(server.requests).toHaveLength(2);
  });
});

/** The machine is suspended: its monotonic clock stands still. */
describe('a suspended machine', () => {
  test('does not use a key that was withdrawn meanwhile', async () => {
    const { clock, server, verifier } = await warm();
    server.answer = json(published(fresh));

    clock.wall += 3 * 24 * HOUR;

    expect(await outcomeOf(verifier, currentToken(clock))).toBe('key_unknown');
    expect(await outcomeOf(verifier, currentToken(clock, fresh))).toBe('accepted');
  });

  test('does not use a token that was verified before with a key that was withdrawn meanwhile', async () => {
    const { clock, server, verifier } = await warm();
    expect(acceptsAtOnce(verifier)).toBe(true);
    server.answer = json(published(fresh));

    clock.wall += HOUR;

    expect(await outcomeOf(verifier, token)).toBe('key_unknown');
  });

  test('refreshes keys near their maximum age at once, and uses them meanwhile', async () => {
    const { clock, server, verifier } = await warm();

    clock.wall += 0.8 * HOUR;

    expect(acceptsAtOnce(verifier)).toBe(true);
    await server.received(2);
  });

  test('reports an outage when the endpoint has been away for longer than the outage tolerance', async () => {
    const { clock, server, verifier } = await warm();
    server.answer = status(500);

    clock.wall += 4.9 * HOUR;
    expect(await outcomeOf(verifier, currentToken(clock))).toBe('accepted');
    expect(verifier.warning()).toContain('are 294 min old');
    clock.wall += 0.2 * HOUR;
    expect(await outcomeOf(verifier, currentToken(clock))).toBe('outage');
  });

  test('asks the endpoint again after it woke, although the pause of a failure was not over', async () => {
    const { clock, server, verifier } = await warm();
    server.answer = status(500);
    expect(await outcomeOf(verifier, tokenOf(fresh))).toBe('outage');
    server.answer = json(published(fresh));

    clock.wall += 2 * HOUR;

    expect(await outcomeOf(verifier, currentToken(clock))).toBe('key_unknown');
  });
});
