import { insist, insistThat } from '../../options.js';
import { type JwtVerifier, jwtVerifier } from '../jwt/jwt-verifier.js';
import type { JwtVerifierOptions } from '../jwt/jwt-verifier-options.js';
import { toRoutes, verifierByOrigin } from '../multi-issuer/verifier-by-origin.js';
import { type OciDomainOptions, ociDomain } from './oci-domain.js';

/** Options of `jwtVerifier()` that several domains share: all but those that each domain has of its own. */
export type SharedVerifierOptions = Partial<Omit<JwtVerifierOptions, (typeof OF_EACH_DOMAIN)[number]>>;

const OF_EACH_DOMAIN = ['issuer', 'audience', 'jwksUri', 'jwks', 'keyAuthorization'] as const;

/**
 * One verifier for several OCI IAM identity domains, each with its own keys: a `multiIssuerVerifier` that chooses by
 * `tenant`. It goes into the gate as it is.
 *
 * Verified and not verified: as for {@link jwtVerifier} with the options of {@link ociDomain} for each domain.
 *
 * ```ts
 * const verifier = ociDomains([
 *   { url: 'https://idcs-0a1b.identity.oraclecloud.com', tenant: 'idcs-0a1b', audience: 'https://orders.example/' },
 *   { url: 'https://idcs-2c3d.identity.oraclecloud.com', tenant: 'idcs-2c3d', audience: 'https://orders.example/' },
 * ]);
 * ```
 *
 * @param shared options of `jwtVerifier()` for all domains
 * @throws {TypeError} for wrong, unknown or missing options, and for two domains that could take the same token
 */
export function ociDomains(domains: readonly OciDomainOptions[], shared?: SharedVerifierOptions): JwtVerifier {
  const isList = Array.isArray(domains) && domains.length > 0;
  insist(isList, CREATOR, 'domains', 'a list of { url, tenant }', domains);
  const misplaced = OF_EACH_DOMAIN.find((name) => name in Object(shared));
  insistThat(misplaced === undefined, `${CREATOR}: "${misplaced}" belongs to each domain of the list.`);
  const verifiers = domains.map((domain) => jwtVerifier({ ...ociDomain(domain), ...shared }));
  return verifierByOrigin(CREATOR, verifiers.flatMap(toRoutes));
}

const CREATOR = 'ociDomains()';
