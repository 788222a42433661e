import { bearer, issuer } from '../domain.js';

export interface Seen {
  readonly status: number;
  readonly challenge: string | null;
  readonly body: Record<string, unknown>;
}

/** Sends a request with a token that has `scope`, or without one. */
export async function send(url: string, scope?: string, init: RequestInit = {}): Promise<Seen> {
  const authorization = scope === undefined ? {} : { authorization: bearer(issuer.token({ scope })) };
  const response = await fetch(url, { ...init, headers: { ...init.headers, ...authorization } as HeadersInit });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body };
}
