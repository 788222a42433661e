import type { NextFunction, Request, Response } from 'express';
import { type ChallengeContext, isChallengeText } from '../enforcement/challenge.js';
import { authenticate, authorize } from '../enforcement/enforce.js';
import { type DecisionRecord, decisionRecord } from '../enforcement/record.js';
import { Refusal } from '../enforcement/refusal.js';
import { insist, refuseUnknownOptions } from '../options.js';
import { allOf, type CompiledRequirement, compileRequirement, type Requirement } from '../scope/requirement.js';
import type { AccessToken } from '../token/access-token.js';
import { isPromise, type TokenVerifier } from '../token/verifier.js';
import type { Auth } from './request.js';
import { refuse } from './respond.js';

export interface GateOptions {
  /** Who says whether a token is genuine: `jwtVerifier(…)`, `senderConstrained(…)`, `requestAuth()`, or your own. */
  readonly verifier: TokenVerifier;
  /** The `realm` of challenges (RFC 9110 §11.5). Default `'api'`. */
  readonly realm?: string | undefined;
  /**
   * Gets a record of every outcome, permits, denials and outages. A record is built only where there is an observer;
   * one that throws or rejects harms no request. `req` is for what the record leaves out, a path or a request id.
   */
  readonly observe?: ((record: DecisionRecord, req: Request) => unknown) | undefined;
}

/** Middleware of a gate, for routes of any parameters: those of the path keep their types behind it. */
export type GateHandler = <Params, ResBody, ReqBody, Query>(
  req: Request<Params, ResBody, ReqBody, Query>,
  res: Response<ResBody>,
  next: NextFunction,
) => void;

/** Policy enforcement point: middleware that lets a request through, or answers it with the right challenge. */
export interface Gate {
  /** Lets any request with an access token of this resource server through. */
  readonly authenticate: GateHandler;
  /**
   * Lets a request without an `Authorization` header through, with `req.auth` unset. Whoever sends credentials must send
   * good ones: bad ones, and those of another scheme, are refused.
   */
  readonly optional: GateHandler;
  /**
   * Lets a request through whose token's scopes cover all of `requirements`; authenticates it if this gate has not yet.
   *
   * @throws {TypeError} at once where a requirement is no scope-token (RFC 6749 §3.3), `allOf(…)` or `anyOf(…)`
   */
  require(...requirements: readonly [Requirement, ...Requirement[]]): GateHandler;
}

/**
 * Makes the gate of an Express application (4.21 or 5).
 *
 * A request that passes has `req.auth`: `{ payload, header, token, scopes }`, from this gate's own verifier for this very
 * request, whatever stood there before. One that does not is answered with problem details (RFC 9457) and a challenge
 * (RFC 6750 §3): 400 `invalid_request`, 401, 401 `invalid_token`, 403 `insufficient_scope`; 503 with `Retry-After` where
 * the verifier cannot tell. Warm requests are passed on synchronously.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function createGate(options: GateOptions): Gate {
  const parsed = parse(options);
  /** Where this gate notes what its verifier returned for a request. Its own, so that nobody else can put it there. */
  const verified = Symbol('scopegate.verified');
  const gate = gateOf(parsed, verified, { authorize, refuse });
  gatesOf.set(gate, (ways) => gateOf(parsed, verified, ways));
  return gate;
}

/** What differs between a gate and one made from it. */
export interface Ways {
  readonly authorize: typeof authorize;
  readonly refuse: typeof refuse;
}

const gatesOf = new WeakMap<Gate, (ways: Ways) => Gate>();

/**
 * A gate that believes and records what `gate` does, and answers in another way; `undefined` where `gate` was not made
 * by {@link createGate}.
 */
export function gateLike(gate: Gate, ways: Ways): Gate | undefined {
  return gatesOf.get(gate)?.(ways);
}

