import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response, Router } from 'express';
import { ALL_ENVIRONMENTS } from '../../admin/all-environments.js';
import { describeApi } from '../../admin/api-description.js';
import type { DecisionStream } from '../../admin/decisions/decision-stream.js';
import { DOCS_POLICY, DOCS_STYLE, renderDocsPage, type ShownDocument } from '../../admin/docs-page.js';
import { PATCH_MEDIA_TYPES } from '../../admin/merge-patch.js';
import type { RouteSource } from '../../admin/operations/gate-sources.js';
import { isChange, type Operation } from '../../admin/operations/operation.js';
import { OPERATIONS } from '../../admin/operations.js';
import { PERMISSIONS, type Permission } from '../../admin/permissions.js';
import { notifySafely } from '../../enforcement/notify.js';
import { AdminError, StoreUnavailableError } from '../../grants/errors.js';
import type { GrantStore } from '../../grants/store.js';
import { type Gate, getScopeModelOfGate } from '../../http/gate.js';
import type { Auth } from '../../http/req-auth.js';
import { declareRule } from '../../http/route-rule.js';
import { callback, FLAG, hasMethods, insist, type OptionRules, optional, readOptions } from '../../options.js';
import { MY_SCOPES } from '../../scope/grammar.js';
import { allOf, compileRequirement, type Requirement, satisfies } from '../../scope/requirement.js';
import { createAdminGate } from './admin-gate.js';
import { createAdminRequest, type RouterContext } from './admin-request.js';
import { readCaller } from './caller.js';
import { findPermissions, isOffered, parseSources } from './gate-sources.js';
import { createJsonBodyReader } from './json-body.js';
import { type Express, loadExpress } from './load-express.js';
import { sendBody, sendError, startResponse } from './response.js';
import { runSteps } from './steps.js';

/** Reads something of an accepted token. (Declared as a method, so that a function of an `express.Request` is one.) */
export type ClaimReader = { read(auth: Auth, req: IncomingMessage): unknown }['read'];

/** Gets an error of the admin API. */
export type ErrorListener = { onError(error: unknown, req: IncomingMessage): unknown }['onError'];

/** An Express router, as `app.use()` takes it. */
export type GrantsRouter = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

export interface GrantsRouterOptions {
  /** From `openSqliteStore`, `openPostgresStore`, or a {@link GrantStore} of your own. */
  readonly store: GrantStore;
  /** Protects every operation. Made by `createGate`. */
  readonly gate: Gate;
  /**
   * Returns the id of the environment that the caller may administer, or {@link ALL_ENVIRONMENTS}. May return a promise.
   * Any other value is refused with 403, and so is a token whose claim spells `*`.
   */
  readonly environmentOf: ClaimReader;
  /** The scopes that permissions require instead of `urn:opc:idm:__myscopes__`. Default `{}`. */
  readonly permissions?: { readonly [name in Permission]?: Requirement | undefined } | undefined;
  /** Returns the application that the token was issued to: it may not change its own grants. Default the `client_id` claim. */
  readonly clientOf?: ClaimReader | undefined;
  /** Refuses every change with 405, as the first release of PingOne's API did. Default `false`. */
  readonly readOnly?: boolean | undefined;
  /** The address of the router as clients see it, for links. Default that of the request. */
  readonly baseUrl?: string | undefined;
  /**
   * Serves the description as a page at `/docs`, like `/openapi.json` without a token. It has no scripts, and its
   * `Content-Security-Policy` allows its own style sheet only. Default `false`.
   */
  readonly docs?: boolean | undefined;
  /** From {@link decisionStream}, which is also the `onDecision` of gates: serves `GET …/decisions`. Default none. */
  readonly decisions?: DecisionStream | undefined;
  /** What `routeReport(app)` of `scopegate/routes` returns, or a function that returns it: serves `GET …/routes`. Default none. */
  readonly routes?: RouteSource | undefined;
  /** The `health` of a gate: serves `GET …/health`, together with that of the store. Default none. */
  readonly health?: Gate['health'] | undefined;
  /** Receives the error of each 500 or 503 response. */
  readonly onError?: ErrorListener | undefined;
}

/** The names of permissions; what each requires is compiled. */
const PERMISSION_NAMES = Object.fromEntries(PERMISSIONS.map((name) => [name, true])) as Record<Permission, true>;

