import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { type AuthOptions, auth } from 'express-oauth2-jwt-bearer';
import { insist, isQuantity, refuseUnknownOptions } from '../options.js';
import type { AccessToken } from '../token/access-token.js';
import type { AuthScheme } from '../token/credentials.js';
import type { VerificationKey } from '../token/jwk.js';
import { parseJwt } from '../token/jwt.js';
import { JwtVerification, type JwtVerifier } from '../token/jwt-verifier.js';
import type { JwtVerifierOptions } from '../token/jwt-verifier-options.js';
import { isRejection, type Rejection, type Verdict } from '../token/verifier.js';

export interface SenderConstrainedOptions extends JwtVerifierOptions {
  /** DPoP (RFC 9449). `required` refuses tokens that are not bound by it; times in seconds. */
  readonly dpop?: { readonly required?: boolean; readonly iatOffset?: number; readonly iatLeeway?: number };
  /** The client's certificate (RFC 8705): from the TLS layer, or from a header that only your proxy can set. */
  readonly getCertificate?: AuthOptions['getCertificate'];
  /** Mutual TLS. `required` refuses tokens that are not bound to a certificate. Needs `getCertificate`. */
  readonly mtls?: { readonly required?: boolean };
}

/**
 * A verifier that also takes tokens bound to a key (DPoP, RFC 9449) or to a client certificate (RFC 8705).
 *
 * Verified: all that `jwtVerifier` verifies, first and in the same way; then the proof, by `express-oauth2-jwt-bearer`,
 * for each confirmation that the token's `cnf` has, and for whatever comes with a DPoP header or scheme. Bearer tokens
 * without `cnf` pass as they do elsewhere, unless a proof is `required`. A `cnf` with nothing that is known here is
 * refused. Not verified: that a DPoP proof was not seen before (RFC 9449 §11.1), within its few minutes.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function senderConstrained(options: SenderConstrainedOptions): JwtVerifier {
  const { dpop, mtls, getCertificate, ...jwtOptions } = options;
  const verification = new JwtVerification(CREATOR, jwtOptions);
  checkProofOptions({ dpop, mtls, getCertificate });
  const proofs = new ProofHandlers({ dpop, mtls, getCertificate });
  return {
    schemes: ['bearer', 'dpop'],
    ready: () => verification.ready(),
    verify: ({ token, scheme }, request) => {
      const req = request as Request;
      // The token's own verdict comes first, and is sound; which proof it needs is known only then.
      let signedBy: VerificationKey | undefined;
      const verdict = verification.verify(token, (accessToken, key) => {
        signedBy = key;
        return accessToken;
      });
      const proven = (settled: Verdict) =>
        isRejection(settled) ? settled : proofs.check(settled, signedBy as VerificationKey, req, scheme);
      return verdict instanceof Promise ? verdict.then(proven) : proven(verdict);
    },
  };
}

const CREATOR = 'senderConstrained()';

type ProofOptions = { [K in 'dpop' | 'mtls' | 'getCertificate']: SenderConstrainedOptions[K] | undefined };

// Here and not by that package, which ignores a misspelt option: `requierd` would leave the proof optional.
function checkProofOptions({ dpop = {}, mtls = {}, getCertificate }: ProofOptions): void {
  refuseUnknownOptions(`${CREATOR}, in "dpop",`, dpop, ['required', 'iatOffset', 'iatLeeway']);
  refuseUnknownOptions(`${CREATOR}, in "mtls",`, mtls, ['required']);
  for (const name of ['iatOffset', 'iatLeeway'] as const) {
    const seconds = dpop[name];
    insist(seconds === undefined || isQuantity(seconds), CREATOR, `dpop.${name}`, 'a number of seconds', seconds);
  }
  for (const [name, { required }] of Object.entries({ dpop, mtls })) {
    const isSaid = required === undefined || typeof required === 'boolean';
    insist(isSaid, CREATOR, `${name}.required`, 'true or false', required);
  }
  const hasCertificates = getCertificate === undefined || typeof getCertificate === 'function';
  insist(hasCertificates, CREATOR, 'getCertificate', 'a function that gives the client certificate', getCertificate);
  const isMissing = mtls.required === true && getCertificate === undefined;
  insist(!isMissing, CREATOR, 'getCertificate', 'given where mTLS is required', getCertificate);
}

/** The kinds of proof that `express-oauth2-jwt-bearer` looks at, and the member of `cnf` that asks for each. */
const CONFIRMATIONS = { dpop: 'jkt', mtls: 'x5t#S256' } as const;
type Proof = keyof typeof CONFIRMATIONS;

const FAILURES = { dpop: 'dpop_proof_invalid', mtls: 'certificate_mismatch' } as const;

class ProofHandlers {
  readonly #options: ProofOptions;
  readonly #handlers = new WeakMap<VerificationKey, Partial<Record<Proof, RequestHandler>>>();

  constructor(options: ProofOptions) {
    this.#options = options;
  }

  check(accessToken: AccessToken, key: VerificationKey, req: Request, scheme: AuthScheme): Verdict | Promise<Verdict> {
    const needed = this.#neededProofs(accessToken.payload.cnf, scheme === 'dpop' || req.headers.dpop !== undefined);
    if (!Array.isArray(needed)) return needed;
    if (needed.includes('dpop') && scheme !== 'dpop') {
      return unproven('The token needs a DPoP proof, so it must come with the scheme DPoP, not Bearer.');
    }
    return needed.length === 0 ? accessToken : this.#checkAll(needed, accessToken, key, req);
  }

