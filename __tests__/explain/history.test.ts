import fc from 'fast-check';
import { allOf, createGate, liveGrants, type Requirement, scopeSet, type TokenVerifier } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { type Explanation, explain } from 'scopegate/explain';
import { openSqliteStore } from 'scopegate/sqlite';
import { type Command, datedCommand, name, worldOf } from '../live/fixtures/world.js';
import { runs } from '../support/property-runs.js';
import { context, createSetting, type Setting } from '../support/stores.js';

const AUDIENCE = 'https://orders.example/';
const [PAAS, STACK] = ['urn:opc:resource:consumer:paas::read', 'urn:opc:resource:consumer:paas:stack::read'];

/** The clock of the store: each test moves it on, so that changes have times of their own. */
const wall = { time: Date.UTC(2026, 0, 1), now: () => wall.time };
let store: GrantStore;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:', clock: wall });
});
afterAll(() => store.close());

const live = () => ({ source: store, clock: { ...wall, monotonic: () => 0 }, maxStalenessMs: 60_000 });

/** An application with a grant of these scopes, for tokens issued a minute from now. */
async function world(...granted: readonly string[]) {
  const setting = await createSetting(store, [PAAS, STACK, 'read', 'write'], `history ${wall.time++}`);
  const { resource, applicationAt } = setting;
  await store.resources.replace(
    { ...setting.at, resourceId: resource.id },
    { ...resource, type: 'CUSTOM', audience: AUDIENCE },
    context,
  );
  const ask = (required: Requirement, held: readonly string[] = [PAAS, STACK, 'read', 'write']) => {
    const payload = { client_id: setting.application.id, aud: AUDIENCE, sub: 'ada', iat: wall.time / 1000 + 60 };
    return explain({ held, payload, required, live: live() });
  };
  const set = async (...scopes: readonly string[]) => {
    wall.time += 1000;
    const grants = [{ resource: { id: resource.id }, scopes: scopes.map((name) => ({ name })) }];
    const change = await store.grants.setAll(applicationAt, scopes.length === 0 ? [] : grants, context);
    return change.activities.at(-1);
  };
  await set(...granted);
  return { ...setting, ask, set };
}

const summary = ({ outcome, reason, withdrawn, missingGrant, remedy }: Explanation) => ({
  outcome,
  reason,
  withdrawn,
  grants: missingGrant?.scopes,
  actor: remedy?.actor,
});

const scopeIdOf = ({ scopes }: Setting, name: string) => scopes.find((each) => each.name === name)?.id as string;

test('a scope that was taken from a grant is explained by that change', async () => {
  const { ask, set, application } = await world('read', 'write');
  const activity = await set('read');
  const explanation = await ask('write');
  expect(summary(explanation)).toEqual({
    outcome: 'deny',
    reason: 'insufficient_scope',
    withdrawn: [
      {
        ...{ scope: 'write', by: 'write', at: activity?.recordedAt, cause: 'GRANT.UPDATED' },
        ...{ activityId: activity?.id, targetId: activity?.targetId, actor: {} },
      },
    ],
    grants: ['write'],
    actor: 'administrator',
  });
  expect(explanation.missingGrant).toEqual({
    application: application.id,
    audience: AUDIENCE,
    scopes: ['write'],
    requested: ['write'],
  });
  expect(explanation.steps.find(({ outcome }) => outcome === 'refused')?.step).toBe('requireScopes');
});

test('a scope above the missing one is named as what was withdrawn', async () => {
  const { ask, set } = await world(PAAS, 'read');
  const activity = await set('read');
  expect((await ask(STACK)).withdrawn).toMatchObject([{ scope: STACK, by: PAAS, activityId: activity?.id }]);
});

test('the latest of several withdrawals is named', async () => {
  const { ask, set } = await world('read', 'write');
  await set('read');
  await set('read', 'write');
  const last = await set('read');
  expect((await ask('write')).withdrawn).toMatchObject([{ activityId: last?.id }]);
});

