import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { createGate, MY_SCOPES } from 'scopegate';
import { ALL_ENVIRONMENTS, type GrantStore, grantsRouter } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { ADMIN_ERRORS } from '../../../lib/grants/errors.js';
import type { CommandName } from '../../admin/fixtures/members.js';
import { bearer, issuer, warmVerifier } from '../../http/domain.js';
import { type Listening, listening, type RawAnswer } from '../../http/raw-http.js';
import { context, createSetting, newApplication, type Setting } from '../../support/stores.js';

/** A request as an attacker has it; `body` is sent as it is, with its length. */
export interface Sent {
  readonly method?: string;
  /** Below the router. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  /** Sent in chunks, without its length. */
  readonly chunked?: boolean;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Problem {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly details?: readonly Detail[];
}

export interface Detail {
  readonly code: string;
  readonly target?: string;
  readonly message: string;
  readonly innerError?: object;
}

/** A router on an embedded database, an environment to attack, and a foreign one. */
export interface World {
  readonly store: GrantStore;
  readonly here: Setting & {
    readonly grantId: string;
    readonly holderId: string;
    readonly secretId: string;
    readonly activityId: string;
  };
  readonly elsewhere: Setting & { readonly grantId: string };
  /** Of a caller who may do anything anywhere, and of one who may in the environment to attack. */
  readonly token: string;
  readonly confined: string;
  readonly server: Listening;
  /** `/environments/{id}` of the environment to attack. */
  readonly at: string;
  /** Sends a request over a connection that is kept; JSON and a good token unless `headers` say otherwise. */
  send(sent: Sent): Promise<Answered>;
  /** Sends what is to be refused, and checks the answer. That nothing was stored, the end of each test shows. */
  refused(sent: Sent, ...statuses: readonly number[]): Promise<Problem>;
  /** Checks that nothing has been stored since the beginning, and that the server serves. */
  untouched(): Promise<void>;
  /** Checks an answer that was got in another way. */
  problemOf(answer: Answered): Problem;
  close(): Promise<void>;
}

/** What an application under test has ahead of the router, and what it does with the errors of that. */
export interface Surroundings {
  readonly ahead?: readonly RequestHandler[];
}

/** Worlds that end with the test. */
const opened: World[] = [];
afterEach(async () => {
  for (const world of opened.splice(0)) await world.close();
});

/** A world for one test, that it may change. */
export async function anotherWorld(surroundings?: Surroundings): Promise<World> {
  const world = await openWorld(surroundings);
  opened.push(world);
  return world;
}

export async function openWorld({ ahead = [] }: Surroundings = {}): Promise<World> {
  const store = await openSqliteStore({ file: ':memory:' });
  const here = await createSetting(store, ['reports:read', 'reports:write', 'reports:admin'], 'here');
  const elsewhere = await createSetting(store, ['foreign:read'], 'elsewhere');
  const { value: holder } = await store.applications.create(here.at, newApplication('holder'), context);
  const grantOf = async ({ at, resource, scopes }: Setting, applicationId: string) => {
    const first = scopes[0]?.id as string;
    const data = { resource: { id: resource.id }, scopes: [{ id: first }] };
    return (await store.grants.create({ ...at, applicationId }, data, context)).value.id;
  };
  const grantId = await grantOf(here, holder.id);
  const standby = { name: 'standby' };
  const { value: secret } = await store.secrets.create(
    { ...here.at, applicationId: holder.id },
    standby,
    'held',
    context,
  );
  const activityId = (await store.activities.list(here.at, {}, { limit: 1 }))?.items[0]?.id as string;
  const world = {
    here: { ...here, holderId: holder.id, grantId, secretId: secret.id, activityId },
    elsewhere: { ...elsewhere, grantId: await grantOf(elsewhere, elsewhere.application.id) },
  };
  const token = issuer.token({ scope: MY_SCOPES, env: '*' });
  const confined = issuer.token({ scope: MY_SCOPES, env: here.environment.id });

  const errors: unknown[] = [];
  const app = appAround(ahead).use(
    '/v1',
    grantsRouter({
      store: watched(store, errors),
      gate: createGate({ verifier: warmVerifier() }),
      environmentOf: ({ payload }) => (payload.env === '*' ? ALL_ENVIRONMENTS : payload.env),
      onError: (error) => errors.push(error),
    }),
  );
  app.use(sayNotFound, sayError);
  const server = await listening(app);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const at = `/environments/${here.environment.id}`;
  const before = await contentsOf(store);

  async function send({ method = 'GET', path, headers = {}, body, chunked = false }: Sent): Promise<Answered> {
    const outgoing = request({
      agent,
      host: '127.0.0.1',
      port: server.port,
      method,
      path: `/v1${path}`,
      headers: {
        Authorization: bearer(token),
        ...(body !== undefined && {
          'Content-Type': 'application/json',
          ...(chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': Buffer.byteLength(body) }),
        }),
        ...headers,
      },
    });
    outgoing.end(body);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const { statusCode: status = 0, headers: got } = response;
    return { status, headers: got, text: Buffer.concat(chunks).toString() };
  }

  function problemOf(answer: Answered): Problem {
    if (errors.length > 0) expect(errors).toEqual([]);
    return wellFormed(answer, token);
  }

  async function untouched(): Promise<void> {
    const { status } = await send({ path: at });
    expect(status).toBe(200);
    expect(errors).toEqual([]);
    const after = await contentsOf(store);
    if (JSON.stringify(after) !== JSON.stringify(before)) expect(after).toEqual(before);
  }

  return {
    ...world,
    store,
    token,
    confined,
    server,
    at,
    send,
    problemOf,
    untouched,
    async refused(sent, ...statuses) {
      const answer = await send(sent);
      if (!statuses.includes(answer.status)) {
        const { path, body } = sent;
        const shown = { path: path.slice(0, 300), body: body?.slice(0, 300).toString(), ...answer };
        throw new Error(`Not refused with ${statuses}: ${JSON.stringify(shown, null, 2)}`);
      }
      return problemOf(answer);
    },
    async close() {
      agent.destroy();
      await server.close();
      await store.close();
    },
  };
}

/** The same store or transaction; an id in a call that is not a lower-case UUID is an error. */
function watched<Store extends object>(store: Store, errors: unknown[]): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member === 'object' && member !== null) return watched(member, errors);
      if (typeof member !== 'function') return member;
      if (name === 'transaction') {
        return (context: unknown, work: (tx: object) => unknown) =>
          member.call(target, context, (tx: object) => work(watched(tx, errors)));
      }
      return (...given: unknown[]) => {
        const [at] = given;
        const named = typeof at === 'string' ? { id: at } : Object(at);
        for (const [key, id] of Object.entries(named)) {
          const isId = typeof at === 'string' || (key.endsWith('Id') && key !== 'transactionId');
          if (isId && !ANY_UUID.test(String(id))) errors.push(`${String(name)}() was asked for ${id}`);
        }
        return member.apply(target, given);
      };
    },
  });
}

