import { z } from 'zod';
import { LIMITS } from '../../grants/commands.js';

/** An absolute URI without a fragment (RFC 3986 §4.3, RFC 6749 §3.1.2): its scheme, and what follows the colon. */
const ABSOLUTE_URI = /^([a-z][a-z0-9+.-]*):((?:[a-z0-9\-._~:/?@!$&'()*+,;=[\]]|%[0-9a-f]{2})+)$/i;

/** RFC 8252 §7.3, and `localhost`, of which §8.3 advises against. */
const LOOPBACK = /^\/\/(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)(?::\d+)?(?:[/?]|$)/i;

/** A browser would run or open what such a URI contains. */
const LOCAL_SCHEMES: readonly string[] = ['javascript', 'data', 'vbscript', 'file', 'blob', 'about', 'filesystem'];

/**
 * Whether a redirect may lead there: `https`, `http` on the loopback interface, or the private scheme of a native
 * application (RFC 8252 §7), followed by a slash. A host without a scheme, as in `localhost:3000/cb`, is not one of them.
 */
export function isRedirectUri(uri: string): boolean {
  const [, scheme = '', rest = ''] = ABSOLUTE_URI.exec(uri) ?? [];
  switch (scheme.toLowerCase()) {
    case 'https':
      return isWebAddress(uri, rest);
    case 'http':
      return LOOPBACK.test(rest) && isWebAddress(uri, rest);
    default:
      return rest.startsWith('/') && !LOCAL_SCHEMES.includes(scheme.toLowerCase());
  }
}

/** With a host, and without user information, which makes one host look like another. */
function isWebAddress(uri: string, rest: string): boolean {
  return /^\/\/[^/?@]+(?:[/?]|$)/.test(rest) && URL.canParse(uri);
}

const expectation =
  'must be an absolute URI without a fragment: https, http on a loopback address, or the private scheme of a native application';

export const redirectUri = z
  .string()
  .min(1, { abort: true })
  .max(LIMITS.uri, { abort: true })
  .refine(isRedirectUri, { params: { expectation } })
  .meta({
    description: 'An absolute URI without a fragment: https, http on loopback, or a private scheme (RFC 8252).',
  });
