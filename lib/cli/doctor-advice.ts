import { EndpointError } from '../token/keys/bounded-fetch.js';

/** What of the responses matters beside their bodies. */
export interface Observed {
  status?: number;
  contentType?: string | null;
  location?: string | null;
  date?: string | null;
  sentAt?: number;
}

/** What to do about a network error, by its code. */
const NETWORK: Readonly<Record<string, string>> = {
  ENOTFOUND: 'There is no such host: compare the address with the console of the issuer, and check DNS.',
  EAI_AGAIN: 'DNS does not answer here: check the resolver of this machine or container.',
  ECONNREFUSED: 'Nothing listens there: check host and port, and whether a firewall or a proxy is needed.',
  ECONNRESET: 'The connection was cut: a firewall or a proxy may not let it through.',
  ETIMEDOUT: 'The host does not answer: a firewall may drop the connection; outgoing traffic may need a proxy.',
  UND_ERR_CONNECT_TIMEOUT: 'The host does not answer: outgoing traffic may need a proxy.',
  UND_ERR_SOCKET: 'The connection was cut: a firewall or a proxy may not let it through.',
  CERT_HAS_EXPIRED:
    'The certificate of the issuer expired: renew it there. If it is valid, set the clock of this machine.',
  CERT_NOT_YET_VALID: 'The certificate of the issuer is not valid yet: set the clock of this machine.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another host: use the name that it is for.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is self-signed: name its file in NODE_EXTRA_CA_CERTS.',
  SELF_SIGNED_CERT_IN_CHAIN: 'An unknown authority signed the certificate: name its file in NODE_EXTRA_CA_CERTS.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The chain of the certificate is incomplete: have the issuer send all of it.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'An unknown authority signed the certificate: name its file in NODE_EXTRA_CA_CERTS.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'That port does not speak TLS: check the port, and whether a proxy ends TLS.',
};

/** What to change, and where, after the keys of an issuer could not be fetched. */
export function adviseOnFailure(error: unknown, observed: Observed, isDiscovery: boolean): string {
  if (error instanceof EndpointError && error.status !== undefined) {
    return adviseOnResponse(error, observed, isDiscovery);
  }
  const code = findCode(error);
  const known = code === undefined ? undefined : NETWORK[code];
  return known ?? 'Check the address, and whether this machine reaches it: a proxy or a firewall may be in the way.';
}

function adviseOnResponse({ status = 0, message }: EndpointError, observed: Observed, isDiscovery: boolean): string {
  if (message.includes('names the issuer')) return 'Use the name that the issuer has for itself: that of its metadata.';
  if (message.includes('"jwks_uri"')) return 'Have the issuer publish its keys at an https address.';
  if (status >= 300 && status < 400) return `Use the final address${describe(observed.location)}.`;
  if (status === 401 || status === 403) {
    return 'OCI IAM: turn on "Configure client access" (Settings, Access signing certificate), or use keyCredentials.';
  }
  if (status === 404) return adviseOnMissing(isDiscovery);
  if (status >= 500) return 'The issuer fails: look at its status page, and try again later.';
  if (/text\/html/i.test(observed.contentType ?? '')) {
    return 'A web page answered, such as a sign-in page or that of a proxy: use the address of the issuer itself.';
  }
  if (message.includes('encoding'))
    return 'Have the issuer, or the proxy before it, not compress what asks for identity.';
  if (message.includes('bytes')) return 'A key set is small: this is another document. Check the address.';
  if (message.includes('broke off')) return 'The connection was cut: a firewall or a proxy may not let it through.';
  return isDiscovery
    ? 'Use the address that the metadata has as "issuer", and not that of a web page.'
    : 'Use the address of the key set.';
}

function adviseOnMissing(isDiscovery: boolean): string {
  return isDiscovery
    ? 'Give the address of the issuer, without /.well-known and without a path of the console; for OCI IAM use --oci.'
    : 'Give the Domain URL of the console, without a path.';
}

function describe(location: string | null | undefined): string {
  return location === undefined || location === null ? '' : `: it redirects to ${location.slice(0, 200)}`;
}

/** The code of the innermost cause that has one. */
function findCode(error: unknown): string | undefined {
  let found: string | undefined;
  let current = error;
  for (let depth = 0; depth < 8 && typeof current === 'object' && current !== null; depth++) {
    const { code, cause } = current as { code?: unknown; cause?: unknown };
    if (typeof code === 'string') found = code;
    current = cause;
  }
  return found;
}
