import { CONSUMER_ALL, liveGrants, scopeSet } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { context, describeEachEngine, newApplication, newEnvironment, newResource } from '../support/stores.js';
import { ALLOWED_TAGS, AUDIENCE_CASES, AUDIENCES, type AudienceCase, RESOURCES } from './fixtures/audience-cases.js';

jest.setTimeout(60_000);

const full = (scopes: string) => scopes.replaceAll('…', 'urn:opc:resource:consumer').split(' ');

describeEachEngine((engine) => {
  let store: GrantStore;
  let at: { readonly environmentId: string };
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    store = await (await engine.database()).open();
    at = { environmentId: (await store.environments.create(newEnvironment(), context)).value.id };
    for (const [name, { scopes, ...resource }] of Object.entries(RESOURCES)) {
      const { value } = await store.resources.create(at, newResource(name, resource), context);
      ids[name] = value.id;
      for (const scope of full(scopes)) {
        await store.scopes.create({ ...at, resourceId: value.id }, { name: scope }, context);
      }
    }
  });
  afterAll(() => store?.close());

  async function applicationOf({ mode, grants }: Pick<AudienceCase, 'mode' | 'grants'>) {
    const command = newApplication('one', { trustScope: mode, allowedTags: ALLOWED_TAGS });
    const { value } = await store.applications.create(at, command, context);
    const applicationAt = { ...at, applicationId: value.id };
    const wanted = Object.entries(grants).map(([name, scopes]) => {
      return { resource: { name }, scopes: full(scopes).map((scope) => ({ name: scope })) };
    });
    await store.grants.setAll(applicationAt, wanted, context);
    const live = liveGrants({ source: store });
    const outcomeOf = async (aud: unknown, scope: string) => {
      const scopes = full(scope);
      const verdict = await live.check({ payload: { client_id: value.id, aud }, scopes: scopeSet(scopes) });
      if (!verdict.ok) return verdict.reason === 'application_revoked' ? '401' : verdict.reason;
      return scopes.every((each) => verdict.scopes.covers(each)) ? 'passes' : '403';
    };
    return { applicationAt, outcomeOf, close: () => live.close() };
  }

  test.each(AUDIENCE_CASES.map((each, i) => ({ ...each, i: i + 1 })))(
    '$i. a token for $audience with $scope of an application in mode $mode: $outcome. $why',
    async ({ audience, scope, outcome, ...given }) => {
      const { outcomeOf, close } = await applicationOf(given);
      expect(await outcomeOf(AUDIENCES[audience], scope)).toBe(outcome);
      close();
    },
  );

  const READ_B = { audience: AUDIENCES.B, scope: 'read' };

  test.each<[string, AudienceCase['mode'], (resourceId: string) => Promise<unknown>]>([
    [
      'its scope was deleted',
      'Account',
      async (resourceId) => {
        const scopes = await store.scopes.list({ ...at, resourceId }, { limit: 10 });
        const scopeId = scopes?.items.find(({ name }) => name === 'read')?.id as string;
        return store.scopes.delete({ ...at, resourceId, scopeId }, context);
      },
    ],
    [
      'its scope was renamed',
      'Tags',
      async (resourceId) => {
        const scopes = await store.scopes.list({ ...at, resourceId }, { limit: 10 });
        const scopeId = scopes?.items.find(({ name }) => name === 'read')?.id as string;
        return store.scopes.replace({ ...at, resourceId, scopeId }, { name: 'seen' }, context);
      },
    ],
    ['its resource was deleted', 'Account', (resourceId) => store.resources.delete({ ...at, resourceId }, context)],
    [
      'its resource lost the tag',
      'Tags',
      (resourceId) =>
        store.resources.replace(
          { ...at, resourceId },
          newResource('short-lived', { audience: 'https://short.example/', tags: [] }),
          context,
        ),
    ],
    [
      'its resource has another audience',
      'Account',
      (resourceId) =>
        store.resources.replace(
          { ...at, resourceId },
          newResource('short-lived', { audience: 'https://b.other.example/', tags: ALLOWED_TAGS }),
          context,
        ),
    ],
  ])('a token that was had by consumer::all is refused at once when %s', async (_, mode, change) => {
    const audience = 'https://short.example/';
    const made = await store.resources.create(
      at,
      newResource('short-lived', { audience, tags: ALLOWED_TAGS }),
      context,
    );
    const resourceId = made.value.id;
    await store.scopes.create({ ...at, resourceId }, { name: 'read' }, context);
    await store.scopes.create({ ...at, resourceId }, { name: 'other' }, context);
    const { outcomeOf, close } = await applicationOf({ mode, grants: { Domain: '…::all' } });
    expect(await outcomeOf(audience, 'read')).toBe('passes');
    await change(resourceId);
    expect(await outcomeOf(audience, 'read')).not.toBe('passes');
    close();
    await store.resources.delete({ ...at, resourceId }, context).catch(() => undefined);
  });

  test('a scope that is created is in reach of consumer::all at once', async () => {
    const { outcomeOf, close } = await applicationOf({ mode: 'Account', grants: { Domain: '…::all' } });
    expect(await outcomeOf(AUDIENCES.B, 'fresh')).toBe('403');
    await store.scopes.create({ ...at, resourceId: ids.B as string }, { name: 'fresh' }, context);
    expect(await outcomeOf(AUDIENCES.B, 'fresh')).toBe('passes');
    close();
  });

  test('consumer::all opens neither built-in resources nor admin scopes', async () => {
    const { outcomeOf, close } = await applicationOf({ mode: 'Account', grants: { Domain: '…::all' } });
    const admin = 'urn:opc:idm:t.user.me';
    await store.scopes.create({ ...at, resourceId: ids.B as string }, { name: admin }, context);
    expect(await outcomeOf('https://api.pingone.com', 'p1:read:self:user')).toBe('403');
    expect(await outcomeOf(AUDIENCES.B, admin)).toBe('403');
    expect(await outcomeOf('openid', 'email')).toBe('403');
    close();
  });

  test('a change of the trust scope takes effect at once', async () => {
    const { applicationAt, outcomeOf, close } = await applicationOf({ mode: 'Account', grants: { Domain: '…::all' } });
    const { audience, scope } = READ_B;
    expect(await outcomeOf(audience, scope)).toBe('passes');
    expect(await outcomeOf(AUDIENCES.account, '…::all')).toBe('passes');
    await store.applications.replace(applicationAt, newApplication('one', { trustScope: 'Explicit' }), context);
    expect(await outcomeOf(audience, scope)).toBe('401');
    expect(await outcomeOf(AUDIENCES.account, '…::all')).toBe('401');
    close();
  });

  test('scopes of OpenID Connect go with tokens for any resource, unless a custom one defines the name', async () => {
    const { outcomeOf, applicationAt, close } = await applicationOf({ mode: 'Explicit', grants: { B: 'read' } });
    const granted = { resource: { name: 'openid' }, scopes: [{ name: 'email' }, { name: 'phone' }] };
    await store.grants.create(applicationAt, granted, context);
    expect(await outcomeOf(AUDIENCES.B, 'read email')).toBe('passes');
    await store.scopes.create({ ...at, resourceId: ids.A as string }, { name: 'email' }, context);
    expect(await outcomeOf(AUDIENCES.B, 'read email')).toBe('403');
    expect(await outcomeOf(AUDIENCES.B, 'read phone')).toBe('passes');
    close();
  });

  test.each<[string, unknown, string]>([
    ['no audience: a verifier that accepts it does not go by audiences', undefined, 'passes'],
    ['an empty list', [], '401'],
    ['a number', 7, '401'],
    ['a list with something else', [7, AUDIENCES.B], 'passes'],
    ['an audience that nobody has', 'https://nobody.example/', '401'],
    ['another spelling', AUDIENCES.B.toUpperCase(), '401'],
    ['tags that cannot be read', 'urn:opc:resource:scope:tag=x', '401'],
  ])('compares audiences exactly: %s', async (_, aud, outcome) => {
    const { outcomeOf, close } = await applicationOf({ mode: 'Explicit', grants: { B: 'read' } });
    expect(await outcomeOf(aud, 'read')).toBe(outcome);
    close();
  });

  test('reads what is in reach only for applications that can reach it', async () => {
    const status = async (mode: AudienceCase['mode'], grants: AudienceCase['grants']) => {
      const { applicationAt, close } = await applicationOf({ mode, grants });
      close();
      return store.applicationStatus(applicationAt.applicationId);
    };
    expect(await status('Explicit', { Domain: '…::all' })).not.toHaveProperty('reachable');
    expect(await status('Account', { A: 'read …:paas::read' })).not.toHaveProperty('reachable');
    expect((await status('Tags', { A: '…:paas::read' })).reachable).toEqual([{ audiences: [AUDIENCES.B], scopes: [] }]);
    const all = await status('Account', { Domain: '…::all' });
    expect(all.reachable?.map(({ audiences: [primary] }) => primary).sort()).toEqual(
      [RESOURCES.A, RESOURCES.B, RESOURCES.Domain].map(({ audience }) => audience).sort(),
    );
    expect(all.reachable?.flatMap(({ scopes }) => scopes)).toContain(CONSUMER_ALL);
  });
});

test('a source without trust scopes leaves tokens for the account and for tags to its grants', async () => {
  const source = {
    applicationStatus: async () => ({
      number: 1,
      position: '1',
      state: 'enabled' as const,
      grants: [{ audience: AUDIENCES.B, scope: 'read' }],
      subjectsNotBefore: new Map(),
    }),
    changes: { since: () => Promise.reject(new Error('unused')), subscribe: () => () => undefined },
  };
  const live = liveGrants({ source });
  const check = async (aud: string) => {
    const payload = { client_id: '9b2f0c0e-6f0e-4a6b-8a55-0d7b3c1d2e3f', aud };
    const verdict = await live.check({ payload, scopes: scopeSet('read') });
    return verdict.ok && verdict.scopes.covers('read');
  };
  for (const audience of ['B', 'account', 'tag blue'] as const) expect(await check(AUDIENCES[audience])).toBe(true);
  expect(await check(AUDIENCES.A)).toBe(false);
  live.close();
});
