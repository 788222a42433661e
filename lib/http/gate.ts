import type { NextFunction, Request, Response } from 'express';
import { type ChallengeContext, isChallengeText } from '../enforcement/challenge.js';
import { authenticate, authorize, authorizeRemaining } from '../enforcement/enforce.js';
import { ignoreRejection, notifySafely } from '../enforcement/notify.js';
import { type DecisionRecord, decisionRecord } from '../enforcement/record.js';
import { Refusal } from '../enforcement/refusal.js';
import {
  assertUnavailableMode,
  compileRoutePolicy,
  type RouteOptions,
  type RoutePolicy,
} from '../enforcement/route-policy.js';
import type { LiveGrants, LiveVerdict } from '../live/live-grants.js';
import { insist, isText, refuseUnknownOptions } from '../options.js';
import type { CompiledRequirement, Requirement } from '../scope/requirement.js';
import type { ScopeSet } from '../scope/scope-set.js';
import { isSelfScope as isPingOneSelfScope, withoutSelfScopes } from '../scope/self-scopes.js';
import type { AccessToken } from '../token/access-token.js';
import { isPromise, type TokenVerifier } from '../token/verifier.js';
import { type AuthContext, attachAuth, clearAuth, getAuthContext } from './req-auth.js';
import { refuse } from './respond.js';

export interface GateOptions {
  /** Who says whether a token is genuine: `jwtVerifier(…)`, `senderConstrainedVerifier(…)`, `bearerAuthVerifier()`, or your own. */
  readonly verifier: TokenVerifier;
  /** The `realm` of challenges (RFC 9110 §11.5). Default `'api'`. */
  readonly realm?: string | undefined;
  /**
   * Gets a record of every outcome, permits, denials and outages. A record is built only where there is an observer;
   * one that throws or rejects harms no request. `req` is for what the record leaves out, a path or a request id.
   */
  readonly onDecision?: ((record: DecisionRecord, req: Request) => unknown) | undefined;
  /** What applications are granted now, from `liveGrants({ store })`. Default none: a token is believed until it expires. */
  readonly grants?: LiveGrants | undefined;
  /** While nobody can tell what is granted: `'refuse'` answers 503, `'trust-token'` goes by the token. Default `'refuse'`. */
  readonly grantsUnavailable?: 'refuse' | 'trust-token' | undefined;
  /** Which scopes are about the caller's own record. Default those of the form `p1:…:self:…`. */
  readonly isSelfScope?: ((scope: string) => boolean) | undefined;
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
   * Options for the route may stand behind them: `gate.require(scope, { owner: (req) => req.params.userId })`.
   *
   * @throws {TypeError} at once where a requirement is no scope-token (RFC 6749 §3.3), `allOf(…)` or `anyOf(…)`
   */
  require(
    ...requirements: readonly [Requirement, ...Requirement[]] | readonly [Requirement, ...Requirement[], RouteOptions]
  ): GateHandler;
}

