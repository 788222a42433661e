import express, { type RequestHandler } from 'express';
import { type AccessToken, createGate, type Gate, scopeSet, type TokenVerifier } from 'scopegate';
import request from 'supertest';
import { ANALYTICS, bearer, issuer, PAAS, showAuth, warmVerifier } from './fixtures/domain.js';

let verifier: ReturnType<typeof warmVerifier>;

beforeEach(async () => {
  verifier = warmVerifier();
});

const covering = () => bearer(issuer.token({ scope: PAAS, client_id: 'reader' }));

/** What somebody puts on the request who wants to be taken for an administrator. */
const forged: AccessToken = {
  payload: { client_id: 'admin', scope: ANALYTICS },
  header: {},
  token: 'forged',
  scopes: scopeSet(ANALYTICS),
};

const forge: RequestHandler = (req, _res, next) => {
  Object.assign(req, { auth: forged });
  next();
};

describe('req.auth set by other code', () => {
  test('ignores a req.auth that other code has set', async () => {
    const gate = createGate({ verifier });
    const app = express();
    app.use(forge);
    app.get('/require', gate.require(ANALYTICS), showAuth);
    app.get('/authenticate', gate.authenticate, showAuth);
    for (const path of ['/require', '/authenticate']) expect((await request(app).get(path)).status).toBe(401);
    const narrow = await request(app)
      .get('/require')
      .set('Authorization', bearer(issuer.token({ scope: 'openid' })));
    expect(narrow.status).toBe(403);
  });

  test('replaces req.auth with the token that the verifier returned', async () => {
    const app = express().get('/', forge, createGate({ verifier }).require(ANALYTICS), showAuth);
    const answer = await request(app).get('/').set('Authorization', covering());
    expect(answer.body).toEqual({ client: 'reader', scopes: [PAAS] });
  });

  test('removes req.auth from an anonymous request', async () => {
    const app = express().get('/', forge, createGate({ verifier }).optional, (req, res) => {
      res.json({ auth: 'auth' in req });
    });
    expect((await request(app).get('/')).body).toEqual({ auth: false });
  });

  test('replaces a req.auth that was forged between two checks of one gate', async () => {
    const gate = createGate({ verifier });
    const app = express().get('/', gate.authenticate, forge, gate.require(ANALYTICS), showAuth);
    const narrow = await request(app)
      .get('/')
      .set('Authorization', bearer(issuer.token({ scope: 'openid' })));
    expect(narrow.status).toBe(403);
    const wide = await request(app).get('/').set('Authorization', covering());
    expect(wide.body).toEqual({ client: 'reader', scopes: [PAAS] });
  });

  test('ignores a req.auth that a merged body has set', async () => {
    const gate = createGate({ verifier });
    const app = express();
    app.use(express.json(), (req, _res, next) => {
      Object.assign(req, req.body);
      next();
    });
    app.post('/', gate.require(ANALYTICS), showAuth);
    const marks = Object.fromEntries(['scopegate.verified', 'Symbol(scopegate.verified)'].map((key) => [key, forged]));
    const answer = await request(app)
      .post('/')
      .send({ auth: forged, ...marks });
    expect(answer.status).toBe(401);
  });

  test('ignores a req.auth copied with all marks of a gate from another request', async () => {
    const gate = createGate({ verifier });
    let left: object = {};
    const app = express();
    app.get('/look', gate.authenticate, (req, res) => {
      const { auth } = req;
      const marks = Object.getOwnPropertySymbols(req).filter((symbol) => String(symbol).includes('scopegate'));
      left = { auth, ...Object.fromEntries(marks.map((mark) => [mark, Reflect.get(req, mark)])) };
      res.end();
    });
    app.use((req, _res, next) => {
      Object.assign(req, left);
      next();
    });
    app.get('/', gate.require(ANALYTICS), showAuth);
    await request(app).get('/look').set('Authorization', covering());
    expect(left).toHaveProperty('auth.payload');
    expect((await request(app).get('/')).status).toBe(401);
  });
});

