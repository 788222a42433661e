import { context } from '../support/stores.js';
import { live, liveSetting, observed, outcome } from './fixtures/setting.js';

const NAMES = Array.from({ length: 20 }, (_, i) => `scope:${i}`);

describe.each([2, 16, 17, 20])('applications with the same %d scopes', (number) => {
  const names = NAMES.slice(0, number);

  test('share their scopes without sharing a later change', async () => {
    const setting = await liveSetting({ scopeNames: NAMES });
    const { store, at, resource, grants, another, grant } = setting;
    const other = await another('other');
    const otherAt = { ...at, applicationId: other.id };
    const given = [{ resource: { id: resource.id }, scopes: names.map((name) => ({ name })) }];
    await store.grants.setAll(otherAt, given, context);
    await grant(...names);
    const both = async () => [await setting.outcome({}, NAMES), await outcome(grants, { client_id: other.id }, NAMES)];
    expect(await both()).toEqual([names, names]);
    await grant(...names.slice(1));
    expect(await both()).toEqual([names.slice(1), names]);
  });
});

test('distinguishes two scope lists with the same text', async () => {
  const { store, clientId, another, clock } = await liveSetting();
  const other = await another('other');
  const odd = {
    ...observed(store),
    // A store of somebody else's may return what is no scope-token; it covers nothing.
    applicationStatus: async (id: string) => {
      const grants = (id === clientId ? ['a', 'b'] : ['a b']).map((scope) => ({ audience: 'reports', scope }));
      return { ...(await store.applicationStatus(id)), grants };
    },
  };
  const grants = live({ source: odd, clock });
  const told = async (id: string) => outcome(grants, { client_id: id }, ['a', 'b']);
  expect([await told(clientId), await told(other.id)]).toEqual([['a', 'b'], 'application_revoked']);
});
