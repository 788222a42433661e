import { isDeepStrictEqual } from 'node:util';
import type { Request, RequestHandler } from 'express';
import { type Clock, systemClock } from '../../clock.js';
import { insist, isQuantity, type OptionNames, refuseUnknownOptions } from '../../options.js';
import { scopeSet } from '../../scope/scope-set.js';
import type { AccessToken } from '../../token/access-token.js';
import { type Audience, toAudienceRule } from '../../token/audience.js';
import type { AuthScheme, Credentials } from '../../token/credentials.js';
import { ALGORITHMS } from '../../token/jwt/algorithms.js';
import { type ClaimsPolicy, checkClaims } from '../../token/jwt/claims.js';
import { parseJwt } from '../../token/jwt/decode.js';
import { checkHeader } from '../../token/jwt/header.js';
import { getScopeClaim } from '../../token/jwt/scope-claim.js';
import { isRejection, type Rejection, type TokenVerifier, type Verdict } from '../../token/verifier.js';
import { CONFIRMATIONS, certificateFailure, confirmations, keyFailure } from './proof-checks.js';
import type { GetCertificate } from './proof-options.js';
import { type IsolatedResult, messageOf, runIsolated } from './run-isolated.js';

/** Middleware of Express. (By its parameters only: its types are those of the application.) */
export type AuthMiddleware = (req: never, res: never, next: never) => unknown;

export interface BearerAuthVerifierOptions {
  /**
   * The `auth({ … })` of `express-oauth2-jwt-bearer`, run by the gate itself: only what it says is believed, and none of
   * its texts reach the client. Default: none; the gate then takes the `req.auth` that it finds.
   */
  readonly auth?: AuthMiddleware | undefined;
  /** Binds an audience that all customers of Oracle's share: `accountAudience({ tenant })`. Default: what `auth()` takes. */
  readonly audience?: Audience | readonly Audience[] | undefined;
  /**
   * The client's certificate (RFC 8705), as `auth()` takes it: from the TLS layer, or from a header that only your proxy
   * can set. Default none: tokens that are bound to a certificate are refused, since `auth()` lets them pass unproven
   * where it was not given the same.
   */
  readonly getCertificate?: GetCertificate | undefined;
  /** Seconds for which a token is accepted after its `exp`; that of `auth()`. Default `5`. */
  readonly clockTolerance?: number | undefined;
  /** Seconds by which `iat` and `nbf` may lie in the future. Default `60`; `auth()` compares them by its own rule. */
  readonly futureTolerance?: number | undefined;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
}

/**
 * A verifier for applications that keep `express-oauth2-jwt-bearer`: it takes the word of that package's `auth()`, and
 * adds what it lacks.
 *
 * Verified: that `req.auth` is about the token of this very request: `req.auth.token` is the bearer or DPoP token of the
 * `Authorization` header, and header and payload say what that token says; then header, types, times and kind of the
 * token, and `audience` where it is given, by the rules of `jwtVerifier`; that a token bound to a certificate comes with
 * that certificate (RFC 8705 §3), and one bound to a key with the scheme DPoP.
 * Not verified, because `auth()` has done it: signature, issuer, audience, DPoP proof (but its form and the size of its
 * key, before an `auth()` that is given reads it). Without the option `auth`, whatever else of your application can write
 * `req.auth` is believed as `auth()` is: give the option, or let nothing else write it.
 *
 * @throws {TypeError} for wrong or unknown options
 */
export function bearerAuthVerifier(options: BearerAuthVerifierOptions = {}): TokenVerifier {
  const creator = 'bearerAuthVerifier()';
  refuseUnknownOptions(creator, options, OPTIONS, { middleware: 'auth' });
  const { auth, audience, getCertificate, clockTolerance = 5, futureTolerance = 60, clock = systemClock } = options;
  const isMiddleware = typeof auth === 'function' && auth.length >= 3;
  insist(auth === undefined || isMiddleware, creator, 'auth', 'the middleware that auth({ … }) returns', auth);
  insist(isQuantity(clockTolerance), creator, 'clockTolerance', 'a number of seconds, 0 or more', clockTolerance);
  insist(isQuantity(futureTolerance), creator, 'futureTolerance', 'a number of seconds, 0 or more', futureTolerance);
  const hasCertificates = getCertificate === undefined || typeof getCertificate === 'function';
  insist(hasCertificates, creator, 'getCertificate', 'a function that gives the client certificate', getCertificate);
  const audiences = audience === undefined ? undefined : [audience].flat().map((each) => toAudienceRule(creator, each));
  const policy: ClaimsPolicy = {
    issuers: undefined,
    audiences,
    times: { clockTolerance, futureTolerance },
    required: ['iss', 'aud', 'exp'],
  };
  function verifiedBefore(credentials: Credentials, found: unknown, req: Request): Verdict {
    const verdict = agreement(credentials, found, policy, clock.now() / 1000);
    return isRejection(verdict)
      ? verdict
      : (bindingFailure(verdict, credentials.scheme, getCertificate, req) ?? verdict);
  }
  return {
    schemes: ['bearer', 'dpop'],
    verify(credentials, request) {
      const req = request as Request;
      if (auth === undefined) {
        return verifiedBefore(credentials, Object.hasOwn(req, 'auth') ? req.auth : undefined, req);
      }
      const failure = credentials.scheme === 'dpop' ? keyFailure(req) : undefined;
      if (failure !== undefined) return { rejected: 'dpop_proof_invalid', detail: () => failure };
      return runIsolated(auth as RequestHandler, req).then((isolated) =>
        isolated.error === undefined ? verifiedBefore(credentials, isolated.auth, req) : refusalOf(isolated),
      );
    },
  };
}