describe('verification once per request', () => {
  test('does not verify the token again at require after authenticate', async () => {
    const gate = createGate({ verifier });
    const app = express();
    app.use(gate.authenticate);
    app.get('/', gate.require(PAAS), gate.require(ANALYTICS), gate.optional, gate.authenticate, showAuth);
    const answer = await request(app).get('/').set('Authorization', covering());
    expect(answer.body).toEqual({ client: 'reader', scopes: [PAAS] });
    expect(verifier.calls).toBe(1);
  });

  test('verifies the token again on the next request of the connection', async () => {
    const gate = createGate({ verifier });
    const agent = request.agent(express().get('/', gate.authenticate, gate.require(PAAS), showAuth));
    for (let i = 0; i < 3; i++) await agent.get('/').set('Authorization', covering());
    expect(verifier.calls).toBe(3);
    expect((await agent.get('/')).status).toBe(401);
  });

  test('verifies the token once in mounted routers and applications', async () => {
    const gate = createGate({ verifier });
    const inner = express().get('/reports', gate.require(ANALYTICS), showAuth);
    const router = express.Router().use('/inner', inner);
    const app = express().use('/outer', gate.authenticate, router);
    const answer = await request(app).get('/outer/inner/reports').set('Authorization', covering());
    expect(answer.body).toEqual({ client: 'reader', scopes: [PAAS] });
    expect(verifier.calls).toBe(1);
    expect((await request(app).get('/outer/inner/reports')).status).toBe(401);
  });

  test.each<[string, RequestHandler]>([
    ['copied', (req, _res, next) => next(Object.assign(req, { auth: { ...req.auth } }) && undefined)],
    ['removed', (req, _res, next) => next(Reflect.deleteProperty(req, 'auth') ? undefined : 'route')],
    ['replaced', (req, _res, next) => next(Object.assign(req, { auth: forged }) && undefined)],
  ])('and not again where its req.auth was %s meanwhile', async (_, change) => {
    const gate = createGate({ verifier });
    const app = express().get('/', gate.authenticate, change, gate.require(ANALYTICS), showAuth);
    const answer = await request(app).get('/').set('Authorization', covering());
    expect(answer.body).toEqual({ client: 'reader', scopes: [PAAS] });
    expect(verifier.calls).toBe(1);
  });

  test('verifies again where the Authorization header was changed', async () => {
    const gate = createGate({ verifier });
    const [one, other] = [covering(), bearer(issuer.token({ scope: 'openid' }))];
    const set =
      (value: string): RequestHandler =>
      (req, _res, next) => {
        req.headers.authorization = value;
        next();
      };
    const steps = [gate.authenticate, set(other), gate.authenticate, showAuth];
    const answer = await request(express().get('/', ...steps))
      .get('/')
      .set('Authorization', one);
    expect(answer.body.scopes).toEqual(['openid']);
    expect(verifier.calls).toBe(2);
    const refused = express().get('/', gate.authenticate, set(other), gate.require(ANALYTICS), showAuth);
    expect((await request(refused).get('/').set('Authorization', one)).status).toBe(403);
  });

  test('verifies again for a view of the request', async () => {
    const gate = createGate({ verifier });
    const app = express().get('/', gate.authenticate, (req, res, next) => {
      const part = Object.create(req);
      part.headers.authorization = 'Bearer abc';
      gate.require(PAAS)(part, res, next);
    });
    expect((await request(app).get('/').set('Authorization', covering())).status).toBe(401);
  });

  test('ignores changes to req.auth by a handler at a later check', async () => {
    const gate = createGate({ verifier });
    const widen: RequestHandler = (req, _res, next) => {
      Object.assign(req.auth ?? {}, { scopes: scopeSet('other'), payload: { scope: 'other' } });
      next();
    };
    const app = express().get('/', gate.authenticate, widen, gate.require('other'), showAuth);
    expect((await request(app).get('/').set('Authorization', covering())).status).toBe(403);
    expect(verifier.calls).toBe(1);
  });

  test('refuses a request again at a later check', async () => {
    const gate = createGate({ verifier });
    const reached = jest.fn();
    const app = express().get('/', gate.require('a'), gate.authenticate, (_req, res) => res.end(reached()));
    expect((await request(app).get('/').set('Authorization', covering())).status).toBe(403);
    expect(reached).not.toHaveBeenCalled();
  });
});

