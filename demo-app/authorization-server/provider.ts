import {
  type AdapterFactory,
  type Configuration,
  interactionPolicy,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import { checkSecretsWith, type Registry } from './clients.js';
import { AUTHORIZATION_PATH, INTERACTION_PATH } from './interactions.js';
import type { SigningKey } from './keys.js';
import { available } from './outage.js';
import { problemPage, siteHeaders } from './pages.js';
import { issuancePolicy, leaveRefreshedScopesToPolicy } from './policy.js';
import { leaveResourcesToPolicy } from './resource-indicator.js';
import { isActive } from './revocations.js';

export interface ProviderOptions extends Registry {
  readonly issuer: string;
  /** The `tenant` claim of its tokens. */
  readonly tenant: string;
  readonly adapter: AdapterFactory;
  /** The first one signs. */
  readonly keys: readonly SigningKey[];
  /** For the signatures of cookies. */
  readonly cookieKeys: readonly string[];
  readonly isUser: (name: string) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

const HOUR = 60 * 60;
const DAY = 24 * HOUR;

/**
 * An authorization server for the applications of one environment. Its grant types: client credentials, authorization
 * code with PKCE, refresh token. All other features of `oidc-provider` are off.
 */
export function createProvider(options: ProviderOptions): Provider {
  const { issuer, onError } = options;
  const provider = new Provider(issuer, configuration(options));
  checkSecretsWith(options, provider);
  leaveRefreshedScopesToPolicy(provider);
  leaveResourcesToPolicy(provider);
  provider.use(async (ctx, next) => {
    if (ctx.path === ROUTES.authorization) keepOfflineAccess(ctx.request);
    await next();
    if (ctx.status === 503) ctx.set('Retry-After', '1');
  });
  provider.on('server_error', (_ctx, error) => onError(error));
  return provider;
}

/** The paths of an OCI IAM domain. */
const ROUTES = {
  authorization: AUTHORIZATION_PATH,
  token: '/v1/token',
  introspection: '/v1/introspect',
  revocation: '/v1/revoke',
  jwks: '/v1/keys',
};

function configuration(options: ProviderOptions): Configuration {
  const { adapter, keys, cookieKeys, tenant, isUser } = options;
  const policy = issuancePolicy(options);
  const { pathname, origin } = new URL(options.issuer);
  return {
    ...policy,
    adapter,
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    cookies: { keys: [...cookieKeys], long: { httpOnly: true, sameSite: 'lax', path: pathname } },
    routes: ROUTES,
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    features: { ...policy.features, ...features(options) },
    // RFC 9700 §2.1.1 requires it. An application's `pkceEnforcement: OPTIONAL` is ignored.
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    clientBasedCORS: (_ctx, from, { redirectUris }) => [origin, ...originsOf(redirectUris)].includes(from),
    interactions: { policy: prompts(), url: (_ctx, { uid }) => `${pathname}${INTERACTION_PATH}/${uid}` },
    findAccount: async (_ctx, sub) =>
      (await available(isUser(sub))) ? { accountId: sub, claims: () => ({ sub }) } : undefined,
    extraTokenClaims: (ctx, { kind }) => ({
      tenant,
      tok_type: 'AT',
      sub_type: kind === 'ClientCredentials' ? 'client' : 'user',
      client_name: ctx.oidc.client?.clientName,
    }),
    renderError: (ctx, { error, error_description: description = '' }) => showProblem(ctx, error, description),
    ttl: LIFETIMES,
  };
}

/** A page that redeems a code in the browser is one of this server, or one that people are sent back to. */
function originsOf(redirectUris: readonly string[] = []): readonly string[] {
  // That of an app's own scheme is "null", which a sandboxed page of anybody has too.
  return redirectUris.map((uri) => new URL(uri).origin).filter((origin) => origin !== 'null');
}

function features(options: ProviderOptions) {
  return {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    introspection: {
      enabled: true,
      allowedPolicy: async (_ctx, client, token) =>
        token.clientId === client.clientId && (await isActive(options, token)),
    },
    pushedAuthorizationRequests: { enabled: false },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false }, // its tokens have no audience, and those of the policy always do
  } satisfies Configuration['features'];
}

/** In seconds. */
const LIFETIMES: Configuration['ttl'] = {
  AccessToken: (_ctx, { resourceServer }) => resourceServer?.accessTokenTTL ?? HOUR,
  AuthorizationCode: 60,
  ClientCredentials: (_ctx, { resourceServer }) => resourceServer?.accessTokenTTL ?? HOUR,
  Grant: 14 * DAY,
  IdToken: HOUR,
  Interaction: HOUR,
  RefreshToken: 14 * DAY,
  Session: 14 * DAY,
};

/** The prompts of `oidc-provider`, which by itself fails for the session of a deleted person. */
function prompts(): interactionPolicy.DefaultPolicy {
  const { Check, base } = interactionPolicy;
  const policy = base();
  const isGone = ({ oidc: { session, entities } }: KoaContextWithOIDC) =>
    session?.accountId !== undefined && entities.Account === undefined;
  policy.get('login')?.checks.add(new Check('no_account', 'End-User is not known', 'login_required', isGone));
  return policy;
}

/**
 * `oidc-provider` drops `offline_access` from a request without `prompt=consent` (OpenID Connect Core §11). Clients
 * of OCI IAM do not send it, so such a request leads to the consent page here.
 */
function keepOfflineAccess(request: KoaContextWithOIDC['request']): void {
  const { scope, prompt = '' } = request.query;
  if (typeof scope !== 'string' || typeof prompt !== 'string') return;
  const prompts = prompt.split(' ').filter((each) => each !== '');
  if (!scope.split(' ').includes('offline_access') || prompts.includes('none') || prompts.includes('consent')) return;
  request.query = { ...request.query, prompt: [...prompts, 'consent'].join(' ') };
}

function showProblem(ctx: KoaContextWithOIDC, error: string, description: string): void {
  ctx.set(siteHeaders());
  ctx.body = problemPage({
    title: 'This sign-in cannot begin',
    sentence:
      'The application asked for it in a way that is not allowed. Nothing was given to it. Its developer can correct that.',
    code: `${error}: ${description}`,
  });
}
