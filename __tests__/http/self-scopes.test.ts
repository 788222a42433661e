import type { Express, Request } from 'express';
import { allOf, anyOf, type Gate, StoreUnavailableError, scopeSet, type TokenVerifier } from 'scopegate';
import { PAAS, STACK, showAuth } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';

const SELF = 'p1:read:self:user';
const ANYBODY = 'p1:read:env:user';
const MINE = 'urn:example:mine';
const scopeNames = [SELF, ANYBODY, MINE, PAAS, STACK];

const owner = (req: Request) => req.params.userId;

function routes(app: Express, gate: Gate): void {
  app.get('/own/:userId', gate.require(SELF, { owner }), showAuth);
  app.get('/either/:userId', gate.require(anyOf(SELF, ANYBODY), { owner }), showAuth);
  app.get('/either-ruleless/:userId', gate.require(anyOf(SELF, ANYBODY)), showAuth);
  app.get('/both/:userId', gate.require(allOf(SELF, PAAS), { owner }), showAuth);
  app.get('/mine-ruleless/:userId', gate.require(MINE), showAuth);
}

describe.each(['with live grants', 'without'])('self scopes: %s', (manner) => {
  async function selfGate(options: Parameters<typeof liveGate>[0] = {}, declare = routes) {
    const without = manner === 'without' ? { grants: undefined } : {};
    const made = await liveGate({ ...without, ...options }, { scopeNames }, declare);
    await made.grant(...scopeNames);
    const status = async (path: string, claims: object) => (await made.send(path, { scope: SELF, ...claims })).status;
    return { ...made, status };
  }

  test('a self scope permits only the caller’s own record', async () => {
    const { send, status, record } = await selfGate();
    expect(await status('/own/ada', { sub: 'ada' })).toBe(200);
    expect(record()).toMatchObject({ outcome: 'permit', reason: 'covered', coverage: [{ required: SELF, by: SELF }] });
    for (const other of ['bob', 'Ada', 'ad', 'adaa', 'ada%20']) {
      expect([other, await status(`/own/${other}`, { sub: 'ada' })]).toEqual([other, 403]);
    }
    const answer = await send('/own/bob', { sub: 'ada', scope: SELF });
    expect(answer.headers['www-authenticate']).toContain(`error="insufficient_scope"`);
    expect(answer.headers['www-authenticate']).not.toContain('scope="'); // no scope would help
    expect(answer.text).not.toContain(SELF);
    expect(record()).toMatchObject({
      outcome: 'deny',
      reason: 'insufficient_scope',
      detail: `The token covers ${SELF}, but the record is not the caller’s own.`,
    });
    expect(record()).not.toHaveProperty('sufficient');
  });

  test('a self scope permits nothing on a route without an owner rule', async () => {
    const { gate, status, record } = await selfGate();
    expect(() => gate.require(SELF)).toThrow(TypeError);
    expect(await status('/either-ruleless/ada', { sub: 'ada' })).toBe(403);
    expect(record()).toMatchObject({ detail: `The token covers ${SELF}, but the route has no owner rule.` });
  });

  test('does not apply the owner rule to a caller who holds an alternative scope', async () => {
    const { send, status } = await selfGate();
    for (const path of ['/either/bob', '/either-ruleless/bob']) {
      expect(await status(path, { sub: 'ada', scope: ANYBODY })).toBe(200);
      expect(await status(path, { sub: 'ada', scope: `${SELF} ${ANYBODY}` })).toBe(200);
      expect(await status(path, { sub: 'ada', scope: SELF })).toBe(403);
    }
    expect(await status('/either/ada', { sub: 'ada', scope: SELF })).toBe(200);
    expect(await status('/either-ruleless/ada', { sub: 'ada', scope: SELF })).toBe(403);
    const answer = await send('/either/bob', { sub: 'ada', scope: SELF });
    expect(answer.headers['www-authenticate']).not.toContain(SELF);
  });

  test('applies the owner rule when another scope is required as well', async () => {
    const { status } = await selfGate();
    const scope = `${SELF} ${PAAS}`;
    expect(await status('/both/ada', { sub: 'ada', scope })).toBe(200);
    expect(await status('/both/bob', { sub: 'ada', scope })).toBe(403);
    expect(await status('/both/ada', { sub: 'ada', scope: SELF })).toBe(403);
    expect(await status('/both/ada', { sub: 'ada', scope: PAAS })).toBe(403);
  });

  test('rejects an owner rule at declaration on a route that needs no self scope', async () => {
    const { gate } = await selfGate();
    for (const required of [PAAS, ANYBODY, allOf(PAAS, STACK)]) {
      expect(() => gate.require(required, { owner })).toThrow(TypeError);
      expect(() => gate.require(required, { owner })).toThrow(/"owner" has no effect/);
    }
    expect(() => gate.require(PAAS, { owner: undefined })).not.toThrow();
    const own = await selfGate({ isSelfScope: (scope) => scope === MINE }, () => undefined);
    expect(() => own.gate.require(SELF, { owner })).toThrow(/"owner" has no effect/);
  });

  test('includes the self scope in req.auth.scopes together with all others', async () => {
    const { send } = await selfGate();
    const answer = await send('/own/ada', { sub: 'ada', scope: `${PAAS} ${SELF}` });
    expect(answer.body).toMatchObject({ scopes: [PAAS, SELF] });
  });

  test('`isSelfScope` says which scopes they are, and then those of PingOne’s form are none', async () => {
    const { status } = await selfGate({ isSelfScope: (scope) => scope === MINE }, (app, gate) => {
      app.get('/mine/:userId', gate.require(MINE, { owner }), showAuth);
      app.get('/mine-ruleless/:userId', gate.require(anyOf(MINE, PAAS)), showAuth);
      app.get('/own/:userId', gate.require(SELF), showAuth);
    });
    expect(await status('/mine/ada', { sub: 'ada', scope: MINE })).toBe(200);
    expect(await status('/mine/bob', { sub: 'ada', scope: MINE })).toBe(403);
    expect(await status('/mine-ruleless/ada', { sub: 'ada', scope: MINE })).toBe(403);
    expect(await status('/own/bob', { sub: 'ada', scope: SELF })).toBe(200);
    const usual = await selfGate();
    expect(await usual.status('/mine-ruleless/bob', { sub: 'ada', scope: MINE })).toBe(200);
  });
});