function gateOf(
  { verifier, challengeContext, observe }: ReturnType<typeof parse>,
  verified: symbol,
  { authorize, refuse }: Ways,
): Gate {
  type Noted = Request & { [note: symbol]: AccessToken | undefined };

  function enforce(rule: Rule, request: object, response: object, next: NextFunction): void {
    const req = request as Noted;
    const res = response as Response;
    const startedAt = observe === undefined ? 0 : performance.now();
    const result = req[verified] ?? authenticate(verifier, req);
    if (isPromise(result)) {
      result.then((settled) => conclude(rule, settled, startedAt, req, res, next)).catch(next);
    } else {
      conclude(rule, result, startedAt, req, res, next);
    }
  }

  function conclude(
    { required, isOptional }: Rule,
    result: AccessToken | Refusal,
    startedAt: number,
    req: Noted,
    res: Response,
    next: NextFunction,
  ): void {
    let refusal: Refusal | undefined;
    let accessToken: AccessToken | undefined;
    if (result instanceof Refusal) {
      refusal = isOptional && result.reason === 'no_credentials' ? undefined : result;
    } else {
      accessToken = result;
      req[verified] = result;
      if (required !== undefined) refusal = authorize(result, required);
    }
    if (observe !== undefined) {
      const durationMs = performance.now() - startedAt;
      tell(observe, req, () => {
        return decisionRecord({ accessToken, refusal, required, durationMs, warning: verifier.warning?.() });
      });
    }
    if (refusal !== undefined) {
      refuse(req, res, refusal, challengeContext);
    } else {
      setAuth(req, accessToken);
      next();
    }
  }

  return {
    authenticate: function scopegateAuthenticate(req, res, next) {
      enforce(TOKEN_ONLY, req, res, next);
    },
    optional: function scopegateOptional(req, res, next) {
      enforce(TOKEN_OR_NOBODY, req, res, next);
    },
    require(...requirements) {
      const rule = { required: compile(requirements), isOptional: false };
      return function scopegateRequire(req, res, next) {
        enforce(rule, req, res, next);
      };
    },
  };
}

/** What one middleware of a gate asks for. */
interface Rule {
  readonly required: CompiledRequirement | undefined;
  /** Whether a request without credentials passes. */
  readonly isOptional: boolean;
}

const TOKEN_ONLY: Rule = { required: undefined, isOptional: false };
const TOKEN_OR_NOBODY: Rule = { required: undefined, isOptional: true };

function compile(requirements: readonly Requirement[]): CompiledRequirement {
  if (requirements.length === 0) throw new TypeError('gate.require() needs at least one scope.');
  return compileRequirement(requirements.length === 1 ? (requirements[0] as Requirement) : allOf(...requirements));
}

const SCHEMES: readonly unknown[] = ['bearer', 'dpop'];

function parse(options: GateOptions) {
  const creator = 'createGate()';
  refuseUnknownOptions(creator, options, ['verifier', 'realm', 'observe'], { auth: 'verifier', onDecision: 'observe' });
  const { verifier, realm = 'api', observe } = options;
  const isVerifier = typeof (verifier as Partial<TokenVerifier> | undefined)?.verify === 'function';
  insist(isVerifier, creator, 'verifier', 'a verifier such as jwtVerifier(ociDomain({ … }))', verifier);
  insist(isChallengeText(realm), creator, 'realm', 'printable ASCII text without " and \\', realm);
  insist(observe === undefined || typeof observe === 'function', creator, 'observe', 'a function', observe);
  const { schemes = ['bearer'] } = verifier;
  const known = Array.isArray(schemes) && schemes.length > 0 && schemes.every((each) => SCHEMES.includes(each));
  insist(known, creator, 'verifier.schemes', "a list of 'bearer' and 'dpop'", schemes);
  const challengeContext: ChallengeContext = { realm, schemes };
  return { verifier, challengeContext, observe };
}

/**
 * Sets `req.auth`, whatever stood or was inherited there: an anonymous request has none. It is a copy, so that what the
 * gate goes by in this request cannot be changed through it.
 */
function setAuth(req: Request, accessToken: AccessToken | undefined): void {
  if (accessToken !== undefined) {
    define(req, { ...accessToken } as Auth);
  } else if (req.auth !== undefined) {
    delete req.auth;
    if (req.auth !== undefined) define(req, undefined); // an inherited one
  }
}

function define(req: Request, value: Auth | undefined): void {
  Object.defineProperty(req, 'auth', { value, configurable: true, enumerable: true, writable: true });
}

function tell(observe: NonNullable<GateOptions['observe']>, req: Request, build: () => DecisionRecord): void {
  try {
    const told = observe(build(), req);
    if (isPromise(told)) Promise.resolve(told).catch(() => undefined);
  } catch {
    // An observer's failure is its own; the request has been decided.
  }
}
