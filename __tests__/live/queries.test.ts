import { deferred } from '../http/fixtures/domain.js';
import { context, newApplication, newResource } from '../support/stores.js';
import { ANALYTICS, liveSetting, outcome, PAAS, STACK } from './fixtures/setting.js';

const STRANGER = '9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3f';

describe('cache of applications', () => {
  test('queries an application on first use and then uses the cache', async () => {
    const { grant, asked, clientId, outcome, atOnce } = await liveSetting();
    await grant(PAAS);
    expect(asked.standings).toEqual([]);
    expect(atOnce()).toBeUndefined();
    expect(await outcome()).toEqual([PAAS]);
    for (let i = 0; i < 100; i++) expect(atOnce()).toEqual([PAAS]);
    expect(atOnce({ client_id: clientId.replaceAll('-', '') }, [ANALYTICS])).toEqual([ANALYTICS]);
    expect(atOnce({ client_id: clientId.toUpperCase() }, ['openid'])).toEqual([]);
    expect(asked.standings).toEqual([clientId]);
    expect(asked.feeds).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['that the store has never heard of it', { client_id: STRANGER }, 'application_unknown'],
    ['that it has no grant', {}, 'application_revoked'],
  ])('caches also the result %s', async (_, claims, expected) => {
    const { asked, outcome, atOnce } = await liveSetting();
    expect(await outcome(claims)).toBe(expected);
    expect(atOnce(claims)).toBe(expected);
    expect(asked.standings).toHaveLength(1);
  });

  test('needs no query when the token names no application', async () => {
    const { asked, atOnce } = await liveSetting();
    for (const id of ['test-client', undefined, 7]) expect(atOnce({ client_id: id })).toBe('application_unknown');
    expect(asked.standings).toEqual([]);
  });

  test('an application in the cache is asked for again, once, when it has not been confirmed for longer than `maxStalenessMs`', async () => {
    const { grant, asked, clock, outcome, atOnce } = await liveSetting({ maxStalenessMs: 60_000 });
    await grant(PAAS);
    await outcome();
    clock.time += 60_000;
    expect(atOnce()).toEqual([PAAS]);
    clock.time += 1;
    const waiting = Array.from({ length: 60 }, () => outcome());
    expect(asked.standings).toHaveLength(2);
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => [PAAS]));
    expect(asked.standings).toHaveLength(2);
    clock.time += 60_000;
    expect(atOnce()).toEqual([PAAS]);
  });

  test('measures age from the start of the query, not from its response', async () => {
    const { grant, asked, clock, outcome, atOnce } = await liveSetting({ maxStalenessMs: 60_000 });
    await grant(PAAS);
    const answer = deferred<void>();
    asked.late = answer.promise;
    const first = outcome();
    clock.time += 40_000;
    answer.resolve();
    expect(await first).toEqual([PAAS]);
    clock.time += 20_000;
    expect(atOnce()).toEqual([PAAS]);
    clock.time += 1;
    expect(atOnce()).toBeUndefined();
  });

  test('sends one query for sixty concurrent checks in three spellings of the id', async () => {
    const { grant, asked, clientId, outcome } = await liveSetting();
    await grant(PAAS);
    const spellings = [clientId, clientId.replaceAll('-', ''), clientId.toUpperCase()];
    const checks = Array.from({ length: 60 }, (_, i) => outcome({ client_id: spellings[i % 3] }));
    expect(await Promise.all(checks)).toEqual(checks.map(() => [PAAS]));
    expect(asked.standings).toEqual([clientId]);
  });

  test('sends one query per application for concurrent checks', async () => {
    const { another, grants, asked } = await liveSetting();
    const ids = await Promise.all(['one', 'two', 'three'].map(async (name) => (await another(name)).id));
    const checks = [...ids, ...ids].map((id) => outcome(grants, { client_id: id }));
    expect(await Promise.all(checks)).toEqual(checks.map(() => 'application_revoked'));
    expect(asked.standings.toSorted()).toEqual(ids.toSorted());
  });
});

