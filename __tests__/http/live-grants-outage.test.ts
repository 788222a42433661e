import { allOf, createGate, StoreUnavailableError } from 'scopegate';
import { databaseFile } from '../live/fixtures/setting.js';
import { deferred, PAAS, STACK, showAuth, warmVerifier } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';

const INNER = 'db.internal.example';
const outage = new StoreUnavailableError(`connect ECONNREFUSED ${INNER}`);
const entrances = ['/require', '/authenticate', '/optional'] as const;

describe('unavailable grants', () => {
  test.each(entrances)('%s responds with 503', async (path) => {
    const { grant, asked, clock, send, record, faults, clientId } = await liveGate();
    await grant(PAAS);
    asked.failure = outage;
    const answer = await send(path, { sub: 'ada', jti: 'j1' });
    expect(faults).toEqual([]);
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    expect(JSON.parse(answer.text)).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'Grants cannot be checked at the moment.',
      reason: 'grants_unavailable',
    });
    expect(JSON.stringify([answer.headers, answer.text])).not.toContain(INNER);
    expect(record()).toEqual({
      outcome: 'outage',
      reason: 'grants_unavailable',
      status: 503,
      audience: ['urn:opc:resource:scope:account'],
      detail: 'Grants cannot be checked at the moment.',
      error: outage,
      held: [PAAS],
      ...(path === '/require' && { required: PAAS, coverage: [{ required: PAAS, by: PAAS }] }),
      issuer: 'https://identity.oraclecloud.com/',
      client: clientId,
      subject: 'ada',
      jti: 'j1',
    });
    asked.failure = undefined;
    clock.time += 250;
    expect((await send(path)).status).toBe(200);
  });

  test('still uses cached grants, and keeps a revoked token revoked', async () => {
    const { grant, asked, send } = await liveGate({ grantsUnavailable: 'trust-token' });
    await send('/require');
    asked.failure = outage;
    expect((await send('/require')).status).toBe(401);
    await grant('openid'); // felt at once, though it cannot be read
    expect((await send('/require')).status).toBe(200);
  });

  test('responds with 503 even to a token that itself lacks the scope', async () => {
    const { asked, send } = await liveGate();
    asked.failure = outage;
    expect((await send('/require', { scope: 'openid' })).status).toBe(503);
  });

  test.each([':memory:', 'a file'])(
    'responds with 503 and no application error after the store is closed: %s',
    async (where) => {
      const { store, send, faults } = await liveGate({}, where === 'a file' ? { file: databaseFile() } : {});
      await store.close();
      expect((await send('/require')).status).toBe(503);
      expect(faults).toEqual([]);
    },
  );

  test('a store that does not answer keeps a request no longer than `timeoutMs`', async () => {
    const { grant, asked, send, record } = await liveGate({}, { timeoutMs: 20 });
    await grant(PAAS);
    asked.late = new Promise(() => undefined);
    expect((await send('/require')).status).toBe(503);
    expect(record()).toMatchObject({ reason: 'grants_unavailable', error: expect.any(StoreUnavailableError) });
  });

  test('waits for a store that responds late', async () => {
    const { grant, asked, send } = await liveGate();
    await grant(PAAS);
    const answer = deferred<void>();
    asked.late = answer.promise;
    const [one, other] = [send('/require'), send('/authenticate')];
    while (asked.standings.length === 0) await new Promise(setImmediate);
    answer.resolve();
    expect([(await one).status, (await other).status]).toEqual([200, 200]);
    expect(asked.standings).toHaveLength(1);
  });
});

