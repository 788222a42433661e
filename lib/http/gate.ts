import { GateRequest } from '../enforcement/gate-request.js';
import type { HttpRequest, HttpResponse, Next } from '../enforcement/http-message.js';
import { isOver } from '../enforcement/passed-policy.js';
import {
  compileRoutePolicy,
  type GateDefaults,
  type RouteOptions,
  type RoutePolicy,
} from '../enforcement/route-policy.js';
import { type Finish, runSteps, type Step } from '../enforcement/run-steps.js';
import { requireScopes, STEPS, verifyToken } from '../enforcement/steps.js';
import { insist, insistThat, isText } from '../options.js';
import { parseScopeModel } from '../scope/models.js';
import type { Requirement } from '../scope/requirement.js';
import type { CheckedScopeModel, ScopeModelOption } from '../scope/scope-model.js';
import { type FetchRequest, toHttpRequest, type WrappedRequest } from './checked-request.js';
import { type CheckResult, challengeContextFor, conclude, toCheckResult } from './conclude.js';
import { type GateHealth, readGateHealth } from './gate-health.js';
import { type GateOptions, type GateSettings, parseGateOptions } from './gate-options.js';
import { calledAsFactory, refuseAsMiddleware } from './mistaken-calls.js';
import { type Auth, attachAuth, getAuthContext, returnAuth } from './req-auth.js';
import { createResponder, type Respond } from './respond.js';
import { declareRule } from './route-rule.js';
import { OpenConnections, type WatchedAccess } from './watched-access.js';

/**
 * Middleware of a gate: for Express 4 and 5, for `node:http`, and for what has the same members. It leaves the types of
 * a route alone, so that later handlers know the parameters of the path.
 */
export type GateHandler = (req: HttpRequest, res: HttpResponse, next: Next) => void;

/** What one middleware of a gate requires: scopes of which all are needed, and options for the route. */
type Requirements = readonly [Requirement, ...Requirement[]] | readonly [Requirement, ...Requirement[], RouteOptions];

/**
 * Policy enforcement point: middleware that lets a request pass, or responds with the right challenge.
 *
 * `Claims` type the payload that `auth` and `optionalAuth` return; see {@link createGate}.
 */
export interface Gate<Claims extends object = object> {
  /** Lets any request with an access token of this resource server pass. */
  readonly authenticate: GateHandler;
  /**
   * Lets a request without an `Authorization` header pass, with `req.auth` unset. Invalid credentials are refused, and so
   * are those of another scheme.
   */
  readonly optional: GateHandler;
  /**
   * Lets a request pass whose token's scopes cover all of `requirements`; authenticates it if this gate has not yet.
   *
   * Options for the route may be the last argument: `gate.require(scope, { owner: (req: Request) => req.params.userId })`.
   *
   * @throws {TypeError} at once where a requirement is no scope-token (RFC 6749 §3.3), `allOf(…)` or `anyOf(…)`
   */
  require(...requirements: Requirements): GateHandler;
  /**
   * Says that a route needs no token, and why: for the reports of `scopegate/routes`, and for readers. The middleware lets
   * every request pass, and neither reads nor sets anything.
   *
   * @example
   * app.get('/health', gate.allowPublic('liveness probe'), (req, res) => res.end('ok'));
   *
   * @throws {TypeError} at once where `reason` is no text
   */
  allowPublic(reason: string): GateHandler;
  /**
   * Decides like `gate.require(…requirements)`, or like `gate.authenticate` without any, and returns the decision
   * instead of responding: for guards, WebSocket upgrades, GraphQL contexts and handlers of Fetch requests.
   *
   * Takes a request of Node (HTTP/1 or HTTP/2), a Fetch `Request`, or a framework's request that has one of them as
   * `raw`, or as `req` like Koa's. Sets nothing on it, and reads no body. Repeated `Authorization` headers are refused: Node has them in
   * `rawHeaders`, and `Headers` joins them with a comma, which no token contains. A header that an adapter has dropped
   * cannot be seen.
   *
   * A request without credentials is a refusal with the reason `no_credentials`, also if it is a CORS preflight. An
   * outage is a refusal with status 503. The verifier, `owner` and `onDecision` get Node's request; for Fetch, an object
   * with its headers, method and path, and the Fetch request as `raw`.
   *
   * Rejects with a `TypeError` for a requirement that `gate.require` would not take, and for a value that is not a
   * request; otherwise only with the error that a function of the application threw.
   *
   * @example
   * const result = await gate.check(request, 'orders:read');
   * if (!result.ok) return result.refusal.toResponse();
   * return Response.json({ client: result.auth.payload.client_id });
   */
  check(
    request: HttpRequest | FetchRequest | WrappedRequest,
    ...requirements: readonly [] | Requirements
  ): Promise<CheckResult<Claims>>;
  /**
   * The caller of the request, according to this gate's own verifier; `req.auth` is not read.
   *
   * @throws {TypeError} where this gate has not let the request pass with a token
   */
  auth(req: HttpRequest): Auth<Claims>;
  /** The same; `undefined` for an anonymous request. */
  optionalAuth(req: HttpRequest): Auth<Claims> | undefined;
  /**
   * Watches the access of a connection that stays open, such as a stream or a WebSocket. The signal fires
   *
   * - when the token expires (`token_expired`; after the `clockTolerance` of the verifier);
   * - when the user's authentication is older than the `maxAge` of a route that the request passed;
   * - with live grants, within their `maxStalenessMs` after the application or subject was revoked, or after the grants
   *   no longer cover what the request required;
   * - with live grants that have been unavailable for `maxStalenessMs` (`grants_unavailable`), unless `grantsUnavailable`
   *   is `'trust-token'`.
   *
   * Not watched: the keys of the issuer, and introspection. Does not keep the process alive.
   *
   * @example
   * const access = gate.watch(gate.auth(req));
   * access.signal.addEventListener('abort', () => res.end());
   * res.on('close', () => access.end());
   *
   * @param auth what `gate.auth(req)` or `gate.check` of this gate returned, and not `req.auth`
   * @throws {TypeError} for anything else, and where the `grants` of the gate have no `watch`
   */
  watch(auth: Auth): WatchedAccess;
  /**
   * Whether a request with a token could be decided now, for a readiness probe: loads the keys where they are missing, and
   * asks the source of live grants. Reports the age of what is believed.
   *
   * Not checked: whether a token is good, and the introspection endpoint. Does not reject for an outage.
   *
   * @example
   * app.get('/ready', async (_req, res) => {
   *   res.sendStatus((await gate.health()).ok ? 200 : 503);
   * });
   */
  health(): Promise<GateHealth>;
}