/**
 * Makes the gate of an Express application (4.21 or 5).
 *
 * A request that passes has `req.auth`: `{ payload, header, token, scopes }`, from this gate's own verifier for this very
 * request, whatever stood there before. One that does not is answered with problem details (RFC 9457) and a challenge
 * (RFC 6750 §3): 400 `invalid_request`, 401, 401 `invalid_token`, 403 `insufficient_scope`; 503 with `Retry-After` where
 * the verifier or the grants cannot tell. Warm requests are passed on synchronously.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function createGate(options: GateOptions): Gate {
  const parsed = parse(options);
  const gate = gateOf(parsed, { authorize, refuse });
  gatesOf.set(gate, (ways) => gateOf(parsed, ways));
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

/** @param parsed also stands for those that believe each other: each gate has its own, and shares it with what is like it */
function gateOf(parsed: ReturnType<typeof parse>, { authorize, refuse }: Ways): Gate {
  const { verifier, challengeContext, onDecision, grants, grantsUnavailable, isSelfScope } = parsed;

  function enforce(rule: RoutePolicy, request: object, response: object, next: NextFunction): void {
    const passage: Passage = {
      rule,
      req: request as Request,
      res: response as Response,
      next,
      startedAt: onDecision === undefined ? 0 : performance.now(),
    };
    const note = getAuthContext(passage.req, parsed);
    if (note !== undefined) {
      askGrants(passage, note);
      return;
    }
    const result = authenticate(verifier, passage.req);
    if (isPromise(result)) result.then((settled) => noteDown(passage, settled)).catch(next);
    else noteDown(passage, result);
  }

  function noteDown(passage: Passage, result: AccessToken | Refusal): void {
    if (result instanceof Refusal) {
      const isAnonymous = passage.rule.isOptional && result.reason === 'no_credentials';
      conclude(passage, undefined, isAnonymous ? undefined : result);
      return;
    }
    askGrants(passage, { gate: parsed, accessToken: result, permission: undefined });
  }

  function askGrants(passage: Passage, note: AuthContext): void {
    const { accessToken, permission } = note;
    if (grants === undefined) {
      conclude(passage, note, refusalOf(passage, accessToken, accessToken.scopes));
      return;
    }
    const verdict = grants.check(accessToken, permission);
    if (isPromise(verdict)) verdict.then((settled) => applyGrants(passage, note, settled)).catch(passage.next);
    else applyGrants(passage, note, verdict);
  }

  function applyGrants(passage: Passage, note: AuthContext, verdict: LiveVerdict): void {
    const { accessToken } = note;
    if ('scopes' in verdict) {
      note.permission = verdict;
      const { scopes } = verdict;
      conclude(passage, note, refusalOf(passage, accessToken, scopes), { scopes });
    } else if (verdict.refused === 'grants_unavailable' && passage.rule.grantsUnavailable === 'trust-token') {
      const warning = 'The grants cannot be checked; the token alone decided.';
      conclude(passage, note, refusalOf(passage, accessToken, accessToken.scopes), { warning });
    } else {
      const { refused, cause } = verdict;
      const refusal = new Refusal(refused, { cause, ...(refused === 'grants_unavailable' && { retryAfter: 1 }) });
      conclude(passage, note, refusal);
    }
  }

  /** @param granted what of the token's scopes is still granted */
  function refusalOf(passage: Passage, accessToken: AccessToken, granted: ScopeSet): Refusal | undefined {
    const { required } = passage.rule;
    if (required === undefined) return undefined;
    const why = 'its application is no longer granted it';
    return (
      authorize(accessToken, required) ??
      (granted === accessToken.scopes
        ? undefined
        : authorizeRemaining(accessToken, { scopes: granted, why }, required)) ??
      refuseOthers(passage, accessToken, granted, required)
    );
  }

  /** A self scope opens nothing but the caller's own record. */
  function refuseOthers(
    { rule: { owner, acceptsSelfScope }, req }: Passage,
    accessToken: AccessToken,
    granted: ScopeSet,
    required: CompiledRequirement,
  ): Refusal | undefined {
    if (!acceptsSelfScope) return undefined;
    const { sub } = accessToken.payload;
    if (owner !== undefined && isText(sub) && ownerOf(owner, req) === sub) return undefined;
    const why = owner === undefined ? 'the route has no owner rule' : 'the record is not the caller’s own';
    const scopes = withoutSelfScopes(granted, isSelfScope);
    return authorizeRemaining(accessToken, { scopes, why, isObtainable: (scope) => !isSelfScope(scope) }, required);
  }

  function conclude(
    { rule: { required }, req, res, next, startedAt }: Passage,
    note: AuthContext | undefined,
    refusal: Refusal | undefined,
    { scopes, warning }: { readonly scopes?: ScopeSet; readonly warning?: string } = NOTHING_MORE,
  ): void {
    if (onDecision !== undefined) {
      const durationMs = performance.now() - startedAt;
      notifySafely(() => {
        const told = warning ?? verifier.warning?.();
        return onDecision(
          decisionRecord({ accessToken: note?.accessToken, scopes, refusal, required, durationMs, warning: told }),
          req,
        );
      });
    }
    if (refusal !== undefined) {
      refuse(req, res, refusal, challengeContext);
    } else {
      if (note === undefined) clearAuth(req);
      else attachAuth(req, note, scopes);
      next();
    }
  }

  const tokenOnly: RoutePolicy = { required: undefined, isOptional: false, grantsUnavailable, acceptsSelfScope: false };
  const tokenOrNobody: RoutePolicy = { ...tokenOnly, isOptional: true };

  return {
    authenticate: function scopegateAuthenticate(req, res, next) {
      enforce(tokenOnly, req, res, next);
    },
    optional: function scopegateOptional(req, res, next) {
      enforce(tokenOrNobody, req, res, next);
    },
    require(...requirements) {
      const rule = compileRoutePolicy(requirements, grantsUnavailable, isSelfScope, grants !== undefined);
      return function scopegateRequire(req, res, next) {
        enforce(rule, req, res, next);
      };
    },
  };
}

