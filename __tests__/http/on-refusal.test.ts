import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { createGate, type GateOptions, RefusalError, type TokenVerifier, VerifierUnavailableError } from 'scopegate';
import request from 'supertest';
import { ANALYTICS, bearer, delayed, issuer, STACK, showAuth, warmVerifier } from './fixtures/domain.js';
import { listening, sendRaw } from './fixtures/raw-http.js';

const CHALLENGE =
  'Bearer realm="api", error="insufficient_scope", ' +
  `error_description="The access token lacks the scope that this resource needs.", scope="${ANALYTICS}"`;

const narrow = bearer(issuer.token({ scope: STACK }));

/** An application that keeps what its error handler gets. */
function appOf(options: Partial<GateOptions>, onError: ErrorRequestHandler = (_error, _req, res, _next) => res.end()) {
  const errors: unknown[] = [];
  const handled: string[] = [];
  const gate = createGate({ verifier: warmVerifier(), ...options });
  const handler: RequestHandler = (req, res, next) => {
    handled.push(req.path);
    showAuth(req, res, next);
  };
  const catchError: ErrorRequestHandler = (error, req, res, next) => {
    errors.push(error);
    onError(error, req, res, next);
  };
  const app = express()
    .use('/use', gate.require(ANALYTICS))
    .get('/route', gate.require(ANALYTICS), handler)
    .get('/optional', gate.optional, handler)
    .use(handler)
    .use(catchError);
  return { app, errors, handled };
}

const send = (app: express.Express, path = '/route', authorization = narrow) =>
  request(app).get(path).set('Authorization', authorization);

describe("onRefusal: 'next'", () => {
  test.each(['at once', 'behind a promise'])(
    'hands the error handler one RefusalError, from a verifier that responds %s',
    async (manner) => {
      const warm = warmVerifier();
      const { app, errors, handled } = appOf({
        onRefusal: 'next',
        verifier: manner === 'at once' ? warm : delayed(warm),
      });
      const { status, headers, text } = await send(app);

      expect({ errors, handled }).toEqual({ errors: [expect.any(RefusalError)], handled: [] });
      expect(errors[0]).toMatchObject({
        name: 'RefusalError',
        message: 'The access token lacks the scope that this resource needs.',
        status: 403,
        statusCode: 403,
        expose: true,
        reason: 'insufficient_scope',
        requiredScope: ANALYTICS,
        headers: { 'WWW-Authenticate': CHALLENGE, 'Cache-Control': 'no-store' },
        body: { type: 'about:blank', title: 'Forbidden', error: 'insufficient_scope', required_scope: ANALYTICS },
      });
      // The error handler of this application sets nothing of it.
      expect([status, headers['www-authenticate'], headers['cache-control'], text]).toEqual([
        403,
        CHALLENGE,
        'no-store',
        '',
      ]);
    },
  );

  test("Express's own error handler responds with the status and the challenge", async () => {
    const { app } = appOf({ onRefusal: 'next' }, (error, _req, _res, next) => next(error));
    app.set('env', 'test');
    const { status, headers } = await send(app);

    expect([status, headers['www-authenticate']]).toEqual([403, CHALLENGE]);
  });

  test('an outage has Retry-After and no challenge, and nothing of its cause', async () => {
    const verifier: TokenVerifier = {
      verify() {
        throw new VerifierUnavailableError('connect ECONNREFUSED 10.0.0.7', { retryAfter: 7 });
      },
    };
    const { app, errors } = appOf({ onRefusal: 'next', verifier });
    const { status, headers } = await send(app);

    expect([status, headers['retry-after'], headers['www-authenticate']]).toEqual([503, '7', undefined]);
    expect(JSON.stringify([errors[0], (errors[0] as Error).message, (errors[0] as Error).cause])).not.toContain(
      '10.0.0.7',
    );
  });

  test('the error has no text of the request', async () => {
    const { app, errors } = appOf({ onRefusal: 'next' });
    const server = await listening(app);
    const marks = ['Bearer x"\r\nX-Mark: mark', 'mark', 'Bearer mark.mark.mark', 'DPoP mark', 'Bearer mark\u00ff'];
    try {
      for (const value of marks) {
        const { text } = await sendRaw(server.port, [`Authorization: ${value}`], 'GET /route?mark=mark HTTP/1.1');
        expect(text).not.toMatch(/mark/i);
      }
    } finally {
      await server.close();
    }
    expect(errors).toHaveLength(marks.length);
    for (const error of errors as RefusalError[]) {
      expect(JSON.stringify({ ...error, message: error.message })).not.toMatch(/mark/i);
    }
  });
});

