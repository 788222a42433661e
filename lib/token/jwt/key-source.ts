import type { Clock } from '../../clock.js';
import { callback, insist, insistThat, optional, quantity } from '../../options.js';
import { callGlobalFetch, type Fetch } from '../keys/bounded-fetch.js';
import { parseEndpointUrl } from '../keys/endpoint-url.js';
import { IssuerDiscovery } from '../keys/issuer-discovery.js';
import type { KeyPolicy } from '../keys/jwk.js';
import { JwkSet } from '../keys/jwk-set.js';
import type { KeyAuthorization } from '../keys/jwks-endpoint.js';
import { type JwksSource, RemoteJwks, staticJwks } from '../keys/jwks-source.js';

/** The options of `jwtVerifier()` that say where the keys are and how they are fetched; described there. */
export interface KeySourceOptions {
  readonly issuer?: unknown;
  readonly issuerBaseURL?: string | undefined;
  readonly jwksUri?: string | undefined;
  readonly jwks?: object | undefined;
  readonly keyAuthorization?: KeyAuthorization | undefined;
  readonly cacheMaxAgeMs?: number | undefined;
  readonly outageToleranceMs?: number | undefined;
  readonly allowInsecureHttp?: boolean | undefined;
  readonly fetch?: Fetch | undefined;
}

/** The rules of the options for fetched keys. */
export const FETCH_OPTIONS = {
  keyAuthorization: optional([
    (value) => typeof value === 'function',
    'a function that returns an Authorization header',
  ]),
  cacheMaxAgeMs: quantity('milliseconds', 600_000, 1),
  outageToleranceMs: quantity('milliseconds', 14_400_000),
  fetch: callback(callGlobalFetch),
} as const;

/** Those options, and others, after their rules. */
interface CheckedOptions {
  readonly keyAuthorization: KeyAuthorization | undefined;
  readonly cacheMaxAgeMs: number;
  readonly outageToleranceMs: number;
  readonly fetch: Fetch;
  readonly clock: Clock;
}

/** Parses where the keys come from. @throws {TypeError} for wrong options, or too few or too many of them */
export function parseKeySource(
  creator: string,
  options: KeySourceOptions,
  checked: CheckedOptions,
  policy: KeyPolicy,
  discovery: IssuerDiscovery | undefined,
): JwksSource {
  const { jwks, jwksUri } = options;
  if (discovery !== undefined) {
    const why = 'goes with "issuer"; with "issuerBaseURL" the keys are discovered.';
    refuseOptions(creator, options, ['jwksUri', 'jwks', 'keyAuthorization'], why);
    return new RemoteJwks(discovery, policy, checked);
  }
  insistThat(
    jwks === undefined || jwksUri === undefined,
    `${creator} takes "jwksUri" or "jwks", not both; over ociDomain(…) say jwksUri: undefined.`,
  );
  insistThat(
    jwks !== undefined || jwksUri !== undefined,
    `${creator} needs either "jwksUri", where the issuer publishes its keys, or "jwks", the keys. ` +
      'Or give "issuerBaseURL" in place of "issuer", to discover them.',
  );
  if (jwks === undefined) {
    return new RemoteJwks(parseKeyUrl(creator, jwksUri, options.allowInsecureHttp), policy, checked);
  }
  const why = 'goes with "jwksUri"; "jwks" is never fetched.';
  refuseOptions(creator, options, ['keyAuthorization', 'cacheMaxAgeMs', 'outageToleranceMs'], why);
  return staticJwks(parseKeys(creator, jwks, policy));
}

/** Parses the option `issuerBaseURL`. @throws {TypeError} where it is no address of an issuer */
export function parseIssuerBaseUrl(
  creator: string,
  { issuer, issuerBaseURL, allowInsecureHttp }: KeySourceOptions,
): IssuerDiscovery | undefined {
  if (issuerBaseURL === undefined) return undefined;
  insistThat(issuer === undefined, `${creator} takes "issuer" or "issuerBaseURL", not both.`);
  const parsed = parseEndpointUrl(issuerBaseURL, allowInsecureHttp === true);
  const isIssuer = parsed.ok && !/[?#]|\/\.well-known\//.test(issuerBaseURL);
  const expectation = 'the https address of the issuer, without credentials, query, fragment and /.well-known/';
  insist(isIssuer, creator, 'issuerBaseURL', expectation, issuerBaseURL);
  return new IssuerDiscovery(issuerBaseURL, allowInsecureHttp === true);
}

function refuseOptions(
  creator: string,
  options: KeySourceOptions,
  names: readonly (keyof KeySourceOptions)[],
  why: string,
): void {
  const given = names.find((name) => options[name] !== undefined);
  insistThat(given === undefined, `${creator}: "${given}" ${why}`);
}

function parseKeys(creator: string, jwks: object, policy: KeyPolicy): JwkSet {
  try {
    return new JwkSet(jwks, policy);
  } catch (error) {
    throw new TypeError(`${creator}: "jwks" cannot be used. ${(error as Error).message}`);
  }
}

function parseKeyUrl(creator: string, jwksUri: unknown, allowInsecureHttp: unknown): string {
  const parsed = parseEndpointUrl(jwksUri, allowInsecureHttp === true);
  if (parsed.ok) return parsed.url.href;
  switch (parsed.reason) {
    case 'not absolute':
      throw new TypeError(`${creator}: "jwksUri" must be an absolute URL.`);
    case 'credentials':
      throw new TypeError(`${creator}: "jwksUri" must not hold credentials; use "keyAuthorization".`);
    case 'insecure':
      throw new TypeError(
        `${creator}: "jwksUri" must be an https address: over plain ${parsed.protocol}, a network attacker can substitute the keys. ` +
          'To accept that, say allowInsecureHttp: true.',
      );
  }
}
