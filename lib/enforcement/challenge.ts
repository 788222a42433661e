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
  const { status } = refusal.kind;
  if (status === 503) return undefined;
  const { realm, schemes, resourceMetadata } = context;
  const about = schemes.find((scheme) => scheme === used) ?? schemes[0];
  return schemes
    .map((scheme) => {
      const isDpop = scheme === 'dpop';
      const parameters = omitUndefined({
        realm,
        ...(scheme === about && errorParameters(refusal, context)),
        resource_metadata: status === 400 ? undefined : resourceMetadata,
        algs: isDpop ? DPOP_ALGORITHMS : undefined,
      });
      const written = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
      return `${isDpop ? 'DPoP' : 'Bearer'} ${written.join(', ')}`;
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

/** What a client reads about the error, under the names of the parameters of a challenge. */
export function errorParameters(refusal: Refusal, context: Pick<ChallengeContext, 'routeScope' | 'toRequestedScope'>) {
  const { error, description } = refusal.kind;
  const { acrValues, maxAge } = refusal.authentication ?? {};
  return {
    error,
    error_description: error && description,
    scope: requestedScopes(refusal, context),
    acr_values: acrValues?.join(' '),
    max_age: maxAge,
  };
}

/** The members that have a value. */
export function omitUndefined<Members extends object>(
  members: Members,
): { readonly [name in keyof Members]: Exclude<Members[name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