describe('grantsUnavailable "trust-token"', () => {
  const warning = 'The grants cannot be checked; the token alone decided.';

  test.each(entrances)('%s decides by the token alone during an outage and notifies observers', async (path) => {
    const { asked, send, record } = await liveGate({ grantsUnavailable: 'trust-token' });
    asked.failure = outage;
    const answer = await send(path, { scope: `${PAAS} ${STACK}` });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ scopes: [PAAS, STACK] });
    expect(record()).toMatchObject({ outcome: 'permit', warning, held: [PAAS, STACK] });
    expect(record()).not.toHaveProperty('error');
  });

  test('refuses a token without the scope during an outage', async () => {
    const { asked, send } = await liveGate({ grantsUnavailable: 'trust-token' });
    asked.failure = outage;
    expect((await send('/require', { scope: STACK })).status).toBe(403);
  });

  test('does not affect decisions while the grants are available', async () => {
    const { grant, send, record } = await liveGate({ grantsUnavailable: 'trust-token' });
    expect((await send('/require')).status).toBe(401);
    await grant('openid');
    expect((await send('/require')).status).toBe(403);
    await grant(PAAS);
    expect((await send('/require')).status).toBe(200);
    expect(record()).not.toHaveProperty('warning');
    expect((await send('/require', { client_id: 'test-client' })).status).toBe(401);
  });

  test('the option of a route overrides that of the gate', async () => {
    for (const ofGate of ['refuse', 'trust-token', undefined] as const) {
      const { asked, send } = await liveGate({ grantsUnavailable: ofGate }, {}, (app, gate) => {
        app.get('/trust-token', gate.require(PAAS, { grantsUnavailable: 'trust-token' }), showAuth);
        app.get('/closed', gate.require(PAAS, { grantsUnavailable: 'refuse' }), showAuth);
        app.get('/as-the-gate', gate.require(PAAS, {}), showAuth);
        app.get('/unset', gate.require(PAAS, { grantsUnavailable: undefined }), showAuth);
        app.get('/mixed', gate.require(PAAS, { grantsUnavailable: 'trust-token' }), gate.require(PAAS), showAuth);
      });
      asked.failure = outage;
      const expected = ofGate === 'trust-token' ? 200 : 503;
      expect((await send('/trust-token')).status).toBe(200);
      expect((await send('/closed')).status).toBe(503);
      for (const path of ['/as-the-gate', '/unset', '/mixed']) expect((await send(path)).status).toBe(expected);
    }
  });

  test('accepts the option after several requirements', async () => {
    const { asked, send } = await liveGate({}, {}, (app, gate) => {
      app.get('/two', gate.require(PAAS, STACK, { grantsUnavailable: 'trust-token' }), showAuth);
      app.get('/nested', gate.require(allOf(PAAS, STACK), { grantsUnavailable: 'trust-token' }), showAuth);
    });
    asked.failure = outage;
    for (const path of ['/two', '/nested']) {
      expect((await send(path, { scope: `${PAAS} ${STACK}` })).status).toBe(200);
      expect((await send(path)).status).toBe(403);
    }
  });
});

describe('invalid options', () => {
  const grants = {
    check: () => ({ ok: false as const, reason: 'application_unknown' as const }),
    close: () => undefined,
  };
  const gate = createGate({ verifier: warmVerifier(), grants });
  const requireAny = gate.require as unknown as (...args: readonly unknown[]) => unknown;

  test.each<[string, readonly unknown[], RegExp]>([
    [
      'an unknown one',
      [PAAS, { owners: () => 'u1' }],
      /gate\.require\(\) has no option "owners"\. Did you mean "owner"\?/,
    ],
    ['one of the gate', [PAAS, { realm: 'x' }], /gate\.require\(\) has no option "realm"/],
    ['an owner that is no function', [PAAS, { owner: 'userId' }], /"owner" must be a function/],
    ['null for an owner', [PAAS, { owner: null }], /"owner" must be a function, not null/],
    ['an unknown way', [PAAS, { grantsUnavailable: 'open' }], /"grantsUnavailable" must be 'refuse' or 'trust-token'/],
    ['options without a requirement', [{ grantsUnavailable: 'refuse' }], /A requirement is a scope/],
    ['an empty object alone', [{}], /A requirement is a scope/],
    ['options in front', [{ grantsUnavailable: 'refuse' }, PAAS], /A requirement is a scope/],
    ['options twice', [PAAS, {}, {}], /A requirement is a scope/],
    ['a list behind', [PAAS, [STACK]], /A list does not say/],
    ['null behind', [PAAS, null], /A requirement is a scope/],
    ['undefined behind', [PAAS, undefined], /A requirement is a scope/],
    ['a requirement with an option in it', [PAAS, { allOf: [STACK], owner: () => 'u1' }], /A requirement is a scope/],
    ['nothing at all', [], /needs at least one scope/],
  ])('throws a TypeError when the route is declared with invalid options: %s', (_, args, message) => {
    expect(() => requireAny(...args)).toThrow(TypeError);
    expect(() => requireAny(...args)).toThrow(message);
  });

  test.each(['refuse', 'trust-token'] as const)(
    'grantsUnavailable %j for a route of a gate without grants',
    (grantsUnavailable) => {
      const bare = createGate({ verifier: warmVerifier() });
      expect(() => bare.require(PAAS, { grantsUnavailable })).toThrow(TypeError);
      expect(() => bare.require(PAAS, { grantsUnavailable })).toThrow(/"grantsUnavailable"/);
      expect(() => bare.require(PAAS, { grantsUnavailable: undefined })).not.toThrow();
    },
  );

  test('throws for invalid options of a gate', () => {
    const verifier = warmVerifier();
    expect(() => createGate({ verifier, grantsUnavailable: 'open' as never })).toThrow(/'refuse' or 'trust-token'/);
    expect(() => createGate({ verifier, grantsUnavailable: 'refuse' })).toThrow(
      /"grants" must be .*"grantsUnavailable"/,
    );
    expect(() => createGate({ verifier, isSelfScope: /self/ as never })).toThrow(/"isSelfScope" must be a function/);
    expect(() => createGate({ verifier, owner: () => 'u1' } as never)).toThrow(/has no option "owner"/);
  });
});
