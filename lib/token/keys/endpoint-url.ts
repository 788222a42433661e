const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Why an address is not requested. */
export type UrlProblem = 'not absolute' | 'credentials' | 'insecure';

/** Parses the address of an endpoint of the issuer: `https`, or `http` on this machine; without credentials. */
export function parseEndpointUrl(
  address: unknown,
  allowInsecureHttp: boolean,
):
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly reason: UrlProblem; readonly protocol?: string } {
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined;
  if (!url) return { ok: false, reason: 'not absolute' };
  if (url.username !== '' || url.password !== '') return { ok: false, reason: 'credentials' };
  if (url.protocol === 'https:') return { ok: true, url };
  if (url.protocol === 'http:' && (allowInsecureHttp || LOOPBACK.test(url.hostname))) return { ok: true, url };
  return { ok: false, reason: 'insecure', protocol: url.protocol.slice(0, -1) };
}
