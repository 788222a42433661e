import { allOf, anyOf, createGate, type LiveGrants } from 'scopegate';
import { context, newApplication } from '../support/stores.js';
import { ANALYTICS, PAAS, STACK, warmVerifier } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';
import { endOf, open, pass, quiet, requestWith } from './fixtures/watching.js';

const SELF = 'p1:read:self:user';

/** A gate with live grants whose application is granted what it needs, and its requests. */
async function watchedGate(...[options, given]: Parameters<typeof liveGate>) {
  const made = await liveGate(options, { scopeNames: [PAAS, ANALYTICS, STACK, SELF], ...given });
  await made.grant(PAAS, STACK, SELF);
  return {
    ...made,
    request: (claims: object = {}, params = {}) => requestWith({ client_id: made.clientId, ...claims }, params),
  };
}
type Watched = Awaited<ReturnType<typeof watchedGate>>;

describe('revocation', () => {
  const revoke = ({ store, applicationAt }: Watched, subject?: string) =>
    store.applications.revokeTokens(applicationAt, subject, context);

  test.each<[string, (own: Watched) => Promise<unknown>, string]>([
    ['the grant is taken away', ({ grant }) => grant(), 'application_revoked'],
    ['another scope is granted in its place', ({ grant }) => grant(STACK), 'insufficient_scope'],
    [
      'the scope is renamed',
      ({ store, scopeAt }) => store.scopes.replace(scopeAt(PAAS), { name: 'other' }, context),
      'insufficient_scope',
    ],
    [
      'the resource is deleted',
      ({ store, at, resource }) => store.resources.delete({ ...at, resourceId: resource.id }, context),
      'application_revoked',
    ],
    ['the application is disabled', ({ enable }) => enable(false), 'application_revoked'],
    ['the application is deleted', ({ remove }) => remove(), 'application_revoked'],
    [
      'the trust scope is narrowed',
      ({ store, applicationAt }) => store.applications.replace(applicationAt, newApplication('reader'), context),
      'application_revoked',
    ],
    ['the tokens of the application are revoked', (own) => revoke(own), 'application_revoked'],
    ['the tokens of the subject are revoked', (own) => revoke(own, 'ada'), 'application_revoked'],
  ])('the signal fires when %s', async (_, change, reason) => {
    const own = await watchedGate();
    const req = own.request({ sub: 'ada' });
    const access = await open(own.gate, req, own.gate.require(PAAS));
    expect([access.signal.aborted, access.reason]).toEqual([false, undefined]);
    await change(own);
    expect(await endOf(access)).toBe(reason);
    expect(access.signal.reason).toMatchObject({
      name: 'AccessEndedError',
      reason,
      message: expect.stringMatching(/^The access token/),
    });
    await expect(pass(own.request({ sub: 'ada' }), own.gate.require(PAAS))).rejects.toThrow('status 40');
  });

  test('the signal does not fire when nothing is taken from the connection', async () => {
    const own = await watchedGate();
    const { gate, store, grant, at, application } = own;
    const access = await open(gate, own.request({ sub: 'ada' }), gate.require(ANALYTICS));
    const another = await own.another('another');
    await store.applications.create(at, newApplication('new'), context);
    await store.applications.replace(
      { ...at, applicationId: another.id },
      newApplication('another', { enabled: false }),
      context,
    );
    await grant(PAAS);
    await grant(PAAS, STACK);
    await store.applications.replace(
      { ...at, applicationId: application.id },
      { ...application, name: 'renamed' },
      context,
    );
    await revoke(own, 'bob');
    await quiet();
    expect([access.signal.aborted, access.reason]).toEqual([false, undefined]);
    await grant();
    expect(await endOf(access)).toBe('application_revoked');
  });

  test('every requirement of the request counts, and no other scope of its token', async () => {
    const own = await watchedGate();
    const { gate, grant } = own;
    const token = { scope: `${PAAS} ${STACK}` };
    const [both, first, none] = [
      await open(gate, own.request(token), gate.require(STACK), gate.authenticate, gate.require(PAAS)),
      await open(gate, own.request(token), gate.require(PAAS)),
      await open(gate, own.request(token), gate.authenticate),
    ];
    const together = await open(gate, own.request(token), gate.require(allOf(STACK, PAAS)));
    await grant(PAAS);
    expect(await Promise.all([both, together].map(endOf))).toEqual(['insufficient_scope', 'insufficient_scope']);
    await grant(ANALYTICS);
    expect(await endOf(first)).toBe('insufficient_scope');
    await quiet();
    expect(none.reason).toBeUndefined();
    await grant();
    expect(await endOf(none)).toBe('application_revoked');
  });

  test('a self scope keeps a connection open for the owner of the record only', async () => {
    const own = await watchedGate();
    const { gate, grant } = own;
    await grant(PAAS, SELF);
    const owner = (req: object) => (req as { params: { id: string } }).params.id;
    const route = gate.require(anyOf(SELF, PAAS), { owner });
    const req = (id: string) => own.request({ sub: 'ada', scope: `${SELF} ${PAAS}` }, { id });
    const [hers, others] = [await open(gate, req('ada'), route), await open(gate, req('bob'), route)];
    await grant(SELF);
    expect(await endOf(others)).toBe('insufficient_scope');
    await quiet();
    expect(hers.reason).toBeUndefined();
  });

  test('a change loads the status once for all connections of its application, and none for others', async () => {
    const own = await watchedGate();
    const { gate, asked, grant } = own;
    const accesses = [];
    for (let i = 0; i < 50; i++) accesses.push(await open(gate, own.request({ sub: `user ${i}` }), gate.require(PAAS)));
    await quiet();
    const before = asked.standings.length;
    await grant(PAAS);
    await quiet();
    expect(asked.standings.length).toBe(before + 1);
    await asked.feedRead(); // it reports the same change once more
    await quiet();
    expect(asked.standings.length).toBe(before + 1);
    await own.another('another');
    await quiet();
    expect(asked.standings.length).toBe(before + 1);
    await grant();
    expect(new Set(await Promise.all(accesses.map(endOf)))).toEqual(new Set(['application_revoked']));
    expect(asked.standings.length).toBe(before + 2);
  });

  test('a change between the check and the watch is not missed', async () => {
    const { gate, grant, request } = await watchedGate();
    const req = request();
    await pass(req, gate.require(PAAS));
    await grant();
    const access = gate.watch(gate.auth(req as never));
    expect(access.signal.aborted).toBe(false); // there is time to listen
    expect(await endOf(access)).toBe('application_revoked');
  });

  test('a watch that was ended never fires', async () => {
    const { gate, grant, request } = await watchedGate();
    const access = await open(gate, request(), gate.require(PAAS));
    const other = await open(gate, request(), gate.require(PAAS));
    access.end();
    access.end();
    await grant();
    expect(await endOf(other)).toBe('application_revoked');
    expect([access.signal.aborted, access.reason]).toEqual([false, undefined]);
  });
});

