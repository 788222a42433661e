import { EndpointError, type Fetch, fetchJson } from './bounded-fetch.js';

/** Gives the value of an `Authorization` header; called for each fetch, within its deadline. */
export type KeyAuthorization = (context: { signal: AbortSignal; fetch: Fetch }) => string | Promise<string>;

/** One deadline over authorization, connection, headers and body, in milliseconds. */
const FETCH_TIMEOUT_MS = 5000;

/** field-value = VCHAR [ *( SP / VCHAR ) ] (RFC 9110 §5.5, ASCII only); a line break at the end does no harm */
const FIELD_VALUE = /^[\x21-\x7e][\x20-\x7e]*[\r\n]*$/;

/**
 * Fetches a key set.
 *
 * @throws {Error} with a sentence for operators, the address in it
 */
export async function fetchJwks(
  url: string,
  fetch: Fetch,
  authorization: KeyAuthorization | undefined,
): Promise<{ text: string; value: unknown }> {
  const deadline = new AbortController();
  const expired = new Promise<never>((_, reject) => {
    const fail = () => reject(new EndpointError(`${url} did not answer within ${FETCH_TIMEOUT_MS / 1000} s.`));
    deadline.signal.addEventListener('abort', fail, { once: true });
  });
  const timer = setTimeout(() => deadline.abort(), FETCH_TIMEOUT_MS);
  try {
    // A function of the caller's own may ignore the signal; the deadline holds all the same.
    return await Promise.race([exchange(url, fetch, authorization, deadline.signal), expired]);
  } catch (error) {
    throw withAdvice(error, authorization !== undefined);
  } finally {
    clearTimeout(timer);
  }
}

async function exchange(url: string, fetch: Fetch, authorization: KeyAuthorization | undefined, signal: AbortSignal) {
  if (authorization === undefined) return await fetchJson(fetch, url, {}, signal);
  const credentials: unknown = await authorization({ signal, fetch });
  // fetch() would refuse it too, but with the secret in its message.
  if (typeof credentials !== 'string' || !FIELD_VALUE.test(credentials)) {
    throw new EndpointError(`${url} was not asked: its authorization is nothing that a header can hold.`);
  }
  return await fetchJson(fetch, url, { headers: { authorization: credentials } }, signal);
}

function withAdvice(error: unknown, authorized: boolean): unknown {
  if (!(error instanceof EndpointError) || (error.status !== 401 && error.status !== 403)) return error;
  const advice = authorized
    ? 'The credentials given for it were not accepted: check them, and that their client may use urn:opc:idm:__myscopes__.'
    : 'In an OCI IAM domain, turn on "Configure client access" (Settings, Access signing certificate), or give ' +
      'credentials: ociDomain({ …, keyCredentials: { clientId, clientSecret } }). Elsewhere: "keyAuthorization".';
  return new EndpointError(`${error.message} ${advice}`, { status: error.status, cause: error });
}
