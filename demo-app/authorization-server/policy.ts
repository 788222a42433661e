import { type Configuration, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { CONSUMER_ALL, MY_SCOPES, resolveTokenRequest, type TokenGrant, type TokenRequest } from 'scopegate';
import type { Grant } from 'scopegate/admin';
import { readAllPages } from './all-pages.js';
import type { Registry } from './clients.js';
import { available } from './outage.js';
import { getNamedResources, readIndicator, toIndicator } from './resource-indicator.js';
import { isVoid } from './revocations.js';

/**
 * The part of the configuration by which `oidc-provider` calls {@link resolveTokenRequest}: at the authorization endpoint,
 * so that nobody signs in for a request that will be refused, and for each token, so that the current grants decide.
 */
export function issuancePolicy(registry: Registry) {
  const decisions = new WeakMap<KoaContextWithOIDC, Promise<TokenGrant>>();

  /** Decides once for each request, however often the decision is needed. */
  function getDecision(ctx: KoaContextWithOIDC): Promise<TokenGrant> {
    const known = decisions.get(ctx);
    if (known !== undefined) return known;
    const decision = decide(registry, ctx);
    decisions.set(ctx, decision);
    return decision;
  }

  return {
    features: { resourceIndicators: resourceIndicators(getDecision) },
    issueRefreshToken: async (ctx) => (await getDecision(ctx)).refreshToken,
    /** Decides before the old token is consumed: a refusal leaves it unchanged. */
    rotateRefreshToken: async (ctx) => {
      await getDecision(ctx);
      return true;
    },
    formats: {
      customizers: {
        /** Sets the final claims: `oidc-provider` itself knows one audience only, and no scope outside the request. */
        async jwt(ctx, token, { payload }) {
          const { scope, audience } = await getDecision(ctx);
          token.scope = scope; // for the response with the token (RFC 6749 §5.1)
          payload.scope = scope;
          payload.aud = audience;
        },
      },
    },
  } satisfies Configuration;
}

/** The audience and the scopes of a token are those of the decision, whatever resource the client named. */
function resourceIndicators(getDecision: (ctx: KoaContextWithOIDC) => Promise<TokenGrant>) {
  return {
    enabled: true,
    defaultResource: async (ctx, _client, oneOf?: readonly string[]) =>
      oneOf?.[0] ?? toIndicator({ ...(await getDecision(ctx)), resource: getResources(ctx) }),
    useGrantedResource: () => true,
    async getResourceServerInfo(ctx, indicator) {
      const { scope, lifetime, audience } = await getDecision(ctx);
      // That of a code or refresh token is what was consented to, and the decision is for no other audience.
      const resource = getResources(ctx);
      const target = toIndicator({ audience, resource });
      if (findSource(ctx) === undefined && indicator !== target) throw new errors.InvalidTarget();
      const { params } = ctx.oidc;
      if (params !== undefined && isAuthorization(ctx)) {
        params.scope = resolveScope(params.scope, scope, resource !== undefined);
      }
      return {
        scope: isAuthorization(ctx) ? String(params?.scope) : scope,
        accessTokenTTL: lifetime,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      };
    },
  } satisfies NonNullable<Configuration['features']>['resourceIndicators'];
}

/**
 * The scopes for the consent page and the code. A request that names no scope, or a resource, stands for those that were decided;
 * `urn:opc:idm:__myscopes__` stands for the admin scopes of this moment, so that no refresh includes one that was granted later.
 */
function resolveScope(asked: unknown, decided: string, isNarrowed: boolean): string {
  const names = typeof asked === 'string' ? asked.split(' ') : [];
  const scopes = decided.split(' ');
  const expiry = names.filter((name) => name.startsWith(EXPIRY));
  if (isNarrowed || names.every((name) => name === 'offline_access' || name.startsWith(EXPIRY))) {
    return [...scopes, ...expiry].join(' ');
  }
  const admin = scopes.filter((name) => name.startsWith(ADMIN_SCOPES));
  return [...new Set(names.flatMap((name) => (name === MY_SCOPES ? admin : [name])))].join(' ');
}
const EXPIRY = 'urn:opc:resource:expiry=';
const ADMIN_SCOPES = 'urn:opc:idm:';

/**
 * `oidc-provider` compares the scope of a refresh with that of the token as exact text, before any decision. So a
 * refresh token seems to have each requested scope as well: {@link resolveTokenRequest} decides what its scopes cover.
 */
export function leaveRefreshedScopesToPolicy({ RefreshToken }: Provider): void {
  Object.defineProperty(RefreshToken.prototype, 'scopes', {
    get(this: { readonly scope?: string }) {
      const requested = Provider.ctx?.oidc.params?.scope;
      return new Set(`${this.scope ?? ''} ${requested ?? ''}`.split(' ').filter((name) => name !== ''));
    },
  });
}

function isAuthorization({ oidc: { route } }: KoaContextWithOIDC): boolean {
  return route === 'authorization' || route === 'resume';
}

/** The resources that the client named: in this request, or else in the one that this sign-in, code or refresh token is of. */
function getResources(ctx: KoaContextWithOIDC): TokenRequest['resource'] {
  const kept = ctx.oidc.route === 'resume' ? ctx.oidc.params?.resource : findSource(ctx)?.resource;
  return getNamedResources(ctx.oidc) ?? (kept === undefined ? undefined : readIndicator(kept).resource);
}

/** The refresh token or the code that a token is requested with. */
function findSource(ctx: KoaContextWithOIDC) {
  const { RefreshToken: refreshToken, AuthorizationCode: code } = ctx.oidc.entities;
  return isAuthorization(ctx) ? undefined : (refreshToken ?? code);
}

/**
 * A redirect URI may be removed while a person signs in, and after a code was sent to it.
 *
 * @throws {errors.OIDCProviderError} where the application no longer has the redirect URI
 */
function checkRedirectUri(ctx: KoaContextWithOIDC): void {
  const { client, params, entities } = ctx.oidc;
  const uri = isAuthorization(ctx) ? params?.redirect_uri : entities.AuthorizationCode?.redirectUri;
  if (typeof uri !== 'string' || client?.redirectUriAllowed(uri)) return;
  if (isAuthorization(ctx)) throw new errors.InvalidRedirectUri();
  throw new errors.InvalidGrant('the redirect URI was removed');
}

async function decide(registry: Registry, ctx: KoaContextWithOIDC): Promise<TokenGrant> {
  const { store, environmentId } = registry;
  const { client } = ctx.oidc;
  if (client === undefined) throw new errors.InvalidClient();
  const at = { environmentId, applicationId: client.clientId };
  const [application, grants] = await available(
    Promise.all([store.applications.get(at), readAllPages((page) => store.grants.list(at, page))]),
  );
  if (application === undefined) throw new errors.InvalidClient('The application was deleted.');
  const source = findSource(ctx);
  if (source !== undefined && (await isVoid(registry, source))) throw new errors.InvalidGrant('revoked');
  checkRedirectUri(ctx);
  const request = toTokenRequest(ctx);
  const resources = await available(listResources(registry, grants, namesIn(request)));
  const there = new Set(resources.map(({ id }) => id));
  // The lists were read one after the other: a resource may have been deleted in between, with its grants.
  const current = grants.filter(({ resourceId }) => there.has(resourceId));
  const result = resolveTokenRequest({ ...request, application, grants: current, resources, now: Date.now() });
  if (!result.ok) throw new errors.CustomOIDCProviderError(result.error, result.error_description);
  return result;
}

/** The requested scopes, the grant type, and what was consented to. */
function toTokenRequest(
  ctx: KoaContextWithOIDC,
): Pick<TokenRequest, 'grantType' | 'scope' | 'resource' | 'refreshed' | 'consentedAudience'> {
  const { params, entities } = ctx.oidc;
  const scope = params?.scope as string | undefined;
  const resource = getResources(ctx);
  if (isAuthorization(ctx)) return { grantType: 'authorization_code', scope, resource };
  const { RefreshToken: refreshToken, AuthorizationCode: code } = entities;
  const grantType = String(params?.grant_type);
  const source = refreshToken ?? code;
  const consentedAudience = source && readIndicator(source.resource).audience;
  if (refreshToken === undefined) return { grantType, scope: code?.scope ?? scope, resource, consentedAudience };
  // After a refresh, `gty` lists both grant types: "authorization_code refresh_token".
  const [origin = grantType] = String(refreshToken.gty).split(' ');
  const refreshed = { grantType: origin, scope: refreshToken.scope ?? '' };
  return { grantType, scope, resource, refreshed, consentedAudience };
}

/**
 * Lists every resource of the environment with its scopes, since a scope of one must not open something else at another
 * with the same audience. Where the only grant decides everything, its resource is enough.
 */
async function listResources(
  { store, environmentId }: Registry,
  grants: readonly Grant[],
  requested: readonly string[],
) {
  const at = { environmentId };
  const [grant, ...others] = grants;
  if (grant !== undefined && others.length === 0 && !mayConcernAnother(grant, requested)) {
    const resourceAt = { ...at, resourceId: grant.resourceId };
    const [resource, scopes] = await Promise.all([
      store.resources.get(resourceAt),
      readAllPages((page) => store.scopes.list(resourceAt, page)),
    ]);
    return resource === undefined ? [] : [{ ...resource, scopes: scopes.map(({ name }) => name) }];
  }
  const [resources, scopes] = await Promise.all([
    readAllPages((page) => store.resources.list(at, page)),
    readAllPages((page) => store.scopes.list(at, page)),
  ]);
  const names = new Map<string, string[]>(resources.map(({ id }) => [id, []]));
  for (const { resourceId, name } of scopes) names.get(resourceId)?.push(name);
  return resources.map((resource) => ({ ...resource, scopes: names.get(resource.id) ?? [] }));
}

/** Every scope name that may affect the decision. */
function namesIn({ scope = '', refreshed }: Pick<TokenRequest, 'scope' | 'refreshed'>): readonly string[] {
  return `${scope} ${refreshed?.scope ?? ''}`.split(' ').filter((name) => name !== '');
}

/** Whether a requested scope may belong to another resource, through a grant of `consumer::all`. */
function mayConcernAnother({ scopes }: Grant, requested: readonly string[]): boolean {
  const granted = new Set(scopes.map(({ name }) => name));
  return granted.has(CONSUMER_ALL) && !requested.every((name) => granted.has(name));
}
