import type { AuthScheme } from '../token/credentials.js';
import { ALGORITHMS } from '../token/jwt/algorithms.js';
import type { Refusal } from './refusal.js';

/** What a challenge contains in addition to the refusal. */
export interface ChallengeContext {
  readonly realm: string;
  /** The schemes that the verifier accepts, the default one first. */
  readonly schemes: readonly AuthScheme[];
  /** Writes a scope as a client requests it. */
  readonly toRequestedScope?: (scope: string) => string;
  /** Where the metadata of the protected resource is (RFC 9728 §5.1). */
  readonly resourceMetadata?: string | undefined;
  /** What the route requires, for a 401 that names it: `challengeScope: 'always'`. */
  readonly routeScope?: readonly string[] | undefined;
}

/** Of a proof. `express-oauth2-jwt-bearer`, which verifies proofs, does not know the names `Ed25519` and `Ed448` (RFC 9864). */
const DPOP_ALGORITHMS = [...ALGORITHMS.keys()].filter((name) => !/^Ed\d/.test(name)).join(' ');

/** The characters of an error description and a realm: RFC 6750 §3, %x20-21 / %x23-5B / %x5D-7E. */
const CHALLENGE_TEXT = /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/;

export function isChallengeText(value: unknown): value is string {
  return typeof value === 'string' && CHALLENGE_TEXT.test(value);
}

/**
 * The `WWW-Authenticate` value for a refusal; `undefined` for status 503, where no other credentials would help.
 *
 * challenge  = scheme 1*SP 1#auth-param                                       RFC 9110 §11.6.1
 * auth-param = ( "realm" / "error" / "error_description" / "scope"                              RFC 6750 §3
 *              / "acr_values" / "max_age"                                                       RFC 9470 §3
 *              / "resource_metadata" ) "=" quoted-string, each once                             RFC 9728 §5.1
 *
 * A challenge with status 400 names no metadata: the request was malformed, and another token would not help. Where DPoP is
 * accepted, a second challenge offers it with its `algs`; the error is in the challenge of the scheme that the request
 * `used` (RFC 9449 §7.1). All text is constant or was checked when the gate was created.
 */
export function challenge(
  refusal: Refusal,
  context: ChallengeContext,
  used: AuthScheme | undefined,
): string | undefined {
  if (refusal.kind.status === 503) return undefined;
  const { realm, schemes, resourceMetadata } = context;
  const about = used !== undefined && schemes.includes(used) ? used : schemes[0];
  return schemes
    .map((scheme) => {
      const parameters = [`realm="${realm}"`, ...(scheme === about ? errorParameters(refusal, context) : [])];
      if (resourceMetadata !== undefined && refusal.kind.status !== 400) {
        parameters.push(`resource_metadata="${resourceMetadata}"`);
      }
      if (scheme === 'dpop') parameters.push(`algs="${DPOP_ALGORITHMS}"`);
      return `${scheme === 'dpop' ? 'DPoP' : 'Bearer'} ${parameters.join(', ')}`;
    })
    .join(', ');
}

/** It asks for a refresh token, and opens no resource: the MCP authorization specification has servers not name it. */
export const OFFLINE_ACCESS = 'offline_access';

/**
 * The scopes that would have been enough, or that the route requires, as a client requests them: the value of a `scope`
 * parameter. `undefined` where there is none to name.
 */
export function requestedScopes(
  { kind, scope }: Refusal,
  { routeScope, toRequestedScope = String }: Pick<ChallengeContext, 'routeScope' | 'toRequestedScope'>,
): string | undefined {
  const scopes = (scope ?? (kind.status === 401 ? routeScope : undefined))?.filter((each) => each !== OFFLINE_ACCESS);
  return scopes?.length ? scopes.map((each) => toRequestedScope(each)).join(' ') : undefined;
}

function errorParameters(refusal: Refusal, context: ChallengeContext): string[] {
  const { kind } = refusal;
  const parameters = kind.error ? [`error="${kind.error}"`, `error_description="${kind.description}"`] : [];
  const scope = requestedScopes(refusal, context);
  if (scope !== undefined) parameters.push(`scope="${scope}"`);
  const { acrValues, maxAge } = refusal.authentication ?? {};
  if (acrValues !== undefined) parameters.push(`acr_values="${acrValues.join(' ')}"`);
  if (maxAge !== undefined) parameters.push(`max_age="${maxAge}"`);
  return parameters;
}
