/** The authentication schemes that carry an access token, in lower case. */
export type AuthScheme = 'bearer' | 'dpop';

/** A bearer token, or a DPoP-bound one, as the client sent it (RFC 6750 §2.1, RFC 9449 §7.1). */
export interface Credentials {
  readonly scheme: AuthScheme;
  readonly token: string;
}

/** Why a request carries no usable credentials. */
export type CredentialsProblem =
  | 'no_credentials'
  | 'scheme_not_supported'
  | 'credentials_malformed'
  | 'credentials_repeated';

/** The parts of an HTTP request that may carry a token. A Node request, with or without a framework, is one. */
export interface CredentialsRequest {
  readonly headers: { readonly authorization?: string | undefined; readonly 'content-type'?: string | undefined };
  readonly rawHeaders?: readonly string[];
  readonly url?: string | undefined;
  readonly originalUrl?: string;
  readonly body?: unknown;
}

/**
 * credentials = auth-scheme 1*SP token68                                   RFC 9110 §11.4; RFC 6750 §2.1: one space
 * auth-scheme = token                                                      in any case
 * token68     = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
 */
const AUTH_SCHEME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+/;
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Reads the credentials of a request from its `Authorization` header, the only place where a token is accepted.
 *
 * A token in the query or in a form body (RFC 6750 §2.2, §2.3) is never used; beside one in the header it makes the
 * request ambiguous, as does a second `Authorization` header: `credentials_repeated`.
 */
export function readCredentials(
  request: CredentialsRequest,
  schemes: readonly AuthScheme[] = ['bearer'],
): Credentials | CredentialsProblem {
  if (isRepeated(request.rawHeaders)) return 'credentials_repeated'; // first: an empty one may hide another
  const { headers } = request;
  const { authorization } = headers;
  if (authorization === undefined || authorization === '') return 'no_credentials';
  const scheme = authScheme(authorization);
  if (scheme === undefined) return 'credentials_malformed';
  if (!isOneOf(scheme, schemes)) return 'scheme_not_supported';
  const token = authorization.slice(scheme.length + 1);
  if (authorization[scheme.length] !== ' ' || !TOKEN68.test(token)) return 'credentials_malformed';
  if (hasQueryToken(request.originalUrl ?? request.url)) return 'credentials_repeated';
  if (isForm(headers['content-type']) && hasToken(request.body)) return 'credentials_repeated';
  return { scheme, token };
}

/** The scheme of an `Authorization` header, in lower case. */
export function authScheme(authorization: string | undefined): string | undefined {
  if (authorization?.startsWith('Bearer ')) return 'bearer'; // what nearly every client writes
  return AUTH_SCHEME.exec(authorization ?? '')?.[0].toLowerCase();
}

function isOneOf(scheme: string, schemes: readonly AuthScheme[]): scheme is AuthScheme {
  return (schemes as readonly string[]).includes(scheme);
}

// Node keeps the first of several Authorization headers and drops the others, so only the raw list shows them.
function isRepeated(rawHeaders: readonly string[] = []): boolean {
  let seen = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 13 && name.toLowerCase() === 'authorization' && ++seen > 1) return true;
  }
  return false;
}

function hasQueryToken(url = ''): boolean {
  const start = url.indexOf('?');
  if (start === -1) return false;
  const query = url.slice(start + 1);
  // Parsing costs; only a percent-encoded name could hide from the plain look.
  return (query.includes('access_token') || query.includes('%')) && new URLSearchParams(query).has('access_token');
}

function isForm(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/x-www-form-urlencoded\b/i.test(contentType);
}

function hasToken(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'access_token' in body;
}