test('no check waits for more than one query, whatever happened before', async () => {
  const { store, at, another, grant, enable, remove, asked, clock, clientId, outcome, atOnce } = await liveSetting();
  const steps: (() => unknown)[] = [
    () => grant(PAAS),
    () => undefined,
    () => grant(PAAS, STACK),
    () => another('other'),
    () => enable(false),
    () => (clock.time += 60_001),
    () => enable(true),
    () => store.resources.create(at, newResource('more'), context),
    () => remove(),
    () => undefined,
    () => store.applications.create(at, { ...newApplication('again'), id: clientId }, context),
  ];
  for (const step of steps) {
    await step();
    const before = asked.standings.length + asked.feeds.length;
    const isAtOnce = atOnce() !== undefined;
    await outcome();
    expect(asked.standings.length + asked.feeds.length - before).toBe(isAtOnce ? 0 : 1);
    expect(atOnce()).toBeDefined();
  }
});

describe('change through the same store', () => {
  type Setting = Awaited<ReturnType<typeof liveSetting>>;
  const REVOKED = 'application_revoked';

  test.each<[string, (setting: Setting) => Promise<unknown>, unknown]>([
    ['another grant', ({ grant }) => grant(ANALYTICS), [ANALYTICS]],
    ['no grant', ({ grant }) => grant(), REVOKED],
    ['a scope more', ({ grant }) => grant(PAAS, STACK), [PAAS, STACK]],
    ['a scope renamed', ({ store, scopeAt }) => store.scopes.replace(scopeAt(PAAS), { name: 'x' }, context), []],
    ['a scope deleted', ({ store, scopeAt }) => store.scopes.delete(scopeAt(PAAS), context), []],
    [
      'the resource deleted',
      ({ store, at, resource }) => store.resources.delete({ ...at, resourceId: resource.id }, context),
      REVOKED,
    ],
    ['disabled', ({ enable }) => enable(false), REVOKED],
    ['deleted', ({ remove }) => remove(), REVOKED],
    [
      'a revocation',
      ({ store, applicationAt }) => store.applications.revokeTokens(applicationAt, undefined, context),
      REVOKED,
    ],
    [
      'one for its subject',
      ({ store, applicationAt }) => store.applications.revokeTokens(applicationAt, 'u1', context),
      REVOKED,
    ],
    [
      'one for another subject',
      ({ store, applicationAt }) => store.applications.revokeTokens(applicationAt, 'u2', context),
      [PAAS],
    ],
    [
      'the environment deleted',
      ({ store, environment }) => store.environments.delete(environment.id, context),
      REVOKED,
    ],
  ])('takes effect at once: %s', async (_, change, expected) => {
    const setting = await liveSetting();
    await setting.grant(PAAS, 'openid');
    expect(await setting.outcome({ sub: 'u1' }, [PAAS, STACK])).toEqual([PAAS]);
    await change(setting);
    expect(setting.atOnce({ sub: 'u1' }, [PAAS, STACK])).toBeUndefined();
    expect(await setting.outcome({ sub: 'u1' }, [PAAS, STACK])).toEqual(expected);
    expect(setting.atOnce({ sub: 'u1' }, [PAAS, STACK])).toEqual(expected);
    expect(setting.asked.standings).toHaveLength(2);
  });

  test.each<[string, (setting: Setting) => Promise<unknown>]>([
    ['another application was made', ({ another }) => another('other')],
    ['a resource was made', ({ store, at }) => store.resources.create(at, newResource('more'), context)],
    [
      'the environment was renamed',
      ({ store, environment }) => store.environments.replace(environment.id, { ...environment, name: 'x' }, context),
    ],
    [
      'a change was only tried out',
      ({ store, applicationAt }) => store.applications.delete(applicationAt, { ...context, dryRun: true }),
    ],
    ['a change came to nothing', ({ grant }) => grant(PAAS)],
    [
      'it got a secret of no concern here, in another environment',
      async ({ store }) => {
        await store.environments.create({ name: 'elsewhere', type: 'SANDBOX' }, context);
      },
    ],
  ])('needs no new query when %s', async (_, change) => {
    const setting = await liveSetting();
    await setting.grant(PAAS);
    await setting.outcome();
    await change(setting);
    expect(setting.atOnce()).toEqual([PAAS]);
    expect(setting.asked.standings).toHaveLength(1);
  });

  test('needs no new query when an unused scope is created and deleted', async () => {
    const { store, at, resource, grant, outcome, atOnce, asked } = await liveSetting();
    await grant(PAAS);
    await outcome();
    const resourceAt = { ...at, resourceId: resource.id };
    const { value: scope } = await store.scopes.create(resourceAt, { name: 'nobody’s' }, context);
    await store.scopes.delete({ ...resourceAt, scopeId: scope.id }, context);
    expect(atOnce()).toEqual([PAAS]);
    expect(asked.standings).toHaveLength(1);
  });

  test('takes effect although another watcher of the store throws', async () => {
    const { store, grant, outcome, atOnce } = await liveSetting();
    await grant(PAAS);
    store.changes.subscribe(() => {
      throw new Error('a watcher of somebody else’s');
    });
    await outcome();
    await grant();
    expect(atOnce()).toBeUndefined();
    expect(await outcome()).toBe('application_revoked');
  });

  test('needs no new query when a scope of another environment is deleted', async () => {
    const { store, grant, outcome, atOnce, asked } = await liveSetting();
    await grant(PAAS);
    const { value: elsewhere } = await store.environments.create({ name: 'elsewhere', type: 'SANDBOX' }, context);
    const { value: resource } = await store.resources.create(
      { environmentId: elsewhere.id },
      newResource('r'),
      context,
    );
    const at = { environmentId: elsewhere.id, resourceId: resource.id };
    const { value: scope } = await store.scopes.create(at, { name: PAAS }, context);
    await outcome();
    await store.scopes.delete({ ...at, scopeId: scope.id }, context);
    expect(atOnce()).toEqual([PAAS]);
    expect(asked.standings).toHaveLength(1);
  });

  test.each<[string, (setting: Setting) => Promise<unknown>]>([
    ['the application', ({ grant }) => grant(STACK)],
    ['the environment', ({ store, scopeAt }) => store.scopes.delete(scopeAt(PAAS), context)],
  ])('takes effect although %s is being read concurrently', async (_, change) => {
    const setting = await liveSetting();
    await setting.grant(PAAS, STACK);
    const answer = deferred<void>();
    setting.asked.late = answer.promise;
    const early = setting.outcome({}, [PAAS, STACK]);
    await new Promise(setImmediate); // the store has been read
    await change(setting);
    setting.asked.late = undefined;
    answer.resolve();
    expect([[PAAS, STACK], [STACK]]).toContainEqual(await early); // it was made while this one waited
    expect(setting.atOnce({}, [PAAS, STACK])).toBeUndefined();
    expect(await setting.outcome({}, [PAAS, STACK])).toEqual([STACK]);
    expect(setting.asked.standings).toHaveLength(2);
  });
});