function appAround(ahead: readonly RequestHandler[]): Express {
  const app = express();
  for (const handler of ahead) app.use(handler);
  return app;
}

/** Marks what the router has passed on. */
const sayNotFound: RequestHandler = (_req, res) => {
  res.status(404).json({ application: 'not found' });
};

const sayError: ErrorRequestHandler = (error, _req, res, _next) => {
  res.status(error.status ?? 500).json({ application: 'error' });
};

/** All that a store keeps and shows. */
export async function contentsOf(store: GrantStore): Promise<unknown> {
  const all = { limit: 1000 };
  const { items, count } = await store.environments.list(all);
  const environments = [];
  for (const environment of items) {
    const at = { environmentId: environment.id };
    const applications = await store.applications.list(at, all);
    const holdings = [];
    for (const { id: applicationId } of applications?.items ?? []) {
      const path = { ...at, applicationId };
      holdings.push({
        grants: await store.grants.list(path, all),
        secret: await store.applications.secret(path),
        secrets: await store.secrets.list(path, all),
      });
    }
    environments.push({
      environment,
      resources: await store.resources.list(at, all),
      scopes: await store.scopes.list(at, all),
      activities: await store.activities.list(at, {}, all),
      applications,
      holdings,
    });
  }
  return { count, environments };
}

