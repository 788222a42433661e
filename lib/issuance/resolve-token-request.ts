import { CONSUMER_ALL, isSharedAudience, MY_SCOPES } from '../scope/grammar.js';
import type { ScopeModel } from '../scope/scope-model.js';
import { scopeSet } from '../scope/scope-set.js';
import { fail, type Outcome, succeed, type TokenRefusal, toRefusal } from './errors.js';
import { addTo, GrantIndex } from './grant-index.js';
import { type Flow, findFlow, isPublic, REFRESH_TOKEN } from './grant-types.js';
import { type RequestedResources, readRequestedResources } from './requested-resources.js';
import {
  canAccompanyConsumerAll,
  isScopeOmitted,
  OFFLINE_ACCESS,
  OPENID,
  type RequestedScopes,
  readOriginalScopes,
  readRequestedScopes,
} from './requested-scopes.js';
import { type Entitlement, ScopeResolver, suitsGrantType } from './scope-resolver.js';
import { resolveAudiences } from './token-audience.js';
import type { TokenGrant, TokenRequest } from './token-request.js';

/**
 * Decides what an authorization server puts into an access token, given the grants of the application. The function is
 * pure: no clock, no I/O, the same result every time.
 *
 * Decided: the `scope` and `aud` claims, the lifetime, whether a refresh token is issued; or the error of RFC 6749 §5.2 or RFC 8707 §2.
 * Not decided, and to be checked before: that the client is the application (its secret), that a code, refresh token or
 * other credential is genuine and belongs to it, and what a user consented to. Where a user consents to less, call again
 * with that `scope`.
 *
 * - A granted scope must cover each requested one, directly or hierarchically; the token carries the requested one. A
 *   request may prefix a scope with the audience of its resource, without a separator (Oracle's fully qualified scope). A
 *   granted scope with the name of the whole comes first, then the longest audience of a resource with such a scope.
 * - `trustScope` decides the audience. `Account`: `urn:opc:resource:scope:account`, for scopes under
 *   `urn:opc:resource:consumer` and IAM admin scopes. `Tags`: `urn:opc:resource:scope:tag=` and base64 of
 *   `{"tags":[{"key","value"}]}`, for scopes under `urn:opc:resource:consumer`. For other scopes, and always with
 *   `Explicit`: the audience of the resource, followed by its secondary ones.
 * - `urn:opc:resource:consumer::all` must be requested alone, or with `offline_access` and an `expiry`. An application with a grant of it can
 *   also request a scope of every other custom resource (`Account`), or of one with a matching tag (`Tags`), but no admin
 *   scope.
 * - A public client (`tokenEndpointAuthMethod` `NONE`) can use neither client credentials nor
 *   `urn:opc:resource:consumer::all` for the account or for tags.
 * - `urn:opc:idm:__myscopes__` stands for every granted admin scope (`urn:opc:idm:…`); it is issued itself only where it is
 *   granted.
 * - Scopes of several resources are `invalid_scope` unless the application allows them. They are always refused beside a
 *   shared audience, and where a scope of one resource would open something else at another. Built-in resources do not
 *   count beside others.
 * - `offline_access` needs no grant. It gives a refresh token, and stays in `scope`, where the grant type has refresh
 *   tokens (all but client credentials and implicit) and the application has `REFRESH_TOKEN`. `openid` needs a user, but no
 *   grant. A request of `offline_access` or `urn:opc:resource:expiry=<seconds>` only counts as a request without scopes.
 * - Of the platform's own scopes (`p1:…`), client credentials can have all but the self scopes, and every other grant type
 *   the self scopes only. Scopes that do not fit the grant type are left out.
 * - Without a requested scope: the scopes granted of the application's one custom resource, or of its only resource. Of
 *   these, `urn:opc:resource:consumer::all` comes alone, and admin scopes are left out.
 * - `lifetime` is the shortest of the resources that define or grant these scopes, and at most `expiry`, which may be an
 *   hour or a year: 60 to 31556952 seconds. It ends with the grants: a scope counts until the last grant that covers it
 *   ends, in whole seconds, one at least.
 * - A refresh: the scopes of the refresh token must cover `scope`, and the grants of now too. There is always a refresh
 *   token, and the lifetime is at most what the original request asked for. `urn:opc:idm:__myscopes__` stands for the admin
 *   scopes that the refresh token has by name.
 * - With `resource` (RFC 8707), the token is for these audiences only, compared with the primary ones: scopes of other
 *   resources are left out, but not those of OpenID Connect. Without `scope`: the scopes granted of them. A resource of
 *   which nothing is left is `invalid_target`. A scope that `trustScope` makes valid elsewhere too is then for the resource.
 * - With `consentedAudience`, the token is for no other audience: a scope of another resource is `invalid_scope`, and
 *   secondary audiences that were added since are left out.
 * - Scopes and audiences are compared exactly. A `scope` of more than 8,192 characters is refused.
 *
 * Sources: Oracle, "Accessing All Resources", "Access Resources With Matching Tags", "Scopes"; PingOne, "Work with
 * grants", "Resource scopes"; RFC 6749 §3.3, §5.2, §6; RFC 8707 §2.
 *
 * @returns a {@link TokenGrant}, or a {@link TokenRefusal} (`ok: false`) for everything that a client can send
 * @throws {TypeError} for mistakes of the caller: a refresh without its original request, a grant of a resource that is not
 *   among `resources`, a resource without a lifetime, grants with dates and no `now`, an `isSelfScope` that is not a function, a `scopeModel` that is none
 *   or throws
 */