  async #checkAll(
    needed: readonly Proof[],
    accessToken: AccessToken,
    key: VerificationKey,
    req: Request,
  ): Promise<Verdict> {
    for (const proof of needed) {
      const failure = await this.#failure(proof, accessToken, key, req);
      if (failure !== undefined) return { rejected: FAILURES[proof], detail: () => failure };
    }
    return accessToken;
  }

  /** What is wrong with a proof, for operators; `undefined` where it holds. */
  async #failure(proof: Proof, { payload: { cnf } }: AccessToken, key: VerificationKey, req: Request) {
    if (proof === 'dpop') return (await outcome(this.#handler(proof, key), req)) ?? methodFailure(req);
    // That package refuses a "cnf" with members beside this one, as a token has that is bound in both ways.
    return typeof cnf === 'object' && cnf !== null && Object.keys(cnf).length > 1
      ? certificateFailure(this.#options, req, (cnf as Record<string, unknown>)[CONFIRMATIONS.mtls])
      : await outcome(this.#handler(proof, key), req);
  }

  #neededProofs(cnf: unknown, hasDpop: boolean): Proof[] | Rejection {
    const { dpop, mtls, getCertificate } = this.#options;
    const asked = cnf === undefined ? [] : confirmations(cnf);
    if (asked === undefined) return unproven('The token\'s "cnf" has no confirmation that is known here.');
    if (asked.includes('mtls') && getCertificate === undefined) {
      return unproven('The token is bound to a certificate; give senderConstrained() "getCertificate".');
    }
    const needed: Proof[] = [];
    if (asked.includes('dpop') || hasDpop || dpop?.required === true) needed.push('dpop');
    if (asked.includes('mtls') || mtls?.required === true) needed.push('mtls');
    return needed;
  }

  /** `auth()` for one kind of proof and one key: it verifies the token once more, with the key that we have verified. */
  #handler(proof: Proof, key: VerificationKey): RequestHandler {
    const handlers = this.#handlers.get(key) ?? {};
    this.#handlers.set(key, handlers);
    handlers[proof] ??= auth({
      ...this.#proofOptions(proof),
      publicKey: { ...key.publicKey.export({ format: 'jwk' }), alg: key.alg },
      tokenSigningAlg: key.alg,
    }) as RequestHandler;
    return handlers[proof];
  }

  #proofOptions(proof: Proof): AuthOptions {
    const { dpop, getCertificate } = this.#options;
    // Claims and times are verified already; here they would be compared by other rules and another clock.
    const done = {
      issuer: 'verified',
      audience: 'verified',
      validators: SKIPPED,
      clockTolerance: Number.MAX_SAFE_INTEGER,
      ...NOT_FROM_ENVIRONMENT,
    };
    return proof === 'dpop'
      ? { ...done, dpop: { ...dpop, enabled: true, required: true } }
      : {
          ...done,
          dpop: { enabled: false },
          mtls: { enabled: true, required: true },
          ...(getCertificate && { getCertificate }),
        };
  }
}

const SKIPPED = {
  iss: false,
  aud: false,
  exp: false,
  iat: false,
  sub: false,
  client_id: false,
  jti: false,
  typ: false,
} as const;

/** That package looks into `process.env` for what is left out, and refuses a `SECRET` or a `JWKS_URI` beside a key. */
const NOT_FROM_ENVIRONMENT = { issuerBaseURL: '', jwksUri: '', secret: '' };

function confirmations(cnf: unknown): Proof[] | undefined {
  if (typeof cnf !== 'object' || cnf === null) return undefined;
  const asked = (Object.keys(CONFIRMATIONS) as Proof[]).filter((proof) => Object.hasOwn(cnf, CONFIRMATIONS[proof]));
  return asked.length === 0 ? undefined : asked;
}

/**
 * Runs the middleware on a view of the request, so that its `req.auth` stays there, and keeps its error from the client.
 * @returns what it found wrong, for operators; `undefined` where the proof holds
 */
function outcome(handler: RequestHandler, req: Request): Promise<string | undefined> {
  const view: Request = Object.create(req);
  return new Promise((resolve, reject) => {
    const passed = handler(view, {} as Response, (error?: unknown) => {
      if (error === undefined && view.auth !== req.auth) resolve(undefined);
      else
        resolve(
          error instanceof Error && error.message !== '' ? error.message : 'No usable proof came with the token.',
        );
    });
    Promise.resolve(passed).catch(reject); // it has answered, or it never will
  });
}

/** RFC 9449 §4.3: methods are compared letter by letter; that package takes `get` for `GET`. */
function methodFailure(req: Request): string | undefined {
  const proof = parseJwt(req.headers.dpop as string);
  const isSame = !('rejected' in proof) && proof.payload.htm === req.method;
  return isSame ? undefined : 'The "htm" of the DPoP proof is not the method of the request, letter by letter.';
}

/** RFC 8705 §3.1. */
function certificateFailure({ getCertificate }: ProofOptions, req: Request, expected: unknown): string | undefined {
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

function unproven(sentence: string): Rejection {
  return { rejected: 'sender_constrained', detail: () => sentence };
}