/** One request on its way through one middleware. */
interface Passage {
  readonly rule: RoutePolicy;
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
  readonly startedAt: number;
}

const OPTIONS: readonly (keyof GateOptions)[] = [
  'verifier',
  'realm',
  'onDecision',
  'grants',
  'grantsUnavailable',
  'isSelfScope',
];

const SCHEMES: readonly unknown[] = ['bearer', 'dpop'];

function parse(options: GateOptions) {
  const creator = 'createGate()';
  refuseUnknownOptions(creator, options, OPTIONS, {
    auth: 'verifier',
    observe: 'onDecision',
    grantsOutage: 'grantsUnavailable',
    selfScopes: 'isSelfScope',
  });
  const {
    verifier,
    realm = 'api',
    onDecision,
    grants,
    grantsUnavailable = 'refuse',
    isSelfScope = isPingOneSelfScope,
  } = options;
  const isVerifier = typeof (verifier as Partial<TokenVerifier> | undefined)?.verify === 'function';
  insist(isVerifier, creator, 'verifier', 'a verifier such as jwtVerifier(ociDomain({ … }))', verifier);
  insist(isChallengeText(realm), creator, 'realm', 'printable ASCII text without " and \\', realm);
  insist(onDecision === undefined || typeof onDecision === 'function', creator, 'onDecision', 'a function', onDecision);
  const isLive = grants === undefined || typeof (grants as Partial<LiveGrants> | null)?.check === 'function';
  insist(isLive, creator, 'grants', 'what liveGrants({ store }) returns', grants);
  assertUnavailableMode(creator, options.grantsUnavailable);
  const isOfUse = grants !== undefined || options.grantsUnavailable === undefined;
  insist(
    isOfUse,
    creator,
    'grants',
    'what liveGrants({ store }) returns, where there is a "grantsUnavailable"',
    grants,
  );
  insist(typeof isSelfScope === 'function', creator, 'isSelfScope', 'a function', isSelfScope);
  const { schemes = ['bearer'] } = verifier;
  const known = Array.isArray(schemes) && schemes.length > 0 && schemes.every((each) => SCHEMES.includes(each));
  insist(known, creator, 'verifier.schemes', "a list of 'bearer' and 'dpop'", schemes);
  const challengeContext: ChallengeContext = { realm, schemes };
  return { verifier, challengeContext, onDecision, grants, grantsUnavailable, isSelfScope };
}

const NOTHING_MORE = {};

/** Whose record a request is about. That has to be known at once: a promise would be nobody's. */
function ownerOf(owner: NonNullable<RoutePolicy['owner']>, req: Request): unknown {
  const found: unknown = owner(req);
  if (!isPromise(found)) return found;
  ignoreRejection(found);
  throw new TypeError('gate.require(): "owner" must return a text, not a promise. Look it up in a middleware before.');
}
