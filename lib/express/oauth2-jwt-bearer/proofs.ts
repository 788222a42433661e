import type { Request, RequestHandler } from 'express';
import type { AuthOptions, auth } from 'express-oauth2-jwt-bearer';
import { installCommand, loadOptionalPackage } from '../../optional-package.js';
import type { AccessToken } from '../../token/access-token.js';
import type { AuthScheme } from '../../token/credentials.js';
import type { VerificationKey } from '../../token/keys/jwk.js';
import type { Rejection, Verdict } from '../../token/verifier.js';
import {
  CONFIRMATIONS,
  checkCertificate,
  checkMethod,
  checkProofKey,
  checkTarget,
  getThumbprint,
  type Proof,
  readConfirmations,
} from './proof-checks.js';
import type { ProofOptions } from './proof-options.js';
import { Replays } from './replays.js';
import { getMessage, runIsolated } from './run-isolated.js';

type Auth = typeof auth;

const PACKAGE = {
  name: 'express-oauth2-jwt-bearer',
  range: '^1.10',
  load: async (): Promise<Auth> => (await import('express-oauth2-jwt-bearer')).auth,
};
const CREATOR = 'senderConstrainedVerifier()';

const FAILURES = { dpop: 'dpop_proof_invalid', mtls: 'certificate_mismatch' } as const;

/** Verifies the proofs that come with tokens. */
export class Proofs {
  readonly #options: ProofOptions;
  readonly #replays: Replays;
  readonly #publicUrl: URL | undefined;
  readonly #handlers = new WeakMap<VerificationKey, Partial<Record<Proof, RequestHandler>>>();

  readonly #auth: Promise<Auth>;

  constructor(options: ProofOptions) {
    this.#options = options;
    this.#replays = new Replays(options.dpop);
    const { publicUrl } = options.dpop ?? {};
    this.#publicUrl = publicUrl === undefined ? undefined : new URL(publicUrl);
    this.#auth = loadOptionalPackage(CREATOR, PACKAGE);
    this.#auth.catch(({ message }: Error) => process.emitWarning(message, WARNING)); // the check of a proof reports it
  }

  /** Rejects where proofs cannot be verified, since the package for it is missing or too old. */
  async ready(): Promise<void> {
    const auth = await this.#auth;
    assertVerifies(auth, 'dpop');
    if (this.#options.getCertificate !== undefined) assertVerifies(auth, 'mtls');
  }

  check(accessToken: AccessToken, key: VerificationKey, req: Request, scheme: AuthScheme): Verdict | Promise<Verdict> {
    const needed = this.#findNeeded(accessToken.payload.cnf, scheme === 'dpop' || req.headers.dpop !== undefined);
    if (!Array.isArray(needed)) return needed;
    if (needed.includes('dpop') && scheme !== 'dpop') {
      return refuseUnproven('The token needs a DPoP proof, so it must come with the scheme DPoP, not Bearer.');
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
      const failure = await this.#checkProof(proof, accessToken, key, req);
      if (failure !== undefined) return { ok: false, reason: FAILURES[proof], detail: () => failure };
    }
    if (!needed.includes('dpop')) return accessToken;
    const replay = await this.#replays.check(req, getThumbprint(accessToken));
    return replay === undefined ? accessToken : { ok: false, reason: FAILURES.dpop, detail: () => replay };
  }

  /** Checks one proof; a sentence for operators where it fails. */
  async #checkProof(proof: Proof, { payload: { cnf } }: AccessToken, key: VerificationKey, req: Request) {
    if (proof === 'dpop') {
      return checkTarget(req) ?? checkProofKey(req) ?? (await this.#runAuth(proof, key, req)) ?? checkMethod(req);
    }
    // The package refuses a "cnf" with other members, which a token has that is bound in both ways.
    return typeof cnf === 'object' && cnf !== null && Object.keys(cnf).length > 1
      ? checkCertificate(this.#options.getCertificate, req, (cnf as Record<string, unknown>)[CONFIRMATIONS.mtls])
      : await this.#runAuth(proof, key, req);
  }

  async #runAuth(proof: Proof, key: VerificationKey, req: Request): Promise<string | undefined> {
    const isolated = await runIsolated(await this.#getHandler(proof, key), req, this.#seePublicUrl(req));
    return isolated.error === undefined && isolated.auth !== undefined ? undefined : getMessage(isolated);
  }

  /** The request as it was sent to the public address: what `htu` names (RFC 9449 §4.3). */
  #seePublicUrl(req: Request): Partial<Request> {
    const url = this.#publicUrl;
    if (url === undefined) return {};
    const get = (name: string) => (name.toLowerCase() === 'host' ? url.host : undefined); // and no forwarded host
    return {
      protocol: url.protocol.slice(0, -1),
      get: get as Request['get'],
      originalUrl: `${url.pathname.replace(/\/$/, '')}${req.originalUrl}`,
    };
  }

  #findNeeded(cnf: unknown, hasDpop: boolean): Proof[] | Rejection {
    const { dpop, mtls, getCertificate } = this.#options;
    const asked = cnf === undefined ? [] : readConfirmations(cnf);
    if (asked === undefined) return refuseUnproven('The "cnf" of the token has no supported confirmation.');
    if (asked.includes('mtls') && getCertificate === undefined) {
      return refuseUnproven('The token is bound to a certificate; give senderConstrainedVerifier() "getCertificate".');
    }
    const needed: Proof[] = [];
    if (asked.includes('dpop') || hasDpop || dpop?.required === true) needed.push('dpop');
    if (asked.includes('mtls') || mtls?.required === true) needed.push('mtls');
    return needed;
  }

