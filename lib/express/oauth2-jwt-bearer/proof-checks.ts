import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { AccessToken } from '../../token/access-token.js';
import { parseJwt } from '../../token/jwt/decode.js';
import { checkLength } from '../../token/keys/jwk.js';
import { isRejection } from '../../token/verifier.js';
import type { GetCertificate } from './proof-options.js';

/** The proofs that `express-oauth2-jwt-bearer` checks, each with the member of `cnf` that needs it. */
export const CONFIRMATIONS = { dpop: 'jkt', mtls: 'x5t#S256' } as const;
export type Proof = keyof typeof CONFIRMATIONS;

/** Reads the proofs that a `cnf` (RFC 7800 §3.1) needs; `undefined` where it has no supported member. */
export function readConfirmations(cnf: unknown): Proof[] | undefined {
  if (typeof cnf !== 'object' || cnf === null) return undefined;
  const needed = (Object.keys(CONFIRMATIONS) as Proof[]).filter((proof) => Object.hasOwn(cnf, CONFIRMATIONS[proof]));
  return needed.length === 0 ? undefined : needed;
}

/** Gets the thumbprint of the key that the token is bound to (RFC 9449 §6.1). */
export function getThumbprint({ payload: { cnf } }: AccessToken): unknown {
  return Object(cnf)[CONFIRMATIONS.dpop];
}

// The checks of a proof that `express-oauth2-jwt-bearer` does not make. Each returns a sentence for operators where it fails.

/**
 * Checks that the path of the request is plain. The `htu` of a proof is compared with the URL that `new URL` resolves, but
 * Express routes the path as it was sent: with dot segments a proof for one path would open another.
 */
export function checkTarget({ originalUrl }: Request): string | undefined {
  const [path = ''] = originalUrl.split('?');
  const isPlain = path.startsWith('/') && !path.includes('\\') && !DOT_SEGMENT.test(path);
  return isPlain
    ? undefined
    : 'The path of the request has dot segments or backslashes, which a DPoP proof cannot bind.';
}

const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * Checks that the proof is a JWT and its key is short. The client chooses that key, and the package imports it without a
 * limit: a very long exponent would block the process for tens of milliseconds.
 */
export function checkProofKey({ headers: { dpop } }: Request): string | undefined {
  if (typeof dpop !== 'string') return undefined; // the package reports it
  const proof = parseJwt(dpop);
  if (isRejection(proof)) return 'The DPoP proof is not a well-formed JWT.';
  const problem = checkLength(Object(proof.header.jwk));
  return problem && `The key of the DPoP proof is not used: ${problem.describe()}.`;
}

/** Compares `htm` with the method exactly (RFC 9449 §4.3); the package accepts `get` for `GET`. */
export function checkMethod(req: Request): string | undefined {
  const proof = parseJwt(req.headers.dpop as string);
  const isSame = !isRejection(proof) && proof.payload.htm === req.method;
  return isSame ? undefined : 'The "htm" of the DPoP proof does not equal the method of the request.';
}

/** Compares the thumbprint of the client's certificate (RFC 8705 §3.1). */
export function checkCertificate(
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
