import { insist } from '../../options.js';
import type { JwtPayload } from '../access-token.js';
import { isBound } from '../audience.js';
import { type CachedVerification, setCachedVerification } from '../cache/cached-verification.js';
import { withoutSlash } from '../issuer-name.js';
import type { JwtVerifier } from '../jwt/jwt-verifier.js';
import { reject, rejectMalformed } from '../jwt/rejection.js';
import { quoteForLog, summarizeList } from '../printable.js';
import { isRejection, type Rejection, type TokenVerifier } from '../verifier.js';
import { describeOrigin, isAmbiguous, type TokenOrigin } from './origin.js';
import { readUnverifiedClaims } from './unverified-claims.js';
import { VerifierGroup } from './verifier-group.js';

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
  const routes = toRoutes(verifiers);
  const byIssuer = groupByIssuer(routes);
  refuseAmbiguousRoutes(byIssuer.values());
  const origins = routes.map(({ origin }) => origin);
  const group = new VerifierGroup([...verifiers]);

  const verifyCached: CachedVerification = (credentials, request) => group.verifyCached(credentials, request);
  const verify: TokenVerifier['verify'] = (credentials, request) => {
    const known = verifyCached(credentials, request);
    if (known !== undefined) return known;
    const read = readUnverifiedClaims(credentials.token);
    if (isRejection(read)) return read;
    const chosen = choose(read.payload, byIssuer, origins);
    if (isRejection(chosen)) return { ...chosen, unverified: read.payload };
    return group.verify(chosen.verifier, credentials, request);
  };
  setCachedVerification(verify, verifyCached);
  return {
    verify,
    schemes: group.schemes,
    origins,
    ready: () => group.ready(),
    warning: () => group.warning(),
    toRequestedScope: (scope, accessToken) => group.toRequestedScope(scope, accessToken),
  };
}

const CREATOR = 'multiIssuerVerifier()';

/** A verifier, and an origin whose tokens it takes. */
interface Route {
  readonly verifier: TokenVerifier;
  readonly origin: TokenOrigin;
}

function toRoutes(verifiers: readonly TokenVerifier[]): readonly Route[] {
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
    return origins.map((origin) => ({ verifier, origin }));
  });
}

/** An issuer is found whether or not the token has a slash at the end of it: its verifier compares exactly. */
function groupByIssuer(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const issuer = withoutSlash(route.origin.issuer);
    const group = groups.get(issuer);
    if (group === undefined) groups.set(issuer, [route]);
    else group.push(route);
  }
  return groups;
}

function refuseAmbiguousRoutes(groups: Iterable<readonly Route[]>): void {
  for (const routes of groups) {
    for (const [i, { origin, verifier }] of routes.entries()) {
      const other = routes.slice(i + 1).find((each) => each.verifier !== verifier && isAmbiguous(each.origin, origin));
      if (other === undefined) continue;
      throw new TypeError(
        `${CREATOR}: two verifiers take the tokens of ${describeOrigin(origin)}. Give their audiences to one verifier, or bind each ` +
          'to a tenant of its own.',
      );
    }
  }
}

function choose(
  claims: JwtPayload,
  byIssuer: ReadonlyMap<string, readonly Route[]>,
  origins: readonly TokenOrigin[],
): Route | Rejection {
  const { iss } = claims;
  if (iss === undefined) return reject('claim_missing', () => 'The token has no "iss" claim.');
  if (typeof iss !== 'string') return rejectMalformed('iss', 'a string', iss);
  const routes = byIssuer.get(withoutSlash(iss));
  if (routes === undefined) {
    return reject('issuer_mismatch', () => {
      const expected = summarizeList([...new Set(origins.map(({ issuer }) => issuer))], quoteForLog);
      return `The token's "iss" is ${quoteForLog(iss)}; no verifier has that issuer, only ${expected}.`;
    });
  }
  return routes.find(({ origin }) => isBound(claims, origin.binding)) ?? rejectTenant(claims, routes);
}

function rejectTenant(claims: JwtPayload, routes: readonly Route[]): Rejection {
  return reject('tenant_mismatch', () => {
    const claim = routes[0]?.origin.binding?.claim ?? 'tenant';
    const expected = summarizeList(routes, ({ origin }) => quoteForLog(origin.binding?.value));
    return `The token's "${claim}" is ${quoteForLog(claims[claim])}; the verifiers of its issuer take ${expected}.`;
  });
}