test('each missing scope has its own withdrawal, the earliest first, and one that was never granted has none', async () => {
  const { ask, set } = await world('read', 'write', PAAS);
  const first = await set('read', PAAS);
  const second = await set(PAAS);
  const { withdrawn } = await ask(allOf('read', 'write', PAAS));
  expect(withdrawn?.map(({ scope, activityId }) => [scope, activityId])).toEqual([
    ['write', first?.id],
    ['read', second?.id],
  ]);
  expect((await (await world('read')).ask('write')).withdrawn).toEqual([]);
});

test.each(['delete', 'rename'] as const)('a scope that ceased to exist is explained: %s', async (how) => {
  const setting = await world('read', 'write');
  const scopeAt = { ...setting.at, resourceId: setting.resource.id, scopeId: scopeIdOf(setting, 'write') };
  const change =
    how === 'delete'
      ? await store.scopes.delete(scopeAt, context)
      : await store.scopes.replace(scopeAt, { name: 'other' }, context);
  const { withdrawn } = await setting.ask('write');
  expect(withdrawn).toMatchObject([{ scope: 'write', by: 'write' }]);
  expect(change.activities.map(({ id }) => id)).toContain(withdrawn?.[0]?.activityId);
});

test('a grant that ended by its date is explained by that date', async () => {
  const { ask, applicationAt, resource } = await world('read');
  const expiresAt = new Date(wall.time + 1000).toISOString();
  const scopes = [{ name: 'read' }, { name: 'write', expiresAt }];
  await store.grants.setAll(applicationAt, [{ resource: { id: resource.id }, scopes }], context);
  expect((await ask('write')).outcome).toBe('permit');
  wall.time += 5000;
  expect((await ask('write')).withdrawn).toEqual([{ scope: 'write', by: 'write', at: expiresAt, cause: 'ENDED' }]);
});

test.each([
  ['is disabled', 'The application is disabled.', 'APPLICATION.UPDATED'],
  ['was revoked', 'The token was issued before its application, or its subject, was revoked.', 'REVOCATION.CREATED'],
])('an application that %s is explained by the change', async (_, sentence, cause) => {
  const { ask, applicationAt, application } = await world('read');
  wall.time += 120_000;
  const change =
    cause === 'REVOCATION.CREATED'
      ? await store.applications.revokeTokens(applicationAt, undefined, context)
      : await store.applications.replace(applicationAt, { ...application, enabled: false }, context);
  wall.time -= 115_000;
  const explanation = await ask('read');
  wall.time += 115_000;
  expect(summary(explanation)).toMatchObject({
    reason: 'application_revoked',
    withdrawn: [{ cause, activityId: change.activities[0]?.id }],
    grants: undefined,
  });
  expect(explanation.steps[2]).toMatchObject({ outcome: 'refused', detail: sentence });
});

test('a grant of another resource with the same scope name is not what was withdrawn', async () => {
  const { ask, set, at, applicationAt } = await world('read', 'write');
  const { id } = (
    await store.resources.create(at, { name: 'bills', audience: 'https://bills.example/' } as never, context)
  ).value;
  await store.scopes.create({ ...at, resourceId: id }, { name: 'write' }, context);
  const other = await store.grants.create(applicationAt, { resource: { id }, scopes: [{ name: 'write' }] }, context);
  const right = await set('read');
  expect(other.activities).toHaveLength(1);
  const { withdrawn } = await ask('write');
  expect(withdrawn).toMatchObject([{ scope: 'write', targetId: right?.targetId }]);
});