const ANY_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const INSIDES =
  /node_modules|\bat [\w.<> ]*\(?\/|\.[jt]s\b|sqlite|kysely|\bselect\b.+\bfrom\b|insert into|constraint failed|no such table|syntax error|unexpected token|\bzod\b|undefined|\[object|NaN/i;
const KINDS: ReadonlySet<string> = new Set(
  Object.values(ADMIN_ERRORS).map(({ status, code, message }) => `${status} ${code} ${message}`),
);

/** The problem of a refusal, which is one of PingOne's: its id, its code, its sentence, its details, and nothing else. */
function wellFormed(answer: Answered, token: string): Problem {
  const problem = JSON.parse(answer.text) as Problem;
  // One assertion for all of them, since there are thousands of answers.
  const rules = { ...rulesOfResponse(answer, problem), ...rulesOfText(answer.text, problem, token) };
  const broken = Object.keys(rules).filter((rule) => !rules[rule]);
  if (broken.length > 0)
    expect({ broken, ...answer, text: answer.text.slice(0, 2000) }).toEqual('a well-formed refusal');
  return problem;
}

function rulesOfResponse({ status, headers, text }: Answered, { id, code, message }: Problem): Record<string, boolean> {
  return {
    'is a client error': status >= 400 && status < 500,
    'is JSON': headers['content-type'] === 'application/json',
    'is not stored': headers['cache-control'] === 'no-store',
    'is not sniffed': headers['x-content-type-options'] === 'nosniff',
    'has its length': Number(headers['content-length']) === Buffer.byteLength(text),
    'has a UUID': UUID.test(id),
    'has its correlation id': headers['correlation-id'] === id,
    'has the sentence of its code': KINDS.has(`${status} ${code} ${message}`),
  };
}

function rulesOfText(text: string, problem: Problem, token: string): Record<string, boolean> {
  const { id: _, code, message, details, ...rest } = problem;
  const sentences = details?.map((each) => [each.message, each.innerError ?? {}]);
  return {
    'has no other member': Object.keys(rest).length === 0,
    'has 1 to 50 details, or none': details === undefined || (details.length > 0 && details.length <= 50),
    'has well-formed details': (details ?? []).every(isWellFormed),
    'shows nothing of the inside': !INSIDES.test(JSON.stringify([code, message, sentences])),
    'does not show the token': !text.includes(token),
    'does not show the directory': !text.includes(process.cwd()),
    'is short': text.length < 20_000,
  };
}

function isWellFormed({ code, message, target = '', innerError = {}, ...more }: Detail): boolean {
  return (
    /^[A-Z]+(?:_[A-Z]+)+$/.test(code) &&
    /^.+\.$/s.test(message) &&
    target.length <= 100 &&
    typeof innerError === 'object' &&
    Object.keys(more).length === 0
  );
}

/** The answer to a raw request in the form of the others. */
export function answered(raw: RawAnswer): Answered {
  const names = ['content-type', 'content-length', 'correlation-id', 'cache-control', 'x-content-type-options'];
  const headers = Object.fromEntries(names.map((name) => [name, raw.values(name)[0]]));
  return { status: raw.status, headers, text: Buffer.from(raw.body, 'latin1').toString('utf8') };
}

/** A change that a body asks for: where it goes, and a body that would be taken. */
export interface ChangeCall {
  readonly command: CommandName;
  readonly method: 'POST' | 'PUT';
  path(world: World): string;
  body(world: World): Readonly<Record<string, unknown>>;
}

const applicationBody = {
  name: 'new',
  enabled: false,
  type: 'WORKER',
  protocol: 'OPENID_CONNECT',
  tokenEndpointAuthMethod: 'NONE',
};
const ofApplication = ({ at, here }: World) => `${at}/applications/${here.application.id}`;
const ofHolder = ({ at, here }: World) => `${at}/applications/${here.holderId}`;
const ofGrant = (world: World) => `${ofHolder(world)}/grants/${world.here.grantId}`;
const ofResource = ({ at, here }: World) => `${at}/resources/${here.resource.id}`;
const ofScope = (world: World) => `${ofResource(world)}/scopes/${world.here.scopes[1]?.id}`;
const scopesOf = ({ here }: World) => [{ id: here.scopes[1]?.id }, { name: 'reports:admin' }];
const grantBody = (world: World) => ({ resource: { id: world.here.resource.id }, scopes: scopesOf(world) });

/** Every operation that takes a body, by its id. Each of these changes something. */
export const CHANGES: Readonly<Record<string, ChangeCall>> = {
  createEnvironment: {
    command: 'newEnvironment',
    method: 'POST',
    path: () => '/environments',
    body: () => ({ name: 'new', type: 'PRODUCTION' }),
  },
  replaceEnvironment: {
    command: 'environment',
    method: 'PUT',
    path: ({ at }) => at,
    body: () => ({ name: 'renamed', type: 'PRODUCTION' }),
  },
  createResource: {
    command: 'resource',
    method: 'POST',
    path: ({ at }) => `${at}/resources`,
    body: () => ({ name: 'new', audience: 'https://new.example', tags: [{ key: 'a', value: 'b' }] }),
  },
  replaceResource: {
    command: 'replaceResource',
    method: 'PUT',
    path: ofResource,
    body: () => ({ name: 'renamed', accessTokenValiditySeconds: 300 }),
  },
  createGrantOfResource: {
    command: 'resourceGrant',
    method: 'POST',
    path: (world) => `${ofResource(world)}/grants`,
    body: (world) => ({ application: { id: world.here.application.id }, scopes: scopesOf(world) }),
  },
  createScope: {
    command: 'scope',
    method: 'POST',
    path: (world) => `${ofResource(world)}/scopes`,
    body: () => ({ name: 'reports:new', description: 'new' }),
  },
  replaceScope: {
    command: 'scope',
    method: 'PUT',
    path: ofScope,
    body: () => ({ name: 'reports:renamed' }),
  },
  createApplication: {
    command: 'newApplication',
    method: 'POST',
    path: ({ at }) => `${at}/applications`,
    body: () => applicationBody,
  },
  replaceApplication: {
    command: 'replaceApplication',
    method: 'PUT',
    path: ofApplication,
    body: () => ({ ...applicationBody, redirectUris: ['https://app.example/cb'] }),
  },
  rotateApplicationSecret: {
    command: 'secret',
    method: 'POST',
    path: (world) => `${ofApplication(world)}/secret`,
    body: () => ({}),
  },
  createSecret: {
    command: 'newSecret',
    method: 'POST',
    path: (world) => `${ofApplication(world)}/secrets`,
    body: () => ({ name: 'blue', expiresAt: '2050-01-01T00:00:00Z' }),
  },
  revokeTokens: {
    command: 'revocation',
    method: 'POST',
    path: (world) => `${ofApplication(world)}/revocations`,
    body: () => ({ subject: 'somebody' }),
  },
  createGrant: {
    command: 'grant',
    method: 'POST',
    path: (world) => `${ofApplication(world)}/grants`,
    body: grantBody,
  },
  setGrants: {
    command: 'grantSet',
    method: 'PUT',
    path: (world) => `${ofApplication(world)}/grants`,
    body: (world) => ({ grants: [grantBody(world)] }),
  },
  replaceGrant: { command: 'grant', method: 'PUT', path: ofGrant, body: grantBody },
  addGrantScopes: {
    command: 'grantScopes',
    method: 'POST',
    path: (world) => `${ofGrant(world)}/scopes`,
    body: (world) => ({ scopes: scopesOf(world) }),
  },
};

/** Every operation that takes a merge patch, by its id: the command that its result must be, and a patch that changes. */
export const PATCHES: Readonly<Record<string, Omit<ChangeCall, 'method'>>> = {
  patchEnvironment: { command: 'environment', path: ({ at }) => at, body: () => ({ name: 'patched' }) },
  patchResource: { command: 'resource', path: ofResource, body: () => ({ accessTokenValiditySeconds: 301 }) },
  patchScope: { command: 'scope', path: ofScope, body: () => ({ description: 'patched' }) },
  patchApplication: { command: 'replaceApplication', path: ofApplication, body: () => ({ enabled: false }) },
  patchGrant: { command: 'grant', path: ofGrant, body: (world) => ({ scopes: scopesOf(world) }) },
};

/** The request that a change is, its body replaced where one is given. */
export function sentOf(world: World, { method, path, body }: ChangeCall, other?: unknown): Sent & { body: string } {
  return { method, path: path(world), body: JSON.stringify(other === undefined ? body(world) : other) };
}