const OPTIONS = {
  store: [isStore, 'a store such as await openSqliteStore({ file })'],
  gate: true,
  environmentOf: [(value: unknown) => typeof value === 'function', 'a function'],
  permissions: true,
  clientOf: callback(getClientId),
  readOnly: FLAG,
  baseUrl: optional([(value) => URL.canParse(value as string), 'an absolute address']),
  docs: FLAG,
  decisions: true,
  routes: true,
  health: true,
  onError: callback(),
} as const satisfies OptionRules<GrantsRouterOptions>;

function isStore(value: unknown): boolean {
  return hasMethods('setAll')((Object(value) as Partial<GrantStore>).grants);
}

/**
 * Policy administration point: the admin API for environments, applications, resources, scopes and grants, as PingOne has
 * it, as an Express router (4.21 or 5). It describes itself at `/openapi.json`.
 *
 * The gate runs before every operation; refusals have its challenges and PingOne's bodies. Verified besides the token:
 * it holds the scope of the permission, and does not hold `urn:opc:resource:consumer::all`; the environment is the
 * caller's (a missing and a foreign environment are the same 404); no application changes its own grants.
 *
 * `GET /permissions` lists those that the token of the caller has. Requests for other paths outside `/environments` go on
 * to the next middleware.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 * @throws {Error} where Express is not installed, with the command that installs it
 */
export function grantsRouter(options: GrantsRouterOptions): GrantsRouter {
  const express = loadExpress();
  const parsed = parseOptions(options, express);
  const router = express.Router();
  router.use(['/environments', '/openapi.json', '/permissions'], startEachResponse);
  const getDocument = memoizeDocument();
  addDescription(router, parsed, getDocument);
  addPermissions(router, parsed);
  if (parsed.docs) addDocsPage(router, getDocument);
  const offered = OPERATIONS.filter((operation) => isOffered(operation, parsed.sources));
  for (const [path, operations] of groupByPath(offered)) addRoute(router, path, operations, parsed);
  router.use(
    '/environments',
    respondToAll('responds with 404', (req, res) => sendError(req, res, 'not_found')),
  );
  router.use(((error, req, res, _next) => refuse(req, res, error, parsed)) as ErrorRequestHandler);
  return router as unknown as GrantsRouter;
}

interface ParsedOptions extends RouterContext {
  readonly readOnly: boolean;
  readonly docs: boolean;
}

function startEachResponse(_req: Request, res: Response, next: NextFunction): void {
  startResponse(res, randomUUID());
  next();
}

function addDescription(router: Router, { baseUrl }: RouterContext, getDocument: GetDocument): void {
  router
    .route('/openapi.json')
    .get(respondToAll(DESCRIBES, (req, res) => sendBody(req, res, 200, getDocument(baseUrl ?? (req.baseUrl || '/')))))
    .all(refuseMethod(['GET']));
}

/** What the caller may do, so that a console offers nothing else. */
function addPermissions(router: Router, options: ParsedOptions): void {
  const { gate } = options;
  const global = compileOffered(options, true);
  const confined = compileOffered(options, false);
  async function sendPermissions(req: Request, res: Response): Promise<void> {
    const { environment } = await readCaller(req, options);
    const offered = environment === ALL_ENVIRONMENTS ? global : confined;
    const held = offered.filter(([, requirement]) => satisfies(gate.auth(req).scopes, requirement));
    sendBody(req, res, 200, { permissions: held.map(([name]) => name) });
  }
  router
    .route('/permissions')
    .get(gate.authenticate, (req, res, next) => {
      sendPermissions(req, res)
        .catch((error) => refuse(req, res, error, options))
        .catch(next);
    })
    .all(refuseMethod(['GET']));
}

/** The permissions of the operations that there are, for callers for all environments or for one, and what each requires. */
function compileOffered({ gate, permissions, readOnly, sources }: ParsedOptions, isGlobal: boolean) {
  const scopeModel = getScopeModelOfGate(gate);
  return findPermissions(sources, { isGlobal })
    .filter((name) => !readOnly || name.includes(':read:'))
    .map((name) => [name, compileRequirement(permissions[name] ?? MY_SCOPES, scopeModel)] as const);
}

