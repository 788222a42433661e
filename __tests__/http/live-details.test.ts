import { anyOf, CONSUMER_ALL, decide, MY_SCOPES } from 'scopegate';
import { PAAS, STACK, showAuth } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';

test('names only scopes that the token covers in the detail of a refusal', async () => {
  const { grant, send, record } = await liveGate({}, {}, (app, gate) => {
    app.get('/any', gate.require(anyOf(STACK, PAAS)), showAuth);
  });
  await grant('openid');
  await send('/any', { scope: PAAS });
  expect(record().detail).not.toContain(STACK);
});

test('names only covered scopes in the detail of a refusal without an owner rule', async () => {
  const [SELF, ANYBODY] = ['p1:read:self:user', 'p1:read:env:user'];
  const { grant, send, record } = await liveGate({}, { scopeNames: [SELF, ANYBODY] }, (app, gate) => {
    app.get('/any', gate.require(anyOf(ANYBODY, SELF)), showAuth);
  });
  await grant(SELF);
  await send('/any', { scope: SELF });
  expect(record().detail).not.toContain(ANYBODY);
});

test('omits consumer::all from req.auth.scopes next to an admin scope', async () => {
  const { grant, send } = await liveGate({}, { scopeNames: [MY_SCOPES, CONSUMER_ALL] }, (app, gate) => {
    app.get('/admin', gate.authenticate, (req, res) => {
      res.json(decide({ held: gate.auth(req).scopes, required: MY_SCOPES }).effect);
    });
  });
  await grant(MY_SCOPES);
  expect((await send('/admin', { scope: `${MY_SCOPES} ${CONSUMER_ALL}` })).body).toBe('deny');
});

test('requires an owner rule for a self scope that covers the required scope', async () => {
  const ME = 'urn:opc:resource:consumer:me::all';
  const BELOW = 'urn:opc:resource:consumer:me:profile::read';
  const options = { isSelfScope: (scope: string) => scope === ME };
  const { grant, send } = await liveGate(options, { scopeNames: [ME] }, (app, gate) => {
    app.get('/', gate.require(BELOW), showAuth);
  });
  await grant(ME);
  expect((await send('/', { scope: ME })).status).toBe(403);
});

test("lists the effective scopes in req.auth.scopes and the token's scopes in the record", async () => {
  const [MINE, THEIRS, BOTH] = ['paas::all', ':read', 'paas::read'].map((s) => `urn:opc:resource:consumer:${s}`) as [
    string,
    string,
    string,
  ];
  const { grant, send, record } = await liveGate({}, { scopeNames: [THEIRS] }, (app, gate) => {
    app.get('/', gate.require(BOTH), showAuth);
  });
  await grant(THEIRS);
  const answer = await send('/', { scope: MINE });
  expect(answer.status).toBe(200);
  expect(answer.body.scopes).toEqual([BOTH]);
  expect(record()).toMatchObject({ held: [MINE], coverage: [{ required: BOTH, by: MINE }] });
});
