import { insist } from '../../options.js';
import type { JwtVerifier } from '../jwt/jwt-verifier.js';
import type { TokenVerifier } from '../verifier.js';
import { type Route, toRoutes, verifierByOrigin } from './verifier-by-origin.js';

/**
 * A verifier for the tokens of several issuers, or of several tenants of one issuer: each token is verified once, by the
 * one verifier of its issuer *and* tenant. Two OCI IAM tenants have the same issuer and are told apart by `tenant`.
 *
 * Verified: by the chosen verifier, everything that it verifies alone, with its own keys, audience, algorithms and rules.
 * To choose, `iss` and the claim that names the tenant are read before anything is verified. They select one of the given
 * verifiers and nothing else: no address comes from a token. A token of another issuer is refused as `issuer_mismatch`, one
 * of another tenant as `tenant_mismatch`, and nothing is fetched. An `iss` that differs from an issuer by a slash at the end
 * reaches that verifier, which compares exactly.
 *
 * `auth.verifier` is the verifier that accepted the token, as it stands in the list. An outage of one issuer is 503 for its
 * own tokens only. `ready()` waits for all, and rejects where none is available; while one is, `warning()` names the
 * others. A challenge writes scopes as the issuer of the token has them requested.
 *
 * Takes what knows its issuers: `jwtVerifier`, `senderConstrainedVerifier`, `introspectionVerifier` with an `issuer`, or
 * your own verifier with `origins`. For opaque tokens see {@link tokenFormVerifier}.
 *
 * ```ts
 * const staff = jwtVerifier(entraTenant({ tenantId, audience }));
 * const partners = jwtVerifier({ issuer: 'https://partners.example', audience: 'orders', jwksUri });
 * const gate = createGate({ verifier: multiIssuerVerifier([staff, partners]) });
 * app.get('/orders', gate.authenticate, (req, res) => res.json({ isStaff: gate.auth(req).verifier === staff }));
 * ```
 *
 * @throws {TypeError} for an empty list, a verifier without `origins`, or two that could take the same token
 */
export function multiIssuerVerifier(verifiers: readonly TokenVerifier[]): JwtVerifier {
  return verifierByOrigin(CREATOR, readVerifiers(verifiers));
}

const CREATOR = 'multiIssuerVerifier()';

function readVerifiers(verifiers: readonly TokenVerifier[]): readonly Route[] {
  const isList = Array.isArray(verifiers) && verifiers.length > 0;
  insist(isList, CREATOR, 'verifiers', 'a list of verifiers, such as jwtVerifier(…)', verifiers);
  return verifiers.flatMap((verifier) => {
    const { verify, origins } = Object(verifier) as Partial<TokenVerifier>;
    insist(typeof verify === 'function', CREATOR, 'verifiers', 'a list of verifiers, such as jwtVerifier(…)', verifier);
    if (origins === undefined || origins.length === 0) {
      throw new TypeError(
        `${CREATOR}: a verifier does not say whose tokens it takes. Give jwtVerifier(…), introspectionVerifier({ issuer, … }), or ` +
          'your own with "origins"; opaque tokens go into tokenFormVerifier({ jwt, opaque }).',
      );
    }
    return toRoutes(verifier);
  });
}
