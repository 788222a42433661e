import { CLOCK, type Clock } from '../clock.js';
import { type ChallengeContext, isChallengeText } from '../enforcement/challenge.js';
import type { GateRules } from '../enforcement/gate-request.js';
import type { HttpRequest } from '../enforcement/http-message.js';
import type { DecisionRecord } from '../enforcement/record.js';
import { parseReportOnly, type ReportOnly } from '../enforcement/report-only.js';
import type { RoutePolicy } from '../enforcement/route-policy.js';
import type { LiveGrants } from '../live/live-grants.js';
import { callback, hasMethods, insist, isListOf, type OptionRules, oneOf, optional, readOptions } from '../options.js';
import { isScopeToken } from '../scope/grammar.js';
import { parseScopeModel } from '../scope/models.js';
import type { CheckedScopeModel, ScopeModelOption } from '../scope/scope-model.js';
import { applyScopeModel, getScopeModel } from '../scope/scope-set.js';
import { isSelfScope as isPingOneSelfScope } from '../scope/self-scopes.js';
import type { AccessToken } from '../token/access-token.js';
import { parseEndpointUrl } from '../token/keys/endpoint-url.js';
import type { TokenVerifier } from '../token/verifier.js';
import type { ProtectedResourceMetadataHandler } from './protected-resource-metadata.js';
import type { AuthContexts, ReturnedAuths } from './req-auth.js';
import type { RefusalHandler } from './respond.js';

/** Gets the record of a decision. (Declared as a method, so that a function of an `express.Request` is one.) */
export type DecisionListener = { onDecision(record: DecisionRecord, req: HttpRequest): unknown }['onDecision'];

export interface GateOptions {
  /** Verifies tokens: `jwtVerifier(…)`, `multiIssuerVerifier(…)`, `introspectionVerifier(…)` and others, or your own. */
  readonly verifier: TokenVerifier;
  /** The `realm` of challenges (RFC 9110 §11.5). Default `'api'`. */
  readonly realm?: string | undefined;
  /**
   * The `resource_metadata` of challenges with status 401 and 403 (RFC 9728 §5.1), which leads clients to the authorization
   * server: what `protectedResourceMetadata(…)` returns, or the URL of the metadata. Default none.
   */
  readonly resourceMetadata?: string | Pick<ProtectedResourceMetadataHandler, 'url'> | undefined;
  /**
   * Which challenges name the `scope` of a route: with `'insufficient'`, those for a token that lacks it; with `'always'`,
   * every 401 as well, even for a caller without a token. Default `'insufficient'`. `offline_access` is never named.
   */
  readonly challengeScope?: 'insufficient' | 'always' | undefined;
  /**
   * Gets a record of every decision: permits, denials and outages. A record is built only where there is a listener;
   * one that throws or rejects does not fail the request. `req` is for what the record leaves out, such as a path or a
   * request id.
   */
  readonly onDecision?: DecisionListener | undefined;
  /**
   * Responds to refused requests in place of the gate. With `'next'`, the error handler of the application gets a
   * `RefusalError`. A function `(refusal, req, res, next)` writes the body, or calls `next` with an error. The status and
   * the challenge are already set on the response. Default none: the gate responds with problem details.
   */
  readonly onRefusal?: 'next' | RefusalHandler | undefined;
  /**
   * How a CORS preflight request is treated: `OPTIONS` with `Origin` and `Access-Control-Request-Method`, without
   * credentials. `'pass'` lets it through to later handlers, without `req.auth`. Default `'refuse'`: like any request
   * without credentials.
   */
  readonly preflight?: 'refuse' | 'pass' | undefined;
  /**
   * What applications are granted now, from `liveGrants({ source: store })`. Default none: a token is accepted until it
   * expires.
   */
  readonly grants?: LiveGrants | undefined;
  /**
   * While the grants are unavailable: `'refuse'` responds with 503; with `'trust-token'`, the token alone decides.
   * Default `'refuse'`.
   */
  readonly grantsUnavailable?: 'refuse' | 'trust-token' | undefined;
  /** Which scopes are about the caller's own record. Default PingOne's: `p1:read:user` and the like, `p1:…:self:…`. */
  readonly isSelfScope?: ((scope: string) => boolean) | undefined;
  /**
   * Which held scopes cover a required one: a model, or a function that returns every scope that covers a required one,
   * itself included. For routes, `auth.scopes` and live grants of this gate, and for the look-up of holders in a
   * `grantsRouter` with it. Default `ociScopeModel()`.
   */
  readonly scopeModel?: ScopeModelOption | undefined;
  /**
   * Scopes in trial, until the end of a day: `{ until: '2027-01-31' }`. A request whose token lacks a scope passes, and its
   * record has `wouldDeny`; set `onDecision` to see it. Everything else is enforced: credentials, the token, revocations,
   * `acr` and `maxAge`. A grant that live grants no longer have counts as a scope that is missing. From the next day on
   * scopes are enforced; a program that starts then gets a warning. Default none: scopes are enforced.
   */
  readonly reportOnly?: ReportOnly | undefined;
  /** For the `maxAge` of routes, the `durationMs` of records, and `exp` of open connections. Default: the system's clocks. */
  readonly clock?: Clock | undefined;
}