describe('what is watched', () => {
  test('only what this gate returned can be watched', async () => {
    const { gate, request } = await watchedGate();
    const other = createGate({ verifier: warmVerifier() });
    const req = request();
    await pass(req, gate.require(PAAS), other.require(PAAS));
    const auth = gate.auth(req as never);
    const sentence = 'gate.watch() takes what gate.auth() or gate.check() of this gate returned.';
    const strangers = [
      { ...auth },
      other.auth(req as never),
      (req as { auth?: unknown }).auth,
      undefined,
      null,
      'auth',
      req,
    ];
    for (const each of strangers) expect(() => gate.watch(each as never)).toThrow(new TypeError(sentence));
    gate.watch(auth).end();
    gate.watch(gate.optionalAuth(req as never) as never).end();
  });

  test('what an application does to its copy changes nothing', async () => {
    const { gate, grant, request } = await watchedGate();
    const req = request();
    await pass(req, gate.require(PAAS));
    const auth = gate.auth(req as never);
    Object.assign(auth, { payload: { client_id: 'other' }, scopes: undefined });
    const access = gate.watch(auth);
    await grant();
    expect(await endOf(access)).toBe('application_revoked');
  });

  test('grants without watch() are refused with a sentence', async () => {
    const { gate: _, grants, request } = await watchedGate();
    const checkOnly: LiveGrants = { check: (...given) => grants.check(...given), close: () => undefined };
    const gate = createGate({ verifier: warmVerifier(), grants: checkOnly });
    await expect(open(gate, request(), gate.require(PAAS))).rejects.toThrow(
      new TypeError('gate.watch(): the "grants" of this gate have no watch(). Use what liveGrants() returns.'),
    );
  });

  test('a function of the application that throws after a change ends the connection', async () => {
    const failure = new Error('a defect');
    let isBroken = false;
    const isSelfScope = (scope: string) => {
      if (isBroken) throw failure;
      return scope === SELF;
    };
    const own = await watchedGate({ isSelfScope, grantsUnavailable: 'trust-token' });
    const access = await open(own.gate, own.request(), own.gate.require(anyOf(SELF, PAAS)));
    isBroken = true;
    await own.grant(PAAS, STACK);
    expect(await endOf(access)).toBe('grants_unavailable');
    expect(access.signal.reason).toHaveProperty('cause', failure);
  });

  test('a token of an application that the source does not know is watched by the token alone', async () => {
    const { gate } = await watchedGate({}, { unknownApplications: 'trust-token' });
    const access = await open(gate, requestWith({ client_id: 'no id' }), gate.require(PAAS));
    await quiet();
    expect(access.reason).toBeUndefined();
    access.end();
  });
});
