import { isText, readOptions, TEXT } from '../../options.js';
import { MY_SCOPES } from '../../scope/grammar.js';
import { fetchJson, unusableResponse } from './bounded-fetch.js';
import type { KeyAuthorization } from './jwks-endpoint.js';

/** A confidential application of the domain, for the protected endpoints of that domain. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * Authorizes a key fetch with a token for `urn:opc:idm:__myscopes__` from the client credentials grant (RFC 6749 §4.4). The
 * client authenticates by HTTP Basic (§2.3.1). Each fetch requests a new token: keys are fetched rarely, and a stored token
 * could be stale.
 */
export function clientCredentials(tokenUrl: string, credentials: ClientCredentials): KeyAuthorization {
  const creator = 'keyCredentials';
  const { clientId, clientSecret } = readOptions(creator, credentials, { clientId: TEXT, clientSecret: TEXT });
  const basic = Buffer.from(`${encodeForm(clientId)}:${encodeForm(clientSecret)}`).toString('base64');
  const init = {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: MY_SCOPES }).toString(),
  };
  return async ({ signal, fetch }) => {
    const { value } = await fetchJson(fetch, tokenUrl, init, signal);
    const { access_token: token } = Object(value) as { access_token?: unknown };
    if (!isText(token)) throw unusableResponse(tokenUrl, 'answered 200, but without an access token');
    return `Bearer ${token}`;
  };
}

function encodeForm(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
