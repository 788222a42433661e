import { scopeSet } from 'scopegate';
import { context, newApplication } from '../support/stores.js';
import { ANALYTICS, live, liveSetting, outcome, PAAS, STACK } from './fixtures/setting.js';

const STRANGER = '9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3f';

/** When a token can have been issued that a revocation of a moment ago leaves alone: clocks may differ by five seconds. */
const nextGoodToken = () => Math.ceil(Date.now() / 1000) + 6;

describe('effective scopes', () => {
  test('permits only what both the token and the grants of its application cover', async () => {
    const { grant, outcome } = await liveSetting();
    await grant(PAAS, 'openid');
    expect(await outcome({}, [PAAS, 'openid', STACK])).toEqual([PAAS, 'openid']);
    expect(await outcome({}, ['openid'])).toEqual(['openid']);
    expect(await outcome({}, [STACK])).toEqual(['urn:opc:resource:consumer:paas:stack::read']);
    expect(await outcome({}, [])).toEqual([]);
  });

  test('combines all grants of an application', async () => {
    const { store, at, applicationAt, grant, outcome } = await liveSetting();
    await grant(PAAS);
    const openid = (await store.resources.list(at, { limit: 10 }))?.items.find(({ name }) => name === 'openid');
    const more = { resource: { id: openid?.id as string }, scopes: [{ name: 'email' }, { name: 'phone' }] };
    await store.grants.create(applicationAt, more, context);
    expect(await outcome({}, ['phone', PAAS, 'address'])).toEqual(['phone', PAAS]);
  });

  test('permits a narrower token scope by a broader grant', async () => {
    const { grant, outcome } = await liveSetting();
    await grant(PAAS);
    expect(await outcome({}, [ANALYTICS])).toEqual([ANALYTICS]);
  });

  test('narrows a broader token scope to a narrower grant', async () => {
    const { grant, grants, clientId } = await liveSetting();
    await grant(ANALYTICS);
    const verdict = await grants.check({ payload: { client_id: clientId }, scopes: scopeSet([PAAS]) });
    const { scopes } = verdict as { scopes: ReturnType<typeof scopeSet> };
    expect([...scopes]).toEqual([ANALYTICS]);
    expect(scopes.covers(ANALYTICS)).toBe(true);
    expect(scopes.covers(PAAS)).toBe(false);
    expect(scopes.covers('urn:opc:resource:consumer:paas:other::read')).toBe(false);
  });

  test('applies the new name of a scope', async () => {
    const { store, grant, outcome, scopeAt } = await liveSetting();
    await grant('openid');
    await store.scopes.replace(scopeAt('openid'), { name: 'renamed' }, context);
    expect(await outcome({}, ['openid'])).toEqual([]);
    expect(await outcome({}, ['renamed'])).toEqual(['renamed']);
  });
});

describe('effectively revoked applications', () => {
  test('refuses an application without a grant', async () => {
    const { grant, outcome } = await liveSetting();
    expect(await outcome()).toBe('application_revoked');
    await grant(PAAS);
    expect(await outcome()).toEqual([PAAS]);
    await grant();
    expect(await outcome()).toBe('application_revoked');
  });

  test('refuses an application after its last granted scope or the resource is deleted', async () => {
    const { store, at, resource, grant, outcome, scopeAt } = await liveSetting();
    await grant(PAAS);
    await store.scopes.delete(scopeAt(PAAS), context);
    expect(await outcome()).toBe('application_revoked');
    await grant('openid');
    expect(await outcome({}, ['openid'])).toEqual(['openid']);
    await store.resources.delete({ ...at, resourceId: resource.id }, context);
    expect(await outcome({}, ['openid'])).toBe('application_revoked');
  });

  test('refuses a disabled application until it is enabled', async () => {
    const { grant, enable, outcome } = await liveSetting();
    await grant(PAAS);
    await enable(false);
    expect(await outcome()).toBe('application_revoked');
    await enable(true);
    expect(await outcome()).toEqual([PAAS]);
  });

  test('refuses a deleted application, whether or not it was cached', async () => {
    const { grant, remove, outcome } = await liveSetting({ unknownApplications: 'trust-token' });
    await grant(PAAS);
    await remove();
    expect(await outcome()).toBe('application_revoked');
  });

  test('refuses an application whose environment is deleted', async () => {
    const { store, environment, grant, outcome } = await liveSetting({ unknownApplications: 'trust-token' });
    await grant(PAAS);
    expect(await outcome()).toEqual([PAAS]);
    await store.environments.delete(environment.id, context);
    expect(await outcome()).toBe('application_revoked');
  });
});

