import { randomUUID } from 'node:crypto';
import {
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express';
import { openApiDocument } from '../../admin/openapi.js';
import type { Operation, OperationResult, Params } from '../../admin/operations/operation.js';
import { OPERATIONS } from '../../admin/operations.js';
import { PERMISSIONS, type Permission } from '../../admin/permissions.js';
import { parseBody, parseQuery } from '../../admin/validation.js';
import { notifySafely } from '../../enforcement/notify.js';
import { AdminError, forbidden, notFound, StoreUnavailableError } from '../../grants/errors.js';
import type { ChangeContext, GrantStore } from '../../grants/store.js';
import type { Gate } from '../../http/gate.js';
import type { Auth } from '../../http/req-auth.js';
import { insist, refuseUnknownOptions } from '../../options.js';
import { MY_SCOPES } from '../../scope/grammar.js';
import { allOf, compileRequirement, type Requirement } from '../../scope/requirement.js';
import { adminGate } from './admin-gate.js';
import { identifyCaller } from './caller.js';
import {
  parseQueryString,
  readBody,
  readIdempotencyKey,
  readIfMatch,
  readParams,
  readTransactionId,
} from './request.js';
import { getCorrelationId, sendBody, sendError, sendResult, startResponse } from './response.js';

export interface GrantsRouterOptions {
  /** Where everything is kept: from `openSqliteStore`, `openPostgresStore`, or a {@link GrantStore} of your own. */
  readonly store: GrantStore;
  /** The gate that every operation passes, made by `createGate`. */
  readonly gate: Gate;
  /**
   * In which environment the caller may administer: its id, or `'*'` for all of them. May be a promise. With anything
   * else the answer is 403.
   */
  readonly environmentOf: (auth: Auth, req: Request) => unknown;
  /** The scopes that permissions need, in place of `urn:opc:idm:__myscopes__`. Default `{}`. */
  readonly permissions?: { readonly [name in Permission]?: Requirement | undefined } | undefined;
  /** The application that the token was issued to: it may not change its own grants. Default the `client_id` claim. */
  readonly clientOf?: ((auth: Auth, req: Request) => unknown) | undefined;
  /** Answers every change with 405, as the first release of PingOne's API did. Default `false`. */
  readonly readOnly?: boolean | undefined;
  /** The address of the router as clients know it, for links. Default that of the request. */
  readonly baseUrl?: string | undefined;
  /** Gets what was thrown where the answer is 500 or 503. */
  readonly onError?: ((error: unknown, req: Request) => unknown) | undefined;
}

const OPTIONS: readonly (keyof GrantsRouterOptions)[] = [
  'store',
  'gate',
  'environmentOf',
  'permissions',
  'clientOf',
  'readOnly',
  'baseUrl',
  'onError',
];

/**
 * Policy administration point: the admin API for environments, applications, resources, scopes and grants, as PingOne has
 * it, as an Express router (4.21 or 5). It describes itself at `/openapi.json`.
 *
 * Every operation passes the gate first; refusals have its challenges and PingOne's bodies. Verified beside the token:
 * that the permission's scope is held, and `urn:opc:resource:consumer::all` is not; that the environment is the
 * caller's, an absent and a foreign one being the same 404; that no application changes what it is itself granted.
 *
 * A path that does not begin with `/environments` is passed on to what is mounted behind.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function grantsRouter(options: GrantsRouterOptions): Router {
  const { gate, permissions, readOnly, ...served } = parseOptions(options);
  const router = Router();
  router.use(['/environments', '/openapi.json'], (_req: Request, res: Response, next: NextFunction) => {
    startResponse(res, randomUUID());
    next();
  });
  const document = memoizedDocument();
  router
    .route('/openapi.json')
    .get((req, res) => sendBody(req, res, 200, document(served.baseUrl ?? (req.baseUrl || '/'))))
    .all(refuseMethod(['GET']));

  for (const [path, operations] of byPath(OPERATIONS)) {
    const route = router.route(path.replace(/\{(\w+)\}/g, ':$1'));
    const offered = operations.filter(({ method }) => !readOnly || method === 'GET');
    for (const operation of offered) {
      const needed = operation.permissions.map((permission) => permissions[permission] ?? MY_SCOPES);
      const verb = operation.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
      const guard = gate.require(allOf(...needed));
      route[verb](guard, serve(operation, served, guard));
    }
    route.all(refuseMethod(offered.map(({ method }) => method)));
  }
  router.use('/environments', (req: Request, res: Response) => sendError(req, res, 'not_found'));
  router.use(((error, req, res, _next) => refuse(req, res, error, served)) as ErrorRequestHandler);
  return router;
}

/** What serving a request needs of the options. */
type RouterContext = Omit<ReturnType<typeof parseOptions>, 'gate' | 'permissions' | 'readOnly'>;

function parseOptions(options: GrantsRouterOptions) {
  const creator = 'grantsRouter()';
  refuseUnknownOptions(creator, options, OPTIONS);
  const { store, environmentOf, permissions = {}, clientOf = clientId, readOnly = false, baseUrl, onError } = options;
  const isStore = typeof (store as Partial<GrantStore> | undefined)?.grants?.setAll === 'function';
  insist(isStore, creator, 'store', 'a store such as await openSqliteStore({ file })', store);
  const gate = adminGate(options.gate);
  insist(gate !== undefined, creator, 'gate', 'a gate made by createGate()', options.gate);
  insist(typeof environmentOf === 'function', creator, 'environmentOf', 'a function', environmentOf);
  insist(typeof clientOf === 'function', creator, 'clientOf', 'a function', clientOf);
  insist(typeof readOnly === 'boolean', creator, 'readOnly', 'true or false', readOnly);
  insist(baseUrl === undefined || URL.canParse(baseUrl), creator, 'baseUrl', 'an absolute address', baseUrl);
  insist(onError === undefined || typeof onError === 'function', creator, 'onError', 'a function', onError);
  refuseUnknownOptions(`${creator}, "permissions",`, permissions, PERMISSIONS);
  for (const requirement of Object.values(permissions)) {
    if (requirement !== undefined) compileRequirement(requirement);
  }
  return { store, gate: gate as Gate, environmentOf, permissions, clientOf, readOnly, baseUrl, onError };
}

function clientId({ payload }: Auth): unknown {
  return payload.client_id;
}

/** The document for an address. It takes long to build, so that is done once, when it is first asked for. */
function memoizedDocument(): (address: string) => object {
  let document: object | undefined;
  return (url) => {
    document ??= openApiDocument();
    return { ...document, servers: [{ url }] };
  };
}

function byPath(operations: readonly Operation[]): Map<string, Operation[]> {
  const paths = new Map<string, Operation[]>();
  for (const operation of operations) {
    paths.set(operation.path, [...(paths.get(operation.path) ?? []), operation]);
  }
  return paths;
}

function refuseMethod(offered: readonly string[]): RequestHandler {
  const methods = new Set(offered.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])));
  const allow = [...methods, 'OPTIONS'].join(', ');
  return (req, res) => {
    res.setHeader('Allow', allow);
    if (req.method === 'OPTIONS') res.status(204).end();
    else sendError(req, res, 'method_not_allowed');
  };
}

