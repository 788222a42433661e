import { insist, insistFlag, refuseUnknownOptions } from '../../options.js';
import type { JwtVerifierOptions } from '../jwt/jwt-verifier-options.js';
import { isHostName, parseAudiences } from './preset-options.js';

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
  const creator = 'auth0Tenant()';
  const known = { domain: true, audience: true, permissions: true } as const;
  refuseUnknownOptions(creator, options, known, { issuerBaseURL: 'domain', tenant: 'domain', identifier: 'audience' });
  const { domain, audience, permissions = false } = options;
  insist(isHostName(domain), creator, 'domain', "a host name such as 'acme.eu.auth0.com', without https://", domain);
  insistFlag(creator, 'permissions', permissions);
  const issuer = `https://${domain}/`;
  return {
    issuer,
    audience: parseAudiences(creator, audience),
    jwksUri: `${issuer}.well-known/jwks.json`,
    algorithms: ['RS256', 'PS256'],
    scopesFrom: permissions ? 'permissions' : 'scope',
  };
}
