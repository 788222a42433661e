import type { Clock } from '../../clock.js';
import { findMemberProblem } from '../../json-members.js';
import { EndpointError, type Fetch, fetchJson } from '../keys/bounded-fetch.js';
import { sanitize } from '../printable.js';
import { VerifierUnavailableError } from '../verifier.js';
import type { ClientAuthentication } from './client-authentication.js';

/** A response about one token (RFC 7662 §2.2): a JSON object, of which `active` alone is checked. */
export interface IntrospectionResponse {
  readonly active: boolean;
  readonly [member: string]: unknown;
}

export interface IntrospectionEndpointOptions {
  readonly url: string;
  readonly authenticate: ClientAuthentication;
  readonly timeoutMs: number;
  readonly fetch: Fetch;
  readonly clock: Clock;
}

/**
 * Asks the endpoint about one token (RFC 7662 §2.1): a POST with the client's credentials, no redirect, at most 256 KiB.
 *
 * @throws {VerifierUnavailableError} for everything that is no usable response, with a sentence for operators. It says
 *   nothing about the token
 */
export async function introspect(token: string, options: IntrospectionEndpointOptions): Promise<IntrospectionResponse> {
  const { url, timeoutMs } = options;
  const deadline = new AbortController();
  const expired = new Promise<never>((_, reject) => {
    const fail = () => reject(new EndpointError(`${url} did not answer within ${timeoutMs} ms.`));
    deadline.signal.addEventListener('abort', fail, { once: true });
  });
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    // A custom function may ignore the signal; the race keeps the deadline.
    return await Promise.race([request(token, options, deadline.signal), expired]);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new VerifierUnavailableError(`Token introspection is unavailable: ${message}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

async function request(
  token: string,
  { url, authenticate, fetch, clock }: IntrospectionEndpointOptions,
  signal: AbortSignal,
): Promise<IntrospectionResponse> {
  const { headers, parameters } = authenticate(clock.now());
  const body = new URLSearchParams({ token, token_type_hint: 'access_token', ...parameters }).toString();
  const init = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  };
  let contentType: string | undefined;
  const observedFetch: Fetch = async (address, requestInit) => {
    const response = await fetch(address, requestInit);
    contentType = response?.headers?.get('content-type') ?? '';
    return response;
  };
  const { text, value } = await fetchJson(observedFetch, url, init, signal).catch((error: unknown) => {
    throw describeFailure(url, error, contentType);
  });
  if (!isJson(contentType)) throw toContentTypeError(url, contentType);
  return checkResponse(url, text, value);
}

/** RFC 6839 §3.1 */
function isJson(contentType = ''): boolean {
  return /^application\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i.test(contentType);
}

/** RFC 9701 §5: a JWT whose content says nothing at its top level. It is sent to clients that ask for it. */
const SIGNED_RESPONSE = 'application/token-introspection+jwt';

function describeFailure(url: string, error: unknown, contentType: string | undefined): unknown {
  if (!(error instanceof EndpointError)) return error;
  const { status } = error;
  if (status === 200 && contentType !== undefined && !isJson(contentType)) return toContentTypeError(url, contentType);
  if (status === undefined || ADVICE[status] === undefined) return error;
  return new EndpointError(`${error.message} ${ADVICE[status]}`, { status, cause: error });
}

const ADVICE: Readonly<Record<number, string>> = {
  400: 'The server did not understand the request: check "client", its "method", and that this is the introspection endpoint.',
  401: 'The credentials of this resource server were not accepted: check "client".',
  403: 'This resource server may not introspect tokens: allow that to its client.',
  429: 'The server limits the requests of this resource server: cache responses, or ask for a higher limit.',
};

function toContentTypeError(url: string, contentType = ''): EndpointError {
  const isSigned = contentType.toLowerCase().startsWith(SIGNED_RESPONSE);
  const advice = isSigned
    ? 'Signed responses (RFC 9701) are not supported: let the server respond to this client with JSON.'
    : 'An introspection response is application/json (RFC 7662 §2.2).';
  return new EndpointError(`${url} answered with the content type "${sanitize(contentType)}". ${advice}`, {
    status: 200,
  });
}

function checkResponse(url: string, text: string, value: unknown): IntrospectionResponse {
  const problem = describeProblem(text, value);
  if (problem !== undefined) throw new EndpointError(`${url} answered 200, but ${problem}.`, { status: 200 });
  return value as IntrospectionResponse;
}

const MAX_DEPTH = 100;

function describeProblem(text: string, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not with a JSON object';
  const { reason } = findMemberProblem(text, { checkedDepth: 1, maxDepth: MAX_DEPTH }) ?? {};
  if (reason === 'repeated') return 'with a repeated member';
  if (reason === 'too_deep') return `nested more than ${MAX_DEPTH} levels deep`;
  if (typeof (value as { active?: unknown }).active !== 'boolean') return 'without an "active" of true or false';
  return undefined;
}
