import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { parseJwt } from '../../token/jwt/decode.js';
import { checkLength } from '../../token/keys/jwk.js';
import type { GetCertificate } from './proof-options.js';

/** The kinds of proof that `express-oauth2-jwt-bearer` looks at, and the member of `cnf` that asks for each. */
export const CONFIRMATIONS = { dpop: 'jkt', mtls: 'x5t#S256' } as const;
export type Proof = keyof typeof CONFIRMATIONS;

/** The proofs that a `cnf` (RFC 7800 §3.1) asks for; `undefined` where it has nothing that is known here. */
export function confirmations(cnf: unknown): Proof[] | undefined {
  if (typeof cnf !== 'object' || cnf === null) return undefined;
  const asked = (Object.keys(CONFIRMATIONS) as Proof[]).filter((proof) => Object.hasOwn(cnf, CONFIRMATIONS[proof]));
  return asked.length === 0 ? undefined : asked;
}

// What `express-oauth2-jwt-bearer` leaves of the checks of a proof. Each says what is wrong, for operators.

/**
 * The `htu` of a proof is compared with the URL as `new URL` resolves it, but Express routes the path as it came: with
 * dot segments one proof would open another path.
 */
export function targetFailure({ originalUrl }: Request): string | undefined {
  const [path = ''] = originalUrl.split('?');
  const isPlain = path.startsWith('/') && !path.includes('\\') && !DOT_SEGMENT.test(path);
  return isPlain
    ? undefined
    : 'The path of the request has dot segments or backslashes, which a DPoP proof cannot bind.';
}

const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * The key of a proof is the client's own, and that package imports it as it comes: one with an endless exponent would stop
 * the process for tens of milliseconds. Whatever it might read otherwise than we do is refused before it reads it.
 */
export function keyFailure({ headers: { dpop } }: Request): string | undefined {
  if (typeof dpop !== 'string') return undefined; // that package says so
  const proof = parseJwt(dpop);
  if ('rejected' in proof) return 'The DPoP proof is no JWT in its strict form.';
  const problem = checkLength(Object(proof.header.jwk));
  return problem && `The key of the DPoP proof is not used: ${problem.describe()}.`;
}

/** RFC 9449 §4.3: methods are compared exactly; that package accepts `get` for `GET`. */
export function methodFailure(req: Request): string | undefined {
  const proof = parseJwt(req.headers.dpop as string);
  const isSame = !('rejected' in proof) && proof.payload.htm === req.method;
  return isSame ? undefined : 'The "htm" of the DPoP proof does not equal the method of the request.';
}

/** RFC 8705 §3.1. */
export function certificateFailure(
  getCertificate: GetCertificate | undefined,
  req: Request,
  expected: unknown,
): string | undefined {
  try {
    const certificate = getCertificate?.(req);
    const der = typeof certificate === 'string' ? Buffer.from(PEM.exec(certificate)?.[1] ?? '', 'base64') : certificate;
    if (der === undefined || der.length === 0) return 'No client certificate came with the request.';
    const thumbprint = createHash('sha256').update(der).digest('base64url');
    return thumbprint === expected ? undefined : 'The client certificate is not the one that the token is bound to.';
  } catch {
    return 'The client certificate cannot be read.';
  }
}

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/;
