/**
 * Normalizes the `typ` of a JOSE header: media types are compared without regard to case, and `application/` may be left
 * out where no other slash follows (RFC 7515 §4.1.9).
 */
export function normalizeType(typ: string): string {
  const type = typ.toLowerCase();
  const name = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type;
  return name.includes('/') ? type : name;
}

const PREFIX = 'application/';

/** The type of any JWT (RFC 7519 §5.1), which says as little about the kind of token as no `typ` does. */
export const ANY_JWT = 'jwt';

/** The type of access tokens (RFC 9068 §2.1). */
export const AT_JWT = 'at+jwt';
