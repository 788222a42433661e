const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Why an address is not requested. */
export type UrlProblem = 'not absolute' | 'credentials' | 'insecure';

/** Parses the address of an endpoint of the issuer: `https`, or `http` on this machine; without credentials. */
export function parseEndpointUrl(
  address: unknown,
  allowInsecureHttp: boolean,
): { readonly url: URL } | { readonly problem: UrlProblem; readonly protocol?: string } {
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) return { problem: 'not absolute' };
  if (url.username !== '' || url.password !== '') return { problem: 'credentials' };
  if (url.protocol === 'https:') return { url };
  if (url.protocol === 'http:' && (allowInsecureHttp || LOOPBACK.test(url.hostname))) return { url };
  return { problem: 'insecure', protocol: url.protocol.slice(0, -1) };
}
