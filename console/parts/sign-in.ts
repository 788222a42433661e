/**
 * A sign-in with PKCE (RFC 7636), begun and ended by pages of this server. Between the two, the verifier and the state
 * are in `sessionStorage`, which only this window reads; a token is never stored.
 */

const KEY = 'sign-in';
const SCOPE = 'urn:opc:resource:consumer:paas:analytics::read offline_access';

interface Begun {
  readonly state: string;
  readonly verifier: string;
}

/** The application for people, the same in every demo. */
const CLIENT = 'd3300000-0000-4000-8000-000000000002';

const redirectUri = () => `${location.origin}/signed-in`;

/** Leaves the page for the sign-in. */
export async function beginSignIn(): Promise<void> {
  const begun: Begun = { state: randomText(), verifier: randomText() };
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(begun.verifier));
  const request = new URLSearchParams({
    client_id: CLIENT,
    redirect_uri: redirectUri(),
    response_type: 'code',
    scope: SCOPE,
    state: begun.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  });
  location.assign(`/oauth2/v1/authorize?${request}`);
}

/** The verifier of the sign-in that this window began with this state; it can be taken once. */
export function takeVerifier(state: string | null): string | undefined {
  try {
    const begun = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Begun | null;
    if (begun === null || begun.state !== state) return undefined;
    sessionStorage.removeItem(KEY);
    return begun.verifier;
  } catch {
    return undefined;
  }
}

/** The form that redeems a code. */
export function redemptionForm(code: string, verifier: string): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: CLIENT,
    redirect_uri: redirectUri(),
    code,
    code_verifier: verifier,
  });
}

function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
