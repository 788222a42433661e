import { FLAG, isText, type OptionRules, optional, readOptions } from '../options.js';

/** How people sign in: an OAuth client without a secret, at an issuer with metadata. */
export interface ConsoleSignIn {
  /**
   * The issuer, whose metadata (OpenID Connect Discovery or RFC 8414) names the endpoints. It has to allow requests from
   * the origin of the console (CORS) to its metadata and token endpoint.
   */
  readonly issuer: string;
  /** A public client with the authorization code grant, PKCE, and the address of the console as redirect URI. */
  readonly clientId: string;
  /** The scopes to request, with spaces between them: those of the permissions of the admin API. */
  readonly scope: string;
  /** The API to request a token for (RFC 8707), where the issuer wants that. Default: none is sent. */
  readonly resource?: string | undefined;
  /** The origins of the token endpoint and its like, where they differ from the issuer's. Default `[]`. */
  readonly origins?: readonly string[] | undefined;
}

export interface ConsoleOptions {
  /** Where `grantsRouter` is: a path of the same origin such as `/v1`, or an absolute URL without a trailing slash. */
  readonly api: string;
  /** How people sign in. */
  readonly signIn: ConsoleSignIn;
  /** Shows nothing that changes anything. (The API decides what a caller may do.) Default `false`. */
  readonly readOnly?: boolean | undefined;
}

const OPTIONS = {
  api: [isAddressOfApi, 'a path such as "/v1", or an https URL'],
  signIn: true,
  readOnly: FLAG,
} as const satisfies OptionRules<ConsoleOptions>;

const SIGN_IN = {
  issuer: [isSecureUrl, 'an https URL, or http on this machine'],
  clientId: [isText, 'the id of a client'],
  scope: [isText, 'scopes with spaces between them'],
  resource: optional([isText, 'an audience']),
  origins: [areOrigins, 'a list of origins such as "https://login.example"', []],
} as const satisfies OptionRules<ConsoleSignIn>;

const CREATOR = 'consoleRouter()';

/** What the pages are told: `config.json`. */
export interface ConsoleConfig {
  readonly api: string;
  readonly signIn: Omit<ConsoleSignIn, 'origins'>;
  readonly readOnly: boolean;
}

/** @throws {TypeError} for an unknown or wrong option */
export function readConsoleOptions(options: ConsoleOptions): ConsoleConfig & { readonly origins: readonly string[] } {
  const { api, signIn, readOnly } = readOptions(CREATOR, options, OPTIONS);
  const { issuer, clientId, scope, resource, origins } = readOptions(CREATOR, signIn, SIGN_IN, {}, 'signIn');
  const foreign = [issuer, api].filter((url) => URL.canParse(url)).map((url) => new URL(url).origin);
  return {
    api,
    signIn: { issuer, clientId, scope, ...(resource !== undefined && { resource }) },
    readOnly,
    origins: [...new Set([...foreign, ...origins])],
  };
}

function isAddressOfApi(value: unknown): boolean {
  if (!isText(value) || value.endsWith('/')) return false;
  return /^\/(?!\/)[\w\-./~]*$/.test(value) || isSecureUrl(value);
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Characters that end a source of a Content-Security-Policy can be in no origin, since a URL escapes them. */
function isSecureUrl(value: unknown): value is string {
  if (!isText(value) || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  const isSecure = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
  return isSecure && username === '' && password === '' && /^[\w.\-[\]:]+$/.test(hostname);
}

function areOrigins(value: unknown): boolean {
  return Array.isArray(value) && value.every(isOrigin);
}

function isOrigin(value: unknown): value is string {
  return isSecureUrl(value) && new URL(value).origin === value;
}
