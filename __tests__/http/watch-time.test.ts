import {
  type AccessToken,
  createGate,
  type JwtPayload,
  jwtVerifier,
  multiIssuerVerifier,
  scopeSet,
  type TokenVerifier,
  type WatchedAccess,
} from 'scopegate';
import { bearer, domainOptions, PAAS } from './fixtures/domain.js';
import { open, pass, requestWith } from './fixtures/watching.js';

/** Both clocks of a gate and its verifier; the timers run by themselves. */
function testClock() {
  const clock = { wall: Date.now(), mono: 0, now: () => clock.wall, monotonic: () => clock.mono };
  return clock;
}

interface Timed {
  /** Seconds. */
  readonly clockTolerance?: number;
  readonly wrap?: (verifier: TokenVerifier) => TokenVerifier;
}

/** A gate by a clock that the test moves, and a way to have its timer run. */
function timedGate({ clockTolerance = 5, wrap = (verifier) => verifier }: Timed = {}) {
  const clock = testClock();
  const gate = createGate({ verifier: wrap(jwtVerifier({ ...domainOptions, clock, clockTolerance })), clock });
  const start = Math.floor(clock.wall / 1000);
  return {
    gate,
    clock,
    start,
    /** With a token that expires so many seconds from now. */
    open: (lifetime: number, claims: object = {}, route = gate.require(PAAS)) =>
      open(gate, requestWith({ iat: start, exp: start + lifetime, ...claims }), route),
    setSeconds: (seconds: number) => {
      clock.wall = (start + seconds) * 1000;
      jest.advanceTimersByTime(1000); // no timer waits for longer
    },
  };
}

describe('expiry', () => {
  beforeEach(
    () => void jest.useFakeTimers({ doNotFake: ['Date', 'performance', 'nextTick', 'setImmediate', 'queueMicrotask'] }),
  );
  afterEach(() => void jest.useRealTimers());

  test('a listener that watches an expired token again is called once at a time', async () => {
    const { clock, gate, start } = timedGate();
    const req = requestWith({ iat: start, exp: start + 10 });
    await pass(req, gate.authenticate);
    let calls = 0;
    const watchAgain = () => {
      if (calls++ < 100) gate.watch(gate.auth(req as never)).signal.addEventListener('abort', watchAgain);
    };
    watchAgain();
    clock.wall += 3_600_000;
    jest.advanceTimersToNextTimer();

    expect(calls).toBe(2);
  });

  test.each([0, 5, 30])(
    'the signal fires when the gate begins to refuse the token: tolerance %d s',
    async (clockTolerance) => {
      const { gate, clock, open, start } = timedGate({ clockTolerance });
      const access = await open(60);
      const again = () => pass(requestWith({ iat: start, exp: start + 60 }), gate.require(PAAS));
      clock.wall = (start + 60 + clockTolerance) * 1000 - 1;
      jest.advanceTimersByTime(1000);
      await again();
      expect(access.reason).toBeUndefined();
      clock.wall += 1;
      jest.advanceTimersByTime(1000);
      expect([access.signal.aborted, access.reason]).toEqual([true, 'token_expired']);
      expect(access.signal.reason).toMatchObject({ reason: 'token_expired', message: 'The access token expired.' });
      await expect(again()).rejects.toThrow('status 401');
    },
  );

  test('one timer serves all connections, and none remains after the last', async () => {
    const { open, setSeconds } = timedGate();
    const before = jest.getTimerCount();
    const accesses: WatchedAccess[] = [];
    for (const lifetime of [300, 100, 200, 100, 1e9]) accesses.push(await open(lifetime));
    expect(jest.getTimerCount()).toBe(before + 1);
    const ended = () => accesses.map(({ reason }) => reason !== undefined);
    setSeconds(104);
    expect(ended()).toEqual([false, false, false, false, false]);
    setSeconds(105);
    expect(ended()).toEqual([false, true, false, true, false]);
    setSeconds(400);
    expect(ended()).toEqual([true, true, true, true, false]);
    expect(jest.getTimerCount()).toBe(before + 1);
    accesses[4]?.end();
    expect(jest.getTimerCount()).toBe(before);
  });

  test('the signal fires in time where the clock is not set', async () => {
    const { clock, open } = timedGate({ clockTolerance: 0 });
    const access = await open(60);
    clock.wall = Math.floor(clock.wall / 1000) * 1000 + 59_900;
    jest.advanceTimersByTime(1000); // reads the clock, and waits for what is left
    clock.wall += 100;
    jest.advanceTimersByTime(100);
    expect(access.reason).toBe('token_expired');
  });

  test.each([2 ** 31 / 1000 + 10, 100 * 365 * 86_400])(
    'a token that lives for %d s does not end early',
    async (lifetime) => {
      const { open, setSeconds } = timedGate();
      const access = await open(lifetime);
      setSeconds(lifetime - 1);
      expect(access.reason).toBeUndefined();
      setSeconds(lifetime + 5);
      expect(access.reason).toBe('token_expired');
    },
  );

  test('a token that expired before it is watched ends soon after', async () => {
    const { gate, clock, start } = timedGate();
    const req = requestWith({ iat: start, exp: start + 10 });
    await pass(req, gate.require(PAAS));
    clock.wall += 60_000;
    const access = gate.watch(gate.auth(req as never));
    expect(access.signal.aborted).toBe(false); // there is time to listen
    jest.advanceTimersByTime(1);
    expect(access.reason).toBe('token_expired');
  });

  test('the authentication of the user ends with the shortest maxAge that was required', async () => {
    const { gate, clock, start } = timedGate();
    const req = requestWith({ iat: start, exp: start + 600, auth_time: start - 10 });
    const routes = [gate.require(PAAS, { maxAge: 120 }), gate.require(PAAS, { maxAge: 60 }), gate.authenticate];
    const access = await open(gate, req, ...routes);
    clock.wall = (start + 50) * 1000;
    jest.advanceTimersByTime(1000);
    await pass(requestWith({ iat: start, exp: start + 600, auth_time: start - 10 }), ...routes);
    expect(access.reason).toBeUndefined();
    clock.wall += 1;
    jest.advanceTimersByTime(1000);
    expect(access.reason).toBe('insufficient_user_authentication');
  });

  test('a connection ends by the tolerance of the one verifier that accepted its token', async () => {
    const wrap = (verifier: TokenVerifier) => multiIssuerVerifier([verifier]);
    const { open, setSeconds } = timedGate({ clockTolerance: 30, wrap });
    const access = await open(60);
    setSeconds(89);
    expect(access.reason).toBeUndefined();
    setSeconds(90);
    expect(access.reason).toBe('token_expired');
  });

  test.each<[string, object]>([
    ['no exp', {}],
    ['an exp that is no number', { exp: 'soon' }],
    ['an exp without end', { exp: Number.POSITIVE_INFINITY }],
    ['an exp that is not a number', { exp: Number.NaN }],
  ])('what a verifier of the application accepts without a date stays open: %s', async (_, payload) => {
    const accessToken: AccessToken = { payload: payload as JwtPayload, header: {}, token: 't', scopes: scopeSet(PAAS) };
    const gate = createGate({ verifier: { verify: () => accessToken } });
    const before = jest.getTimerCount();
    const access = await open(gate, { headers: { authorization: bearer('t') } }, gate.require(PAAS));
    jest.advanceTimersByTime(10_000);
    expect([access.reason, jest.getTimerCount()]).toEqual([undefined, before]);
  });
});
