import { isObject } from '../options.js';

/** The authentication schemes that carry an access token, in lower case. */
export type AuthScheme = 'bearer' | 'dpop';

/** A bearer token, or a DPoP-bound one, as the client sent it (RFC 6750 §2.1, RFC 9449 §7.1). */
export interface Credentials {
  readonly scheme: AuthScheme;
  readonly token: string;
}

/** Why a request has no usable credentials. */
export type CredentialsProblem =
  | 'no_credentials'
  | 'scheme_not_supported'
  | 'credentials_malformed'
  | 'credentials_repeated';

/** The parts of an HTTP request that may contain a token. A Node request, with or without a framework, is one. */
export interface CredentialsRequest {
  readonly headers: { readonly authorization?: string | undefined; readonly 'content-type'?: string | undefined };
  readonly rawHeaders?: readonly string[] | undefined;
  readonly url?: string | undefined;
  readonly originalUrl?: string | undefined;
  readonly body?: unknown;
}

/**
 * credentials = auth-scheme 1*SP token68                                   RFC 9110 §11.4; RFC 6750 §2.1
 * auth-scheme = token                                                      in any case
 * token68     = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
 */
const AUTH_SCHEME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+/;
const NOT_IN_TOKEN68 = /[^A-Za-z0-9\-._~+/=]/;
const PADDED = /^[^=]+=*$/;

/** The credentials of a request, or why it has none. */
export type CredentialsResult =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly reason: CredentialsProblem };

/**
 * Reads the credentials of a request from its `Authorization` header, the only place where a token is accepted.
 *
 * A token in the query or in a form body (RFC 6750 §2.2, §2.3) is never used. Beside one in the header it makes the
 * request ambiguous, as a second `Authorization` header does: `credentials_repeated`.
 *
 * @param headers those of the request, where they have been read from it
 */
export function readCredentials(
  request: CredentialsRequest,
  schemes: readonly AuthScheme[] = ['bearer'],
  headers = request.headers,
): CredentialsResult {
  const problem = checkRawHeaders(request.rawHeaders); // first: an empty one may hide another
  if (problem !== undefined) return fail(problem);
  const { authorization } = headers;
  if (authorization === undefined || authorization === '') return fail('no_credentials');
  // Not from Node: an adapter may keep a list of several headers, or something else.
  if (typeof authorization !== 'string')
    return fail(Array.isArray(authorization) ? 'credentials_repeated' : 'credentials_malformed');
  const scheme = authScheme(authorization);
  if (scheme === undefined) return fail('credentials_malformed');
  if (!isOneOf(scheme, schemes)) return fail('scheme_not_supported');
  const token = readToken68(authorization, scheme.length);
  if (token === undefined) return fail('credentials_malformed');
  if (hasQueryToken(request.originalUrl ?? request.url)) return fail('credentials_repeated');
  if (isForm(headers['content-type']) && hasToken(request.body)) return fail('credentials_repeated');
  return { ok: true, credentials: { scheme, token } };
}

function fail(reason: CredentialsProblem): CredentialsResult {
  return { ok: false, reason };
}

/** The scheme of an `Authorization` header, in lower case. */
export function authScheme(authorization: string | undefined): string | undefined {
  if (authorization?.startsWith('Bearer ')) return 'bearer'; // what nearly every client writes
  return AUTH_SCHEME.exec(authorization ?? '')?.[0].toLowerCase();
}

/** Searches for a wrong character: matching all of the right ones takes a microsecond longer. */
function readToken68(authorization: string, end: number): string | undefined {
  let start = end;
  while (authorization[start] === ' ') start++;
  const token = authorization.slice(start);
  if (start === end || token === '' || NOT_IN_TOKEN68.test(token)) return undefined;
  return token.includes('=') && !PADDED.test(token) ? undefined : token;
}

function isOneOf(scheme: string, schemes: readonly AuthScheme[]): scheme is AuthScheme {
  return (schemes as readonly string[]).includes(scheme);
}

/**
 * Node keeps the first of several Authorization headers and drops the others, so only the raw list shows them. In a list
 * of another shape, which an adapter may make, they cannot be counted.
 */
function checkRawHeaders(rawHeaders: unknown): CredentialsProblem | undefined {
  if (rawHeaders === undefined || rawHeaders === null) return undefined;
  if (!Array.isArray(rawHeaders)) return 'credentials_malformed';
  let seen = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name: unknown = rawHeaders[i];
    if (typeof name !== 'string') return 'credentials_malformed';
    if (name.length === 13 && name.toLowerCase() === 'authorization' && ++seen > 1) return 'credentials_repeated';
  }
  return undefined;
}

/** @param url not from Node: an adapter may keep a `URL` */
function hasQueryToken(url: unknown = ''): boolean {
  const text = typeof url === 'string' ? url : String(url);
  const start = text.indexOf('?');
  if (start === -1) return false;
  const query = text.slice(start + 1);
  // Parsing takes time, and only a percent-encoded name could hide from this search.
  return (query.includes('access_token') || query.includes('%')) && new URLSearchParams(query).has('access_token');
}

function isForm(contentType: unknown): boolean {
  return typeof contentType === 'string' && /^application\/x-www-form-urlencoded\b/i.test(contentType);
}

function hasToken(body: unknown): boolean {
  return isObject(body) && 'access_token' in body;
}