describe('two gates in one application', () => {
  const credulous: TokenVerifier = {
    verify: ({ token }) => ({ ...forged, token }),
  };

  test('neither gate trusts the result of the other', async () => {
    const strict = createGate({ verifier });
    const other = createGate({ verifier: credulous });
    const app = express().get('/', other.require(ANALYTICS), strict.require(ANALYTICS), showAuth);
    const answer = await request(app).get('/').set('Authorization', 'Bearer anything');
    expect(answer.status).toBe(401);
    expect(verifier.calls).toBe(1);
  });

  test('each gate verifies once although their verifiers return the same object', async () => {
    const accessToken = verifier.verify({ scheme: 'bearer', token: issuer.token({ scope: PAAS }) }) as AccessToken;
    const verify = jest.fn(() => accessToken);
    const [one, other] = [createGate({ verifier: { verify } }), createGate({ verifier: { verify } })];
    const app = express().get('/', one.authenticate, other.authenticate, other.require(ANALYTICS), showAuth);
    expect((await request(app).get('/').set('Authorization', covering())).status).toBe(200);
    expect(verify).toHaveBeenCalledTimes(2);
  });

  test('each gate sets its own req.auth', async () => {
    const strict = createGate({ verifier });
    const other = createGate({ verifier: credulous });
    const app = express().get('/', strict.authenticate, other.authenticate, strict.authenticate, showAuth);
    const answer = await request(app).get('/').set('Authorization', covering());
    expect(answer.body).toEqual({ client: 'reader', scopes: [PAAS] });
  });
});

test('req.auth is a plain object with all that the verifier returned, and shows nothing of the gate', async () => {
  const own: TokenVerifier = {
    verify: (credentials, req) => ({ ...(verifier.verify(credentials, req) as AccessToken), user: 'reader' }),
  };
  const seen: unknown[] = [];
  const app = express().get('/', createGate({ verifier: own }).authenticate, (req, res) => {
    seen.push(req.auth, Reflect.ownKeys(req.auth ?? {}), Object.getPrototypeOf(req.auth));
    res.end();
  });
  await request(app).get('/').set('Authorization', covering());
  const [auth, keys, prototype] = seen;
  expect(auth).toMatchObject({ payload: { client_id: 'reader' }, user: 'reader' });
  expect(keys).toEqual(['payload', 'header', 'token', 'scopes', 'user']);
  expect(prototype).toBe(Object.prototype);
});

test('keeps members of req.auth with the names of object properties', async () => {
  const own: TokenVerifier = {
    verify: (credentials, req) => ({
      ...JSON.parse('{ "__proto__": { "admin": true }, "constructor": "none" }'),
      ...(verifier.verify(credentials, req) as AccessToken),
    }),
  };
  const app = express().get('/', createGate({ verifier: own }).require(ANALYTICS), (req, res) => {
    res.json({ members: Object.keys(req.auth ?? {}).sort(), isAdmin: 'admin' in (req.auth ?? {}) });
  });
  const answer = await request(app).get('/').set('Authorization', covering());
  expect(answer.body).toEqual({
    members: ['__proto__', 'constructor', 'header', 'payload', 'scopes', 'token'],
    isAdmin: false,
  });
});

