import { randomBytes } from 'node:crypto';
import type { AdapterPayload, ClientAuthMethod, Provider } from 'oidc-provider';
import type { Application, GrantStore } from 'scopegate/admin';
import { available } from './outage.js';

/** The environment whose applications are the clients, and its store. */
export interface Registry {
  readonly store: GrantStore;
  readonly environmentId: string;
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The metadata of a client (RFC 7591 §2) from the application with this id; `undefined` where there is none. */
export async function findClient({ store, environmentId }: Registry, id: string): Promise<AdapterPayload | undefined> {
  if (!UUID.test(id)) return undefined;
  const application = await available(store.applications.get({ environmentId, applicationId: id }));
  return application && clientMetadata(application);
}

/**
 * Secrets are compared by the store, which keeps digests only. `oidc-provider` 9 awaits the comparison; it insists on a
 * secret in the metadata, so it gets a random one.
 */
export function checkSecretsWith({ store, environmentId }: Registry, { Client }: Provider): void {
  (Client as unknown as { prototype: ComparesSecrets }).prototype.compareClientSecret = function (candidate) {
    return available(store.applications.hasSecret({ environmentId, applicationId: this.clientId }, candidate));
  };
}
interface ComparesSecrets {
  compareClientSecret(this: { readonly clientId: string }, candidate: string): Promise<boolean>;
}
const UNKNOWN_SECRET = randomBytes(32).toString('base64url');

/** The others need keys, or the secret itself, which the store does not have. */
const AUTH_METHODS: Readonly<Partial<Record<Application['tokenEndpointAuthMethod'], ClientAuthMethod>>> = {
  NONE: 'none',
  CLIENT_SECRET_BASIC: 'client_secret_basic',
  CLIENT_SECRET_POST: 'client_secret_post',
};

/**
 * `grant_types` does not say what the application may do: the policy does, for disabled applications too, with a sentence
 * of its own. The authorization endpoint, where a redirect URI is needed, is for those that have the grant type; client
 * credentials are for those that have credentials (RFC 6749 §4.4).
 */
function clientMetadata(application: Application): AdapterPayload | undefined {
  const authMethod = AUTH_METHODS[application.tokenEndpointAuthMethod];
  if (authMethod === undefined || application.protocol !== 'OPENID_CONNECT') return undefined;
  const isNative = application.type === 'NATIVE_APP';
  const redirectUris = application.redirectUris.filter((uri) => isRedirectUri(uri, isNative));
  const hasPages = application.grantTypes.includes('AUTHORIZATION_CODE') && redirectUris.length > 0;
  return {
    client_id: application.id,
    client_name: application.name,
    application_type: isNative ? 'native' : 'web',
    token_endpoint_auth_method: authMethod,
    grant_types: [
      'refresh_token',
      ...(authMethod === 'none' ? [] : ['client_credentials']),
      ...(hasPages ? ['authorization_code'] : []),
    ],
    response_types: hasPages ? ['code'] : [],
    redirect_uris: hasPages ? redirectUris : [],
    ...(authMethod !== 'none' && { client_secret: UNKNOWN_SECRET }),
  };
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether `oidc-provider` accepts the URI: one that it refuses would make the whole client invalid. */
function isRedirectUri(uri: string, isNative: boolean): boolean {
  if (!URL.canParse(uri) || uri.includes('#')) return false;
  const { protocol, hostname } = new URL(uri);
  if (/[;,*]/.test(hostname)) return false; // it appears in the Content-Security-Policy of the pages
  if (!isNative) return protocol === 'https:' || protocol === 'http:';
  if (protocol === 'http:') return LOOPBACK.has(hostname);
  if (protocol === 'https:') return !LOOPBACK.has(hostname);
  return protocol.includes('.'); // a private-use scheme (RFC 8252 §7.1)
}
