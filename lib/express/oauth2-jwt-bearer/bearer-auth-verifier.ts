import { isDeepStrictEqual } from 'node:util';
import type { Request, RequestHandler } from 'express';
import { CLOCK, type Clock } from '../../clock.js';
import { FLAG, type OptionRules, optional, readOptions } from '../../options.js';
import { scopeSet } from '../../scope/scope-set.js';
import type { AccessToken } from '../../token/access-token.js';
import { type Audience, toAudienceRule } from '../../token/audience.js';
import type { AuthScheme, Credentials } from '../../token/credentials.js';
import { ALGORITHMS } from '../../token/jwt/algorithms.js';
import { type ClaimsPolicy, checkClaims } from '../../token/jwt/claims.js';
import { parseJwt } from '../../token/jwt/decode.js';
import { checkHeader, type HeaderPolicy } from '../../token/jwt/header.js';
import { parseTypes } from '../../token/jwt/jwt-verifier-options.js';
import { getScopeClaim, SCOPE_CLAIMS } from '../../token/jwt/scope-claim.js';
import { TIME_OPTIONS } from '../../token/jwt/times.js';
import { checkTokenKind, type TokenKindPolicy } from '../../token/jwt/token-kind.js';
import { isRejection, type Rejection, type TokenVerifier, type Verdict } from '../../token/verifier.js';
import { CONFIRMATIONS, checkCertificate, checkProofKey, getThumbprint, readConfirmations } from './proof-checks.js';
import { GET_CERTIFICATE, type GetCertificate, REPLAY_OPTIONS, type ReplayOptions } from './proof-options.js';
import { Replays } from './replays.js';
import { getMessage, type IsolatedResult, runIsolated } from './run-isolated.js';

/** Middleware of Express. (By its parameters only: its types are those of the application.) */
export type AuthMiddleware = (req: never, res: never, next: never) => unknown;

export interface BearerAuthVerifierOptions {
  /**
   * The `auth({ … })` of `express-oauth2-jwt-bearer`, which the gate then runs itself: only its result counts, and none of
   * its messages reach the client. Default: none; the gate then uses the `req.auth` that it finds.
   */
  readonly auth?: AuthMiddleware | undefined;
  /** Binds an audience that all Oracle customers share: `accountAudience({ tenant })`. Default: the audience of `auth()`. */
  readonly audience?: Audience | readonly Audience[] | undefined;
  /**
   * Gets the client's certificate (RFC 8705), as in `auth()`: from the TLS layer, or from a header that only your proxy can
   * set. Default none: tokens that are bound to a certificate are refused, since `auth()` accepts them without proof where
   * it has no such function.
   */
  readonly getCertificate?: GetCertificate | undefined;
  /**
   * Where used DPoP proofs are remembered, so that each is accepted once (RFC 9449 §11.1): `replayStore` as in
   * `senderConstrainedVerifier`, by default in memory. `iatOffset` and `iatLeeway` are those of `auth({ dpop })`; a proof
   * that `auth()` accepts for longer is refused.
   */
  readonly dpop?: ReplayOptions | undefined;
  /** The accepted `typ` of the header, as in `jwtVerifier`. Default `['at+jwt', 'JWT']`. */
  readonly typ?: string | readonly string[] | undefined;
  /**
   * Accepts tokens with `nonce`, `at_hash`, `c_hash` or `s_hash` although nothing says that they are access tokens, as in
   * `jwtVerifier`. Default `false`.
   */
  readonly ignoreIdTokenClaims?: boolean | undefined;
  /** Seconds for which a token is accepted after its `exp`; that of `auth()`. Default `5`. */
  readonly clockTolerance?: number | undefined;
  /** Seconds by which `iat` and `nbf` may lie in the future. Default `60`; `auth()` compares them by its own rule. */
  readonly futureTolerance?: number | undefined;
  /** Default: the system's clocks. */
  readonly clock?: Clock | undefined;
}

