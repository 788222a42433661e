import { isText, type OptionRules, readOptions, toList } from '../../options.js';
import type { JwtVerifierOptions } from '../jwt/jwt-verifier-options.js';
import type { ScopesFrom } from '../jwt/scopes-from.js';
import { AUDIENCE, PREFIX, prefixAll, splitScopes } from './preset-options.js';

export interface KeycloakRealmOptions {
  /** The address of Keycloak as tokens name it: `https://sso.acme.example`; before version 17, with `/auth`. */
  readonly baseUrl: string;
  /** The name of the realm. */
  readonly realm: string;
  /** What the *Audience* mapper writes for your API, or several: by default the id of its client. */
  readonly audience: string | readonly string[];
  /**
   * Reads the roles of a client beside `scope`, each with a prefix: `{ client: 'orders-api', prefix: 'role:' }`. A role must
   * not be taken for a scope. Default: roles are not read.
   */
  readonly clientRoles?: KeycloakClientRoles | undefined;
  /** Where the keys are fetched, if not below `baseUrl`: inside a cluster, by an internal name. Default: at the realm. */
  readonly jwksUri?: string | undefined;
}

/** The roles that are read from `resource_access` of a token. */
export interface KeycloakClientRoles {
  /** The client whose roles they are. */
  readonly client: string;
  /** What each role gets before it to become a scope, for example `role:`. */
  readonly prefix: string;
}

const OPTIONS = {
  baseUrl: [isBaseUrl, 'an address without /realms/, query and fragment'],
  realm: [(value: unknown) => isText(value) && !/[/?#]/.test(value), 'the name of a realm'],
  audience: AUDIENCE,
  clientRoles: true,
  jwksUri: true,
} as const satisfies OptionRules<KeycloakRealmOptions>;

const NAMED_ELSEWHERE = { url: 'baseUrl', issuer: 'baseUrl', authServerUrl: 'baseUrl' };

const CLIENT_ROLES = {
  client: [isText, 'the id of a client'],
  prefix: PREFIX,
} as const satisfies OptionRules<KeycloakClientRoles>;

function isBaseUrl(value: unknown): boolean {
  if (!isText(value) || !/^https?:\/\/[^?#]+$/i.test(value)) return false;
  return URL.canParse(value) && !/\/realms\//.test(value);
}

/**
 * The {@link jwtVerifier} options of a Keycloak realm: add to them, or use them as they are.
 *
 * A realm writes no `aud` for your API until its client scope has an *Audience* mapper, and a token without `aud` is
 * refused. Scopes are the names of client scopes.
 *
 * Verified: `iss`; `aud`; the `typ` claim, which must not be `ID`, `Refresh`, `Offline`, `Logout` or `Serialized-ID`. Not
 * verified: `azp`, the session, `acr`. Not accepted: lightweight access tokens, which have no `aud`.
 *
 * ```ts
 * const verifier = jwtVerifier(
 *   keycloakRealm({ baseUrl: 'https://sso.acme.example', realm: 'main', audience: 'orders-api' }),
 * );
 * ```
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function keycloakRealm(options: KeycloakRealmOptions): JwtVerifierOptions {
  const creator = 'keycloakRealm()';
  const { baseUrl, realm, audience, clientRoles, jwksUri } = readOptions(creator, options, OPTIONS, NAMED_ELSEWHERE);
  const issuer = `${baseUrl.replace(/\/+$/, '')}/realms/${encodeURIComponent(realm)}`;
  return {
    issuer,
    audience: toList(audience),
    jwksUri: jwksUri ?? `${issuer}/protocol/openid-connect/certs`,
    scopesFrom: clientRoles === undefined ? 'scope' : withRoles(creator, clientRoles),
  };
}

function withRoles(creator: string, clientRoles: KeycloakClientRoles): ScopesFrom {
  const { client, prefix } = readOptions(creator, clientRoles, CLIENT_ROLES, {}, 'clientRoles');
  return ({ scope, resource_access }) => [
    ...splitScopes(scope),
    ...prefixAll(prefix, findRoles(resource_access, client)),
  ];
}

function findRoles(resourceAccess: unknown, client: string): unknown {
  const access = Object(resourceAccess) as Readonly<Record<string, unknown>>;
  return Object.hasOwn(access, client) ? (Object(access[client]) as { roles?: unknown }).roles : undefined;
}
