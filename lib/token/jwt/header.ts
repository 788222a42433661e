import type { JwtHeader } from '../access-token.js';
import { quoteForLog } from '../printable.js';
import type { Rejection } from '../verifier.js';

/** What the header of a token may say. */
export interface HeaderPolicy {
  readonly algorithms: readonly string[];
  /** Only `at+jwt` (RFC 9068 §2.1), where the default also takes `JWT` and no `typ` at all. */
  readonly onlyAtJwt: boolean;
}

const AT_JWT = ['at+jwt', 'application/at+jwt'];
const ANY_JWT = [...AT_JWT, 'jwt', 'application/jwt'];

/**
 * Members that change what the token means. None is understood here, so a token with one is refused whatever its value:
 * `crit` (RFC 7515 §4.1.11), `b64` (RFC 7797), `zip` and `enc` (RFC 7516), and `cty`, the mark of a nested token
 * (RFC 7519 §5.2).
 */
const UNSUPPORTED = ['crit', 'b64', 'zip', 'enc', 'cty'];

/**
 * Verified: `alg` is in the allow-list (so never `none`, never HMAC), `typ` is that of an access token, no member asks
 * for processing that does not happen here. Not used: `jku`, `jwk`, `x5u`, `x5c` (RFC 8725 §3.10).
 */
export function checkHeader(header: JwtHeader, policy: HeaderPolicy): Rejection | undefined {
  const { alg, typ, kid } = header;
  for (const member of UNSUPPORTED) {
    if (Object.hasOwn(header, member)) {
      return { rejected: 'header_unsupported', detail: () => `The token's header has a "${member}" member.` };
    }
  }
  if (typeof alg !== 'string' || !policy.algorithms.includes(alg)) {
    return {
      rejected: 'algorithm_not_allowed',
      detail: () => `The token's "alg" is ${quoteForLog(alg)}; "algorithms" allows ${policy.algorithms.join(', ')}.`,
    };
  }
  if (!isAllowedType(typ, policy.onlyAtJwt)) {
    return {
      rejected: 'type_not_allowed',
      detail: () =>
        policy.onlyAtJwt
          ? `The token's "typ" is ${quoteForLog(typ)}; this verifier takes "at+jwt" only (RFC 9068).`
          : `The token's "typ" is ${quoteForLog(typ)}, which is not that of an access token.`,
    };
  }
  if (kid !== undefined && typeof kid !== 'string') {
    return { rejected: 'token_malformed', detail: () => 'The "kid" of the token\'s header is not a string.' };
  }
  return undefined;
}

function isAllowedType(typ: unknown, onlyAtJwt: boolean): boolean {
  if (typ === undefined) return !onlyAtJwt;
  return typeof typ === 'string' && (onlyAtJwt ? AT_JWT : ANY_JWT).includes(typ.toLowerCase());
}