/**
 * A verifier for applications that keep `express-oauth2-jwt-bearer`: it uses the result of that package's `auth()`, and
 * adds what it lacks.
 *
 * Verified: that `req.auth` is about the token of this request: `req.auth.token` is the bearer or DPoP token of the
 * `Authorization` header, and header and payload are those of that token; then header, types, times and kind of the
 * token, and `audience` where it is given, by the rules of `jwtVerifier`; that a token bound to a certificate comes with
 * that certificate (RFC 8705 §3), and a token bound to a key with the scheme DPoP; that a DPoP proof was not used before.
 * Not verified, because `auth()` has done it: signature, issuer, audience, DPoP proof (except its form and the size of its
 * key, which are checked before a given `auth()` reads it). Without the option `auth`, everything else in your application
 * that can write `req.auth` is trusted as `auth()` is: give the option, or let nothing else write it.
 *
 * ```ts
 * const gate = createGate({ verifier: bearerAuthVerifier({ auth: auth({ issuerBaseURL, audience }) }) });
 * ```
 *
 * @throws {TypeError} for wrong or unknown options
 */
export function bearerAuthVerifier(options: BearerAuthVerifierOptions = {}): TokenVerifier {
  const { auth, policy } = parseOptions(options);
  const replays = new Replays(options.dpop);
  const accept = (credentials: Credentials, result: unknown, req: Request) => {
    const verdict = verifyResult(credentials, result, policy, req);
    return isRejection(verdict) || credentials.scheme !== 'dpop' ? verdict : refuseReplay(verdict, replays, req);
  };
  return {
    schemes: ['bearer', 'dpop'],
    clockTolerance: policy.claims.times.clockTolerance,
    verify(credentials, request) {
      const req = request as Request;
      if (auth === undefined) return accept(credentials, Object.hasOwn(req, 'auth') ? req.auth : undefined, req);
      const failure = credentials.scheme === 'dpop' ? checkProofKey(req) : undefined;
      if (failure !== undefined) return { ok: false, reason: 'dpop_proof_invalid', detail: () => failure };
      return runIsolated(auth as RequestHandler, req).then((isolated) =>
        isolated.error === undefined ? accept(credentials, isolated.auth, req) : toRejection(isolated),
      );
    },
  };
}

const OPTIONS = {
  auth: optional([isAuthMiddleware, 'the middleware that auth({ … }) returns']),
  audience: true,
  getCertificate: GET_CERTIFICATE,
  dpop: true,
  typ: true,
  ignoreIdTokenClaims: FLAG,
  ...TIME_OPTIONS,
  clock: CLOCK,
} as const satisfies OptionRules<BearerAuthVerifierOptions>;

function isAuthMiddleware(value: unknown): boolean {
  return typeof value === 'function' && value.length >= 3;
}

/** What is checked after `auth()`. */
interface Policy {
  readonly header: HeaderPolicy;
  readonly claims: ClaimsPolicy;
  readonly kind: TokenKindPolicy;
  readonly getCertificate: BearerAuthVerifierOptions['getCertificate'];
  readonly clock: Clock;
}

/** What `auth()` can verify: more than `jwtVerifier` does, but never `none`. */
const AUTH_ALGORITHMS = [...ALGORITHMS.keys(), 'ES256K', 'HS256', 'HS384', 'HS512'];

function parseOptions(options: BearerAuthVerifierOptions): { auth: AuthMiddleware | undefined; policy: Policy } {
  const creator = 'bearerAuthVerifier()';
  const checked = readOptions(creator, options, OPTIONS, { middleware: 'auth' });
  const { auth, audience, getCertificate, dpop = {}, typ, ignoreIdTokenClaims, clock } = checked;
  readOptions(creator, dpop, REPLAY_OPTIONS, {}, 'dpop');
  const audiences = audience === undefined ? undefined : [audience].flat().map((each) => toAudienceRule(creator, each));
  const policy: Policy = {
    header: { algorithms: AUTH_ALGORITHMS, types: parseTypes(creator, typ) },
    claims: { issuers: undefined, audiences, times: checked, required: ['iss', 'aud', 'exp'] },
    kind: { ignoreIdTokenClaims },
    getCertificate,
    clock,
  };
  return { auth, policy };
}

