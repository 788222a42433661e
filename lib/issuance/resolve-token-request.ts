import { CONSUMER_ALL, isSharedAudience, MY_SCOPES } from '../scope/grammar.js';
import { scopeSet } from '../scope/scope-set.js';
import { refusal, type TokenRequestErrorReason } from './errors.js';
import { add, GrantIndex } from './grant-index.js';
import { type Flow, flowOf, isPublic, REFRESH_TOKEN } from './grant-types.js';
import {
  isScopeOmitted,
  mayAccompanyConsumerAll,
  OFFLINE_ACCESS,
  type RequestedScopes,
  refreshedScopes,
  requestedScopes,
} from './requested-scopes.js';
import { type Entitlement, ScopeResolver, suitsGrantType } from './scope-resolver.js';
import { resolveAudiences } from './token-audience.js';
import type { TokenGrant, TokenRefusal, TokenRequest } from './token-request.js';

/**
 * Decides what an authorization server may put into an access token, given what the application is granted. Pure: no
 * clock, no I/O, same answer every time.
 *
 * Decided: the `scope` and `aud` claims, the lifetime, whether a refresh token goes with it; or the error of RFC 6749
 * §5.2. Not decided, and to be settled before: that the client is the application (its secret), that a code, refresh
 * token or other credential is genuine and its own, and what a user consented to. Where a user consents to less,
 * call again with that `scope`.
 *
 * - A requested scope must be covered by a granted one, directly or hierarchically; the token carries the requested one.
 *   It may stand behind the audience of its resource, with nothing between (Oracle's fully qualified scope). A granted
 *   scope that is spelt like the whole goes first, then the longest audience of a resource with such a scope.
 * - `trustScope` says whom the token is for. `Account`: `urn:opc:resource:scope:account`, for scopes under
 *   `urn:opc:resource:consumer` and IAM admin scopes. `Tags`: `urn:opc:resource:scope:tag=` and base64 of
 *   `{"tags":[{"key","value"}]}`, for the former. Everything else, and with `Explicit` everything: the resource's
 *   audience, followed by its secondary ones.
 * - `urn:opc:resource:consumer::all` stands alone, or with `offline_access`. An application that is granted it may also request a
 *   scope of any other custom resource (`Account`), or of one with a matching tag (`Tags`), but never for an admin scope.
 * - A public client (`tokenEndpointAuthMethod` `NONE`) has no client credentials, and `urn:opc:resource:consumer::all` for
 *   neither account nor tags.
 * - `urn:opc:idm:__myscopes__` stands for every admin scope (`urn:opc:idm:…`) that is granted, and for itself only where it is.
 * - Scopes of several resources: `invalid_scope`, unless the application may; never beside a shared audience, and never
 *   where a scope of one would open something else at another. Built-in resources do not count beside others.
 * - `offline_access` needs no grant; it gives a refresh token, and stays in `scope`, where the grant type may have one
 *   (all but client credentials and implicit) and the application has `REFRESH_TOKEN`. `openid` needs none either, but a
 *   user. On their own, `offline_access` and `urn:opc:resource:expiry=<seconds>` are like no scope.
 * - Of the platform's own scopes (`p1:…`), client credentials have all but the self scopes, every other grant type those
 *   only; the others are left out.
 * - No scope: those granted of the application's one custom resource, or of its only resource; of them
 *   `urn:opc:resource:consumer::all` alone, and no admin scope.
 * - `lifetime` is the shortest of the resources whose scopes these are, or that grant them, and at most what `expiry` says.
 * - A refresh: `scope` must be covered by that of the refresh token, and be granted now; there is always a refresh token,
 *   and no longer life than the original request wished for. `urn:opc:idm:__myscopes__` stands for none but the admin
 *   scopes that the refresh token has by name.
 * - Scopes and audiences are compared exactly. A `scope` of more than 8,192 characters is refused.
 *
 * Sources: Oracle, "Accessing All Resources", "Access Resources With Matching Tags", "Scopes"; PingOne, "Work with
 * grants", "Resource scopes"; RFC 6749 §3.3, §5.2, §6.
 *
 * @returns a {@link TokenGrant}, or a {@link TokenRefusal} (`'error' in answer`) for whatever a client may send
 * @throws {TypeError} for what the caller got wrong: a refresh without the request that it came from, a grant of a
 *   resource that is not among `resources`, a resource without a lifetime, `isSelfScope` that is no function
 */
export function resolveTokenRequest(request: TokenRequest): TokenGrant | TokenRefusal {
  const answer = resolve(request);
  return typeof answer === 'string' ? refusal(answer) : answer;
}