function addDocsPage(router: Router, getDocument: GetDocument): void {
  const send = (res: Response, type: string, text: string) => {
    startResponse(res, randomUUID());
    res.setHeader('Content-Security-Policy', DOCS_POLICY);
    res.setHeader('Content-Type', `text/${type}; charset=utf-8`);
    res.end(text);
  };
  router.get(
    '/docs',
    respondToAll(DESCRIBES, (req, res) => {
      const root = req.path.endsWith('/') ? '../' : './';
      send(res, 'html', renderDocsPage(getDocument('/') as ShownDocument, root));
    }),
  );
  router.get(
    '/docs.css',
    respondToAll(DESCRIBES, (_req, res) => send(res, 'css', DOCS_STYLE)),
  );
}

const DESCRIBES = 'describes the API, and has no data';

/** A handler for everyone; reports about routes have the reason. */
function respondToAll(reason: string, handler: RequestHandler): RequestHandler {
  return declareRule(handler, { reason, responds: true });
}

function addRoute(router: Router, path: string, operations: readonly Operation[], options: ParsedOptions): void {
  const route = router.route(path.replace(/\{(\w+)\}/g, ':$1'));
  const offered = operations.filter((operation) => !options.readOnly || !isChange(operation));
  for (const operation of offered) {
    const required = operation.permissions.map((permission) => options.permissions[permission] ?? MY_SCOPES);
    const verb = operation.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    route[verb](options.gate.require(allOf(...required)), serve(operation, options));
  }
  route.all(refuseMethod(offered.map(({ method }) => method)));
}

function parseOptions(options: GrantsRouterOptions, express: Express): ParsedOptions {
  const creator = 'grantsRouter()';
  const checked = readOptions(creator, options, OPTIONS);
  const { permissions = {} } = checked;
  const gate = createAdminGate(checked.gate);
  insist(gate !== undefined, creator, 'gate', 'a gate made by createGate()', checked.gate);
  readOptions(creator, permissions, PERMISSION_NAMES, {}, 'permissions');
  for (const requirement of Object.values(permissions)) {
    if (requirement !== undefined) compileRequirement(requirement);
  }
  const sources = parseSources(creator, options);
  const scopeModel = getScopeModelOfGate(gate);
  return { ...checked, sources, gate, permissions, scopeModel, readJsonBody: createJsonBodyReader(express) };
}

function getClientId({ payload }: Auth): unknown {
  return payload.client_id;
}

type GetDocument = (address: string) => object;

/** Returns the document for an address. In a clone, where it is computed, that is slow: so it is computed once. */
function memoizeDocument(): GetDocument {
  let document: object | undefined;
  return (url) => {
    document ??= describeApi();
    return { ...document, servers: [{ url }] };
  };
}

function groupByPath(operations: readonly Operation[]): Map<string, Operation[]> {
  const paths = new Map<string, Operation[]>();
  for (const operation of operations) {
    paths.set(operation.path, [...(paths.get(operation.path) ?? []), operation]);
  }
  return paths;
}

function refuseMethod(offered: readonly string[]): RequestHandler {
  const methods = new Set(offered.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])));
  const allow = [...methods, 'OPTIONS'].join(', ');
  return respondToAll('responds with 405', (req, res) => {
    res.setHeader('Allow', allow);
    if (methods.has('PATCH')) res.setHeader('Accept-Patch', PATCH_MEDIA_TYPES.join(', '));
    if (req.method === 'OPTIONS') res.status(204).end();
    else sendError(req, res, 'method_not_allowed');
  });
}

/** Serves an operation to requests that the gate permits. */
function serve(operation: Operation, context: RouterContext): RequestHandler {
  return (req, res, next) => {
    runSteps(createAdminRequest(req, res, operation, context))
      .catch((error) => refuse(req, res, error, context))
      .catch(next);
  };
}

function refuse(req: Request, res: Response, error: unknown, { onError }: RouterContext): void {
  if (error instanceof AdminError) {
    sendError(req, res, error.kind, error.details);
  } else if (error instanceof URIError) {
    sendError(req, res, 'not_found'); // a path parameter that cannot be decoded
  } else {
    sendError(req, res, error instanceof StoreUnavailableError ? 'unavailable' : 'unexpected');
    notifySafely(() => onError?.(error, req));
  }
}