test('applies the new grants when an application is created again with its id', async () => {
  const { store, at, grant, remove, outcome, clientId } = await liveSetting();
  await grant(PAAS);
  await remove();
  expect(await outcome()).toBe('application_revoked');
  await store.applications.create(at, { ...newApplication('again'), id: clientId }, context);
  expect(await outcome()).toBe('application_revoked'); // it is granted nothing yet
  await grant(ANALYTICS);
  expect(await outcome({ iat: nextGoodToken() }, [PAAS])).toEqual([ANALYTICS]);
});

test('refuses tokens of the earlier application when one is created again with its id', async () => {
  const { store, at, grant, remove, outcome, clientId } = await liveSetting();
  const iat = Math.floor(Date.now() / 1000) - 100;
  await grant(PAAS);
  await remove();
  await store.applications.create(at, { ...newApplication('again'), id: clientId }, context);
  await grant(PAAS);
  expect(await outcome({ iat })).toBe('application_revoked');
  expect(await outcome({ iat: nextGoodToken() })).toEqual([PAAS]);
});

describe('unknown applications', () => {
  const strangers: readonly [string, unknown][] = [
    ['a UUID of nobody', STRANGER],
    ['the same without hyphens', STRANGER.replaceAll('-', '')],
    ['no UUID', 'test-client'],
    ['an empty id', ''],
    ['something of 32 characters', 'x'.repeat(32)],
    ['a UUID with something behind it', `${STRANGER}0`],
    ['the name of something every object has', 'constructor'],
  ];
  /** What is no name at all is not the name of a stranger. */
  const nameless: readonly [string, unknown][] = [
    ['no id', undefined],
    ['null', null],
    ['a number', 7],
    ['a list', [STRANGER]],
    ['an object', { toString: () => STRANGER }],
    ['a promise', Promise.resolve(STRANGER)],
  ];

  test.each([...strangers, ...nameless])('refuses the token of an unknown application: %s', async (_, clientId) => {
    const { outcome } = await liveSetting();
    expect(await outcome({ client_id: clientId })).toBe('application_unknown');
  });

  test.each(strangers)('decides by the token alone when unknown applications are allowed: %s', async (_, clientId) => {
    const { outcome } = await liveSetting({ unknownApplications: 'trust-token' });
    expect(await outcome({ client_id: clientId }, [PAAS, STACK])).toEqual([PAAS, STACK]);
  });

  test.each(nameless)('always refuses a token without an application name: %s', async (_, clientId) => {
    const { outcome } = await liveSetting({ unknownApplications: 'trust-token' });
    expect(await outcome({ client_id: clientId }, [PAAS])).toBe('application_unknown');
  });

  test('refuses an application name that is a list or a promise', async () => {
    const applicationOf = (async ({ client_id: id }: { client_id: string }) => id) as never;
    const late = await liveSetting({ unknownApplications: 'trust-token', applicationOf });
    expect(await late.outcome()).toBe('application_unknown');
    expect(await late.outcome({ client_id: Promise.reject(new Error('no such client')) })).toBe('application_unknown');
    const { outcome, clientId } = await liveSetting({ unknownApplications: 'trust-token' });
    expect(await outcome({ client_id: [clientId] })).toBe('application_unknown');
  });

  test('recognizes an application as soon as it is created', async () => {
    const { store, at, outcome } = await liveSetting({ unknownApplications: 'trust-token' });
    expect(await outcome({ client_id: STRANGER })).toEqual([PAAS]);
    await store.applications.create(at, { ...newApplication('stranger'), id: STRANGER }, context);
    expect(await outcome({ client_id: STRANGER })).toBe('application_revoked');
  });
});

describe('application of a token', () => {
  test('accepts an application id without hyphens or in upper case', async () => {
    const { grant, outcome, clientId } = await liveSetting();
    await grant(PAAS);
    for (const spelling of [clientId, clientId.replaceAll('-', '')]) {
      expect(await outcome({ client_id: spelling })).toEqual([PAAS]);
      expect(await outcome({ client_id: spelling.toUpperCase() })).toEqual([PAAS]);
    }
    await grant();
    expect(await outcome({ client_id: clientId.replaceAll('-', '') })).toBe('application_revoked');
  });

  test('uses the application that applicationOf returns', async () => {
    const { asked, grant, clientId } = await liveSetting();
    await grant(PAAS);
    const grants = live({ source: asked, applicationOf: ({ azp }) => azp });
    expect(await outcome(grants, { azp: clientId })).toEqual([PAAS]);
    expect(await outcome(grants, { client_id: clientId })).toBe('application_unknown');
    expect(await outcome(grants, { azp: [clientId], client_id: clientId })).toBe('application_unknown');
  });

  test('throws the error that applicationOf throws', async () => {
    const failure = new Error('no such claim');
    const { grants, asked } = await liveSetting({
      applicationOf: () => {
        throw failure;
      },
    });
    expect(() => grants.check({ payload: {}, scopes: scopeSet(PAAS) })).toThrow(failure);
    expect(asked.standings).toEqual([]);
  });
});