describe('bounded memory', () => {
  test('evicts the least recently queried applications and queries them again', async () => {
    const { another, asked, grants } = await liveSetting({ maxApplications: 4 });
    const ids: string[] = [];
    for (let i = 0; i < 9; i++) ids.push((await another(`application ${i}`)).id);
    const check = (id: string | undefined) => outcome(grants, { client_id: id });
    for (const id of ids) await check(id);
    expect(asked.standings).toEqual(ids);
    for (const id of ids.slice(-2)) await check(id);
    expect(asked.standings).toHaveLength(9);
    for (const id of ids.slice(0, 5)) await check(id);
    expect(asked.standings).toEqual([...ids, ...ids.slice(0, 5)]);
  });

  test('keeps an application that is used continuously, and applies changes to it at once', async () => {
    const { grant, another, asked, clientId, grants, outcome: own, atOnce } = await liveSetting({ maxApplications: 4 });
    await grant(PAAS);
    await own();
    for (let i = 0; i < 20; i++) {
      await outcome(grants, { client_id: (await another(`application ${i}`)).id });
      expect(atOnce()).toEqual([PAAS]);
    }
    expect(asked.standings.filter((id) => id === clientId)).toHaveLength(1);
    await grant();
    expect(await own()).toBe('application_revoked');
  });
});
