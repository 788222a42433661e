import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import express, { type Request, type RequestHandler } from 'express';
import { createGate, jwtVerifier, ociDomain, scopeSet, type TokenVerifier } from 'scopegate';
import { type McpAuthInfo, type McpAuthInfoOptions, mcpAuthInfo } from 'scopegate/mcp';
import { testIssuer } from 'scopegate/testing';
import request from 'supertest';
import { PAAS } from '../http/fixtures/domain.js';
import { liveGate } from '../http/fixtures/live-gate.js';

const RESOURCE = 'https://api.example/mcp';
const issuer = testIssuer({ audience: RESOURCE });
const verifier = jwtVerifier({
  ...ociDomain({ url: issuer.url, tenant: issuer.tenant, audience: RESOURCE }),
  fetch: issuer.fetch,
});

const readAuth = (req: { auth?: unknown }) => req.auth as McpAuthInfo | undefined;

/** What a handler after the middleware finds at `req.auth`, as the SDK's transports read it. */
async function authInfoOf(token: string, options?: McpAuthInfoOptions, accepting: TokenVerifier = verifier) {
  const gate = createGate({ verifier: accepting });
  let found: AuthInfo | undefined;
  const app = express().get('/mcp', gate.authenticate, mcpAuthInfo(gate, options), (req: Request, res) => {
    found = readAuth(req) satisfies AuthInfo | undefined;
    res.end();
  });
  await request(app).get('/mcp').set('Authorization', `Bearer ${token}`).expect(200);
  return found as AuthInfo & McpAuthInfo;
}

/** A verifier that accepts any token as one with these claims. */
const accepts = (payload: Readonly<Record<string, unknown>>): TokenVerifier => ({
  verify: ({ token }) => ({ payload, header: {}, token, scopes: scopeSet('a') }),
});

test('handlers get every member of the AuthInfo of the SDK', async () => {
  const exp = Math.floor(Date.now() / 1000) + 60;
  const token = issuer.token({ scope: 'notes:read notes:write', client_id: 'c1', sub: 'ada', exp });
  const { extra, ...info } = await authInfoOf(token);

  expect(info).toEqual({
    token,
    clientId: 'c1',
    scopes: ['notes:read', 'notes:write'],
    expiresAt: exp,
    resource: new URL(RESOURCE),
  });
  expect(extra.auth.payload.sub).toBe('ada');
});

test('handlers can compare scopes with the hierarchy', async () => {
  const { extra, scopes } = await authInfoOf(issuer.token({ scope: 'urn:opc:resource:consumer:paas::all' }));

  expect(scopes).toEqual(['urn:opc:resource:consumer:paas::all']);
  expect(extra.auth.scopes.covers('urn:opc:resource:consumer:paas:notes::read')).toBe(true);
  expect(extra.auth.scopes.covers('urn:opc:resource:consumer:iaas::read')).toBe(false);
});

test.each<[Record<string, unknown>, string]>([
  [{ client_id: 'a', azp: 'b' }, 'a'],
  [{ azp: 'b', cid: 'c' }, 'b'],
  [{ cid: 'c' }, 'c'],
  [{ appid: 'd' }, 'd'],
  [{ client_id: '', azp: 'b' }, 'b'],
  [{ client_id: 7 }, ''],
  [{ sub: 'ada' }, ''],
])('of a token with %j, the client is %j', async (claims, clientId) => {
  expect((await authInfoOf('t', undefined, accepts(claims))).clientId).toBe(clientId);
});

test.each<[unknown, string | undefined]>([
  [RESOURCE, RESOURCE],
  [['urn:example:other', RESOURCE, 'https://other.example'], RESOURCE],
  ['urn:opc:resource:scope:account', undefined],
  ['orders-api', undefined],
  ['https://', undefined],
  [undefined, undefined],
])('the resource of a token for %j is %j', async (aud, resource) => {
  const info = await authInfoOf('t', undefined, accepts({ aud }));

  expect(info.resource?.href).toBe(resource);
  expect('resource' in info).toBe(resource !== undefined);
});

test('the option states the resource of every token', async () => {
  const info = await authInfoOf('t', { resource: RESOURCE }, accepts({ aud: 'urn:opc:resource:scope:account' }));

  expect(info.resource).toEqual(new URL(RESOURCE));
});

