import { withoutSlash } from '../issuer-name.js';
import { quoteForLog } from '../printable.js';
import { EndpointError, type Fetch, fetchJson, unusableResponse } from './bounded-fetch.js';
import { parseEndpointUrl } from './endpoint-url.js';

/**
 * Finds the keys of an issuer by its metadata: OpenID Connect Discovery 1.0 §4, then RFC 8414 §3. The document is fetched
 * with the keys each time, so it has their bounds, their deadline and their age.
 *
 * Verified: the `issuer` of the document is the issuer that was asked for, one trailing slash apart (OpenID Connect
 * Discovery §4.3, RFC 8414 §3.3); `jwks_uri` is an `https` address, or `http` on this machine. Everything else in the
 * document is ignored, `id_token_signing_alg_values_supported` above all: it is about ID tokens.
 */
export class IssuerDiscovery {
  readonly #issuerBaseURL: string;
  readonly #allowInsecureHttp: boolean;
  readonly #documents: readonly [string, string];
  #issuer: string | undefined;
  #address: string;

  /** @param issuerBaseURL an address without query and fragment */
  constructor(issuerBaseURL: string, allowInsecureHttp: boolean) {
    this.#issuerBaseURL = issuerBaseURL;
    this.#allowInsecureHttp = allowInsecureHttp;
    const { origin, pathname } = new URL(issuerBaseURL);
    const path = withoutSlash(pathname);
    this.#documents = [
      `${origin}${path}/.well-known/openid-configuration`,
      `${origin}/.well-known/oauth-authorization-server${path}`,
    ];
    this.#address = this.#documents[0];
  }

  /** What `iss` may be: until the document was read, the issuer with and without a slash; then as the document has it. */
  get issuers(): readonly string[] {
    if (this.#issuer !== undefined) return [this.#issuer];
    const issuer = withoutSlash(this.#issuerBaseURL);
    return [issuer, `${issuer}/`];
  }

  /** The address that was requested last, for messages. */
  get address(): string {
    return this.#address;
  }

  /**
   * Fetches the document, and returns its `jwks_uri`.
   *
   * @throws {EndpointError} with a sentence for operators where there is no document that may be used
   */
  async findKeys(fetch: Fetch, signal: AbortSignal): Promise<string> {
    let failures = '';
    let last: EndpointError | undefined;
    for (const url of this.#documents) {
      this.#address = url;
      const found = await fetchMetadata(url, fetch, signal);
      if (!(found instanceof EndpointError)) return this.#accept(url, found);
      failures += `${found.message} `;
      last = found;
    }
    throw new EndpointError(`${failures}"issuerBaseURL" needs one of them.`, { status: last?.status, cause: last });
  }

  #accept(url: string, { issuer, jwks_uri }: Metadata): string {
    if (withoutSlash(issuer) !== withoutSlash(this.#issuerBaseURL)) {
      throw unusableResponse(url, this.#describeOtherIssuer(issuer));
    }
    const parsed = parseEndpointUrl(jwks_uri, this.#allowInsecureHttp);
    if (!parsed.ok) {
      const given = quoteForLog(jwks_uri);
      throw unusableResponse(url, `has the "jwks_uri" ${given}, which is not an https address without credentials`);
    }
    this.#issuer = issuer;
    this.#address = parsed.url.href;
    return this.#address;
  }

  #describeOtherIssuer(issuer: unknown): string {
    const advice = findPreset(`${this.#issuerBaseURL} ${issuer}`) ?? 'or give "issuer" and "jwksUri"';
    const names = `names the issuer ${quoteForLog(issuer)}; "issuerBaseURL" is ${quoteForLog(this.#issuerBaseURL)}`;
    return `${names}, so nothing of it is used. Give the name that the issuer has for itself, ${advice}`;
  }
}

interface Metadata {
  readonly issuer: string;
  readonly jwks_uri?: unknown;
}

/** A document that is not there leads to the next place; an issuer that cannot be reached does not. */
async function fetchMetadata(url: string, fetch: Fetch, signal: AbortSignal): Promise<Metadata | EndpointError> {
  try {
    const { value } = await fetchJson(fetch, url, {}, signal);
    const metadata = Object(value) as Metadata;
    return typeof metadata.issuer === 'string'
      ? metadata
      : unusableResponse(url, 'answered 200, but without an "issuer"');
  } catch (error) {
    if (error instanceof EndpointError && error.status !== undefined) return error;
    throw error;
  }
}

/** Issuers whose document names another issuer: only what knows their names works for them. */
function findPreset(names: string): string | undefined {
  if (names.includes('identity.oraclecloud.com')) return 'which ociDomain() knows for OCI IAM';
  if (/\/\/(?:login\.microsoftonline\.com|sts\.windows\.net)\//.test(names))
    return 'which entraTenant() knows for Entra ID';
  return undefined;
}