/** Serves an operation to a request that has passed the gate. */
function serve(operation: Operation, served: RouterContext, guard: RequestHandler): RequestHandler {
  return (req, res, next) => {
    handleOperation(operation, served, guard, req, res)
      .then((answer) => answer && sendResult(req, res, answer))
      .catch((error) => refuse(req, res, error, served))
      .catch(next);
  };
}

/** How long a body may take without the gate being asked again, in milliseconds. */
const SLOW = 1000;

/** `undefined` where the gate has answered, since what it let through at first it would let through no more. */
async function handleOperation(
  operation: Operation,
  served: RouterContext,
  guard: RequestHandler,
  req: Request,
  res: Response,
): Promise<OperationResult | undefined> {
  const { store } = served;
  const isChange = operation.method !== 'GET';
  const caller = await identifyCaller(req, served);
  if (operation.global && caller.environment !== '*') throw forbidden('This needs a caller who is confined to none.');
  if (isChange && caller.client === undefined) throw forbidden('The token does not say which application it is for.');
  const params = readParams(req);
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => params[name as keyof Params]);
  const { environmentId } = params;
  if (environmentId !== undefined && caller.environment !== '*' && environmentId !== caller.environment) {
    throw notFound();
  }
  const search = parseQueryString(req);
  const query = parseQuery(operation.query, search) as { dryRun?: 'true' | 'false' };
  const begun = performance.now();
  const body = operation.body && parseBody(operation.body, await readBody(operation, req));
  // Who holds back the end of a body must not thereby be an administrator for longer.
  if (performance.now() - begun > SLOW && !(await passesAgain(guard, req, res))) return undefined;
  const context: ChangeContext = {
    actor: { client: caller.client, subject: caller.subject },
    correlationId: getCorrelationId(res),
    transactionId: readTransactionId(req),
    dryRun: query.dryRun === 'true',
    ifMatch: readIfMatch(req),
    idempotency: operation.method === 'POST' ? readIdempotencyKey(req, [operation.id, path, caller], body) : undefined,
  };
  const address = addressOf(served, req);
  return operation.run({
    store,
    params,
    query,
    body,
    confinedTo: caller.environment,
    context,
    path,
    search: search as Record<string, string>,
    href: (target) => `${address}${target}`,
  });
}

/** Passes a view of the request to the gate, which does not know it and verifies the token again; a refusal is its to send. */
function passesAgain(guard: RequestHandler, req: Request, res: Response): Promise<boolean> {
  return new Promise((resolve, reject) => {
    res.once('close', () => resolve(false));
    const view: Request = Object.assign(Object.create(req), { auth: { ...req.auth } });
    void guard(view, res, (error?: unknown) => (error === undefined ? resolve(true) : reject(error)));
  });
}

/** Where the router is, as the client sees it. */
function addressOf({ baseUrl }: RouterContext, req: Request): string {
  if (baseUrl !== undefined) return baseUrl.replace(/\/+$/, '');
  const host = req.get('Host');
  return host === undefined ? req.baseUrl : `${req.protocol}://${host}${req.baseUrl}`;
}

function refuse(req: Request, res: Response, error: unknown, { onError }: RouterContext): void {
  if (error instanceof AdminError) {
    sendError(req, res, error.kind, error.details);
  } else if (error instanceof URIError) {
    sendError(req, res, 'not_found'); // a parameter of the path that cannot be decoded
  } else {
    sendError(req, res, error instanceof StoreUnavailableError ? 'unavailable' : 'unexpected');
    notifySafely(() => onError?.(error, req));
  }
}