/**
 * Makes the gate of an application: Express 4.21 or 5, or any other with requests and responses like those of
 * `node:http`.
 *
 * A request that passes has `req.auth`: `{ payload, header, token, scopes }`, from this gate's own verifier for this very
 * request, whatever stood there before. A refused one gets problem details (RFC 9457) and a challenge (RFC 6750 §3): 400
 * `invalid_request`, 401, 401 `invalid_token`, 403 `insufficient_scope`, 401 `insufficient_user_authentication` (RFC 9470
 * §3); 503 with `Retry-After` where the verifier or the grants are unavailable. A request whose token is known passes
 * synchronously.
 *
 * `createGate<Claims>()` types the payload: `gate.auth(req).payload` then has the members of `Claims` beside the
 * registered claims. That asserts what the issuer writes, and checks nothing: a claim that a handler depends on is
 * checked there.
 *
 * @example
 * const gate = createGate<{ tenant: string }>({ verifier });
 * app.get('/orders/:id', gate.require('orders:read'), (req, res) => {
 *   res.json(find(req.params.id, gate.auth(req).payload.tenant));
 * });
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function createGate<Claims extends object = object>(options: GateOptions): Gate<Claims> {
  const settings = parseGateOptions(options);
  // The claims are the application's assertion: nothing at run time depends on them.
  return buildGate(settings, { requireScopes, respond: createResponder(settings.onRefusal) }) as Gate<Claims>;
}

/** What differs between a gate and one derived from it. */
export interface GateParts {
  /** The step that requires the scopes. */
  readonly requireScopes: Step;
  readonly respond: Respond;
}

/**
 * How a gate derives another. Every copy of this package finds it under this symbol, and the copy that made the gate
 * carries it out: no rule is lost that only one of two versions knows.
 */
const DERIVE = Symbol.for('scopegate.gate/1');

/**
 * A gate that shares the settings of `gate`, with another step or another response; `undefined` where `gate`
 * was not made by {@link createGate}, of whichever copy of this package.
 */
export function deriveGate(gate: Gate, parts: Partial<GateParts>): Gate | undefined {
  if (!Object.hasOwn(Object(gate), DERIVE)) return undefined;
  return (gate as unknown as Record<typeof DERIVE, (parts: Partial<GateParts>) => Gate>)[DERIVE](parts);
}

/** Where a gate of any copy of this package has its scope model. */
const SCOPE_MODEL = Symbol.for('scopegate.scope-model/1');

/** The scope model of a gate; that of OCI IAM for a gate of a copy that knows no other. */
export function getScopeModelOfGate(gate: Gate): CheckedScopeModel {
  return parseScopeModel('createGate()', (gate as { [SCOPE_MODEL]?: ScopeModelOption })[SCOPE_MODEL]);
}

/** The members of a gate have no `this`, so that `gate.authenticate` can be passed on by itself: they share settings. */
function buildGate(settings: GateSettings, parts: GateParts): Gate {
  const enforce = createEnforce(settings, parts);
  const gate: Gate = {
    ...createMiddleware(settings, parts, enforce),
    check: createCheck(settings, enforce),
    ...createReaders(settings),
  };
  refuseAsMiddleware(gate.require);
  // What a derived gate protects is never in trial.
  const enforced = { ...settings, reportUntil: undefined };
  const derive = (others: Partial<GateParts>) => buildGate(enforced, { ...parts, ...others });
  Object.defineProperty(gate, SCOPE_MODEL, { value: settings.scopeModel });
  return Object.defineProperty(gate, DERIVE, { value: derive });
}

