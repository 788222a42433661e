import { hasMethods, isObject, type OptionRules, readOptions } from '../options.js';
import { isTooComplex } from './jwt/decode.js';
import type { JwtVerifier } from './jwt/jwt-verifier.js';
import { VerifierGroup } from './multi-issuer/verifier-group.js';
import type { TokenVerifier } from './verifier.js';

/** Options of `tokenFormVerifier()`. */
export interface TokenFormVerifierOptions {
  /** Verifies tokens in the form of a signed JWT: `jwtVerifier(…)`, `multiIssuerVerifier(…)` and others. */
  readonly jwt: TokenVerifier;
  /** Verifies every other token: `introspectionVerifier(…)`, or your own. */
  readonly opaque: TokenVerifier;
}

/**
 * A verifier for an API that takes signed JWTs and opaque tokens: the form of a token decides which verifier gets it.
 *
 * A token with three parts, the first of which is the header of a JWT (RFC 7515 §3.1), goes to `jwt`; every other token,
 * an encrypted JWT included, goes to `opaque`. That is no fallback: what the one verifier refuses, or cannot verify at the
 * moment, the other never gets.
 *
 * Verified: what the chosen verifier verifies. `auth.verifier` is the verifier that accepted the token; with
 * `multiIssuerVerifier` inside, the one of its list.
 *
 * ```ts
 * const verifier = tokenFormVerifier({ jwt: jwtVerifier({ … }), opaque: introspectionVerifier({ … }) });
 * ```
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function tokenFormVerifier(options: TokenFormVerifierOptions): JwtVerifier {
  const { jwt, opaque } = readOptions('tokenFormVerifier()', options, OPTIONS, { introspection: 'opaque' });
  const group = new VerifierGroup([jwt, opaque]);
  return {
    verify: (credentials, request) => group.verify(isSignedJwt(credentials.token) ? jwt : opaque, credentials, request),
    schemes: group.schemes,
    ready: () => group.ready(),
    warning: () => group.warning(),
    toRequestedScope: (scope, accessToken) => group.toRequestedScope(scope, accessToken),
  };
}

const VERIFIER = [hasMethods('verify'), 'a verifier'] as const;

const OPTIONS = { jwt: VERIFIER, opaque: VERIFIER } as const satisfies OptionRules<TokenFormVerifierOptions>;

/** header "." payload "." signature, where the header is a JSON object in base64url */
function isSignedJwt(token: string): boolean {
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first < 1 || second < 0 || token.includes('.', second + 1)) return false;
  try {
    const text = Buffer.from(token.slice(0, first), 'base64url').toString('utf8');
    return isTooComplex(text) || isObject(JSON.parse(text)); // what is too complex is refused as a JWT
  } catch {
    return false;
  }
}