test('a token without an expiry has no expiresAt', async () => {
  expect(await authInfoOf('t', undefined, accepts({}))).not.toHaveProperty('expiresAt');
});

test('handlers behind a gate with live grants get the scopes that are still granted', async () => {
  const { grant, send } = await liveGate({}, {}, (app, gate) => {
    app.get('/mcp', gate.authenticate, mcpAuthInfo(gate), (req, res) => {
      res.json(readAuth(req)?.scopes);
    });
  });

  await grant(PAAS);

  expect((await send('/mcp', { scope: `${PAAS} not:granted` })).body).toEqual([PAAS]);
});

describe("the SDK's own bearer authentication", () => {
  // Its types declare `req.auth` for Express, as express-oauth2-jwt-bearer does: one program cannot have both.
  const { requireBearerAuth } = jest.requireActual<{
    requireBearerAuth(options: {
      verifier: { verifyAccessToken(token: string): Promise<AuthInfo> };
      expectedResource: URL;
      requiredScopes: string[];
    }): RequestHandler;
  }>('@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js');

  async function statusWith(expectedResource: string, info: AuthInfo) {
    const check = requireBearerAuth({
      verifier: { verifyAccessToken: async () => info },
      expectedResource: new URL(expectedResource),
      requiredScopes: ['a'],
    });
    const app = express().get('/mcp', check, (_req, res) => void res.end());
    return (await request(app).get('/mcp').set('Authorization', 'Bearer t')).status;
  }

  test('accepts the AuthInfo of a token for its resource, and of no other', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const info = await authInfoOf('t', undefined, accepts({ aud: RESOURCE, exp }));

    expect(await statusWith(RESOURCE, info)).toBe(200);
    expect(await statusWith('https://other.example/mcp', info)).toBe(401);
    expect(await statusWith(RESOURCE, await authInfoOf('t', undefined, accepts({ exp })))).toBe(401);
  });
});

describe('a request that the gate has not let pass', () => {
  const spoofed = { token: 'x', clientId: 'admin', scopes: ['everything'] };

  test.each<['none' | 'optional' | 'another']>([['none'], ['optional'], ['another']])(
    'is an error and has no req.auth: %s',
    async (which) => {
      const gate = createGate({ verifier });
      const before = {
        none: gate.require('a'),
        optional: gate.optional,
        another: createGate({ verifier: accepts({}) }).authenticate,
      }[which];
      let auth: unknown = 'not called';
      const app = express().get(
        '/mcp',
        ...(which === 'none' ? [] : [before]),
        (req: Request, _res, next) => {
          (req as { auth?: unknown }).auth = spoofed;
          next();
        },
        mcpAuthInfo(gate),
        (_req, res) => void res.end(),
      );
      app.use(((error, req, res, _next) => {
        auth = req.auth;
        res.status(500).json({ name: error.name });
      }) as express.ErrorRequestHandler);
      const sent = request(app).get('/mcp');
      const { status, body } = await (which === 'another' ? sent.set('Authorization', 'Bearer t') : sent);

      expect([status, body]).toEqual([500, { name: 'TypeError' }]);
      expect(auth).toBeUndefined();
    },
  );

  test('whatever other middleware wrote is replaced', async () => {
    const gate = createGate({ verifier });
    let clientId: unknown;
    const app = express().get(
      '/mcp',
      gate.authenticate,
      (req: Request, _res, next) => {
        Object.defineProperty(req, 'auth', { get: () => spoofed, configurable: true });
        next();
      },
      mcpAuthInfo(gate),
      (req: Request, res) => {
        clientId = readAuth(req)?.clientId;
        res.end();
      },
    );
    await request(app)
      .get('/mcp')
      .set('Authorization', `Bearer ${issuer.token({ client_id: 'c1' })}`)
      .expect(200);

    expect(clientId).toBe('c1');
  });
});

test('wrong options are refused', () => {
  const gate = createGate({ verifier });

  expect(() => mcpAuthInfo({} as never)).toThrow(/"gate" must be what createGate\(\) returns/);
  expect(() => mcpAuthInfo(gate, { resource: '/mcp' })).toThrow(/"resource" must be the URL of the MCP server/);
  expect(() => mcpAuthInfo(gate, { resources: RESOURCE } as never)).toThrow(/Did you mean "resource"\?/);
});
