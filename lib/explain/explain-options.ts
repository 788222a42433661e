import { CLOCK, type Clock, systemClock } from '../clock.js';
import type { HttpRequest } from '../enforcement/http-message.js';
import { compileRoutePolicy, type RouteOptions, type RoutePolicy } from '../enforcement/route-policy.js';
import type { ApplicationStatus } from '../grants/store.js';
import type { LiveGrantsOptions } from '../live/live-grants-options.js';
import type { LiveGrantsSource } from '../live/source.js';
import {
  type CheckedOptions,
  callback,
  hasMethods,
  insist,
  isObject,
  type OptionRules,
  oneOf,
  optional,
  readOptions,
} from '../options.js';
import { parseScopeModel } from '../scope/models.js';
import type { Requirement } from '../scope/requirement.js';
import type { ScopeModelOption } from '../scope/scope-model.js';
import { type ScopeSet, scopeSet } from '../scope/scope-set.js';
import { isSelfScope as isPingOneSelfScope } from '../scope/self-scopes.js';
import type { JwtPayload } from '../token/access-token.js';
import type { TokenVerifier } from '../token/verifier.js';
import type { History } from './withdrawals.js';

/** The options of a route, with the subject whose record it is about as a value. */
export interface ExplainedRoute extends Omit<RouteOptions, 'owner'> {
  /** What the `owner` of the route returns for the request. */
  readonly owner?: string | undefined;
}

export interface ExplainOptions {
  /** The token, as a client sends it. One of `token`, `request` and `held` is given. */
  readonly token?: string | undefined;
  /** A request with headers as Node has them, for DPoP proofs and for refusals without a token. */
  readonly request?: HttpRequest | undefined;
  /** Scopes that are assumed to be held, in place of a token. */
  readonly held?: ScopeSet | string | readonly string[] | undefined;
  /** Claims that are assumed beside `held`, such as `client_id`, `aud` and `sub`. Default `{}`. */
  readonly payload?: JwtPayload | undefined;
  /** That of the gate; needed for `token` and `request`. */
  readonly verifier?: TokenVerifier | undefined;
  /** What the route requires. Default none: `gate.authenticate`. */
  readonly required?: Requirement | undefined;
  /** The options of the route. */
  readonly route?: ExplainedRoute | undefined;
  /** The options of `liveGrants`. Default none: the token alone decides. A store as `source` tells its history too. */
  readonly live?: LiveGrantsOptions | undefined;
  /** That of the gate. Default `ociScopeModel()`. */
  readonly scopeModel?: ScopeModelOption | undefined;
  /** That of the gate. Default PingOne's self scopes. */
  readonly isSelfScope?: ((scope: string) => boolean) | undefined;
  /** That of the gate. Default `'refuse'`. */
  readonly grantsUnavailable?: 'refuse' | 'trust-token' | undefined;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
}

const OPTIONS = {
  token: optional([(value) => typeof value === 'string', 'a string']),
  request: optional([(value) => isObject(Object(value).headers), 'a request with headers']),
  held: true,
  payload: true,
  verifier: true,
  required: true,
  route: true,
  live: true,
  scopeModel: true,
  isSelfScope: callback(isPingOneSelfScope),
  grantsUnavailable: oneOf('refuse', 'trust-token'),
  clock: CLOCK,
} as const satisfies OptionRules<ExplainOptions>;

const CREATOR = 'explain()';

export function parseExplainOptions(options: ExplainOptions) {
  const checked = readOptions(CREATOR, options, OPTIONS, { grants: 'live', store: 'live', scopes: 'held' });
  const { token, request, held, payload, verifier, live, isSelfScope, clock } = checked;
  const given = [token, request, held].filter((each) => each !== undefined);
  insist(given.length === 1, CREATOR, 'token', 'given alone: one of "token", "request" and "held"', given);
  const isVerifiable = held !== undefined || hasMethods('verify')(verifier);
  insist(isVerifiable, CREATOR, 'verifier', 'that of the gate, for a token or a request', verifier);
  const isAssumed = payload === undefined || (held !== undefined && isObject(payload));
  insist(isAssumed, CREATOR, 'payload', 'claims beside "held"', payload);
  return {
    req: request ?? (token === undefined ? undefined : toRequest(token)),
    assumed: held === undefined ? undefined : { scopes: toScopes(held), payload: payload ?? {} },
    verifier: verifier ?? NO_VERIFIER,
    live: live && { ...live, source: readOnce(live.source) },
    /** Where the changes of an application are listed, if the source is a store. */
    history: toHistory(live?.source),
    policy: compilePolicy(checked),
    isSelfScope,
    scopeModel: parseScopeModel(CREATOR, options.scopeModel),
    clock,
  };
}

function compilePolicy(options: CheckedOptions<ExplainOptions, typeof OPTIONS>): RoutePolicy {
  const { required, route, grantsUnavailable, live, scopeModel, isSelfScope } = options;
  if (required === undefined) {
    insist(route === undefined, CREATOR, 'route', 'given with "required"', route);
    return { required, isOptional: false, passesPreflights: false, grantsUnavailable, acceptsSelfScope: false };
  }
  if (route !== undefined && !isObject(route))
    throw new TypeError(`${CREATOR}: "route" must be the options of a route.`);
  const { owner, ...others }: ExplainedRoute = route ?? {};
  const ownerRule = owner === undefined ? {} : { owner: () => owner };
  return compileRoutePolicy([required, { ...others, ...ownerRule }], {
    creator: CREATOR,
    grantsUnavailable,
    passesPreflights: false,
    isSelfScope,
    hasGrants: live !== undefined,
    scopeModel: parseScopeModel(CREATOR, scopeModel),
    reportUntil: undefined,
    clock: systemClock,
  });
}

function toRequest(token: string): HttpRequest {
  return { headers: { authorization: `Bearer ${token}` } };
}

function toScopes(held: ScopeSet | string | readonly string[]): ScopeSet {
  return typeof held === 'string' || Array.isArray(held) ? scopeSet(held) : (held as ScopeSet);
}

/** Where scopes are assumed, nothing is verified. */
const NO_VERIFIER: TokenVerifier = {
  verify() {
    throw new TypeError('explain() has no verifier.');
  },
};

export type ParsedExplainOptions = ReturnType<typeof parseExplainOptions>;

/** A source of one moment: the status of an application is read once, and no feed is followed. */
function readOnce(source: LiveGrantsSource): LiveGrantsSource {
  if (typeof (source as Partial<LiveGrantsSource> | undefined)?.applicationStatus !== 'function') return source;
  let known: Promise<ApplicationStatus> | undefined;
  return {
    applicationStatus: (id) => {
      known ??= source.applicationStatus(id);
      return known;
    },
    changes: {
      since: async (position) => ({ events: [], hasMore: false, hasGap: false, position }),
      subscribe: () => () => undefined,
    },
  };
}

function toHistory(source: object | undefined): History | undefined {
  const isHistory = typeof (source as Partial<History> | undefined)?.activities?.list === 'function';
  return isHistory ? (source as History) : undefined;
}