describe('options', () => {
  test.each<[string, object | undefined, RegExp]>([
    ['none', undefined, /takes an object of options, not undefined/],
    ['an unknown one', { stale: 5 }, /has no option "stale"/],
    ['no store', { source: undefined }, /"source" must be a store such as/],
    ['a file for a store', { source: 'grants.db' }, /"source" must be a store such as/],
    ['the old name of source', { store: {} }, /has no option "store"\. Did you mean "source"\?/],
    [
      'a source without subscribe',
      { source: { applicationStatus: () => {}, changes: { since: () => {} } } },
      /"source" must be a store such as/,
    ],
    ['a claim for applicationOf', { applicationOf: 'client_id' }, /"applicationOf" must be a function/],
    ['an unknown way', { unknownApplications: 'permit' }, /"unknownApplications" must be 'refuse' or 'trust-token'/],
    ['staleness as text', { maxStalenessMs: '1s' }, /"maxStalenessMs" must be milliseconds, 10 to 3600000/],
    ['too little staleness', { maxStalenessMs: 9 }, /"maxStalenessMs" must be milliseconds, 10 to 3600000, not 9/],
    ['endless staleness', { maxStalenessMs: Number.POSITIVE_INFINITY }, /"maxStalenessMs" must be/],
    [
      'more staleness than an hour',
      { maxStalenessMs: 3_600_001 },
      /"maxStalenessMs" must be milliseconds, 10 to 3600000/,
    ],
    ['no patience', { timeoutMs: 0 }, /"timeoutMs" must be milliseconds/],
    ['no queries', { maxQueries: 0 }, /"maxQueries" must be a whole number above 0, not 0/],
    ['a part of a query', { maxQueries: 1.5 }, /"maxQueries" must be a whole number above 0, not 1.5/],
    [
      'patience beyond the usual staleness',
      { timeoutMs: 1001 },
      /"timeoutMs" must be milliseconds up to maxStalenessMs/,
    ],
    [
      'patience beyond staleness',
      { maxStalenessMs: 500, timeoutMs: 501 },
      /"timeoutMs" must be .* up to maxStalenessMs, not 501/,
    ],
    [
      'patience beyond what a timer takes',
      { timeoutMs: 2 ** 31 },
      /"timeoutMs" must be milliseconds up to maxStalenessMs/,
    ],
    ['a negative tolerance', { clockTolerance: -1 }, /"clockTolerance" must be a number of seconds, not -1/],
    ['tolerance as text', { clockTolerance: '5s' }, /"clockTolerance" must be a number of seconds/],
    ['an onFeedGap that is no function', { onFeedGap: 'log' }, /"onFeedGap" must be a function/],
    ['room for one application', { maxApplications: 1 }, /"maxApplications" must be a number above 1/],
    ['a clock without monotonic()', { clock: Date }, /"clock" must be an object with monotonic\(\)/],
    ['now() as a number', { clock: { monotonic: () => 0, now: 0 } }, /"clock" must be an object with now\(\)/],
    ['null for a clock', { clock: null }, /"clock" must be an object with monotonic\(\)/],
  ])('throws a TypeError for invalid options: %s', async (_, wrong, message) => {
    const { asked } = await liveSetting();
    const options = wrong && { source: asked, ...wrong };
    expect(() => live(options as never)).toThrow(TypeError);
    expect(() => live(options as never)).toThrow(message);
  });

  test('treats undefined options like missing ones', async () => {
    const { asked, grant, clientId } = await liveSetting();
    await grant(PAAS);
    const unset = { applicationOf: undefined, unknownApplications: undefined, clock: undefined };
    const grants = live({
      source: asked,
      ...unset,
      maxStalenessMs: undefined,
      timeoutMs: undefined,
      clockTolerance: undefined,
      maxApplications: undefined,
    });
    expect(await outcome(grants, { client_id: clientId })).toEqual([PAAS]);
    expect(await outcome(grants, { client_id: STRANGER })).toBe('application_unknown');
  });
});