/** Verifies what `auth()` does not, and that its result belongs to this token. */
function verifyResult(credentials: Credentials, result: unknown, policy: Policy, req: Request): Verdict {
  const verdict = verifyToken(credentials, result, policy);
  if (isRejection(verdict)) return verdict;
  return checkBinding(verdict, credentials.scheme, policy.getCertificate, req) ?? verdict;
}

function verifyToken({ token }: Credentials, result: unknown, policy: Policy): Verdict {
  if (typeof result !== 'object' || result === null) {
    return refuse(
      'No req.auth: put the auth() of express-oauth2-jwt-bearer before the gate, or into bearerAuthVerifier({ auth }).',
    );
  }
  const stated = result as { token?: unknown; header?: unknown; payload?: unknown };
  if (stated.token !== token) return refuse('req.auth is about another token than the Authorization header.');
  const jwt = parseJwt(token);
  if (isRejection(jwt)) return jwt;
  const { header, payload } = jwt;
  if (!isSame(stated.payload, payload) || !isSame(stated.header, header)) {
    return refuse('req.auth does not say what its token says.');
  }
  const rejection =
    checkHeader(header, policy.header) ??
    checkClaims(payload, policy.claims, policy.clock.now() / 1000) ??
    checkTokenKind(header, payload, policy.kind);
  return rejection ?? { payload, header, token, scopes: scopeSet(getScopeClaim(payload)), scopeClaims: SCOPE_CLAIMS };
}

/** Whether two values are equal; `false` for values that are nested too deep to compare. */
function isSame(stated: unknown, actual: object): boolean {
  try {
    return isDeepStrictEqual(stated, actual);
  } catch {
    return false;
  }
}

/** Checks what the token is bound to (RFC 7800 §3.1), whatever `auth()` has checked. */
function checkBinding(
  { payload: { cnf } }: AccessToken,
  scheme: AuthScheme,
  getCertificate: BearerAuthVerifierOptions['getCertificate'],
  req: Request,
): Rejection | undefined {
  if (cnf === undefined) return undefined;
  const needed = readConfirmations(cnf);
  // auth() checks a DPoP proof with the scheme DPoP only (RFC 9449 §7.1), whatever its options are.
  if (needed === undefined || (needed.includes('dpop') && scheme !== 'dpop')) {
    return refuseUnproven('The "cnf" of the token needs a proof that auth() did not check.');
  }
  if (!needed.includes('mtls')) return undefined;
  if (getCertificate === undefined) {
    return refuseUnproven(
      'The token is bound to a certificate; give bearerAuthVerifier() the "getCertificate" of auth().',
    );
  }
  const failure = checkCertificate(getCertificate, req, (cnf as Record<string, unknown>)[CONFIRMATIONS.mtls]);
  return failure === undefined ? undefined : { ok: false, reason: 'certificate_mismatch', detail: () => failure };
}

/** Refuses a DPoP proof that was used before. auth() has verified it. */
async function refuseReplay(accessToken: AccessToken, replays: Replays, req: Request): Promise<Verdict> {
  const failure = await replays.check(req, getThumbprint(accessToken));
  return failure === undefined ? accessToken : { ok: false, reason: 'dpop_proof_invalid', detail: () => failure };
}

function refuseUnproven(sentence: string): Rejection {
  return { ok: false, reason: 'sender_constrained', detail: () => sentence };
}

function toRejection(isolated: IsolatedResult): Rejection {
  const isProof = (isolated.error as { code?: unknown } | null)?.code === 'invalid_dpop_proof';
  return {
    ok: false,
    reason: isProof ? 'dpop_proof_invalid' : 'token_rejected',
    detail: () => addAdvice(getMessage(isolated)),
  };
}

/** Explains the first failure that users see with an OCI IAM domain. */
function addAdvice(message: string): string {
  if (!message.includes('no applicable key')) return message;
  return `${message}. That package obeys "key_ops", and OCI IAM domains publish theirs without "verify": use jwtVerifier(ociDomain(…)) there.`;
}

function refuse(sentence: string): Rejection {
  return { ok: false, reason: 'token_rejected', detail: () => sentence };
}