/** Runs the steps of one request, then `end`. `res` is absent where nothing is responded to. */
type Enforce = (policy: RoutePolicy, req: HttpRequest, res: HttpResponse | undefined, next: Next, end: Finish) => void;

function createEnforce(settings: GateSettings, parts: GateParts): Enforce {
  const { clock, contexts, onDecision } = settings;
  const steps = STEPS.map((step) => (step === requireScopes ? parts.requireScopes : step));
  const afterVerifyToken = steps.slice(steps.indexOf(verifyToken) + 1);
  return (policy, req, res, next, end) => {
    const startedAt = onDecision === undefined ? 0 : clock.monotonic();
    const request = new GateRequest(settings, policy, req, res, next, startedAt);
    const known = getAuthContext(contexts, req);
    // gate.check may be called long after the middleware, on a connection that stayed open.
    const isStale = res === undefined && known !== undefined && isOver(known.passed, known.accessToken, settings);
    const context = isStale ? undefined : known;
    request.accessToken = context?.accessToken;
    request.permission = context?.permission;
    request.passed = context?.passed;
    runSteps(request, context === undefined ? steps : afterVerifyToken, end);
  };
}

function createMiddleware(
  settings: GateSettings,
  { respond }: GateParts,
  enforce: Enforce,
): Pick<Gate, 'allowPublic' | 'authenticate' | 'optional' | 'require'> {
  const anyToken = toTokenPolicy(settings);
  const anyTokenOrNone = { ...anyToken, isOptional: true };
  const defaults = toRouteDefaults(settings, 'gate.require()');
  const finish = createFinish(settings, respond);
  const { realm } = settings.challengeContext;
  const declare = (policy: RoutePolicy, handler: GateHandler) =>
    declareRule(handler, { realm, scopeModel: settings.scopeModel, policy });
  return {
    authenticate: declare(anyToken, function scopegateAuthenticate(req, res, next) {
      if (typeof next !== 'function') throw calledAsFactory('authenticate');
      enforce(anyToken, req, res, next, finish);
    }),
    optional: declare(anyTokenOrNone, function scopegateOptional(req, res, next) {
      if (typeof next !== 'function') throw calledAsFactory('optional');
      enforce(anyTokenOrNone, req, res, next, finish);
    }),
    require(...requirements) {
      const policy = compileRoutePolicy(requirements, defaults);
      return declare(policy, function scopegateRequire(req, res, next) {
        enforce(policy, req, res, next, finish);
      });
    },
    allowPublic(reason) {
      insist(isText(reason), 'gate.allowPublic()', 'reason', 'a text', reason);
      return declareRule<GateHandler>((_req, _res, next) => next(), { realm, reason });
    },
  };
}

/** Records the decision; sets `req.auth`, or responds to a refusal. */
function createFinish(settings: GateSettings, respond: GateParts['respond']): Finish {
  return (request, result) => {
    const refusal = conclude(settings, request, result);
    if (refusal === undefined) {
      attachAuth(settings.contexts, request);
      return true;
    }
    const { req, res, next } = request;
    return respond(req, res as HttpResponse, refusal, challengeContextFor(settings, request), next) ?? false;
  };
}

function createCheck(settings: GateSettings, enforce: Enforce): Gate['check'] {
  const checked = { ...settings, passesPreflights: false };
  const anyToken = toTokenPolicy(checked);
  const defaults = toRouteDefaults(checked, 'gate.check()');
  return async (given, ...requirements) => {
    const req = toHttpRequest(given);
    const policy = requirements.length === 0 ? anyToken : compileRoutePolicy(requirements, defaults);
    return new Promise((resolve, reject) => {
      enforce(policy, req, undefined, reject, (request, result) => {
        resolve(toCheckResult(settings, request, conclude(settings, request, result)));
        return false;
      });
    });
  };
}

function createReaders(settings: GateSettings): Pick<Gate, 'auth' | 'health' | 'optionalAuth' | 'watch'> {
  const { contexts, returnedAuths } = settings;
  const connections = new OpenConnections(settings);
  const optionalAuth = (req: HttpRequest) => {
    const context = getAuthContext(contexts, req);
    return context && returnAuth(returnedAuths, context);
  };
  return {
    auth(req) {
      const auth = optionalAuth(req);
      insistThat(auth !== undefined, 'gate.auth(): this gate has not let the request pass.');
      return auth;
    },
    optionalAuth,
    watch(auth) {
      const context = returnedAuths.get(auth);
      insistThat(context !== undefined, 'gate.watch() takes what gate.auth() or gate.check() of this gate returned.');
      return connections.watch(context);
    },
    health: () => readGateHealth(settings),
  };
}

function toTokenPolicy({ grantsUnavailable, passesPreflights }: GateSettings): RoutePolicy {
  return { required: undefined, isOptional: false, passesPreflights, grantsUnavailable, acceptsSelfScope: false };
}

function toRouteDefaults(settings: GateSettings, creator: string): GateDefaults {
  return { ...settings, hasGrants: settings.grants !== undefined, creator };
}