test('a long history of scopes that have nothing to do with what is missing is read, and nothing is looked up for it', async () => {
  const { application } = await world('read');
  const scopes = Array.from({ length: 500 }, (_, i) => ({ id: `id ${i}`, name: `other:${i}` }));
  const lost = { id: 'x', type: 'GRANT.DELETED', recordedAt: '2026-01-01T00:00:00Z', targetId: 'x', actor: {} };
  const items = Array.from({ length: 100 }, () => ({ ...lost, before: { resourceId: 'other', scopes } }));
  const get = jest.fn(async () => undefined);
  const source = {
    applicationStatus: async (id: string) => ({ ...(await store.applicationStatus(id)), environmentId: 'e' }),
    changes: store.changes,
    activities: { list: async () => ({ items }) },
    resources: { get },
  };
  const required = allOf(...Array.from({ length: 50 }, (_, i) => `missing:${i}`));
  const payload = { client_id: application.id, aud: AUDIENCE, iat: wall.time / 1000 };
  const explanation = await explain({ held: 'read', payload, required, live: { source, clock: live().clock } });
  expect([explanation.missingGrant?.scopes.length, explanation.withdrawn]).toEqual([50, []]);
  expect(get).not.toHaveBeenCalled();
});

test('a store whose history is unavailable leaves it out, and explains the rest', async () => {
  const { application } = await world('read');
  const { StoreUnavailableError } = jest.requireActual('../../lib/grants/errors.js');
  const source = {
    applicationStatus: (id: string) => store.applicationStatus(id),
    changes: store.changes,
    activities: { list: () => Promise.reject(new StoreUnavailableError('down')) },
  };
  const payload = { client_id: application.id, aud: AUDIENCE, iat: wall.time / 1000 };
  const explanation = await explain({
    held: 'write',
    payload,
    required: 'write',
    live: { source, clock: live().clock },
  });
  expect(summary(explanation)).toMatchObject({ reason: 'insufficient_scope', withdrawn: undefined, grants: ['write'] });
});

test('after any changes of a real store, the explanation agrees with a gate', async () => {
  const nothing: Command = { do: 'define', resource: 0, name: 'read' }; // is defined already
  const coveredThenNot: [Command, string, string][] = [
    [nothing, PAAS, PAAS],
    [nothing, 'openid', PAAS],
  ];
  const seen = new Set<string>();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(datedCommand, name, name), { minLength: 3, maxLength: 10 }), async (steps) => {
      const world = await worldOf(store, `any ${++run} ${wall.time}`, wall.now);
      for (const [command, held, required] of steps) {
        wall.time += 700;
        await world.apply(store, command);
        const payload = { client_id: world.ids[0], aud: 'https://first.example', iat: wall.time / 1000 + 60 };
        const verifier: TokenVerifier = {
          verify: () => ({ payload, header: {}, token: 'abc', scopes: scopeSet([held, 'read']) }) as never,
        };
        const grants = liveGrants(live());
        const gate = createGate({ verifier, grants });
        const result = await gate.check({ headers: { authorization: 'Bearer abc' } }, required);
        grants.close();
        const explained = await explain({ token: 'abc', verifier, required, live: live() });
        expect(explained.reason).toBe(result.ok ? 'covered' : result.refusal.reason);
        seen.add(explained.reason);
      }
    }),
    { numRuns: runs(8), examples: [[coveredThenNot]] },
  );
  expect([...seen]).toEqual(expect.arrayContaining(['covered', 'insufficient_scope']));
}, 120_000);

test('the withdrawal of a scope is the very change after which it was refused', async () => {
  const names = ['read', 'write', PAAS, STACK];
  let found = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.subarray(names), { minLength: 2, maxLength: 7 }), async (sets) => {
      const { ask, set } = await world(...(sets[0] as string[]));
      let last: string | undefined;
      let permitted = (await ask(STACK)).outcome === 'permit';
      for (const scopes of sets.slice(1)) {
        const activity = await set(...scopes);
        const now = (await ask(STACK)).outcome === 'permit';
        if (permitted && !now) last = activity?.id;
        permitted = now;
      }
      fc.pre(!permitted);
      const { withdrawn = [] } = await ask(STACK);
      expect(withdrawn.find(({ scope }) => scope === STACK)?.activityId).toBe(last);
      if (last !== undefined) found++;
    }),
    { numRuns: runs(15) },
  );
  expect(found).toBeGreaterThan(2);
}, 120_000);
