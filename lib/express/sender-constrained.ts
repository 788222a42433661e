import type { Request, RequestHandler, Response } from 'express';
import { type AuthOptions, auth } from 'express-oauth2-jwt-bearer';
import { insist } from '../options.js';
import type { AccessToken } from '../token/access-token.js';
import type { AuthScheme } from '../token/credentials.js';
import type { VerificationKey } from '../token/jwk.js';
import { JwtVerification } from '../token/jwt-verifier.js';
import type { JwtVerifierOptions } from '../token/jwt-verifier-options.js';
import { isRejection, type Rejection, type TokenVerifier, type Verdict } from '../token/verifier.js';

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
export function senderConstrained(options: SenderConstrainedOptions): TokenVerifier {
  const { dpop, mtls, getCertificate, ...jwtOptions } = options;
  const creator = 'senderConstrained()';
  const verification = new JwtVerification(creator, jwtOptions);
  const hasCertificates = getCertificate === undefined || typeof getCertificate === 'function';
  insist(hasCertificates, creator, 'getCertificate', 'a function that gives the client certificate', getCertificate);
  const noMtls = mtls?.required === true && getCertificate === undefined;
  insist(!noMtls, creator, 'getCertificate', 'given where mTLS is required', getCertificate);
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

type ProofOptions = { [K in 'dpop' | 'mtls' | 'getCertificate']: SenderConstrainedOptions[K] | undefined };

/** The kinds of proof that `express-oauth2-jwt-bearer` looks at, and the member of `cnf` that asks for each. */
const CONFIRMATIONS = { dpop: 'jkt', mtls: 'x5t#S256' } as const;
type Proof = keyof typeof CONFIRMATIONS;

const FAILURES = { dpop: 'dpop_proof_invalid', mtls: 'certificate_mismatch' } as const;

class ProofHandlers {
  readonly #options: ProofOptions;
  readonly #handlers = new WeakMap<VerificationKey, Partial<Record<Proof, RequestHandler>>>();

  constructor(options: ProofOptions) {
    this.#options = options;
    for (const proof of ['dpop', 'mtls'] as const) auth({ ...this.#proofOptions(proof), ...UNUSED_KEY }); // throws early
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
      const failure = await outcome(this.#handler(proof, key), req);
      if (failure !== undefined) return { rejected: FAILURES[proof], detail: () => failure };
    }
    return accessToken;
  }

  #neededProofs(cnf: unknown, hasDpop: boolean): Proof[] | Rejection {
    const { dpop, mtls, getCertificate } = this.#options;
    const asked = cnf === undefined ? [] : confirmations(cnf);
    if (asked === undefined) return unproven('The token\'s "cnf" has no confirmation that is known here.');
    if (asked.includes('mtls') && getCertificate === undefined) {
      return unproven('The token is bound to a certificate; give senderConstrained() "getCertificate".');
    }
    const needed = new Set<Proof>(asked);
    if (hasDpop || dpop?.required === true) needed.add('dpop');
    if (mtls?.required === true) needed.add('mtls');
    return [...needed];
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

/** A key of nobody's, so that wrong `dpop` options are found at creation, before there is a real one. */
const UNUSED_KEY = { publicKey: { kty: 'RSA', n: 'AQAB', e: 'AQAB' }, tokenSigningAlg: 'RS256' };

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
  return new Promise((resolve) => {
    handler(view, {} as Response, (error?: unknown) => {
      if (error === undefined && view.auth !== req.auth) resolve(undefined);
      else
        resolve(
          error instanceof Error && error.message !== '' ? error.message : 'No usable proof came with the token.',
        );
    });
  });
}

function unproven(sentence: string): Rejection {
  return { rejected: 'sender_constrained', detail: () => sentence };
}
