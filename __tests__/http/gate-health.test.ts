import { setImmediate } from 'node:timers/promises';
import { createGate, jwtVerifier, ociDomain, type TokenVerifier } from 'scopegate';
import { liveSetting } from '../live/fixtures/setting.js';
import { issuer, PAAS, warmVerifier } from './fixtures/domain.js';

const HOUR = 3_600_000;

/** A verifier whose keys may be away, and a clock that the test moves. */
function movingVerifier() {
  const clock = { time: 1_900_000_000_000, now: () => clock.time, monotonic: () => clock.time };
  const keys = { isAway: false, fetches: 0 };
  const fetch: typeof issuer.fetch = async (...parameters) => {
    keys.fetches++;
    if (keys.isAway) throw new TypeError('keys.internal.example is away');
    return issuer.fetch(...parameters);
  };
  const options = { cacheMaxAgeMs: HOUR, outageToleranceMs: 4 * HOUR, clock, fetch };
  return {
    clock,
    keys,
    verifier: jwtVerifier({ ...ociDomain({ url: issuer.url, tenant: issuer.tenant }), ...options }),
  };
}

describe('the keys of a healthy gate', () => {
  test('are loaded by the first question, and their age is that since they were fetched', async () => {
    const { clock, keys, verifier } = movingVerifier();
    const gate = createGate({ verifier });

    expect(await gate.health()).toEqual({ ok: true, keys: { ok: true, ageMs: 0 } });
    clock.time += 60_000;
    expect(await gate.health()).toEqual({ ok: true, keys: { ok: true, ageMs: 60_000 } });
    expect(keys.fetches).toBe(1);
  });

  test('are good with a warning while they cannot be refreshed, and not any more after the tolerance', async () => {
    const { clock, keys, verifier } = movingVerifier();
    const gate = createGate({ verifier });
    await gate.health();
    keys.isAway = true;

    clock.time += 2 * HOUR;
    expect(await gate.health()).toEqual({
      ok: true,
      keys: { ok: true, ageMs: 2 * HOUR, warning: expect.stringContaining('120 min old') },
    });
    clock.time += 4 * HOUR;
    expect(await gate.health()).toEqual({
      ok: false,
      keys: expect.objectContaining({
        ok: false,
        ageMs: 6 * HOUR,
        error: expect.stringContaining('cannot be reached'),
      }),
    });
    keys.isAway = false;
    clock.time += HOUR;
    expect(await gate.health()).toEqual({ ok: true, keys: { ok: true, ageMs: 0 } });
  });

  test('have no age before they were fetched, nor has a verifier that says nothing', async () => {
    const { keys, verifier } = movingVerifier();
    keys.isAway = true;
    const { keys: missing } = await createGate({ verifier }).health();
    expect(missing).toEqual({ ok: false, error: expect.stringContaining('cannot be reached') });

    const own: TokenVerifier = { verify: () => ({ ok: false, reason: 'token_rejected' }) };
    expect(await createGate({ verifier: own }).health()).toEqual({ ok: true, keys: { ok: true } });
  });

  test('that are given have the age 0', async () => {
    const { jwksUri: _, ...domain } = ociDomain({ url: issuer.url, tenant: issuer.tenant });
    const gate = createGate({ verifier: jwtVerifier({ ...domain, jwks: issuer.jwks() }) });
    expect(await gate.health()).toEqual({ ok: true, keys: { ok: true, ageMs: 0 } });
  });
});

describe('the grants of a healthy gate', () => {
  const verifier = warmVerifier();

  test('have the age since the feed was read last, and none while nothing is cached', async () => {
    const { grants, grant, outcome, asked, clock } = await liveSetting();
    await grant(PAAS);
    const gate = createGate({ verifier, grants });
    expect((await gate.health()).grants).toEqual({ ok: true });

    await outcome();
    await asked.feedRead();
    clock.time += 7000;
    expect(await gate.health()).toEqual({ ok: true, keys: { ok: true }, grants: { ok: true, ageMs: 7000 } });
  });

  test.each([
    ['throws', () => Promise.reject(new Error('db.internal.example is away')), 'Error: db.internal.example is away'],
    ['does not respond in time', () => new Promise(() => undefined), 'did not respond in time'],
  ])('are not well while the source %s, unless the gate trusts tokens', async (_, ping, error) => {
    const { asked, grants: __ } = await liveSetting();
    const { grants } = await liveSetting({ source: { ...asked, ping }, timeoutMs: 20 } as never);
    const gate = createGate({ verifier, grants });
    const trusting = createGate({ verifier, grants, grantsUnavailable: 'trust-token' });

    const expected = { ok: false, error: expect.stringContaining(error) };
    expect(await gate.health()).toEqual({ ok: false, keys: { ok: true }, grants: expected });
    expect(await trusting.health()).toEqual({ ok: true, keys: { ok: true }, grants: expected });
  });

  test('are well until they are too old, where the source has no ping', async () => {
    const { grants, grant, outcome, asked, clock } = await liveSetting();
    expect(asked).not.toHaveProperty('ping');
    await grant(PAAS);
    await outcome();
    await asked.feedRead();
    asked.feedFailure = new Error('away');
    clock.time += 60_000;
    const gate = createGate({ verifier, grants });
    expect(await gate.health()).toMatchObject({ ok: true, grants: { ok: true, ageMs: 60_000 } });
    clock.time += 1;
    expect(await gate.health()).toMatchObject({ ok: false, grants: { ok: false, ageMs: 60_001 } });
  });

  test('are not asked for where live grants are of an older copy, which has no health', async () => {
    const { grants } = await liveSetting();
    const older = { check: grants.check.bind(grants), close: () => undefined };
    await setImmediate();
    expect(await createGate({ verifier, grants: older }).health()).toEqual({ ok: true, keys: { ok: true } });
  });
});
