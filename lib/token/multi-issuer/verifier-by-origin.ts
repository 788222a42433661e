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

/** A verifier, and an origin whose tokens it takes. */
export interface Route {
  readonly verifier: TokenVerifier;
  readonly origin: TokenOrigin;
}

export function toRoutes(verifier: TokenVerifier): readonly Route[] {
  return (verifier.origins ?? []).map((origin) => ({ verifier, origin }));
}

/** A verifier that gives each token to the one verifier of its origin. @throws {TypeError} where two could take one token */
export function verifierByOrigin(creator: string, routes: readonly Route[]): JwtVerifier {
  const byIssuer = groupByIssuer(routes);
  refuseAmbiguousRoutes(creator, byIssuer.values());
  const origins = routes.map(({ origin }) => origin);
  const group = new VerifierGroup([...new Set(routes.map(({ verifier }) => verifier))]);

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
  const verifier: JwtVerifier = {
    verify,
    schemes: group.schemes,
    origins,
    ready: () => group.ready(),
    warning: () => group.warning(),
    toRequestedScope: (scope, accessToken) => group.toRequestedScope(scope, accessToken),
  };
  setCachedVerification(verifier, verifyCached);
  return verifier;
}

/** An issuer is found whether or not the token has a slash at the end of it: its verifier compares exactly. */
function groupByIssuer(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const issuer = withoutSlash(route.origin.issuer);
    const group = groups.get(issuer);
    if (!group) groups.set(issuer, [route]);
    else group.push(route);
  }
  return groups;
}

function refuseAmbiguousRoutes(creator: string, groups: Iterable<readonly Route[]>): void {
  for (const routes of groups) {
    for (const [i, { origin, verifier }] of routes.entries()) {
      const other = routes.slice(i + 1).find((each) => each.verifier !== verifier && isAmbiguous(each.origin, origin));
      if (!other) continue;
      throw new TypeError(
        `${creator}: two verifiers take the tokens of ${describeOrigin(origin)}. Give their audiences to one verifier, or bind each ` +
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
  if (!routes) {
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
