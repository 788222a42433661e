import fc from 'fast-check';
import {
  type ApplicationStatus,
  createGate,
  type DecisionRecord,
  exactScopeModel,
  impliedScopeModel,
  type LiveGrantsSource,
  liveGrants,
  ociScopeModel,
  type Requirement,
  type ScopeModel,
  scopeSet,
  segmentScopeModel,
  type TokenVerifier,
} from 'scopegate';
import { type Explanation, explain } from 'scopegate/explain';
import { demand, scopeToken } from '../scope/fixtures/arbitraries.js';
import { longRuns } from '../support/property-runs.js';

/** The gate and the explanation of one request, over any scopes, grants, models and routes. */

const CLIENT = '4f1f7b0e-8a0c-4f0e-9d51-0b1d3f6a7c22';
const [HERE, THERE] = ['https://orders.example/', 'https://bills.example/'];
const NOW = Date.UTC(2026, 5, 1);
const clock = { now: () => NOW, monotonic: () => 0 };

const models: readonly ScopeModel[] = [
  ociScopeModel(),
  exactScopeModel(),
  segmentScopeModel({ separator: ':' }),
  impliedScopeModel({ 'reports:read': ['reports:write'] }),
];
const selfScope = fc.constantFrom('p1:read:user', 'p1:update:user');
const ask: fc.Arbitrary<readonly [readonly string[], Requirement]> = fc.oneof(
  { weight: 4, arbitrary: demand },
  { weight: 1, arbitrary: fc.tuple(fc.array(fc.oneof(selfScope, scopeToken), { maxLength: 3 }), selfScope) },
);
const date = fc.constantFrom(undefined, undefined, NOW - 1000, NOW, NOW + 1000);
const grant = fc.record({ audience: fc.constantFrom(HERE, THERE), notBefore: date, expiresAt: date });
const status = fc.record({
  state: fc.constantFrom('enabled', 'enabled', 'enabled', 'disabled', 'gone', 'unknown') as fc.Arbitrary<
    ApplicationStatus['state']
  >,
  trustScope: fc.constantFrom(undefined, 'Account', 'Explicit') as fc.Arbitrary<ApplicationStatus['trustScope']>,
  notBefore: fc.constantFrom(undefined, undefined, undefined, NOW - 60_000, NOW + 60_000),
  more: fc.array(fc.tuple(scopeToken, grant), { maxLength: 3 }),
  ofHeld: fc.array(fc.tuple(fc.nat(), grant), { maxLength: 4 }),
});
const trial = fc.record({
  ask,
  model: fc.constantFrom(...models),
  audience: fc.constantFrom(HERE, THERE, [HERE, THERE], undefined) as fc.Arbitrary<string | string[] | undefined>,
  owner: fc.constantFrom(undefined, 'ada', 'bob'),
  acr: fc.constantFrom(undefined, undefined, ['gold']),
  status: fc.option(status, { nil: undefined }),
  outage: fc.constantFrom(false, false, false, true),
  trusted: fc.boolean(),
  rejected: fc.constantFrom(undefined, undefined, undefined, undefined, 'token_expired' as const),
});
type Trial = typeof trial extends fc.Arbitrary<infer T> ? T : never;

function sourceOf({ status, ask: [held], outage }: Trial): LiveGrantsSource | undefined {
  if (status === undefined) return undefined;
  const picked = status.ofHeld.map(([pick, more]) => ({ scope: held[pick % (held.length || 1)] ?? 'other', ...more }));
  const grants = [...status.more.map(([scope, more]) => ({ scope, ...more })), ...picked];
  const { state, trustScope, notBefore } = status;
  return {
    applicationStatus: async () => {
      if (outage) throw new Error('The database is down.');
      const dates = notBefore === undefined ? {} : { notBefore };
      return { number: 1, position: '1', state, grants, trustScope, subjectsNotBefore: new Map(), ...dates };
    },
    changes: {
      since: async (position) => ({ events: [], hasMore: false, hasGap: false, position }),
      subscribe: () => () => undefined,
    },
  };
}

function settingOf(given: Trial) {
  const [held, required] = given.ask;
  const payload = { client_id: CLIENT, sub: 'ada', iat: NOW / 1000, ...(given.audience && { aud: given.audience }) };
  const verifier: TokenVerifier = {
    verify: () =>
      given.rejected === undefined
        ? { payload, header: {}, token: 'secret.token', scopes: scopeSet([...held]) }
        : { ok: false, reason: given.rejected },
  };
  const source = sourceOf(given);
  const live = source && { source, clock, maxStalenessMs: 60_000 };
  const grantsUnavailable = live === undefined ? undefined : given.trusted ? 'trust-token' : 'refuse';
  return {
    held,
    required,
    payload,
    verifier,
    live,
    shared: { scopeModel: given.model, grantsUnavailable, clock } as const,
  };
}

