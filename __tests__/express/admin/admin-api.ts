import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import express, { type Express } from 'express';
import { createGate, type GateOptions, jwtVerifier, MY_SCOPES } from 'scopegate';
import { ALL_ENVIRONMENTS, type GrantStore, type GrantsRouterOptions, grantsRouter } from 'scopegate/admin';
import type { TestClaims } from 'scopegate/testing';
import request, { type Response } from 'supertest';
import { bearer, domainOptions, issuer } from '../../http/domain.js';
import { describeProjectEngine, type TestDatabase } from '../../support/stores.js';
import { type Described, describedBy } from './described.js';
import { broken } from './promises.js';

/** Where the router is mounted, unless a test says otherwise. */
export const MOUNTED_AT = '/v1';

export const verifier = jwtVerifier(domainOptions);
export const gateOf = (options: Partial<GateOptions> = {}) => createGate({ verifier, ...options });

type Options = Partial<GrantsRouterOptions> & { readonly store: GrantStore };

/** The environment that the claim `env` names. Tokens of the test issuer may say `*` for all: nobody else signs them. */
export const environmentOf: GrantsRouterOptions['environmentOf'] = ({ payload }) =>
  payload.env === '*' ? ALL_ENVIRONMENTS : payload.env;

/** A router whose callers are confined to the environment that the claim `env` of their token names. */
export function routerOf(options: Options) {
  return grantsRouter({ gate: gateOf(), environmentOf, ...options });
}

export function appOf(options: Options, mountedAt = MOUNTED_AT): Express {
  return express().use(mountedAt, routerOf(options));
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD' | 'OPTIONS';

export interface Sent {
  /** Text and bytes go as they are, with the content type of `headers`; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In place of the caller's token; `null` for none. */
  readonly authorization?: string | null;
  /** Whether 500 and 503 are what the test is about. */
  readonly mayFail?: boolean;
}

/** One caller of one router. Every answer is compared with the served OpenAPI document, and with what all answers have. */
export interface AdminApi {
  /** `target` is a path that begins at the router, or an address from a link. */
  send(method: Method, target: string, sent?: Sent): Promise<Response>;
  get(target: string, headers?: Sent['headers']): Promise<Response>;
  post(target: string, body?: unknown, headers?: Sent['headers']): Promise<Response>;
  put(target: string, body: unknown, headers?: Sent['headers']): Promise<Response>;
  delete(target: string, headers?: Sent['headers']): Promise<Response>;
  /** Another caller: these claims over those of an administrator of all environments. */
  as(claims: TestClaims): AdminApi;
}

const ADMINISTRATOR: TestClaims = { scope: MY_SCOPES, env: '*', client_id: 'admin-console', sub: 'ada' };

export function adminApi(app: Express, claims: TestClaims = {}, mountedAt = MOUNTED_AT): AdminApi {
  const authorization = bearer(tokenOf({ ...ADMINISTRATOR, ...claims }));

  async function send(method: Method, target: string, sent: Sent = {}): Promise<Response> {
    const url = target.startsWith('/') ? `${mountedAt}${target}` : target.replace(/^https?:\/\/[^/]+/, '');
    const { body, headers = {}, mayFail = false } = sent;
    const asked = request(await serverOf(app))
      [method.toLowerCase() as 'get'](url)
      .set(headers);
    if (sent.authorization !== null) asked.set('Authorization', sent.authorization ?? authorization);
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    if (isRaw) asked.serialize((bytes) => bytes as unknown as string); // superagent's would quote it
    const answer = body === undefined ? await asked : await asked.send(body as object);
    const [path = '', query = ''] = url.slice(mountedAt.length).split('?');
    const exchange = {
      method,
      path,
      search: new URLSearchParams(query),
      ...(answer.status < 300 && { sent: isRaw ? JSON.parse(String(body)) : body }),
      status: answer.status,
      headers: answer.headers,
      text: answer.text ?? '',
    };
    const { faults } = await described(app, mountedAt);
    const unasked = answer.status >= 500 && !mayFail ? [`${answer.status}`] : [];
    const wrong = [...unasked, ...faults(exchange), ...broken(exchange)];
    expect({ request: `${method} ${url}`, answer: answer.status, wrong }).toMatchObject({ wrong: [] });
    return answer;
  }

  return {
    send,
    get: (target, headers) => send('GET', target, { headers }),
    post: (target, body, headers) => send('POST', target, { body, headers }),
    put: (target, body, headers) => send('PUT', target, { body, headers }),
    delete: (target, headers) => send('DELETE', target, { headers }),
    as: (more) => adminApi(app, more, mountedAt),
  };
}

const tokens = new Map<string, string>();

function tokenOf(claims: TestClaims): string {
  const key = JSON.stringify(claims);
  const token = tokens.get(key) ?? issuer.token(claims);
  tokens.set(key, token);
  return token;
}

/** Each application listens once; with a server for every request the suites would take half as long again. */
const servers = new Map<Express, Promise<Server>>();

function serverOf(app: Express): Promise<Server> {
  const server = servers.get(app) ?? start(app);
  servers.set(app, server);
  return server;
}

async function start(app: Express): Promise<Server> {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

afterAll(async () => {
  for (const server of servers.values()) (await server).close().closeAllConnections();
});

let served: Promise<Described> | undefined;

/** The document that the first router of the test file serves; that it says the same everywhere has a test. */
function described(app: Express, mountedAt: string): Promise<Described> {
  served ??= Promise.resolve(request(app).get(`${mountedAt}/openapi.json`)).then(({ body }) => describedBy(body));
  return served;
}

/** The router on one engine. What it has is there once the tests run. */
export interface OnEngine {
  readonly database: TestDatabase;
  readonly store: GrantStore;
  readonly api: AdminApi;
}

/** Runs the suite once on each real engine, with a router and an empty database. */
export function describeRouter(suite: (on: OnEngine) => void): void {
  describeProjectEngine((engine) => {
    describe('grants router', () => {
      const on = {} as { -readonly [name in keyof OnEngine]: OnEngine[name] };
      beforeAll(async () => {
        on.database = await engine.database();
        on.store = await on.database.open();
        on.api = adminApi(appOf({ store: on.store }));
      });
      afterAll(() => on.store.close());
      suite(on);
    });
  });
}