describe('req.auth at a later check of the same gate', () => {
  async function seenAround(change: (auth: Record<string, unknown>) => void): Promise<readonly unknown[]> {
    const gate = createGate({ verifier });
    const seen: unknown[] = [];
    const look: RequestHandler = (req, _res, next) => {
      seen.push(req.auth);
      next();
    };
    const meddle: RequestHandler = (req, _res, next) => {
      change(req.auth as unknown as Record<string, unknown>);
      next();
    };
    const app = express().get('/', gate.authenticate, look, meddle, gate.require(ANALYTICS), look, showAuth);
    const answer = await request(app).get('/').set('Authorization', covering());
    expect(answer.body).toEqual({ client: 'reader', scopes: [PAAS] });
    return seen;
  }

  test('req.auth at a later check of the same gate is a new object with the same members', async () => {
    const [before, after] = await seenAround(() => undefined);
    expect(after).not.toBe(before);
    expect(after).toStrictEqual(before);
  });

  test.each<[string, (auth: Record<string, unknown>) => void]>([
    ['claims were replaced', (auth) => Object.assign(auth, { payload: { client_id: 'admin' } })],
    ['header was', (auth) => Object.assign(auth, { header: {} })],
    ['token was', (auth) => Object.assign(auth, { token: 'forged' })],
    ['scopes were', (auth) => Object.assign(auth, { scopes: scopeSet('') })],
    ['members have become more', (auth) => Object.assign(auth, { user: 'admin' })],
  ])('replaces req.auth when its %s', async (_what, change) => {
    const [before, after] = await seenAround(change);
    expect(after).not.toBe(before);
    const { payload, header, token, scopes, ...more } = after as AccessToken;
    expect({ payload, scopes: [...scopes], more }).toEqual({
      payload: expect.objectContaining({ client_id: 'reader' }),
      scopes: [PAAS],
      more: {},
    });
    expect(header.alg).toBe('RS256');
    expect(token).not.toBe('forged');
  });
});

describe('gate.auth(req)', () => {
  async function seenBy(handlers: (gate: Gate) => RequestHandler[], authorization = covering()) {
    const gate = createGate({ verifier });
    const app = express().get('/', ...handlers(gate), (req, res) => {
      let auth: unknown;
      try {
        auth = { client: gate.auth(req).payload.client_id, scopes: gate.auth(req).scopes };
      } catch (error) {
        auth = String(error);
      }
      res.json({ auth, optional: gate.optionalAuth(req)?.payload.client_id ?? 'nobody' });
    });
    return (await request(app).get('/').set('Authorization', authorization)).body;
  }
  const meddle: RequestHandler = (req, _res, next) => {
    Object.assign(req.auth ?? {}, { payload: forged.payload, scopes: forged.scopes });
    forge(req, _res, next);
  };

  test('says whose request it is, whatever stands at req.auth', async () => {
    const expected = { auth: { client: 'reader', scopes: [PAAS] }, optional: 'reader' };
    expect(await seenBy((gate) => [gate.authenticate])).toEqual(expected);
    expect(await seenBy((gate) => [gate.require(ANALYTICS), meddle])).toEqual(expected);
    expect(await seenBy((gate) => [gate.optional, meddle])).toEqual(expected);
  });

  test('cannot be changed through an earlier result', async () => {
    const change = (gate: Gate): RequestHandler => {
      return (req, _res, next) => {
        Object.assign(gate.auth(req), { payload: forged.payload, scopes: forged.scopes });
        next();
      };
    };
    const answer = await seenBy((gate) => [gate.authenticate, change(gate)]);
    expect(answer.auth).toEqual({ client: 'reader', scopes: [PAAS] });
  });

  test('throws a TypeError where this gate has not let the request pass with a token', async () => {
    const expected = { auth: expect.stringMatching(/^TypeError: gate\.auth\(\)/), optional: 'nobody' };
    expect(await seenBy(() => [])).toEqual(expected);
    expect(await seenBy(() => [forge])).toEqual(expected);
    expect(await seenBy(() => [createGate({ verifier }).authenticate])).toEqual(expected);
    expect(await seenBy((gate) => [gate.optional, meddle], '')).toEqual(expected);
    const strip: RequestHandler = (req, _res, next) => {
      delete req.headers.authorization;
      next();
    };
    expect(await seenBy((gate) => [gate.authenticate, strip])).toEqual(expected);
  });
});