/** What a real gate decides and records. */
async function decideByGate(given: Trial): Promise<Omit<DecisionRecord, 'durationMs'>> {
  const { required, verifier, live, shared } = settingOf(given);
  const grants = live && liveGrants(live);
  const records: DecisionRecord[] = [];
  const gate = createGate({ verifier, grants, ...shared, onDecision: (record) => records.push(record) });
  const owner = given.owner;
  const request = { headers: { authorization: 'Bearer secret.token' } };
  try {
    await gate.check(request, required, { acr: given.acr, ...(owner !== undefined && { owner: () => owner }) });
  } finally {
    grants?.close();
  }
  const { durationMs: _, ...record } = records[0] as DecisionRecord;
  return record;
}

function explainTrial(given: Trial): Promise<Explanation> {
  const { required, verifier, live, shared } = settingOf(given);
  return explain({
    token: 'secret.token',
    verifier,
    required,
    live,
    route: { owner: given.owner, acr: given.acr },
    ...shared,
  });
}

/** A requirement that `gate.require` refuses at declaration, `explain` refuses too. */
const outcomeOf = async <Value>(run: () => Promise<Value>) =>
  run().catch((error: unknown) => (error as Error).message.replace(/^(?:gate\.check|explain)\(\)/, 'it'));

const seen = new Map<string, number>();

test('the explanation of any request agrees with what a gate decides and records', async () => {
  await fc.assert(
    fc.asyncProperty(trial, async (given) => {
      const decided = await outcomeOf(() => decideByGate(given));
      const explained = await outcomeOf(() => explainTrial(given));
      if (typeof explained === 'string') return expect(explained).toEqual(decided);
      const {
        steps,
        scopeModel,
        granted: _g,
        missing: _m,
        remedy,
        missingGrant: _mg,
        withdrawn: _w,
        ...record
      } = explained;
      expect(record).toEqual(decided);
      expect(scopeModel).toBe(given.model.name);
      expect(steps.map(({ step }) => step)).toEqual(STEPS);
      expect(remedy === undefined).toBe(record.outcome === 'permit');
      const last = steps.findLast(({ outcome }) => outcome !== 'not_reached' && outcome !== 'skipped');
      const expected = { permit: 'passed', deny: 'refused', outage: 'unavailable' }[record.outcome];
      expect(last?.outcome).toBe(expected);
      expect(JSON.stringify(explained)).not.toContain('secret.token');
      seen.set(record.reason, (seen.get(record.reason) ?? 0) + 1);
    }),
    { numRuns: longRuns(1500) },
  );
}, 60_000);

const STEPS = [
  'readCredentials',
  'verifyToken',
  'checkLiveGrants',
  'requireScopes',
  'requireOwner',
  'requireUserAuthentication',
];

test('assumed scopes and claims are explained as a token with them is', async () => {
  await fc.assert(
    fc.asyncProperty(trial, async (given) => {
      fc.pre(given.rejected === undefined);
      const { held, required, payload, live, shared } = settingOf(given);
      const route = { owner: given.owner, acr: given.acr };
      const assumed = await outcomeOf(() => explain({ held, payload, required, live, route, ...shared }));
      const verified = await outcomeOf(() => explainTrial(given));
      if (typeof assumed === 'string' || typeof verified === 'string') return expect(assumed).toEqual(verified);
      expect(assumed.steps.slice(0, 2).map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped']);
      expect({ ...assumed, steps: assumed.steps.slice(2) }).toEqual({ ...verified, steps: verified.steps.slice(2) });
    }),
    { numRuns: longRuns(300) },
  );
}, 60_000);

test('the missing grant is enough, and without any one of its scopes it is not', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(trial, async (given) => {
      const { required, payload, live, shared } = settingOf(given);
      const explained = await outcomeOf(() => explainTrial(given));
      if (typeof explained === 'string' || explained.missingGrant === undefined || live === undefined) return;
      fc.pre(given.acr === undefined);
      const { scopes, requested: next } = explained.missingGrant;
      const status = await live.source.applicationStatus(CLIENT);
      const audience = [payload.aud].flat()[0] ?? '';
      /** What a new token is allowed, when the application has been granted these too. */
      const isPermitted = async (granted: readonly string[], held: readonly string[]) => {
        const grants = [...status.grants, ...granted.map((scope) => ({ audience, scope }))];
        const next = { ...status, grants, notBefore: 0 };
        const source = { ...live.source, applicationStatus: async () => next };
        const route = { owner: given.owner };
        const { outcome } = await explain({ held, payload, required, live: { ...live, source }, route, ...shared });
        return outcome === 'permit';
      };
      expect(await isPermitted(scopes, next)).toBe(true);
      for (const left of scopes)
        expect(
          await isPermitted(
            scopes.filter((each) => each !== left),
            next,
          ),
        ).toBe(false);
      found++;
    }),
    { numRuns: longRuns(1500) },
  );
  expect(found).toBeGreaterThan(longRuns(5));
}, 60_000);

test('the laws were about every kind of decision', () => {
  expect([...seen.keys()].toSorted()).toEqual([
    'application_revoked',
    'application_unknown',
    'covered',
    'grants_unavailable',
    'insufficient_scope',
    'insufficient_user_authentication',
    'token_expired',
  ]);
});
