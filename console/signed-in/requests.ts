import type { Exchange, Field } from '../../demo-app/front-door/outcome.js';
import { redemptionForm } from '../parts/sign-in.js';

export interface Redeemed {
  readonly accessToken: string;
  /** The `sub` of the token: who signed in. */
  readonly person: string;
}

/** Redeems the code at the token endpoint (RFC 6749 §4.1.3); `undefined` where it is not good, or no longer. */
export async function redeem(code: string, verifier: string): Promise<Redeemed | undefined> {
  const body = redemptionForm(code, verifier);
  const response = await fetch('/oauth2/v1/token', { method: 'POST', credentials: 'omit', body });
  if (!response.ok) return undefined;
  const { access_token: accessToken } = (await response.json()) as { readonly access_token: string };
  return { accessToken, person: readSubject(accessToken) };
}

export interface SignedInCall {
  readonly exchange: Exchange;
}

/** Calls the API, as any application with a token would. */
export async function callApi(accessToken: string): Promise<SignedInCall> {
  const startedAt = performance.now();
  const headers = { Authorization: `Bearer ${accessToken}` };
  const response = await fetch('/live/reports', { credentials: 'omit', headers });
  const body = await response.text();
  const shown = `${accessToken.slice(0, 24)}… (${accessToken.length} characters)`;
  const responseHeaders: Field[] = [...response.headers];
  return {
    exchange: {
      request: {
        method: 'GET',
        path: '/live/reports',
        headers: [
          ['Host', location.host],
          ['Authorization', `Bearer ${shown}`],
        ],
        body: '',
      },
      response: { status: response.status, statusText: response.statusText, headers: responseHeaders, body },
      ms: performance.now() - startedAt,
    },
  };
}

/** Unverified: it is for the title only. */
function readSubject(accessToken: string): string {
  const payload = (accessToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return String((JSON.parse(atob(payload)) as { readonly sub?: unknown }).sub);
}