export function resolveTokenRequest(request: TokenRequest): TokenGrant | TokenRefusal {
  const resolved = resolve(request);
  return resolved.ok ? resolved.value : toRefusal(resolved.reason);
}

/** What the steps of one request share. */
interface Resolution {
  readonly request: TokenRequest;
  readonly flow: Flow;
  readonly requested: RequestedScopes;
  readonly resolver: ScopeResolver;
  readonly index: GrantIndex;
  readonly resources: RequestedResources;
  /** The audiences that the user consented to; `undefined` for any. */
  readonly consented: ReadonlySet<string> | undefined;
  /** For a refresh: the names of the scopes that the refresh token has. */
  readonly original: ReadonlySet<string> | undefined;
}

function resolve(request: TokenRequest): Outcome<TokenGrant> {
  const flow = findFlow(request);
  if (!flow.ok) return flow;
  const requested = readRequestedScopes(request);
  if (!requested.ok) return requested;
  const consented = request.consentedAudience === undefined ? undefined : new Set([request.consentedAudience].flat());
  const resources = readRequestedResources(request, consented);
  if (!resources.ok) return resources;
  const index = new GrantIndex(request);
  const resolution: Resolution = {
    request,
    flow: flow.value,
    requested: requested.value,
    resolver: new ScopeResolver(index, resources.value, consented),
    resources: resources.value,
    consented,
    index,
    original: isRefresh(request) ? new Set(readOriginalScopes(request.refreshed?.scope).names) : undefined,
  };
  const entitled = findEntitlements(resolution);
  if (!entitled.ok) return entitled;
  const failure = checkConsumerAll(entitled.value, resolution) ?? checkOriginalScope(entitled.value, resolution);
  if (failure !== undefined) return failure;
  return issue(entitled.value, resolution, index);
}

function isRefresh({ grantType }: TokenRequest): boolean {
  return grantType === REFRESH_TOKEN.parameter;
}

/** Resolves every requested name, and the default scopes where the request names none. */
function findEntitlements({ requested, resolver, flow, original }: Resolution): Outcome<readonly Entitlement[]> {
  const defaults = isScopeOmitted(requested) ? resolver.listDefaults(flow) : succeed([]);
  if (!defaults.ok) return defaults;
  const entitled: Entitlement[] = [];
  for (const name of [...defaults.value, ...requested.names]) {
    const found = resolver.find(name, flow);
    if (!found.ok) return found;
    const allowed =
      original !== undefined && name === MY_SCOPES ? keepOriginalAdminScopes(found.value, original) : found;
    if (!allowed.ok) return allowed;
    entitled.push(...allowed.value.filter((each) => resolver.isRequested(each)));
  }
  return succeed(entitled);
}

/** In a refresh, `urn:opc:idm:__myscopes__` does not stand for admin scopes that were granted after the original request. */
function keepOriginalAdminScopes(
  found: readonly Entitlement[],
  original: ReadonlySet<string>,
): Outcome<readonly Entitlement[]> {
  if (original.has(MY_SCOPES) && found.every(({ scope }) => scope !== MY_SCOPES)) return fail('scope_not_granted');
  const kept = found.filter(({ scope }) => scope === MY_SCOPES || original.has(scope));
  return kept.length > 0 ? succeed(kept) : fail('scope_not_in_refresh_token');
}

