import { FLAG, type OptionRules, readOptions, toList } from '../../options.js';
import type { JwtVerifierOptions } from '../jwt/jwt-verifier-options.js';
import { AUDIENCE, isHostName } from './preset-options.js';

export interface Auth0TenantOptions {
  /** The tenant's domain, or its custom domain: `acme.eu.auth0.com`. */
  readonly domain: string;
  /** The *Identifier* of your API, or several. */
  readonly audience: string | readonly string[];
  /**
   * Reads scopes from `permissions` in place of `scope`. The API must have *Enable RBAC* and *Add Permissions in the Access
   * Token* on; a token without `permissions` then holds no scope. Default `false`.
   */
  readonly permissions?: boolean | undefined;
}

const OPTIONS = {
  domain: [isHostName, "a host name such as 'acme.eu.auth0.com', without https://"],
  audience: AUDIENCE,
  permissions: FLAG,
} as const satisfies OptionRules<Auth0TenantOptions>;

const NAMED_ELSEWHERE = { issuerBaseURL: 'domain', tenant: 'domain', identifier: 'audience' };

/**
 * The {@link jwtVerifier} options of an Auth0 tenant: add to them, or use them as they are.
 *
 * Both profiles of access tokens are accepted: Auth0's own (`typ` `JWT`, client in `azp`) and that of RFC 9068 (`at+jwt`,
 * `client_id`).
 *
 * Verified: `iss`, which ends in a slash; `aud`; RS256 or PS256. Not verified: that a permission was also requested as a
 * scope; `azp`, `gty`, `org_id`: use `requiredClaims`. Not accepted: opaque tokens, which Auth0 issues where a client
 * requests no `audience`, and APIs that sign with HS256.
 *
 * ```ts
 * const verifier = jwtVerifier(auth0Tenant({ domain: 'acme.eu.auth0.com', audience: 'https://orders.example' }));
 * ```
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function auth0Tenant(options: Auth0TenantOptions): JwtVerifierOptions {
  const { domain, audience, permissions } = readOptions('auth0Tenant()', options, OPTIONS, NAMED_ELSEWHERE);
  const issuer = `https://${domain}/`;
  return {
    issuer,
    audience: toList(audience),
    jwksUri: `${issuer}.well-known/jwks.json`,
    algorithms: ['RS256', 'PS256'],
    scopesFrom: permissions ? 'permissions' : 'scope',
  };
}
