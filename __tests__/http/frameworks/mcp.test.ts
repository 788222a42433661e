import type { IncomingMessage } from 'node:http';
import { type OAuthClientProvider, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import express, { type RequestHandler } from 'express';
import { createGate, jwtVerifier, protectedResourceMetadata } from 'scopegate';
import { type McpAuthInfo, mcpAuthInfo, scopeChallenge } from 'scopegate/mcp';
import { z } from 'zod';
import { openBrowser } from '../../demo-app/fixtures/browser.js';
import { parseChallenges } from '../../enforcement/fixtures/challenge-parser.js';
import { type Listening, listening } from '../fixtures/raw-http.js';
import {
  type AuthorizationServer,
  CLIENT_ID,
  REDIRECT_URI,
  startAuthorizationServer,
} from './fixtures/mcp-authorization-server.js';

const NOTES = 'urn:opc:resource:consumer:notes';
const [READ, WRITE, ALL] = [`${NOTES}::read`, `${NOTES}::write`, `${NOTES}::all`];

let authorizationServer: AuthorizationServer;
let server: Listening;
let resource: string;

/** What the MCP server responded with: method, path and status, and the parameters of the challenge. */
let log: { readonly line: string; readonly challenge: Readonly<Record<string, string>> | undefined }[] = [];

const recordResponses: RequestHandler = (req, res, next) => {
  const { method, path } = req;
  res.on('finish', () => {
    const header = res.getHeader('WWW-Authenticate');
    const challenge = header === undefined ? undefined : parseChallenges(String(header))[0]?.parameters;
    log.push({ line: `${method} ${path} ${res.statusCode}`, challenge });
  });
  next();
};

function createServer(): McpServer {
  const mcp = new McpServer({ name: 'notes', version: '1.0.0' });
  mcp.registerTool('who', {}, ({ authInfo }) => {
    const { token, extra, ...info } = authInfo as unknown as McpAuthInfo;
    const mayWrite = extra.auth.scopes.covers(WRITE);
    return { content: [{ type: 'text', text: JSON.stringify({ ...info, sub: extra.auth.payload.sub, mayWrite }) }] };
  });
  mcp.registerTool('add_note', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text: `added ${text}` }],
  }));
  return mcp;
}

beforeAll(async () => {
  for (const method of ['info', 'warn'] as const) jest.spyOn(console, method).mockImplementation(() => undefined);
  // Jest's own gives objects of another realm, which oidc-provider does not take for plain ones.
  jest.spyOn(globalThis, 'structuredClone').mockImplementation((value: unknown) => JSON.parse(JSON.stringify(value)));
  authorizationServer = await startAuthorizationServer([READ, WRITE, ALL]);
  const app = express();
  server = await listening(app);
  resource = `${server.origin}/mcp`;

  const { issuer } = authorizationServer;
  const metadata = protectedResourceMetadata({ resource, authorizationServers: [issuer], scopes: [READ, WRITE] });
  const gate = createGate({
    verifier: jwtVerifier({ issuerBaseURL: issuer, audience: resource }),
    resourceMetadata: metadata,
    challengeScope: 'always',
  });
  app.use(recordResponses, metadata);
  app.post(
    '/mcp',
    express.json(),
    scopeChallenge(gate, { required: READ, tools: { add_note: WRITE } }),
    mcpAuthInfo(gate, { resource }),
    async (req, res) => {
      const transport = new StreamableHTTPServerTransport();
      await createServer().connect(transport as Transport);
      res.on('close', () => void transport.close());
      await transport.handleRequest(req as IncomingMessage, res, req.body);
    },
  );
  app.all('/mcp', (_req, res) => void res.set('Allow', 'POST').sendStatus(405));
});

afterAll(async () => {
  jest.restoreAllMocks();
  await server.close();
  await authorizationServer.close();
});

beforeEach(() => {
  log = [];
});

