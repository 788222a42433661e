import { isDeepStrictEqual } from 'node:util';
import type { Request } from 'express';
import { scopeSet } from '../scope/scope-set.js';
import { checkTimes } from '../token/claims.js';
import type { AuthScheme, Credentials } from '../token/credentials.js';
import { parseJwt } from '../token/jwt.js';
import type { Rejection, TokenVerifier, Verdict } from '../token/verifier.js';

/**
 * A verifier for applications that keep `express-oauth2-jwt-bearer`: it takes the word of the `auth()` middleware that
 * ran before the gate, and adds what that package lacks.
 *
 * Verified: that `req.auth` is about the token of this very request: `req.auth.token` is the bearer or DPoP token of the
 * `Authorization` header, header and payload say what that token says, letter by letter, and it has not expired since.
 * Not verified, because `auth()` has done it: signature, issuer, audience, proof of possession. It looks at client
 * certificates only where it is given `getCertificate`. Nothing else may write `req.auth`: whoever leaves `auth()` out
 * leaves it unset, and every token is refused.
 */
export function requestAuth(): TokenVerifier {
  return {
    schemes: ['bearer', 'dpop'],
    verify: (credentials, request) => verifiedBefore(credentials, (request as Request | undefined)?.auth),
  };
}

function verifiedBefore({ token, scheme }: Credentials, auth: unknown): Verdict {
  if (typeof auth !== 'object' || auth === null) {
    return refused('No req.auth: put the auth() of express-oauth2-jwt-bearer before the gate.');
  }
  const claimed = auth as { token?: unknown; header?: unknown; payload?: unknown };
  if (claimed.token !== token) return refused('req.auth is about another token than the Authorization header.');
  const jwt = parseJwt(token);
  if ('rejected' in jwt) return jwt;
  const { header, payload } = jwt;
  if (!isDeepStrictEqual(claimed.payload, payload) || !isDeepStrictEqual(claimed.header, header)) {
    return refused('req.auth does not say what its token says.');
  }
  if (payload.cnf !== undefined && !mayBeProven(payload.cnf, scheme)) {
    return {
      rejected: 'sender_constrained',
      detail: () => 'The token\'s "cnf" asks for a proof that auth() did not see.',
    };
  }
  if (payload.scope !== undefined && typeof payload.scope !== 'string') {
    return { rejected: 'claim_malformed', detail: () => 'The token\'s "scope" is not a string.' };
  }
  if (typeof payload.exp !== 'number') return refused('The token has no expiry.');
  const expired = checkTimes(payload, CLOCK_TOLERANCE, Date.now() / 1000);
  return expired ?? { payload, header, token, scopes: scopeSet(payload.scope) };
}

/** Whether `auth()` can have seen a proof: of DPoP with its own scheme only (RFC 9449 §7.1), however `auth()` is set. */
function mayBeProven(cnf: unknown, scheme: AuthScheme): boolean {
  if (typeof cnf !== 'object' || cnf === null) return false;
  return Object.hasOwn(cnf, 'jkt') ? scheme === 'dpop' : Object.hasOwn(cnf, 'x5t#S256');
}

/** Seconds; the default of `express-oauth2-jwt-bearer`. */
const CLOCK_TOLERANCE = 5;

function refused(sentence: string): Rejection {
  return { rejected: 'token_rejected', detail: () => sentence };
}
