import { insistThat, isText, type OptionRules, readOptions, toList } from '../../options.js';
import { isScopeToken } from '../../scope/grammar.js';
import { type Audience, bindAccount, bindAudience, bindTenant } from '../audience.js';
import type { JwtVerifierOptions } from '../jwt/jwt-verifier-options.js';
import { type ClientCredentials, clientCredentials } from '../keys/client-credentials.js';

/** The issuer of every OCI IAM domain that has not set its own. */
const ISSUER = 'https://identity.oraclecloud.com/';

export interface OciDomainOptions {
  /** The domain's address, for example `https://idcs-0a1b.identity.oraclecloud.com`. */
  readonly url: string;
  /** The tenant that tokens must name in their `tenant` claim, for example `idcs-0a1b`. */
  readonly tenant: string;
  /**
   * The *Primary audience* of your own resource application, or several audiences. Default: `accountAudience({ tenant })`.
   * Challenges name scopes as clients request them, with the first audience before them.
   */
  readonly audience?: Audience | readonly Audience[] | undefined;
  /** Default: `https://identity.oraclecloud.com/`. For a domain with an issuer of its own: that, or several. */
  readonly issuer?: string | readonly string[] | undefined;
  /** A confidential application, for a domain whose key endpoint is protected. */
  readonly keyCredentials?: ClientCredentials | undefined;
}

const OPTIONS = {
  url: [isDomainAddress, 'the address of the domain: https://, its host, and nothing after it'],
  tenant: true,
  audience: true,
  issuer: true,
  keyCredentials: true,
} as const satisfies OptionRules<OciDomainOptions>;

/**
 * The {@link jwtVerifier} options of an OCI IAM identity domain (formerly IDCS): add to them, or use them as they are.
 *
 * They set what such a domain does differently: one issuer for all customers, so that tokens are bound to the `tenant`;
 * RS256; keys at `/admin/v1/SigningCert/jwk` that all have one `kid`, and `key_ops` that do not fit their use. The key
 * endpoint responds with 401 until an administrator turns on "Configure client access", unless `keyCredentials` are given.
 *
 * ```ts
 * const verifier = jwtVerifier(ociDomain({ url: 'https://idcs-0a1b.identity.oraclecloud.com', tenant: 'idcs-0a1b' }));
 * ```
 *
 * For several domains see `ociDomains()`.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function ociDomain(options: OciDomainOptions): JwtVerifierOptions {
  const creator = 'ociDomain()';
  insistThat(!Array.isArray(options), `${creator} takes one domain. For a list of them write ociDomains([…]).`);
  const { url, tenant, issuer = ISSUER, keyCredentials } = readOptions(creator, options, OPTIONS, { domain: 'url' });
  const domain = url.replace(/\/+$/, '');
  return {
    issuer,
    audience: bindAudiences(creator, tenant, options.audience),
    ...scopePrefix(options.audience),
    jwksUri: `${domain}/admin/v1/SigningCert/jwk`,
    algorithms: ['RS256'],
    ignoreKeyOps: true,
    ...(keyCredentials && { keyAuthorization: clientCredentials(`${domain}/oauth2/v1/token`, keyCredentials) }),
  };
}

/** An audience is free text; one that is no part of a scope (RFC 6749 §3.3) cannot stand in a challenge. */
function scopePrefix(audience: OciDomainOptions['audience']): { scopePrefix?: string } {
  const first: unknown = [audience].flat()[0];
  return isScopeToken(first) ? { scopePrefix: first } : {};
}

function isDomainAddress(url: unknown): boolean {
  return isText(url) && /^https?:\/\/[^/?#]+\/*$/i.test(url) && URL.canParse(url);
}

// The audience of a resource is free text that another tenant can use as well, so it is bound to the tenant too.
function bindAudiences(creator: string, tenant: string, audience: OciDomainOptions['audience']): readonly Audience[] {
  const { binding } = bindTenant(creator, tenant);
  if (audience === undefined) return [bindAccount(creator, tenant)];
  return toList(audience).map((each) => (isText(each) && binding ? bindAudience(creator, each, binding) : each));
}