/** A client of the SDK, with what its application keeps for it. The user signs in by following redirects. */
function makeClient(over: { readonly scope?: string; readonly resource?: string } = {}) {
  let tokens: OAuthTokens | undefined;
  let codeVerifier = '';
  const requested: URL[] = [];
  const authProvider: OAuthClientProvider = {
    redirectUrl: REDIRECT_URI,
    clientMetadata: { redirect_uris: [REDIRECT_URI] },
    clientInformation: () => ({ client_id: CLIENT_ID }),
    tokens: () => tokens,
    saveTokens(saved) {
      tokens = saved;
    },
    codeVerifier: () => codeVerifier,
    saveCodeVerifier(saved) {
      codeVerifier = saved;
    },
    redirectToAuthorization(url) {
      if (over.scope !== undefined) url.searchParams.set('scope', over.scope);
      requested.push(url);
    },
    ...(over.resource !== undefined && { validateResourceURL: async () => new URL(over.resource as string) }),
  };
  const browser = openBrowser(authorizationServer.issuer);
  const open = () => new StreamableHTTPClientTransport(new URL(resource), { authProvider });
  return {
    /** Where the SDK sent the user, each time. */
    requested,
    /** Connects, or throws where the user has to sign in first. */
    async connect() {
      const transport = open();
      const client = new Client({ name: 'test', version: '1.0.0' });
      await client.connect(transport as Transport);
      return {
        transport,
        close: () => client.close(),
        /** The text of a tool's result. */
        async call(name: string, args: Record<string, unknown> = {}) {
          const { content } = (await client.callTool({ name, arguments: args })) as { content: { text: string }[] };
          return content[0]?.text ?? '';
        },
      };
    },
    /** Signs in, and gives the transport the code that the authorization server redirects with. */
    async authorize(transport = open()) {
      const { url } = await browser.open(requested.at(-1) as URL);
      await transport.finishAuth(url.searchParams.get('code') as string);
    },
  };
}

test('a client that knows only the URL finds the server, gets a token, steps up, and calls', async () => {
  const { authorize, connect, requested } = makeClient();
  const document = '/.well-known/oauth-protected-resource/mcp';

  // Discovery: the first 401 leads to the metadata, that to the authorization server.
  await expect(connect()).rejects.toThrow(UnauthorizedError);
  expect(log).toEqual([
    {
      line: 'POST /mcp 401',
      challenge: { realm: 'api', scope: READ, resource_metadata: server.origin + document },
    },
    { line: `GET ${document} 200`, challenge: undefined },
  ]);
  expect(requested[0]?.origin).toBe(authorizationServer.issuer);
  expect(Object.fromEntries(requested[0]?.searchParams ?? [])).toMatchObject({
    scope: READ,
    resource,
    code_challenge_method: 'S256',
  });

  // A token for this resource and this scope.
  await authorize();
  const { call, close, transport } = await connect();
  expect(JSON.parse(await call('who'))).toEqual({
    clientId: CLIENT_ID,
    scopes: [READ],
    expiresAt: expect.any(Number),
    resource,
    sub: 'ada',
    mayWrite: false,
  });

  // The tool needs more, and the challenge names all of it.
  log = [];
  await expect(call('add_note', { text: 'a' })).rejects.toThrow(UnauthorizedError);
  expect(log[0]).toEqual({
    line: 'POST /mcp 403',
    challenge: expect.objectContaining({
      error: 'insufficient_scope',
      scope: `${READ} ${WRITE}`,
      resource_metadata: server.origin + document,
    }),
  });
  expect(requested[1]?.searchParams.get('scope')).toBe(`${READ} ${WRITE}`);

  await authorize(transport);
  expect(await call('add_note', { text: 'a' })).toBe('added a');
  expect(JSON.parse(await call('who'))).toMatchObject({ scopes: [READ, WRITE], mayWrite: true });
  await close();
});

test('a broader scope of the hierarchy is enough for every tool', async () => {
  const { authorize, connect, requested } = makeClient({ scope: ALL });
  await expect(connect()).rejects.toThrow(UnauthorizedError);
  await authorize();
  const { call, close } = await connect();

  expect(JSON.parse(await call('who'))).toMatchObject({ scopes: [ALL], mayWrite: true });
  expect(await call('add_note', { text: 'b' })).toBe('added b');
  expect(requested).toHaveLength(1);
  await close();
});

test('a token that was issued for another resource is refused', async () => {
  const { authorize, connect } = makeClient({ resource: 'https://other.example/mcp' });
  await expect(connect()).rejects.toThrow(UnauthorizedError);
  await authorize();
  log = [];

  await expect(connect()).rejects.toThrow(UnauthorizedError);
  expect(log[0]).toMatchObject({ line: 'POST /mcp 401', challenge: { error: 'invalid_token', scope: READ } });
});