const OPTIONS: OptionNames<BearerAuthVerifierOptions> = {
  auth: true,
  audience: true,
  getCertificate: true,
  clockTolerance: true,
  futureTolerance: true,
  clock: true,
};

/** What `auth()` may have verified: more than `jwtVerifier` does, never `none`. */
const HEADER_POLICY = {
  algorithms: [...ALGORITHMS.keys(), 'ES256K', 'HS256', 'HS384', 'HS512'],
  onlyAtJwt: false,
};

function agreement({ token }: Credentials, found: unknown, policy: ClaimsPolicy, now: number): Verdict {
  if (typeof found !== 'object' || found === null) {
    return refused(
      'No req.auth: put the auth() of express-oauth2-jwt-bearer before the gate, or into bearerAuthVerifier({ auth }).',
    );
  }
  const said = found as { token?: unknown; header?: unknown; payload?: unknown };
  if (said.token !== token) return refused('req.auth is about another token than the Authorization header.');
  const jwt = parseJwt(token);
  if ('rejected' in jwt) return jwt;
  const { header, payload } = jwt;
  if (!isSame(said.payload, payload) || !isSame(said.header, header)) {
    return refused('req.auth does not say what its token says.');
  }
  const problem = checkHeader(header, HEADER_POLICY) ?? checkClaims(payload, policy, now);
  return problem ?? { payload, header, token, scopes: scopeSet(getScopeClaim(payload)) };
}

/** What is nested deeper than the comparison can call itself is the same as nothing. */
function isSame(said: unknown, stated: object): boolean {
  try {
    return isDeepStrictEqual(said, stated);
  } catch {
    return false;
  }
}

/** What a token is bound to (RFC 7800 §3.1) and this request cannot have proven, whatever `auth()` looked at. */
function bindingFailure(
  { payload: { cnf } }: AccessToken,
  scheme: AuthScheme,
  getCertificate: BearerAuthVerifierOptions['getCertificate'],
  req: Request,
): Rejection | undefined {
  if (cnf === undefined) return undefined;
  const asked = confirmations(cnf);
  // A DPoP proof is seen with its own scheme only (RFC 9449 §7.1), however auth() is set.
  if (asked === undefined || (asked.includes('dpop') && scheme !== 'dpop')) {
    return constrained('The token\'s "cnf" asks for a proof that auth() did not see.');
  }
  if (!asked.includes('mtls')) return undefined;
  if (getCertificate === undefined) {
    return constrained(
      'The token is bound to a certificate; give bearerAuthVerifier() the "getCertificate" of auth().',
    );
  }
  const failure = certificateFailure(getCertificate, req, (cnf as Record<string, unknown>)[CONFIRMATIONS.mtls]);
  return failure === undefined ? undefined : { rejected: 'certificate_mismatch', detail: () => failure };
}

function constrained(sentence: string): Rejection {
  return { rejected: 'sender_constrained', detail: () => sentence };
}

function refusalOf(isolated: IsolatedResult): Rejection {
  const isProof = (isolated.error as { code?: unknown } | null)?.code === 'invalid_dpop_proof';
  return { rejected: isProof ? 'dpop_proof_invalid' : 'token_rejected', detail: () => advised(messageOf(isolated)) };
}

// What its users meet first behind an OCI IAM domain.
function advised(message: string): string {
  if (!message.includes('no applicable key')) return message;
  return `${message}. That package obeys "key_ops", and OCI IAM domains publish theirs without "verify": use jwtVerifier(ociDomain(…)) there.`;
}

function refused(sentence: string): Rejection {
  return { rejected: 'token_rejected', detail: () => sentence };
}