function resolve(request: TokenRequest): TokenGrant | TokenRequestErrorReason {
  const flow = flowOf(request);
  if (typeof flow === 'string') return flow;
  const requested = requestedScopes(request);
  if (typeof requested === 'string') return requested;
  const holdings = new GrantIndex(request);
  const entitled = entitledScopes(requested, new ScopeResolver(holdings), flow, request);
  if (typeof entitled === 'string') return entitled;
  const refreshToken = givesRefreshToken(requested, flow, request);
  const issued = entitled.filter((each) => isIssued(each, flow, refreshToken));
  if (issued.every(({ scope }) => scope === OFFLINE_ACCESS)) return 'no_scope_for_grant_type';
  const audiences = resolveAudiences(issued, holdings);
  if (typeof audiences === 'string') return audiences;
  return {
    scope: [...new Set(issued.map(({ scope }) => scope))].join(' '),
    audience: audiences.length === 1 ? audiences[0] : audiences,
    refreshToken,
    lifetime: lifetimeOf(issued, requested),
  };
}

function entitledScopes(
  requested: RequestedScopes,
  entitlements: ScopeResolver,
  flow: Flow,
  { grantType, refreshed, application }: TokenRequest,
): readonly Entitlement[] | TokenRequestErrorReason {
  const names = isScopeOmitted(requested) ? entitlements.byDefault(flow) : [];
  if (typeof names === 'string') return names;
  const isRefresh = grantType === REFRESH_TOKEN.parameter;
  const original = isRefresh ? new Set(refreshedScopes(refreshed?.scope).names) : undefined;
  const entitled: Entitlement[] = [];
  for (const name of [...names, ...requested.names]) {
    const found = entitlements.find(name, flow);
    const meant = original !== undefined && name === MY_SCOPES ? adminScopesHad(found, original) : found;
    if (typeof meant === 'string') return meant;
    entitled.push(...meant);
  }
  const isAll = entitled.some(({ scope }) => scope === CONSUMER_ALL);
  const isAlone = requested.expiry === undefined && entitled.every(({ scope }) => mayAccompanyConsumerAll(scope));
  if (isAll && !isAlone) return 'consumer_all_not_alone'; // named or by default
  if (isAll && isPublic(application) && entitled.some(({ audience }) => isSharedAudience(audience))) {
    return 'client_not_confidential';
  }
  if (original === undefined) return entitled;
  const isHad = (each: Entitlement) => isIssued(each, flow, true);
  const had = [...original].flatMap((name) => {
    const found = entitlements.findOne(name, flow);
    return typeof found === 'string' ? [] : [found].filter(isHad); // what is no longer granted cannot be asked for either
  });
  return isWithin(entitled.filter(isHad), had) ? entitled : 'scope_not_in_refresh_token';
}

/** In a refresh, `urn:opc:idm:__myscopes__` does not stand for what has been granted since. */
function adminScopesHad(
  found: readonly Entitlement[] | TokenRequestErrorReason,
  original: ReadonlySet<string>,
): readonly Entitlement[] | TokenRequestErrorReason {
  if (typeof found === 'string') return found;
  if (original.has(MY_SCOPES) && found.every(({ scope }) => scope !== MY_SCOPES)) return 'scope_not_granted';
  const had = found.filter(({ scope }) => scope === MY_SCOPES || original.has(scope));
  return had.length > 0 ? had : 'scope_not_in_refresh_token';
}

function isWithin(scopes: readonly Entitlement[], original: readonly Entitlement[]): boolean {
  const names = new Map<string, string[]>();
  for (const { audience, scope } of original) add(names, audience, scope);
  const held = new Map([...names].map(([audience, scopes]) => [audience, scopeSet(scopes)]));
  return scopes.every(({ audience, scope }) => held.get(audience)?.covers(scope));
}

function givesRefreshToken({ names }: RequestedScopes, flow: Flow, { grantType, application }: TokenRequest): boolean {
  if (grantType === REFRESH_TOKEN.parameter) return true;
  return names.includes(OFFLINE_ACCESS) && flow.mayRefresh && application.grantTypes.includes(REFRESH_TOKEN.name);
}

function isIssued(entitlement: Entitlement, flow: Flow, refreshToken: boolean): boolean {
  return entitlement.scope === OFFLINE_ACCESS ? refreshToken : suitsGrantType(entitlement, flow);
}

function lifetimeOf(issued: readonly Entitlement[], { expiry }: RequestedScopes): number {
  const lifetimes = issued.filter(({ scope }) => scope !== OFFLINE_ACCESS).map(({ lifetime }) => lifetime);
  return lifetimes.reduce((least, each) => Math.min(least, each), expiry ?? Number.POSITIVE_INFINITY);
}
