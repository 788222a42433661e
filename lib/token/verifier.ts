import { hasBrand, setBrand } from '../brand.js';
import type { AccessToken, JwtPayload } from './access-token.js';
import type { AuthScheme, Credentials } from './credentials.js';
import type { TokenOrigin } from './multi-issuer/origin.js';

/**
 * Verifies credentials: the port between a gate and the tokens of an issuer.
 *
 * `verify` returns the access token where it is genuine, current and meant for this resource server, and a
 * {@link Rejection} where it is not. It throws, or rejects, only where it cannot tell: a {@link VerifierUnavailableError}
 * says when to retry. It returns synchronously where it can.
 */
export interface TokenVerifier {
  /**
   * @param request the framework's request, for verifiers that need more than the token (a proof, a certificate)
   */
  verify(credentials: Credentials, request?: object): Verdict | Promise<Verdict>;
  /** Loads what the first request needs. Rejects with a {@link VerifierUnavailableError} where that is unavailable. */
  ready?(): Promise<void>;
  /** A sentence for operators while the verifier works with a limitation. The gate puts it into its records. */
  warning?(): string | undefined;
  /** Milliseconds since the keys that it verifies with were fetched; `undefined` where it has none. Default: not known. */
  keysAgeMs?(): number | undefined;
  /**
   * Writes a scope as a client requests it, for challenges. Default: as the token holds it.
   *
   * @param accessToken the token that was accepted and lacks the scope, for verifiers of several issuers
   */
  toRequestedScope?(scope: string, accessToken?: AccessToken): string;
  /** The accepted authentication schemes, in lower case. Default: `['bearer']`. */
  readonly schemes?: readonly AuthScheme[];
  /** Seconds for which a token is accepted after its `exp`; `gate.watch` then ends its connections. Default 0. */
  readonly clockTolerance?: number;
  /** The issuers and tenants whose tokens it takes: `multiIssuerVerifier()` chooses by them. Default: not known. */
  readonly origins?: readonly TokenOrigin[];
}

export type Verdict = AccessToken | Rejection;

/** A token that is not accepted: 401 `invalid_token` (RFC 6750 §3.1). */
export interface Rejection {
  readonly ok: false;
  readonly reason: RejectionReason;
  /** One sentence for operators, never for the client, without the token. Called only where there is an observer. */
  readonly detail?: () => string;
  /** The claims as the token states them. They are not verified. */
  readonly unverified?: JwtPayload;
}

export type RejectionReason =
  | 'token_malformed'
  | 'header_unsupported'
  | 'algorithm_not_allowed'
  | 'type_not_allowed'
  | 'claim_missing'
  | 'claim_malformed'
  | 'claim_mismatch'
  | 'not_an_access_token'
  | 'issuer_mismatch'
  | 'audience_mismatch'
  | 'tenant_mismatch'
  | 'token_expired'
  | 'token_inactive'
  | 'token_not_yet_valid'
  | 'sender_constrained'
  | 'key_unknown'
  | 'signature_invalid'
  | 'dpop_proof_invalid'
  | 'certificate_mismatch'
  | 'token_rejected';

/** The verifier cannot tell whether a token is good: 503 with `Retry-After`. */
export class VerifierUnavailableError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits the method, and is meant then
    return hasBrand(this, VerifierUnavailableError, 'VerifierUnavailableError', value);
  }

  override readonly name = 'VerifierUnavailableError';
  /** Whole seconds after which a retry can succeed. */
  readonly retryAfter: number;

  constructor(message: string, options: { retryAfter?: number; cause?: unknown } = {}) {
    super(message, options);
    setBrand(this, 'VerifierUnavailableError');
    this.retryAfter = Math.max(1, Math.ceil(options.retryAfter ?? 1));
  }
}

export function isRejection(result: object): result is Rejection {
  return (result as Partial<Rejection>).ok === false;
}

/** Compares by shape, since a promise may come from another library or realm. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Partial<Promise<T>> | null | undefined)?.then === 'function';
}
