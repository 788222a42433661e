import { EndpointError, type Fetch, fetchJson } from './bounded-fetch.js';
import type { IssuerDiscovery } from './issuer-discovery.js';

/** Returns the value of an `Authorization` header. It is called for each fetch, within its deadline. */
export type KeyAuthorization = (context: { signal: AbortSignal; fetch: Fetch }) => string | Promise<string>;

/** Where the keys are: their address, or an issuer whose metadata has it. */
export type KeyLocation = string | IssuerDiscovery;

/** One deadline over discovery, authorization, connection, headers and body, in milliseconds. */
const FETCH_TIMEOUT_MS = 5000;

/** field-value = VCHAR [ *( SP / VCHAR ) ] (RFC 9110 §5.5, ASCII only); a final line break is allowed */
const FIELD_VALUE = /^[\x21-\x7e][\x20-\x7e]*[\r\n]*$/;

/**
 * Fetches a key set.
 *
 * @throws {Error} with a sentence for operators that contains the URL
 */
export async function fetchJwks(
  location: KeyLocation,
  fetch: Fetch,
  authorization: KeyAuthorization | undefined,
): Promise<{ text: string; value: unknown }> {
  const deadline = new AbortController();
  const expired = new Promise<never>((_, reject) => {
    const address = () => (typeof location === 'string' ? location : location.address);
    const fail = () => reject(new EndpointError(`${address()} did not answer within ${FETCH_TIMEOUT_MS / 1000} s.`));
    deadline.signal.addEventListener('abort', fail, { once: true });
  });
  // AbortSignal.timeout() does not keep the process alive: `await verifier.ready()` would end it where a fetch hangs.
  const timer = setTimeout(() => deadline.abort(), FETCH_TIMEOUT_MS);
  try {
    // A custom function may ignore the signal; the race keeps the deadline.
    return await Promise.race([authorizeAndFetch(location, fetch, authorization, deadline.signal), expired]);
  } catch (error) {
    throw addAdvice(error, authorization !== undefined);
  } finally {
    clearTimeout(timer);
  }
}

async function authorizeAndFetch(
  location: KeyLocation,
  fetch: Fetch,
  authorization: KeyAuthorization | undefined,
  signal: AbortSignal,
) {
  const url = typeof location === 'string' ? location : await location.findKeys(fetch, signal);
  if (!authorization) return await fetchJson(fetch, url, {}, signal);
  const credentials: unknown = await authorization({ signal, fetch });
  // fetch() would refuse it as well, but with the secret in its message.
  if (typeof credentials !== 'string' || !FIELD_VALUE.test(credentials)) {
    throw new EndpointError(`${url} was not requested: keyAuthorization returned an invalid header value.`);
  }
  return await fetchJson(fetch, url, { headers: { authorization: credentials } }, signal);
}

function addAdvice(error: unknown, authorized: boolean): unknown {
  if (!(error instanceof EndpointError) || (error.status !== 401 && error.status !== 403)) return error;
  const advice = authorized
    ? 'The given credentials were not accepted: check them, and that their client is granted urn:opc:idm:__myscopes__.'
    : 'In an OCI IAM domain, turn on "Configure client access" (Settings, Access signing certificate), or give ' +
      'credentials: ociDomain({ …, keyCredentials: { clientId, clientSecret } }). Elsewhere: "keyAuthorization".';
  return new EndpointError(`${error.message} ${advice}`, { status: error.status, cause: error });
}