describe('onRefusal: a function', () => {
  test('finds status and challenge set, and writes the body', async () => {
    const { app, errors } = appOf({
      onRefusal({ reason, requiredScope, status }, req, res: express.Response) {
        res.json({ status, code: reason, needs: requiredScope, at: req.url, isSet: res.getHeader('WWW-Authenticate') });
      },
    });
    const { status, headers, body } = await send(app);

    expect([status, headers['www-authenticate'], headers['content-type']]).toEqual([
      403,
      CHALLENGE,
      'application/json; charset=utf-8',
    ]);
    expect(body).toEqual({ status: 403, code: 'insufficient_scope', needs: ANALYTICS, at: '/route', isSet: CHALLENGE });
    expect(errors).toEqual([]);
  });

  const fault = new Error('a fault of the function');
  test.each<[string, NonNullable<GateOptions['onRefusal']>, unknown]>([
    [
      'throws',
      () => {
        throw fault;
      },
      fault,
    ],
    ['rejects', () => Promise.reject(fault), fault],
    [
      'rejects later',
      async () => {
        await new Promise(setImmediate);
        throw fault;
      },
      fault,
    ],
    ['calls next with an error', (_refusal, _req, _res, next) => next(fault), fault],
    [
      'calls next with an error, then throws another',
      (_refusal, _req, _res, next) => {
        next(fault);
        throw new Error('second');
      },
      fault,
    ],
    [
      'calls next twice',
      (_refusal, _req, _res, next) => {
        next(fault);
        next(new Error('second'));
      },
      fault,
    ],
    [
      'calls next later, then rejects',
      async (_refusal, _req, _res, next) => {
        await undefined;
        next(fault);
        throw new Error('second');
      },
      fault,
    ],
    ['calls next without an error', (_refusal, _req, _res, next) => next(), expect.any(RefusalError)],
    ["calls next('route')", (_refusal, _req, _res, next) => next('route'), expect.any(RefusalError)],
    ["calls next('router')", (_refusal, _req, _res, next) => next('router'), expect.any(RefusalError)],
    [
      'calls next later without an error',
      async (_refusal, _req, _res, next) => {
        await undefined;
        next();
      },
      expect.any(RefusalError),
    ],
    [
      'throws undefined',
      () => {
        throw undefined;
      },
      expect.any(TypeError),
    ],
    [
      "throws 'route'",
      () => {
        throw 'route';
      },
      expect.any(TypeError),
    ],
    ['rejects with undefined', () => Promise.reject(undefined), expect.any(TypeError)],
  ])('that %s ends in the error handler once', async (_, onRefusal, expected) => {
    for (const path of ['/route', '/use']) {
      const { app, errors, handled } = appOf({ onRefusal });
      const { status, headers } = await send(app, path);
      await new Promise(setImmediate);

      expect({ path, errors, handled }).toEqual({ path, errors: [expected], handled: [] });
      expect([status, headers['www-authenticate']]).toEqual([403, CHALLENGE]);
    }
  });

  test('a function as onRefusal is not called for a request that passes, nor for an anonymous one that may', async () => {
    const onRefusal = jest.fn();
    const { app, handled } = appOf({ onRefusal });

    await send(app, '/route', bearer(issuer.token({ scope: ANALYTICS }))).expect(200);
    await request(app).get('/optional').expect(200);
    expect([onRefusal.mock.calls, handled]).toEqual([[], ['/route', '/optional']]);
  });

  test.each<GateOptions['onRefusal']>([undefined, 'next', jest.fn()])(
    'nothing is done where a response was sent before, with %p',
    (onRefusal) => {
      const gate = createGate({ verifier: warmVerifier(), onRefusal });
      const change = jest.fn();
      const next = jest.fn();
      for (const sent of [{ headersSent: true }, { writableEnded: true }]) {
        const res = { statusCode: 204, headersSent: false, writableEnded: false, ...sent };
        gate.authenticate({ headers: {} }, { ...res, getHeader: change, setHeader: change, end: change }, next);
      }

      expect([change.mock.calls, next.mock.calls]).toEqual([[], []]);
      if (typeof onRefusal === 'function') expect(onRefusal).not.toHaveBeenCalled();
    },
  );

  test('next is called once, also where the function calls it twice after it has returned', async () => {
    const onRefusal: GateOptions['onRefusal'] = async (_refusal, _req, _res, next) => {
      await undefined;
      next(fault);
      next(new Error('second'));
      throw new Error('third');
    };
    const gate = createGate({ verifier: warmVerifier(), onRefusal });
    const set = jest.fn();
    const res = { statusCode: 200, headersSent: false, writableEnded: false, getHeader: set, setHeader: set, end: set };
    const next = jest.fn();
    gate.authenticate({ headers: {} }, res, next);
    await new Promise(setImmediate);

    expect(next.mock.calls).toEqual([[fault]]);
  });

  test('what an error handler of node:http throws is thrown to the caller of the gate', () => {
    const gate = createGate({ verifier: warmVerifier(), onRefusal: 'next' });
    const res = {
      statusCode: 200,
      headersSent: false,
      writableEnded: false,
      getHeader: () => '',
      setHeader: () => '',
      end: () => '',
    };
    const next = jest.fn(() => {
      throw fault;
    });

    expect(() => gate.authenticate({ headers: {} }, res, next)).toThrow(fault);
    expect(next).toHaveBeenCalledTimes(1);
  });
});

test.each(['respond', true, null, {}])('createGate() throws for the onRefusal %p', (onRefusal) => {
  const options = { verifier: warmVerifier(), onRefusal } as unknown as GateOptions;

  expect(() => createGate(options)).toThrow(`createGate(): "onRefusal" must be 'next' or a function`);
});
