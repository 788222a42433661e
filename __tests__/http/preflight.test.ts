import express from 'express';
import { createGate, type GateOptions } from 'scopegate';
import request from 'supertest';
import { ANALYTICS, bearer, issuer, PAAS, recorder, showAuth, warmVerifier } from './fixtures/domain.js';
import { listening, sendRaw } from './fixtures/raw-http.js';

const PREFLIGHT = { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'GET' };

function appOf(options: Partial<GateOptions>) {
  const told = recorder();
  const gate = createGate({ verifier: warmVerifier(), onDecision: told.observe, ...options });
  const app = express();
  app.all('/require', gate.authenticate, gate.require(ANALYTICS), showAuth);
  app.all('/optional', gate.optional, showAuth);
  return { app, gate, records: told.records };
}

describe("preflight: 'pass'", () => {
  test('lets a preflight request pass without req.auth, with records that say so', async () => {
    const { app, records } = appOf({ preflight: 'pass' });

    await request(app).options('/require').set(PREFLIGHT).expect(200, { client: 'nobody', scopes: [] });
    expect(records).toEqual([
      { outcome: 'permit', reason: 'preflight', durationMs: expect.any(Number) },
      { outcome: 'permit', reason: 'preflight', required: ANALYTICS, durationMs: expect.any(Number) },
    ]);
  });

  test('removes what other middleware wrote into req.auth of a preflight request', async () => {
    const gate = createGate({ verifier: warmVerifier(), preflight: 'pass' });
    const app = express();
    app.all(
      '/',
      (req, _res, next) => {
        Object.assign(req, { auth: { payload: { client_id: 'root' } } });
        next();
      },
      gate.require(ANALYTICS),
      showAuth,
    );

    await request(app).options('/').set(PREFLIGHT).expect(200, { client: 'nobody', scopes: [] });
  });

  test.each<[string, string, string[]]>([
    ['another method', 'GET', ['Origin: https://a.example', 'Access-Control-Request-Method: GET']],
    ['HEAD', 'HEAD', ['Origin: https://a.example', 'Access-Control-Request-Method: GET']],
    ['a method in other letter case', 'Options', ['Origin: https://a.example', 'Access-Control-Request-Method: GET']],
    ['no Origin', 'OPTIONS', ['Access-Control-Request-Method: GET']],
    ['an empty Origin', 'OPTIONS', ['Origin:', 'Access-Control-Request-Method: GET']],
    ['no Access-Control-Request-Method', 'OPTIONS', ['Origin: https://a.example']],
    [
      'an empty Access-Control-Request-Method',
      'OPTIONS',
      ['Origin: https://a.example', 'Access-Control-Request-Method:'],
    ],
    [
      'bad credentials',
      'OPTIONS',
      ['Origin: https://a.example', 'Access-Control-Request-Method: GET', 'Authorization: Bearer x'],
    ],
    [
      'another scheme',
      'OPTIONS',
      ['Origin: https://a.example', 'Access-Control-Request-Method: GET', 'Authorization: Basic eDp5'],
    ],
    [
      'two empty credentials',
      'OPTIONS',
      ['Origin: https://a.example', 'Access-Control-Request-Method: GET', 'Authorization:', 'Authorization:'],
    ],
  ])('a request is no preflight with %s', async (_, method, lines) => {
    const { app, records } = appOf({ preflight: 'pass' });
    const server = await listening(app);
    try {
      const { status } = await sendRaw(server.port, lines, `${method} /require HTTP/1.1`);

      expect([400, 401]).toContain(status);
      expect(records.map(({ outcome }) => outcome)).toEqual(method === 'Options' ? [] : ['deny']);
    } finally {
      await server.close();
    }
  });

  test('a preflight request with a token is a request with a token', async () => {
    const { app, records } = appOf({ preflight: 'pass' });
    const token = bearer(issuer.token({ scope: PAAS }));

    await request(app)
      .options('/require')
      .set({ ...PREFLIGHT, Authorization: token })
      .expect(200, { client: 'test-client', scopes: [PAAS] });
    expect(records.map(({ reason }) => reason)).toEqual(['authenticated', 'covered']);
  });

  test('gate.check() refuses a preflight request like any other without credentials', async () => {
    const { gate } = appOf({ preflight: 'pass' });
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' };

    for (const result of [
      await gate.check({ method: 'OPTIONS', headers }),
      await gate.check({ method: 'OPTIONS', headers }, ANALYTICS),
    ]) {
      expect(result).toMatchObject({ ok: false, refusal: { reason: 'no_credentials' } });
    }
  });
});

test('a preflight request is refused by default', async () => {
  for (const options of [{}, { preflight: 'refuse' }] as const) {
    const { app, records } = appOf(options);

    await request(app).options('/require').set(PREFLIGHT).expect(401);
    expect(records.map(({ reason }) => reason)).toEqual(['no_credentials']);
  }
});

test('where credentials are optional, a preflight request is anonymous by default', async () => {
  const { app, records } = appOf({});

  await request(app).options('/optional').set(PREFLIGHT).expect(200);
  expect(records.map(({ reason }) => reason)).toEqual(['anonymous']);
});

test.each(['allow', true, null])('createGate() throws for the preflight %p', (preflight) => {
  const options = { verifier: warmVerifier(), preflight } as unknown as GateOptions;

  expect(() => createGate(options)).toThrow(`createGate(): "preflight" must be 'refuse' or 'pass'`);
});
