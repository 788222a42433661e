import type { JwtHeader } from '../access-token.js';
import { quoteForLog } from '../printable.js';
import type { Rejection } from '../verifier.js';
import { isAllowed } from './algorithms.js';
import { ANY_JWT, AT_JWT, normalizeType } from './media-type.js';
import { reject } from './rejection.js';

/** What the header of a token can have. */
export interface HeaderPolicy {
  readonly algorithms: readonly string[];
  /** The accepted values of `typ`, normalized. `jwt` also accepts a header without `typ`, which says no more. */
  readonly types: readonly string[];
}

/** The `typ` of access tokens, and that of tokens which do not say what they are. */
export const DEFAULT_TYPES: readonly string[] = [AT_JWT, ANY_JWT];

/**
 * Members that change the meaning of a token. None is supported, so a token with any of them is refused:
 * `crit` (RFC 7515 §4.1.11), `b64` (RFC 7797), `zip` and `enc` (RFC 7516), and `cty`, the mark of a nested token
 * (RFC 7519 §5.2).
 */
const UNSUPPORTED = ['crit', 'b64', 'zip', 'enc', 'cty'];

/**
 * Checks the header.
 *
 * Verified: `alg` is in the allow-list (never `none`, never HMAC), `typ` is one of the accepted types, no member needs
 * processing that is not supported. Not used: `jku`, `jwk`, `x5u`, `x5c` (RFC 8725 §3.10).
 */
export function checkHeader(header: JwtHeader, policy: HeaderPolicy): Rejection | undefined {
  const { alg, typ, kid } = header;
  for (const member of UNSUPPORTED) {
    if (Object.hasOwn(header, member)) {
      return reject('header_unsupported', () => `The token's header has a "${member}" member.`);
    }
  }
  if (typeof alg !== 'string' || !isAllowed(alg, policy.algorithms)) {
    return reject(
      'algorithm_not_allowed',
      () => `The token's "alg" is ${quoteForLog(alg)}; "algorithms" allows ${policy.algorithms.join(', ')}.`,
    );
  }
  if (!isAllowedType(typ, policy.types)) {
    return reject(
      'type_not_allowed',
      () => `The token's "typ" is ${quoteForLog(typ)}; "typ" allows ${policy.types.join(', ')}.`,
    );
  }
  if (kid !== undefined && typeof kid !== 'string') {
    return reject('token_malformed', () => 'The "kid" of the token\'s header is not a string.');
  }
  return undefined;
}

function isAllowedType(typ: unknown, types: readonly string[]): boolean {
  if (typ === undefined) return types.includes(ANY_JWT);
  return typeof typ === 'string' && types.includes(normalizeType(typ));
}