/** `urn:opc:resource:consumer::all` must be alone, whether it was named or came by default. */
function checkConsumerAll(entitled: readonly Entitlement[], { request }: Resolution) {
  if (entitled.every(({ scope }) => scope !== CONSUMER_ALL)) return undefined;
  if (!entitled.every(({ scope }) => canAccompanyConsumerAll(scope))) return fail('consumer_all_not_alone');
  const isShared = entitled.some(({ audience }) => isSharedAudience(audience));
  return isShared && isPublic(request.application) ? fail('client_not_confidential') : undefined;
}

/** In a refresh, the scopes of the refresh token that are still granted must cover every scope. */
function checkOriginalScope(entitled: readonly Entitlement[], resolution: Resolution) {
  const { original, resolver, flow } = resolution;
  if (original === undefined) return undefined;
  const isCounted = (each: Entitlement) => isIssued(each, flow, true);
  const held = [...original].flatMap((name) => {
    const found = resolver.findOne(name, flow);
    return found.ok ? [found.value].filter(isCounted) : [];
  });
  return areCovered(entitled.filter(isCounted), held, resolution.index.scopeModel)
    ? undefined
    : fail('scope_not_in_refresh_token');
}

function areCovered(scopes: readonly Entitlement[], original: readonly Entitlement[], scopeModel: ScopeModel): boolean {
  const names = new Map<string, string[]>();
  for (const { audience, scope } of original) addTo(names, audience, scope);
  const held = new Map([...names].map(([audience, scopes]) => [audience, scopeSet(scopes, scopeModel)]));
  return scopes.every(({ audience, scope }) => held.get(audience)?.covers(scope));
}

/** Composes the token: what the grant type can have of the scopes, their audiences and their lifetime. */
function issue(entitled: readonly Entitlement[], resolution: Resolution, index: GrantIndex): Outcome<TokenGrant> {
  const { flow, resources } = resolution;
  const refreshToken = shouldIssueRefreshToken(resolution);
  const issued = entitled.filter((each) => isIssued(each, flow, refreshToken));
  if (issued.every(({ scope }) => scope === OFFLINE_ACCESS)) {
    return fail(resources === undefined ? 'no_scope_for_grant_type' : 'resource_not_granted');
  }
  const audiences = resolveAudiences(issued, index, resources, resolution.consented);
  if (!audiences.ok) return audiences;
  // Every requested resource accepts the token (RFC 8707 §2), or the client would find out there.
  if (![...(resources ?? [])].every((each) => audiences.value.includes(each))) return fail('resource_not_granted');
  return succeed({
    ok: true,
    scope: [...new Set(issued.map(({ scope }) => scope))].join(' '),
    audience: audiences.value.length === 1 ? audiences.value[0] : audiences.value,
    refreshToken,
    lifetime: limitLifetime(issued, resolution),
  });
}

function shouldIssueRefreshToken({ request, requested, flow }: Resolution): boolean {
  if (isRefresh(request)) return true;
  const { grantTypes } = request.application;
  return requested.names.includes(OFFLINE_ACCESS) && flow.canRefresh && grantTypes.includes(REFRESH_TOKEN.name);
}

function isIssued(entitlement: Entitlement, flow: Flow, refreshToken: boolean): boolean {
  return entitlement.scope === OFFLINE_ACCESS ? refreshToken : suitsGrantType(entitlement, flow);
}

function limitLifetime(issued: readonly Entitlement[], { requested, request, index }: Resolution): number {
  const counted = issued.filter(({ scope }) => scope !== OFFLINE_ACCESS);
  const lifetimes = counted.map((each) => Math.min(each.lifetime, limitByGrants(each, index, request.now)));
  return lifetimes.reduce((shortest, each) => Math.min(shortest, each), requested.expiry ?? Number.POSITIVE_INFINITY);
}

/** Seconds until the grant ends, one at least. `openid` needs no grant. */
function limitByGrants({ scope, audience, resource }: Entitlement, index: GrantIndex, now = 0): number {
  const end =
    scope === OPENID
      ? Number.POSITIVE_INFINITY
      : index.findEnd(scope, isSharedAudience(audience) ? undefined : resource);
  return Math.max(1, Math.floor((end - now) / 1000));
}
