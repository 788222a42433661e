import * as oauth from 'oauth4webapi';
import type { Config } from './config.js';

/** How long before it ends a token is renewed, in seconds. */
const MARGIN_SECONDS = 30;

const KEY = 'scopegate-sign-in';

/** What is kept between the page and the issuer's: nothing that opens anything by itself. A token is never stored. */
interface Begun {
  readonly state: string;
  readonly verifier: string;
  /** Where the person was: the fragment of the address. */
  readonly fragment: string;
  readonly isSilent: boolean;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

/** Who signed in, and what the token says of it. Unverified: it is for showing only, and the API decides. */
export interface Person {
  readonly name: string;
  readonly scopes: readonly string[];
}

/** A sign-in with PKCE (RFC 7636) at the configured issuer, and the tokens that came of it: in memory only. */
export class Session {
  readonly #config: Config['signIn'];
  readonly #server: oauth.AuthorizationServer;
  readonly #client: oauth.Client;
  #tokens: Tokens | undefined;
  #renewal: Promise<boolean> | undefined;

  private constructor(config: Config['signIn'], server: oauth.AuthorizationServer) {
    this.#config = config;
    this.#server = server;
    this.#client = { client_id: config.clientId };
  }

  /** @throws where the issuer cannot be reached, or names another issuer */
  static async open(config: Config['signIn']): Promise<Session> {
    const issuer = new URL(config.issuer);
    let failure: unknown;
    for (const algorithm of ['oidc', 'oauth2'] as const) {
      try {
        const response = await oauth.discoveryRequest(issuer, { algorithm, ...optionsFor(issuer) });
        return new Session(config, await oauth.processDiscoveryResponse(issuer, response));
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  /** The token of this moment, renewed where it is about to end; `undefined` once the person has to sign in again. */
  async token(): Promise<string | undefined> {
    if (this.#tokens === undefined) return undefined;
    if (this.#tokens.endsAt - Date.now() > MARGIN_SECONDS * 1000) return this.#tokens.accessToken;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return (await this.#renewal) ? this.#tokens?.accessToken : undefined;
  }

  get person(): Person | undefined {
    return this.#tokens && readPerson(this.#tokens.accessToken);
  }

  /** Leaves the page for the sign-in. `isSilent` asks the issuer only whether the person is still signed in there. */
  async begin({ isSilent = false, prompt }: { isSilent?: boolean; prompt?: string } = {}): Promise<void> {
    const verifier = oauth.generateRandomCodeVerifier();
    const begun: Begun = { state: oauth.generateRandomState(), verifier, fragment: location.hash, isSilent };
    sessionStorage.setItem(KEY, JSON.stringify(begun));
    const address = new URL(this.#server.authorization_endpoint as string);
    const parameters = {
      client_id: this.#config.clientId,
      redirect_uri: redirectUri(),
      response_type: 'code',
      scope: this.#config.scope,
      state: begun.state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(this.#config.resource !== undefined && { resource: this.#config.resource }),
      ...(isSilent ? { prompt: 'none' } : prompt !== undefined && { prompt }),
    };
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    location.assign(address);
  }

  /**
   * Goes on with a sign-in that this window began: redeems the code of the address, which then leaves it.
   *
   * @returns 'none' where none was begun, 'silent' where the silent one found nobody, 'refused' with what the issuer said
   */
  async resume(): Promise<'signed in' | 'none' | 'silent' | { readonly refused: string }> {
    const here = new URL(location.href);
    if (!here.searchParams.has('state')) return 'none';
    const begun = takeBegun();
    const came = new URLSearchParams(here.search);
    history.replaceState(null, '', `${here.pathname}${begun?.fragment ?? ''}`);
    if (begun === undefined) return { refused: 'This sign-in was not begun in this window.' };
    try {
      const parameters = oauth.validateAuthResponse(this.#server, this.#client, came, begun.state);
      const response = await oauth.authorizationCodeGrantRequest(
        this.#server,
        this.#client,
        oauth.None(),
        parameters,
        redirectUri(),
        begun.verifier,
        this.#requestOptions(),
      );
      this.#keep(await oauth.processAuthorizationCodeResponse(this.#server, this.#client, response));
      return 'signed in';
    } catch (error) {
      if (begun.isSilent) return 'silent';
      return { refused: describe(error) };
    }
  }

  /** Forgets the tokens, and tells the issuer where it takes that (RFC 7009). */
  async signOut(): Promise<void> {
    const tokens = this.#tokens;
    this.#tokens = undefined;
    const token = tokens?.refreshToken ?? tokens?.accessToken;
    if (token === undefined || this.#server.revocation_endpoint === undefined) return;
    await oauth
      .revocationRequest(this.#server, this.#client, oauth.None(), token, this.#requestOptions())
      .catch(() => undefined); // it ends by itself soon
  }

  /** After a 401: the token is good for nothing, whatever its end. One that came since then stays. */
  drop(token: string): void {
    if (this.#tokens?.accessToken === token) this.#tokens = { ...this.#tokens, endsAt: 0 };
  }

  async #renew(): Promise<boolean> {
    const refreshToken = this.#tokens?.refreshToken;
    if (refreshToken === undefined) return this.#lose();
    try {
      const response = await oauth.refreshTokenGrantRequest(
        this.#server,
        this.#client,
        oauth.None(),
        refreshToken,
        this.#requestOptions(),
      );
      this.#keep(await oauth.processRefreshTokenResponse(this.#server, this.#client, response), refreshToken);
      return true;
    } catch {
      return this.#lose();
    }
  }

  #lose(): false {
    this.#tokens = undefined;
    return false;
  }

  #keep(response: oauth.TokenEndpointResponse, refreshToken?: string): void {
    this.#tokens = {
      accessToken: response.access_token,
      refreshToken: response.refresh_token ?? refreshToken,
      endsAt: Date.now() + (response.expires_in ?? 300) * 1000,
    };
  }

  #requestOptions() {
    return optionsFor(new URL(this.#server.token_endpoint ?? this.#config.issuer));
  }
}

/** A token has to travel by TLS, but for this machine. */
function optionsFor({ hostname, protocol }: URL): { readonly [oauth.allowInsecureRequests]?: true } {
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'http:' && isLocal ? { [oauth.allowInsecureRequests]: true } : {};
}

function redirectUri(): string {
  return `${location.origin}${location.pathname}`;
}

function takeBegun(): Begun | undefined {
  try {
    const begun = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Begun | null;
    sessionStorage.removeItem(KEY);
    return begun ?? undefined;
  } catch {
    return undefined;
  }
}

function readPerson(accessToken: string): Person {
  try {
    const text = (accessToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(text), (character) => character.codePointAt(0) ?? 0);
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const name = [claims.name, claims.preferred_username, claims.email, claims.sub].find(
      (each) => typeof each === 'string',
    );
    return { name: String(name ?? ''), scopes: typeof claims.scope === 'string' ? claims.scope.split(' ') : [] };
  } catch {
    return { name: '', scopes: [] }; // an opaque token
  }
}

function describe(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    return error.error_description ?? error.error;
  }
  return error instanceof Error ? error.message : String(error);
}
