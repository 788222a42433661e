import { once } from 'node:events';
import { connect } from 'node:net';
import express, { type ErrorRequestHandler, type Handler } from 'express';
import { createGate, type Gate, type TokenVerifier, type Verdict } from 'scopegate';
import request from 'supertest';
import { bearer, deferred, delayed, issuer, PAAS, recorder, showAuth, warmVerifier } from './fixtures/domain.js';
import { type Listening, listening } from './fixtures/raw-http.js';

const isExpress5 = !('del' in express.application);

let warm: TokenVerifier;
let authorization: string;

beforeAll(async () => {
  warm = warmVerifier();
  authorization = bearer(issuer.token({ scope: PAAS }));
});

test('passes a request on synchronously when its verifier responds synchronously', async () => {
  const gate = createGate({ verifier: warm, onDecision: () => undefined });
  for (const handler of [gate.require(PAAS), gate.authenticate, gate.optional]) {
    let passedAtOnce: boolean | undefined;
    const app = express().get('/', (req, res) => {
      let passed = false;
      void handler(req, res, () => {
        passed = true;
      });
      passedAtOnce = passed;
      res.end();
    });
    await request(app).get('/').set('Authorization', authorization);
    expect(passedAtOnce).toBe(true);
  }
});

test('names its middleware for stack traces and route lists', () => {
  const { require, authenticate, optional } = createGate({ verifier: warm });
  expect([require(PAAS).name, authenticate.name, optional.name]).toEqual([
    'scopegateRequire',
    'scopegateAuthenticate',
    'scopegateOptional',
  ]);
});

describe.each(['at once', 'behind a promise'])(
  'errors of handlers that follow a gate whose verifier responds %s',
  (manner) => {
    async function errorOf(handler: Handler) {
      const gate = createGate({ verifier: manner === 'at once' ? warm : delayed(warm) });
      const caught: unknown[] = [];
      const onError: ErrorRequestHandler = (error, _req, res, _next) => {
        caught.push(error);
        res.status(418).json({ caught: String(error) });
      };
      const app = express().get('/', gate.require(PAAS), handler).use(onError);
      const answer = await request(app).get('/').set('Authorization', authorization);
      return { status: answer.status, caught, retry: answer.headers['retry-after'] };
    }

    test('leaves a synchronous error to the application', async () => {
      const fault = new Error('a fault of the handler');
      const thrower: Handler = () => {
        throw fault;
      };
      expect(await errorOf(thrower)).toEqual({ status: 418, caught: [fault], retry: undefined });
    });

    test('leaves an error passed to next() to the application', async () => {
      const fault = new TypeError('a fault of the handler');
      expect(await errorOf((_req, _res, next) => next(fault))).toEqual({
        status: 418,
        caught: [fault],
        retry: undefined,
      });
    });

    test('leaves the rejection of an async handler to the application', async () => {
      const fault = new Error('a fault of the handler');
      const rejecting: Handler = (_req, _res, next) => {
        const rejected = Promise.reject(fault);
        return isExpress5 ? rejected : rejected.catch(next); // Express 4 does not look at what a handler returns
      };
      expect(await errorOf(rejecting)).toEqual({ status: 418, caught: [fault], retry: undefined });
    });
  },
);

describe('response sent by other code during verification', () => {
  async function answeredMeanwhile(
    enter: (gate: Gate) => Handler,
    verdict: (waiting: ReturnType<typeof deferred<Verdict>>) => void,
  ) {
    const waiting = deferred<Verdict>();
    const told = recorder();
    const gate = createGate({ verifier: { verify: () => waiting.promise }, onDecision: told.observe });
    const faults: unknown[] = [];
    const app = express();
    app.use((req, res, next) => {
      void enter(gate)(req, res, next);
      res.status(504).send('too late');
    });
    app.use(((error, _req, _res, _next) => faults.push(error)) satisfies ErrorRequestHandler);
    const answer = await request(app).get('/').set('Authorization', 'Bearer abc');
    const record = told.next();
    verdict(waiting);
    return { status: answer.status, text: answer.text, faults, reason: (await record).reason };
  }

  test('keeps the earlier response when the token is refused', async () => {
    const late = await answeredMeanwhile(
      (gate) => gate.authenticate,
      ({ resolve }) => resolve({ ok: false, reason: 'token_expired' }),
    );
    expect(late).toEqual({ status: 504, text: 'too late', faults: [], reason: 'token_expired' });
  });

  test('keeps the earlier response when the keys are unavailable', async () => {
    const late = await answeredMeanwhile(
      (gate) => gate.require(PAAS),
      ({ reject }) => reject(new Error('down')),
    );
    expect(late).toEqual({ status: 504, text: 'too late', faults: [], reason: 'verifier_unavailable' });
  });
});

describe('client that disconnects before the verdict', () => {
  let server: Listening | undefined;
  afterEach(() => server?.close());

  test.each<[string, (waiting: ReturnType<typeof deferred<Verdict>>) => void, string]>([
    ['refused', ({ resolve }) => resolve({ ok: false, reason: 'signature_invalid' }), 'signature_invalid'],
    ['in an outage', ({ reject }) => reject(new Error('down')), 'verifier_unavailable'],
  ])('records the decision and keeps serving when the token is %s', async (_, settle, reason) => {
    const waiting = deferred<Verdict>();
    const asked = deferred<void>();
    const hungUp = deferred<void>();
    const told = recorder();
    const slow: TokenVerifier = {
      verify: () => {
        asked.resolve();
        return waiting.promise;
      },
    };
    const app = express();
    app.get('/slow', (_req, res, next) => {
      res.on('close', () => hungUp.resolve());
      next();
    });
    app.get('/slow', createGate({ verifier: slow, onDecision: told.observe }).authenticate, showAuth);
    app.get('/', createGate({ verifier: warm }).authenticate, showAuth);
    server = await listening(app);

    const client = connect(server.port, '127.0.0.1');
    await once(client, 'connect');
    client.write('GET /slow HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer abc\r\n\r\n');
    await asked.promise;
    client.destroy();
    await hungUp.promise;
    const record = told.next();
    settle(waiting);

    expect((await record).reason).toBe(reason);
    const next = await fetch(server.origin, { headers: { authorization } });
    expect(next.status).toBe(200);
  });
});

describe('a gate without Express', () => {
  const fault = new Error('a fault of the handler');
  const res = {} as never;

  test('calls next once where a handler throws', () => {
    const calls: unknown[] = [];
    const next = (error?: unknown) => {
      calls.push(error);
      throw fault;
    };
    const gate = createGate({ verifier: warm });
    expect(() => gate.require(PAAS)({ headers: { authorization } }, res, next)).toThrow(fault);
    expect(calls).toEqual([undefined]);
  });

  test.each([undefined, null, 'route', 'router', '', 0, false])('never passes where a rule throws %p', (thrown) => {
    const gate = createGate({ verifier: { verify: (asked) => warm.verify(asked) } });
    const owner = () => {
      throw thrown;
    };
    const calls: unknown[] = [];
    const token = bearer(issuer.token({ scope: 'p1:read:self:user' }));
    gate.require('p1:read:self:user', { owner })({ headers: { authorization: token } }, res, (error) =>
      calls.push(error),
    );
    expect(calls).toEqual([expect.objectContaining({ name: 'TypeError', cause: thrown })]);
  });
});