  /** Gets the `auth()` for one kind of proof and one key. It verifies the token again with the key that was already found. */
  async #getHandler(proof: Proof, key: VerificationKey): Promise<RequestHandler> {
    const auth = await this.#auth;
    const handlers = this.#handlers.get(key) ?? {};
    this.#handlers.set(key, handlers);
    if (handlers[proof] === undefined) assertVerifies(auth, proof);
    const alg = key.algorithm.keyType === 'OKP' ? 'EdDSA' : key.algorithm.name; // the package does not know `Ed25519` (RFC 9864)
    handlers[proof] ??= auth({
      ...this.#proofOptions(proof),
      publicKey: { ...key.publicKey.export({ format: 'jwk' }), alg },
      tokenSigningAlg: alg,
    }) as RequestHandler;
    return handlers[proof];
  }

  #proofOptions(proof: Proof): AuthOptions {
    const { getCertificate } = this.#options;
    // Claims and times are verified already; the package would compare them by other rules and another clock.
    const done = {
      issuer: 'verified',
      audience: 'verified',
      validators: SKIPPED,
      clockTolerance: Number.MAX_SAFE_INTEGER,
      ...NOT_FROM_ENVIRONMENT,
    };
    return proof === 'dpop'
      ? { ...done, dpop: { ...this.#replays.window, enabled: true, required: true } }
      : {
          ...done,
          dpop: { enabled: false },
          mtls: { enabled: true, required: true },
          ...(getCertificate && { getCertificate }),
        };
  }
}

const WARNING = { type: 'ScopegateWarning', code: 'SCOPEGATE_PACKAGE_MISSING' };

/**
 * Older versions ignore options that they do not know, and would let a token pass without its proof. Those that know
 * `dpop` (1.7.1) and `mtls` (1.10) throw where it is no object.
 */
function assertVerifies(auth: Auth, proof: Proof): void {
  const valid = { issuer: 'probe', audience: 'probe', secret: 'probe', tokenSigningAlg: 'HS256' };
  try {
    auth({ ...valid, issuerBaseURL: '', jwksUri: '', [proof]: 'probe' });
  } catch {
    return;
  }
  throw new Error(`${CREATOR} needs a later ${PACKAGE.name} for ${proof}: ${installCommand(PACKAGE)}`);
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

/** The package reads options that are left out from `process.env`, and refuses a `SECRET` or a `JWKS_URI` beside a key. */
const NOT_FROM_ENVIRONMENT = { issuerBaseURL: '', jwksUri: '', secret: '' };

function refuseUnproven(sentence: string): Rejection {
  return { ok: false, reason: 'sender_constrained', detail: () => sentence };
}