/** The settings of a gate. Gates that share them accept each other's verified requests. */
export interface GateSettings extends GateRules {
  readonly challengeContext: ChallengeContext;
  readonly challengeScope: 'insufficient' | 'always';
  readonly onDecision: DecisionListener | undefined;
  readonly onRefusal: 'next' | RefusalHandler | undefined;
  readonly passesPreflights: boolean;
  readonly grantsUnavailable: RoutePolicy['grantsUnavailable'];
  readonly contexts: AuthContexts;
  readonly returnedAuths: ReturnedAuths;
  readonly scopeModel: CheckedScopeModel;
  readonly reportUntil: number | undefined;
}

const OPTIONS = {
  verifier: [hasMethods('verify'), 'a verifier such as jwtVerifier(ociDomain({ … }))'],
  realm: [isChallengeText, 'printable ASCII text without " and \\', 'api'],
  resourceMetadata: true,
  challengeScope: oneOf('insufficient', 'always'),
  onDecision: callback(),
  onRefusal: optional([isRefusalHandler, "'next' or a function"]),
  preflight: oneOf('refuse', 'pass'),
  grants: optional([hasMethods('check'), 'what liveGrants({ source: store }) returns']),
  grantsUnavailable: oneOf('refuse', 'trust-token'),
  isSelfScope: callback(isPingOneSelfScope),
  scopeModel: true,
  reportOnly: true,
  clock: CLOCK,
} as const satisfies OptionRules<GateOptions>;

const NAMED_ELSEWHERE = {
  auth: 'verifier',
  observe: 'onDecision',
  grantsOutage: 'grantsUnavailable',
  selfScopes: 'isSelfScope',
  resource_metadata: 'resourceMetadata',
};

function isRefusalHandler(value: unknown): boolean {
  return value === 'next' || typeof value === 'function';
}

/** The verifier may be the application's own: only a scope-token may get into a header. */
export function toSafeScope(verifier: TokenVerifier, scope: string, accessToken?: AccessToken): string {
  const requested = verifier.toRequestedScope?.(scope, accessToken);
  return isScopeToken(requested) ? requested : scope;
}

const SCHEMES: readonly unknown[] = ['bearer', 'dpop'];

/** Parses the options. @throws {TypeError} for wrong, unknown or missing ones */
export function parseGateOptions(options: GateOptions): GateSettings {
  const creator = 'createGate()';
  const checked = readOptions(creator, options, OPTIONS, NAMED_ELSEWHERE);
  const { clock, grants, preflight, realm, reportOnly, verifier } = checked;
  const isOfUse = grants !== undefined || options.grantsUnavailable === undefined;
  insist(isOfUse, creator, 'grants', `${OPTIONS.grants[1]}, where there is a "grantsUnavailable"`, grants);
  const schemes = parseSchemes(creator, verifier);
  const resourceMetadata = parseMetadataUrl(creator, options.resourceMetadata);
  const scopeModel = parseScopeModel(creator, options.scopeModel);
  return {
    ...checked,
    challengeContext: { realm, schemes, resourceMetadata },
    passesPreflights: preflight === 'pass',
    scopeModel,
    reportUntil: reportOnly === undefined ? undefined : parseReportOnly(creator, reportOnly, clock),
    applyModel: createModelApplier(scopeModel),
    contexts: new WeakMap(),
    returnedAuths: new WeakMap(),
  };
}

function parseMetadataUrl(creator: string, given: GateOptions['resourceMetadata']): string | undefined {
  if (given === undefined) return undefined;
  const url: unknown = typeof given === 'string' ? given : (given as { url?: unknown } | null)?.url;
  const isUrl = isChallengeText(url) && 'url' in parseEndpointUrl(url, false) && !url.includes('#');
  insist(isUrl, creator, 'resourceMetadata', 'what protectedResourceMetadata(…) returns, or an https URL', given);
  return url as string;
}

function parseSchemes(creator: string, { schemes = ['bearer'] }: TokenVerifier): ChallengeContext['schemes'] {
  const areKnown = isListOf(schemes, (each) => SCHEMES.includes(each));
  insist(areKnown, creator, 'verifier.schemes', "a list of 'bearer' and 'dpop'", schemes);
  return schemes;
}

function createModelApplier(model: CheckedScopeModel): GateRules['applyModel'] {
  return (accessToken) => {
    const { scopes } = accessToken;
    return getScopeModel(scopes) === model ? accessToken : { ...accessToken, scopes: applyScopeModel(scopes, model) };
  };
}
