import { type IntrospectionVerifierOptions, introspectionVerifier, type TokenVerifier } from 'scopegate';
import { clockAt, NOW, reasonOf } from '../../support/tokens.js';

export const ENDPOINT = 'https://issuer.example/introspect';

/** What an endpoint says of a good token. */
export const ACTIVE = {
  active: true,
  iss: 'https://issuer.example',
  aud: 'orders',
  client_id: 'shop',
  sub: 'alice',
  scope: 'orders:read',
  token_type: 'Bearer',
  iat: NOW - 60,
  exp: NOW + 3600,
};

/** One request, as the endpoint got it. */
export interface Asked {
  readonly url: string;
  readonly init: RequestInit;
  readonly headers: Headers;
  readonly form: URLSearchParams;
}

/** An endpoint that responds to each token with what `respond` returns. */
export function endpointOf(respond: (asked: Asked) => Response | Promise<Response>) {
  const asked: Asked[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const each = { url, init, headers: new Headers(init.headers), form: new URLSearchParams(String(init.body)) };
    asked.push(each);
    return respond(each);
  };
  return { asked, fetch };
}

export function options(over: Partial<IntrospectionVerifierOptions> = {}): IntrospectionVerifierOptions {
  return {
    introspectionEndpoint: ENDPOINT,
    client: { clientId: 'orders-api', clientSecret: 'hush' },
    audience: 'orders',
    clock: clockAt(NOW),
    ...over,
  };
}

/** A verifier whose endpoint always says the same. */
export function verifierSaying(response: object, over: Partial<IntrospectionVerifierOptions> = {}) {
  return introspectionVerifier(options({ fetch: endpointOf(() => Response.json(response)).fetch, ...over }));
}

export async function ask(verifier: TokenVerifier, token = 'mF_9.B5f-4.1JqM') {
  return verifier.verify({ scheme: 'bearer', token });
}

/** The reason of a rejection, or `accepted`. */
export async function reasonFor(verifier: TokenVerifier, token?: string): Promise<string> {
  return reasonOf(await ask(verifier, token));
}
