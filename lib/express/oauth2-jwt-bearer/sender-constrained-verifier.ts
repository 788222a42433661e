import type { Request } from 'express';
import { FLAG, insist, type OptionRules, optional, readOptions } from '../../options.js';
import { type AfterVerify, createJwtVerifier, type JwtVerifier } from '../../token/jwt/jwt-verifier.js';
import { JWT_VERIFIER_OPTIONS, type JwtVerifierOptions } from '../../token/jwt/jwt-verifier-options.js';
import { type DpopOptions, GET_CERTIFICATE, type GetCertificate, REPLAY_OPTIONS } from './proof-options.js';
import { Proofs } from './proofs.js';

export interface SenderConstrainedVerifierOptions extends JwtVerifierOptions {
  /** DPoP (RFC 9449). `required` refuses tokens that are not bound to a key; times in seconds. */
  readonly dpop?: DpopOptions | undefined;
  /** Gets the client's certificate (RFC 8705) from the TLS layer, or from a header that only your proxy can set. */
  readonly getCertificate?: GetCertificate | undefined;
  /** Mutual TLS. `required` refuses tokens that are not bound to a certificate. Needs `getCertificate`. */
  readonly mtls?: { readonly required?: boolean | undefined } | undefined;
}

/**
 * A verifier that also accepts tokens bound to a key (DPoP, RFC 9449) or to a client certificate (RFC 8705).
 *
 * Verified: first everything that `jwtVerifier` verifies, in the same way; then, by `express-oauth2-jwt-bearer`, the proof
 * for each confirmation in the token's `cnf` and for each request with a DPoP header or scheme; and then what that package
 * leaves: `htm` exactly, a target without dot segments, and the certificate of a token that is bound to a key as well.
 * `htu` is compared with the scheme and `Host` of the request, or with `dpop.publicUrl`. A DPoP proof is accepted once
 * (RFC 9449 §11.1): by one process, or by all that share a `dpop.replayStore`, whose failure is 503. Bearer tokens without
 * `cnf` are accepted unless a proof is `required`. A `cnf` without a supported confirmation is refused. Not verified: a
 * nonce (RFC 9449 §9); and no proof is accepted for a token whose `alg` is `Ed25519` (RFC 9864), which that package does
 * not know yet: `EdDSA` works.
 *
 * `ready()` also rejects where `express-oauth2-jwt-bearer` is missing or too old to verify the proofs: DPoP came with
 * 1.7.1, mutual TLS with 1.10. Without it, tokens that need a proof are refused with 503.
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function senderConstrainedVerifier(options: SenderConstrainedVerifierOptions): JwtVerifier {
  const { dpop, mtls, getCertificate, ...jwtOptions } = options;
  checkOptions(options);
  const proofs = new Proofs({ dpop, mtls, getCertificate });
  // A verified token says which proof it needs.
  const checkProofs: AfterVerify = (accessToken, key, { scheme }, request) =>
    proofs.check(accessToken, key, request as Request, scheme);
  const verifier = createJwtVerifier(CREATOR, jwtOptions, checkProofs);
  const ready = async () => {
    await proofs.ready();
    await verifier.ready();
  };
  return { ...verifier, ready, schemes: ['bearer', 'dpop'] };
}

const CREATOR = 'senderConstrainedVerifier()';

const OPTIONS = {
  ...JWT_VERIFIER_OPTIONS,
  dpop: true,
  getCertificate: GET_CERTIFICATE,
  mtls: true,
} as const satisfies OptionRules<SenderConstrainedVerifierOptions>;

const REQUIRED = optional(FLAG);

const DPOP_OPTIONS = {
  ...REPLAY_OPTIONS,
  required: REQUIRED,
  publicUrl: optional([isBaseUrl, 'an address such as https://api.example/orders']),
} as const satisfies OptionRules<DpopOptions>;

/** Whether it is an address that paths can follow: http or https, without user, query and fragment. */
function isBaseUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:\/\/[^?#@]+$/.test(value)) return false;
  return URL.canParse(value);
}

// The package ignores a misspelt option: `requierd` would leave the proof optional.
function checkOptions(options: SenderConstrainedVerifierOptions): void {
  const { dpop = {}, mtls = {}, getCertificate } = readOptions(CREATOR, options, OPTIONS);
  readOptions(CREATOR, dpop, DPOP_OPTIONS, {}, 'dpop');
  const { required } = readOptions(CREATOR, mtls, { required: REQUIRED }, {}, 'mtls');
  const isMissing = required === true && getCertificate === undefined;
  insist(!isMissing, CREATOR, 'getCertificate', 'given where mTLS is required', getCertificate);
}