/** Tokens of any subject, or of none. */
const tokenOf = (clientId: string, claims: object): TokenVerifier => ({
  verify: ({ token }) => {
    const payload = { client_id: clientId, ...claims };
    return { payload, header: { alg: 'none' }, token, scopes: scopeSet(SELF) } as never;
  },
});

describe('owners and subjects that are not texts', () => {
  test.each<[string, unknown, unknown]>([
    ['undefined on both sides', undefined, undefined],
    ['nothing on both sides', '', ''],
    ['null on both sides', null, null],
    ['the same number', 7, 7],
    ['a number and its text', 7, '7'],
    ['true', true, true],
    ['an object whose text is the subject', 'ada', { toString: () => 'ada' }],
    ['a list of the subject', 'ada', ['ada']],
    ['no owner', 'ada', undefined],
  ])('responds with 403 when owner and subject are %s', async (_, sub, found) => {
    const { grants, clientId, grant } = await liveGate({}, { scopeNames });
    await grant(SELF);
    const { send, faults } = await liveGate({ verifier: tokenOf(clientId, { sub }), grants }, {}, (app, gate) => {
      app.get('/', gate.require(SELF, { owner: () => found as string }), showAuth);
    });
    expect((await send('/')).status).toBe(403);
    expect(faults).toEqual([]);
  });
});

test.each<[string, () => Promise<string>]>([
  ['the subject', async () => 'ada'],
  ['nothing', () => Promise.reject(new Error('no such user'))],
])('fails with an explanation when the owner rule returns a promise of %s', async (_, promised) => {
  const { send, grant, faults } = await liveGate({}, { scopeNames }, (app, gate) => {
    app.get('/', gate.require(SELF, { owner: promised as never }), showAuth);
  });
  await grant(SELF);
  for (let i = 0; i < 2; i++) expect((await send('/', { sub: 'ada', scope: SELF })).status).toBe(500);
  const sentence = expect.stringMatching(/"owner" must return a string synchronously/);
  expect(faults).toEqual([
    expect.objectContaining({ name: 'TypeError', message: sentence }),
    expect.objectContaining({ name: 'TypeError', message: sentence }),
  ]);
});

test.each(['at once', 'behind a query'])(
  'passes an error that the owner rule throws %s to the application',
  async (manner) => {
    const failure = new Error('no such user');
    const { send, grant, outcome, faults } = await liveGate({}, { scopeNames }, (app, gate) => {
      app.get(
        '/',
        gate.require(SELF, {
          owner: () => {
            throw failure;
          },
        }),
        showAuth,
      );
    });
    await grant(SELF);
    if (manner === 'at once') await outcome();
    expect((await send('/', { scope: SELF })).status).toBe(500);
    expect(faults).toEqual([failure]);
  },
);

test('permits nothing by a self scope that is no longer granted', async () => {
  const { send, grant } = await liveGate({}, { scopeNames }, routes);
  await grant(SELF);
  expect((await send('/own/ada', { sub: 'ada', scope: SELF })).status).toBe(200);
  await grant(ANYBODY);
  expect((await send('/own/ada', { sub: 'ada', scope: SELF })).status).toBe(403);
  expect((await send('/either/bob', { sub: 'ada', scope: `${SELF} ${ANYBODY}` })).status).toBe(200);
});

test('applies the owner rule when the token alone decides', async () => {
  const { send, asked } = await liveGate({ grantsUnavailable: 'trust-token' }, { scopeNames }, routes);
  asked.failure = new StoreUnavailableError('away');
  expect((await send('/own/ada', { sub: 'ada', scope: SELF })).status).toBe(200);
  expect((await send('/own/bob', { sub: 'ada', scope: SELF })).status).toBe(403);
  expect((await send('/either-ruleless/ada', { sub: 'ada', scope: SELF })).status).toBe(403);
});
