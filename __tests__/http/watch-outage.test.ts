import {
  createGate,
  type GateOptions,
  type LiveGrants,
  type LiveVerdict,
  StoreUnavailableError,
  scopeSet,
} from 'scopegate';
import { PAAS, warmVerifier } from './fixtures/domain.js';
import { open, requestWith } from './fixtures/watching.js';

const outage = new StoreUnavailableError('The database is away.');

/** A gate whose live grants say what the test has them say. */
function gateWithVerdicts(options: Partial<GateOptions> = {}) {
  const listeners = new Set<(verdict: LiveVerdict) => void>();
  const scopes = scopeSet(PAAS);
  const permission = { ok: true, scopes, granted: scopes, activeUntil: Number.POSITIVE_INFINITY } as const;
  const grants: LiveGrants = {
    check: () => ({ ...permission, asOf: { now: 0, monotonic: 0 } }),
    watch(_token, listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => undefined,
  };
  return {
    gate: createGate({ verifier: warmVerifier(), grants, ...options }),
    listeners,
    say: (verdict: LiveVerdict) => {
      for (const listener of listeners) listener(verdict);
    },
  };
}

const trusting = { grantsUnavailable: 'trust-token' } as const;
const refusing = { grantsUnavailable: 'refuse' } as const;

test.each<[string, Partial<GateOptions>, readonly (object | undefined)[], boolean]>([
  ['the gate refuses', {}, [undefined], true],
  ['the gate trusts tokens', trusting, [undefined], false],
  ['the route trusts tokens', {}, [trusting], false],
  ['the route refuses, and its gate trusts tokens', trusting, [refusing], true],
  ['one of two routes refuses', trusting, [trusting, refusing], true],
  ['the other of them refuses', trusting, [refusing, trusting], true],
])(
  'when grants are unavailable, a connection ends unless all that it passed trusts the token: %s',
  async (_, options, routes, ends) => {
    const { gate, listeners, say } = gateWithVerdicts(options);
    const handlers = routes.map((route) => (route === undefined ? gate.require(PAAS) : gate.require(PAAS, route)));
    const access = await open(gate, requestWith({}), ...handlers);
    say({ ok: false, reason: 'grants_unavailable', cause: outage });
    expect(access.reason).toBe(ends ? 'grants_unavailable' : undefined);
    if (ends) expect(access.signal.reason).toHaveProperty('cause', outage);
    expect(listeners.size).toBe(ends ? 0 : 1);
    say({ ok: false, reason: 'application_revoked' });
    expect(access.reason).toBe(ends ? 'grants_unavailable' : 'application_revoked'); // the first reason stays
    expect(listeners.size).toBe(0);
  },
);

test('live grants that call back at once, or once more after the end, do no harm', async () => {
  const { gate, listeners, say } = gateWithVerdicts();
  const access = await open(gate, requestWith({}), gate.require(PAAS));
  const [listener] = listeners;
  access.end();
  listener?.({ ok: false, reason: 'application_revoked' });
  expect([access.reason, listeners.size]).toEqual([undefined, 0]);
  say({ ok: false, reason: 'application_revoked' });

  let unsubscribed = 0;
  const early: LiveGrants = {
    check: () => ({
      ok: true,
      scopes: scopeSet(PAAS),
      granted: undefined,
      activeUntil: 0,
      asOf: { now: 0, monotonic: 0 },
    }),
    watch(_token, listener) {
      listener({ ok: false, reason: 'application_unknown' });
      return () => unsubscribed++;
    },
    close: () => undefined,
  };
  const other = createGate({ verifier: warmVerifier(), grants: early });
  const ended = await open(other, requestWith({}), other.require(PAAS));
  expect([ended.signal.aborted, ended.reason, unsubscribed]).toEqual([true, 'application_unknown', 1]);
});
